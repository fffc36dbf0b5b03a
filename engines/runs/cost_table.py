"""What each method of a comparison cost, as a table for the terminal: a line a method, what is unknown empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from engines.costs import Cost, size
from engines.types import Arm

if TYPE_CHECKING:
    from engines.runs.compare import Row

HEAD = ("method", "tokens", "private items", "kept", "shared", "s a user", "s shared")


def costs_by_method(found: Sequence[Row]) -> dict[str, Cost]:
    """The cost of the right user's answers by method, or of the only arm's; baselines have none."""
    costs: dict[str, Cost] = {}
    for row in found:
        if row.kind == "score" and row.cost.seconds is not None and (row.arm == Arm.RIGHT or row.method not in costs):
            costs[row.method] = row.cost
    return costs


def cells(cost: Cost) -> Iterator[str]:
    """The numbers of a cost in the order of the table, each with its unit where it has one."""
    yield _number(cost.prompt_tokens, 0)
    yield _number(cost.private_items, 1)
    yield "" if cost.private_bytes is None else size(cost.private_bytes)
    yield "" if cost.shared_bytes is None else size(cost.shared_bytes)
    yield _number(cost.user_seconds, 1)
    yield _number(cost.shared_seconds, 1)


def cost_table(found: Sequence[Row]) -> Table:
    """A line for each method."""
    table = Table(*HEAD, title="Cost of an answer: prompt tokens, and what is kept of a user or shared")
    table.columns[0].overflow = "fold"
    for method, cost in costs_by_method(found).items():
        table.add_row(method, *cells(cost))
    return table


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
