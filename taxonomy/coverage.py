"""Which combinations of two facets the catalog has entries for, which it has none for, and what is nearest to those."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.question import BrowseQuery
from taxonomy.tree import STRATEGIES, strategy_key
from taxonomy.vocab import BrowseFacet, Kind, Mark, Strategy

LIVE = frozenset({BrowseFacet.RUNS_HERE})  # what no snapshot can know: it restricts a table, and is no axis of one
AXES: tuple[str, ...] = (*(facet.value for facet in BrowseFacet if facet not in LIVE), STRATEGIES)
ORDERED = frozenset({BrowseFacet.YEAR.value})
Cell = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """What is to be counted.

    Attributes:
        rows, columns: two of `AXES`; they may be the same.
        kinds: which entries count.
        finest: an entry stands at its finest classes; else at the classes right below the root of their tree.
        only: kind and key of the entries that count; None for all.
    """

    rows: str
    columns: str
    kinds: frozenset[Kind]
    finest: bool = True
    only: tuple[tuple[Kind, str], ...] | None = None


@dataclass(frozen=True)
class AxisValue:
    """A row or a column.

    Attributes:
        mark: where a class comes from; None for what is no class.
        above: the classes above it, nearest first.
    """

    value: str
    label: str
    mark: Mark | None
    above: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Counts of distinct entries by row and column. An entry of two rows is in both.

    Attributes:
        counts: the cells that have entries; row_totals, column_totals: distinct entries of a whole row or column.
        total: distinct entries in any cell; asked: entries that were to be counted, placed or not.
    """

    question: Question
    rows: tuple[AxisValue, ...]
    columns: tuple[AxisValue, ...]
    counts: Mapping[Cell, int] = field(hash=False)
    row_totals: Mapping[str, int] = field(hash=False)
    column_totals: Mapping[str, int] = field(hash=False)
    total: int
    asked: int

    def largest(self, most: int) -> Grid:
        """At most so many rows and columns, those with most entries, in their order."""
        rows, columns = _largest(self.rows, self.row_totals, most), _largest(self.columns, self.column_totals, most)
        kept = {(row.value, column.value) for row in rows for column in columns}
        counts = {cell: count for cell, count in self.counts.items() if cell in kept}
        return replace(self, rows=rows, columns=columns, counts=counts)

    def count(self, cell: Cell) -> int:
        """The entries of a cell."""
        return self.counts.get(cell, 0)

    def expected(self, cell: Cell) -> float:
        """The entries a cell would have if rows and columns were unrelated: product of its totals over the total."""
        row, column = cell
        return self.row_totals.get(row, 0) * self.column_totals.get(column, 0) / self.total if self.total else 0.0

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, row by row."""
        return tuple((row.value, column.value) for row in self.rows for column in self.columns)

    @cached_property
    def empty(self) -> tuple[Cell, ...]:
        """The cells without an entry, those first where most would be expected; of a facet against itself each once."""
        twice = self.question.rows == self.question.columns
        found: dict[Cell, None] = {}
        for cell in self.cells:
            if not self.count(cell) and not (twice and cell[::-1] in found):
                found[cell] = None
        return tuple(sorted(found, key=lambda cell: -self.expected(cell)))

    @cached_property
    def filled(self) -> int:
        """How many cells have entries."""
        return sum(1 for cell in self.cells if self.count(cell))

    @cached_property
    def fullest(self) -> Cell | None:
        """The cell with most entries; None where none has any."""
        return max(self.counts, key=lambda cell: self.counts[cell], default=None)

    @cached_property
    def labels(self) -> Mapping[Cell, str]:
        """Each cell in words."""
        rows, columns = ({each.value: each.label for each in axis} for axis in (self.rows, self.columns))
        return {cell: f"{rows[cell[0]]} × {columns[cell[1]]}" for cell in self.cells}  # noqa: RUF001 - a product


@dataclass(frozen=True)
class Neighbour:
    """A cell with entries that is near to an empty one; `steps` says how far."""

    cell: Cell
    count: int
    steps: int


@dataclass(frozen=True)
class CellEntry:
    """An entry of a cell."""

    ref: EntryRef
    year: int | None
    results: int
    summary: str


@dataclass(frozen=True)
class Collected:
    """Where entries were taken from: the sources that most of them name, and how many sources there are."""

    sources: int
    largest: tuple[tuple[str, int], ...]


def kinds_on(catalog: Catalog, rows: str, columns: str) -> dict[Kind, int]:
    """The kinds of entries that stand on both axes, with how many do."""
    found = {Kind(row["kind"]): row["entries"] for row in catalog.store.query("axis_kinds", rows=rows, columns=columns)}
    return {kind: found[kind] for kind in Kind if kind in found}


def read_grid(catalog: Catalog, question: Question) -> Grid:
    """The counts of a question. A class without parts has its row even where nothing is filed in it."""
    counts: dict[Cell, int] = {}
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    total = asked = 0
    for found in catalog.store.query("coverage", **params(question)):
        row, column, entries, asked = found["row"], found["col"], found["entries"], found["asked"]
        if row is None and column is None:
            total = entries
        elif row is None:
            columns[column] = entries
        elif column is None:
            rows[row] = entries
        else:
            counts[row, column] = entries
    own, across = _values(catalog, question.rows, question, rows), _values(catalog, question.columns, question, columns)
    return Grid(question, own, across, counts, rows, columns, total, asked)


def nearest(grid: Grid, cell: Cell, most: int = 3) -> tuple[Neighbour, ...]:
    """The cells with entries nearest to an empty one: in its row or its column, else anywhere; then the fuller first.

    Steps between classes are the steps up to the class that they share, between years the years, else one. A cell that
    differs in row and column is as far as both together.
    """
    row_steps = {row.value: _steps(grid.question.rows, grid.rows, cell[0], row) for row in grid.rows}
    column_steps = {each.value: _steps(grid.question.columns, grid.columns, cell[1], each) for each in grid.columns}
    found = [
        Neighbour(other, count, row_steps[other[0]] + column_steps[other[1]])
        for other, count in grid.counts.items()
        if other[0] in row_steps and other[1] in column_steps
    ]
    beside = [each for each in found if each.cell[0] == cell[0] or each.cell[1] == cell[1]]
    return tuple(sorted(beside or found, key=lambda each: (each.steps, -each.count, each.cell))[:most])


def entries_of(catalog: Catalog, question: Question, cells: Collection[Cell]) -> dict[Cell, tuple[CellEntry, ...]]:
    """The entries of some cells, those with most published numbers first, then the newest."""
    found: dict[Cell, list[CellEntry]] = {cell: [] for cell in cells}
    if cells:
        for row in catalog.store.query("coverage_entries", **entry_params(question, cells)):
            ref = EntryRef(Kind(row["kind"]), row["key"], row["name"])
            found[row["row"], row["col"]].append(CellEntry(ref, row["year"], row["results"], row["summary"]))
    return {cell: tuple(entries) for cell, entries in found.items()}


def collected_from(catalog: Catalog, kinds: Collection[Kind], most: int = 3) -> Collected:
    """Where the entries of some kinds were taken from."""
    rows = catalog.store.query("collected_from", kinds=sorted(kinds), limit=most)
    return Collected(rows[0]["sources"] if rows else 0, tuple((row["source"], row["entries"]) for row in rows))


def params(question: Question) -> dict[str, Any]:
    """The parameters of `coverage.sql`."""
    only = question.only or ()
    return {
        "rows": question.rows,
        "columns": question.columns,
        "kinds": sorted(kind.value for kind in question.kinds),
        "finest": question.finest,
        "some": question.only is not None,
        "only_kinds": [kind.value for kind, _ in only],
        "only_keys": [key for _, key in only],
    }


def entry_params(question: Question, cells: Collection[Cell]) -> dict[str, Any]:
    """The parameters of `coverage_entries.sql`."""
    chosen = {"cell_rows": [row for row, _ in cells], "cell_columns": [column for _, column in cells]}
    return {**params(question), **chosen}


def _largest(values: tuple[AxisValue, ...], totals: Mapping[str, int], most: int) -> tuple[AxisValue, ...]:
    ranked = sorted(values, key=lambda each: -totals.get(each.value, 0))[:most]
    return tuple(each for each in values if each in ranked)


def _values(catalog: Catalog, axis: str, question: Question, totals: Mapping[str, int]) -> tuple[AxisValue, ...]:
    """The rows or columns of a table: classes as in their tree, years from the oldest, words as in their vocabulary."""
    kinds = sorted(kind.value for kind in question.kinds)
    rows = catalog.store.query("axis_values", axis=axis, kinds=kinds)
    parents = {row["value"]: row["parent"] for row in rows}
    words = _words(catalog, axis) if not any(parents.values()) and axis not in ORDERED else {}

    def above(value: str) -> tuple[str, ...]:
        parent = parents.get(value)
        return (parent, *above(parent)) if parent else ()

    def shown(row: dict[str, Any]) -> bool:
        return (row["leaf"] or row["value"] in totals) if question.finest else row["depth"] == 1

    found = [
        AxisValue(
            row["value"],
            row["name"] or words.get(row["value"], row["value"]),
            Mark(row["mark"]) if row["mark"] else None,
            above(row["value"]),
        )
        for row in rows
        if shown(row)
    ]
    order = list(words)
    return tuple(sorted(found, key=lambda each: order.index(each.value) if each.value in words else len(order)))


def _words(catalog: Catalog, axis: str) -> dict[str, str]:
    """The values of an axis in words, in the order in which a reader sees them."""
    if axis == STRATEGIES:
        return {strategy_key(s): s.value if s else "none of the three" for s in (*Strategy, None)}
    return {count.value: count.label for count in catalog.browse(BrowseQuery(limit=0)).facets[BrowseFacet(axis)]}


def _steps(axis: str, values: Sequence[AxisValue], here: str, other: AxisValue) -> int:
    if other.value == here:
        return 0
    if axis in ORDERED:
        return abs(int(other.value) - int(here))
    own = next((each.above for each in values if each.value == here), ())
    shared = next((step for step, key in enumerate(own, start=1) if key in other.above or key == other.value), None)
    return shared if shared is not None else 1
