"""One read-only connection to a snapshot, and one way to ask it: a query file by name, on a cursor of its own."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from taxonomy import literals

QUERIES = Path(__file__).parent / "queries"
SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": "256MB",
        "threads": "2",
    }
)


class Store:
    """A snapshot opened for reading; may be shared by threads, because every query has a cursor of its own.

    Within one process DuckDB refuses to open a file a second time with other settings than `SETTINGS`.
    """

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect(str(path), read_only=True, config=dict(SETTINGS))

    def query(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """The rows that a file of `taxonomy/queries` selects, each as column to value.

        Args:
            name: the file without its ending.
            params: the values of the file's `$name` parameters, all of them and no others.

        Raises:
            FileNotFoundError: there is no such query.
            duckdb.Error: the snapshot cannot answer.
        """
        cursor = self._connection.cursor()
        try:
            answer = cursor.execute(_sql(name), params) if params else cursor.execute(_sql(name))
            columns = [column[0] for column in answer.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
        finally:
            cursor.close()

    def statement(self, name: str, **params: Any) -> str:
        """The same question as SQL that stands alone, its values filled in: readable, and runnable on the Query page.

        Raises:
            FileNotFoundError: there is no such query.
            ValueError: a parameter has no value, or a value no parameter.
        """
        return literals.filled(_sql(name), params)

    def columns(self, name: str, **params: Any) -> dict[str, npt.NDArray[Any]]:
        """What `query` answers, column by column, which is faster for many rows.

        Raises:
            FileNotFoundError: there is no such query.
            duckdb.Error: the snapshot cannot answer.
        """
        cursor = self._connection.cursor()
        try:
            answer = cursor.execute(_sql(name), params) if params else cursor.execute(_sql(name))
            return {column: np.asarray(values) for column, values in answer.fetchnumpy().items()}
        finally:
            cursor.close()

    def close(self) -> None:
        """Close the connection; queries after it fail."""
        self._connection.close()


@functools.lru_cache(maxsize=128)
def _sql(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
