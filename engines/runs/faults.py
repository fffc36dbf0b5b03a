"""Errors of methods and models as failures for the reader, and batches in which only the row at fault fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from data.errors import AttuneError, MissingPackageError
from engines.errors import EngineError, FailureKind
from engines.types import Failure

LOG = logging.getLogger("attune.runs")
Row = TypeVar("Row")
Made = TypeVar("Made")
OF_A_ROW = frozenset(
    {FailureKind.TOO_LONG, FailureKind.MODEL, FailureKind.BAD_ANSWER, FailureKind.TOO_LARGE, FailureKind.TRUNCATED}
)


def as_failure(error: Exception) -> Failure:
    """Any error as a failure for the reader; unknown ones are logged and named by their type only."""
    if isinstance(error, EngineError):
        return Failure(error.kind, str(error))
    if isinstance(error, MissingPackageError):
        return Failure(FailureKind.NOT_INSTALLED, str(error))
    if isinstance(error, AttuneError):
        return Failure(FailureKind.NO_DATA, str(error))
    LOG.exception("a method failed")
    return Failure(FailureKind.INTERNAL, f"{type(error).__name__}; the log has the details")


def each_row(rows: Sequence[Row], compute: Callable[[Sequence[Row], int], Sequence[Made]]) -> list[Made | Failure]:
    """What the model makes of rows, in one batch; where a row itself is at fault, only that row fails.

    `compute` takes rows and the place of the first of them.
    """
    try:
        return list(compute(rows, 0))
    except Exception as error:
        failure = as_failure(error)
        if failure.kind not in OF_A_ROW or len(rows) == 1:
            return [failure] * len(rows)
    found: list[Made | Failure] = []
    for place, row in enumerate(rows):
        try:
            found += compute([row], place)
        except Exception as error:
            found.append(as_failure(error))
    return found
