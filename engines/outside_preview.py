"""The words that a run would send to an outside service, before any of them goes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from data.errors import AttuneError
from data.records import Example
from engines.live import Column
from engines.methods import methods
from engines.methods.rag_blackbox import HISTORY
from engines.outside import query_of
from engines.outside_search import service, words_out
from engines.runs.cells import Bench, Cell, arms_of, as_request, drawn
from engines.types import Arm, Reach

METHOD = "rag-blackbox"


def words_to_send(bench: Bench, example: Example, columns: Sequence[Column], arms: Sequence[Arm]) -> list[str]:
    """Exactly the words of each call, each once; nothing where no service is named or no column calls it."""
    found: dict[str, None] = {}
    if not calls_out([column.method for column in columns]) or methods[METHOD].info.why_unfit(bench.task.kind):
        return []
    world, request = bench.world(Reach.EVERYONE, example), as_request(example, bench.task)
    for column in columns:
        if column.method != METHOD:
            continue
        history = int(column.config.option(HISTORY))
        for arm in arms_of(METHOD, arms):
            with contextlib.suppress(AttuneError):  # without a wrong user nothing is sent for one
                given = drawn(bench, Cell(METHOD, arm, example, column.config), bench.case(example))
                query = query_of(world, given.user, request, count=column.config.k, history=history)
                found[words_out(query)] = None
    return list(found)


def calls_out(names: Sequence[str]) -> str:
    """The host that a run of some methods would ask; empty for none."""
    found = service() if METHOD in names else None
    return found.host if found else ""
