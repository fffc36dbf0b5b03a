"""Published numbers compared fairly: one source an axis, and improvements over non-personalized rows.

The improvement of a number v over b, the number of the non-personalized row of the same source, table, dataset, task,
split, backbone and metric, is v - b where higher is better and b - v where lower is; so better is always positive.
Relative to b it is 100 (v - b) / |b| percent, undefined where b is 0. Whose data a baseline row is given was reviewed
row by row (`data/facts/result_roles.csv`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from taxonomy.catalog import Catalog
from taxonomy.model import PublishedResult
from taxonomy.narrowing import PARTS, Slice
from taxonomy.vocab import Direction, ResultKind, Role

_RESULT = tuple(PublishedResult.__dataclass_fields__)


@dataclass(frozen=True)
class Baseline:
    """The non-personalized number that another is compared with."""

    id: str
    value: float
    printed: str
    notes: str


@dataclass(frozen=True)
class Number:
    """A published number with what it may be compared with.

    Attributes:
        id: 12 hex digits that its identity determines.
        metric: as in a `Slice`.
        role: whose data the row is given, None where it is no baseline or control.
        levels: of the catalog method that the row is or varies.
        gain: better is positive, in the unit of the metric; None without a baseline.
        gain_percent: of the baseline's absolute value; None where that is 0.
        absent: why there is no relative improvement, a sentence; empty where there is one.
    """

    id: str
    result: PublishedResult
    metric: str
    source_paper: str
    source_note: str
    role: Role | None
    role_reason: str
    levels: tuple[str, ...]
    baseline: Baseline | None
    gain: float | None
    gain_percent: float | None
    absent: str

    @property
    def is_wrong_user(self) -> bool:
        """Whether the row is a control that is given another user's data."""
        return self.role is Role.WRONG_USER

    @property
    def better_first(self) -> tuple[float, str, str]:
        """A key by which the best number comes first, whatever the direction."""
        value = self.result.value
        return (-value if self.result.direction is Direction.HIGHER else value, self.result.method_label, self.id)


@dataclass(frozen=True)
class PanelKey:
    """What the numbers of one axis share; tables and backbones of a source stand beside each other in its labels."""

    source: str
    dataset: str
    task: str
    split: str
    metric: str


@dataclass(frozen=True)
class Panel:
    """The numbers of one source on one axis, the best first."""

    key: PanelKey
    numbers: tuple[Number, ...]
    places: tuple[int, ...] = field(default=())

    @property
    def first(self) -> PublishedResult:
        """The best number, for what all share."""
        return self.numbers[0].result

    def common(self, name: str) -> bool:
        """Whether all numbers agree in a field of `PublishedResult`."""
        return len({getattr(number.result, name) for number in self.numbers}) == 1


@dataclass(frozen=True)
class Cell:
    """The relative improvements of one published row on one dataset and metric, in percent, better positive.

    Attributes:
        middle: the median of the comparisons, which differ in source, table, task, split or backbone.
        sources: key and title of each.
        ids: of the numbers behind it, the most improved first.
    """

    method: str
    method_label: str
    method_kind: ResultKind
    method_entry: str | None
    role: Role | None
    dataset: str
    dataset_name: str
    metric: str
    metric_name: str
    direction: Direction
    comparisons: int
    middle: float
    low: float
    high: float
    sources: tuple[tuple[str, str], ...]
    ids: tuple[str, ...]
    levels: tuple[str, ...]

    @property
    def id(self) -> str:
        """A short name for addresses."""
        return "~".join((self.method, self.dataset, self.metric))

    @property
    def disagrees(self) -> bool:
        """Whether some comparisons say better and others worse."""
        return self.low < 0 < self.high


def numbers(catalog: Catalog, chosen: Slice) -> tuple[Number, ...]:
    """The numbers of a slice with their improvements, by source, dataset, task, split and metric, the best first."""
    rows = catalog.store.query("results_numbers", **parameters(chosen))
    return tuple(_number(row) for row in rows)


def parameters(chosen: Slice) -> dict[str, Any]:
    """The parameters of the query of `numbers`."""
    listed = {"ids": list(chosen.ids), "methods": list(chosen.methods)}
    return {name: getattr(chosen, name) for name in ("dataset", *PARTS)} | listed


def panels(found: Iterable[Number]) -> tuple[Panel, ...]:
    """Numbers by axis: never two sources on one; the axis with most numbers first, its best number on top."""
    grouped: dict[PanelKey, list[Number]] = {}
    for number in found:
        result = number.result
        key = PanelKey(result.source, result.dataset, result.task, result.split, number.metric)
        grouped.setdefault(key, []).append(number)
    made = []
    for key, members in grouped.items():
        ordered = tuple(sorted(members, key=lambda number: number.better_first))
        made.append(Panel(key, ordered, places_of([number.result.value for number in ordered])))
    return tuple(sorted(made, key=lambda panel: (-len(panel.numbers), panel.first.source_title, panel.key.task)))


def places_of(ordered: Sequence[float]) -> tuple[int, ...]:
    """The place of each value in a list ordered from the best; equal values share the first of their places."""
    return tuple(ordered.index(value) + 1 for value in ordered)


def improvement_cells(catalog: Catalog, source: str = "") -> tuple[Cell, ...]:
    """All relative improvements by published row, dataset and metric, of one source or of all."""
    return tuple(_cell(row) for row in catalog.store.query("improvement_cells", source=source))


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(
        **{
            **{name: row[name] for name in Cell.__dataclass_fields__ if name != "metric"},
            "metric": row["metric_id"],
            "method_kind": ResultKind(row["method_kind"]),
            "direction": Direction(row["direction"]),
            "role": Role(row["role"]) if row["role"] else None,
            "sources": tuple((key, title) for key, title in row["sources"]),
            **{name: tuple(row[name]) for name in ("ids", "levels")},
        }
    )


def _number(row: dict[str, Any]) -> Number:
    kinds = {"method_kind": ResultKind(row["method_kind"]), "direction": Direction(row["direction"])}
    result = PublishedResult(**{name: row[name] for name in _RESULT} | kinds)
    has_baseline = row["baseline_id"] is not None
    return Number(
        id=row["id"],
        result=result,
        metric=row["metric_id"],
        source_paper=row["source_paper"],
        source_note=row["source_note"],
        role=Role(row["role"]) if row["role"] else None,
        role_reason=row["role_reason"],
        levels=tuple(row["levels"]),
        baseline=Baseline(row["baseline_id"], row["baseline"], row["baseline_printed"], row["baseline_notes"])
        if has_baseline
        else None,
        gain=row["gain"],
        gain_percent=row["gain_percent"],
        absent="" if row["gain_percent"] is not None else why_absent(result, row),
    )


def why_absent(result: PublishedResult, row: dict[str, Any]) -> str:
    """Why a number has no relative improvement, in a sentence; `row` has the columns of the query of `numbers`."""
    if row["role"] == Role.NOBODY:
        return "This is the non-personalized row that the others of its table are compared with."
    if row["baseline_id"] is not None:
        return "The non-personalized row prints 0, of which no percentage can be taken."
    if row["doubtful"]:
        label, reason = row["doubtful"][0]
        return f"It is not certain that {label}, the baseline of {_table(result)}, is non-personalized. {reason}"
    return _printed_elsewhere(result, row)


def _printed_elsewhere(result: PublishedResult, row: dict[str, Any]) -> str:
    """Where the source prints a non-personalized row that the number is not compared with."""
    if row["other_backbones"]:
        others = ", ".join(name or "no backbone" for name in row["other_backbones"])
        return f"{result.table} prints a non-personalized row only for another backbone: {others}."
    if row["other_splits"]:
        splits = ", ".join(row["other_splits"])
        return f"{result.table} prints a non-personalized row only for another split: {splits}."
    if row["other_tables"]:
        tables = ", ".join(row["other_tables"])
        return f"The source prints a non-personalized row in {tables}, not in {_table(result)}; tables are not mixed."
    return f"The source prints no row for this task and metric that is known to be non-personalized ({_table(result)})."


def _table(result: PublishedResult) -> str:
    return f"{result.table} with {result.backbone}" if result.backbone else result.table
