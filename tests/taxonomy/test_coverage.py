"""Every count of Coverage is that of a recount of the facts; empty cells know what is nearest to them."""

from __future__ import annotations

from collections import Counter
from itertools import product

import duckdb
import pytest

from taxonomy.catalog import Catalog
from taxonomy.coverage import (
    AXES,
    Question,
    collected_from,
    entries_of,
    entry_params,
    kinds_on,
    nearest,
    params,
    read_grid,
)
from taxonomy.load import FACTS, Record, read_facts
from taxonomy.manifest import Snapshot
from taxonomy.store import SETTINGS
from taxonomy.tree import STRATEGIES
from taxonomy.vocab import Kind

METHODS = frozenset({Kind.METHOD})


@pytest.fixture(scope="module")
def methods() -> tuple[Record, ...]:
    return read_facts(FACTS).tables["method"]


def recount(methods: tuple[Record, ...], rows: str, columns: str) -> Counter[tuple[str, str]]:
    """The methods of each pair of values, from the facts files."""
    found: Counter[tuple[str, str]] = Counter()
    for method in methods:
        found.update(set(product(values_of(method, rows), values_of(method, columns))))
    return found


def values_of(method: Record, axis: str) -> set[str]:
    usage = method.text("usage")
    return {
        "technique": set(method.items("techniques")),
        "level": set(method.items("levels")),
        "application": set(method.items("applications")),
        "usage": {"direct", "downstream"} if usage == "both" else {usage},
        "year": {method.text("year")} - {""},
        "has_code": {"yes" if method.text("code_url") else "no"},
    }[axis]


@pytest.mark.parametrize("rows", ["technique", "application", "usage", "year"])
@pytest.mark.parametrize("columns", ["level", "technique", "has_code", "year"])
def test_counts_are_those_of_a_recount(catalog: Catalog, methods: tuple[Record, ...], rows: str, columns: str) -> None:
    grid = read_grid(catalog, Question(rows, columns, METHODS))
    assert dict(grid.counts) == dict(recount(methods, rows, columns))
    assert grid.total == sum(bool(values_of(m, rows) and values_of(m, columns)) for m in methods)
    assert grid.asked == len(methods)
    for row in grid.rows:
        own = sum(row.value in values_of(m, rows) and bool(values_of(m, columns)) for m in methods)
        assert grid.row_totals.get(row.value, 0) == own
    for column in grid.columns:
        own = sum(column.value in values_of(m, columns) and bool(values_of(m, rows)) for m in methods)
        assert grid.column_totals.get(column.value, 0) == own


def test_families_count_each_entry_once(catalog: Catalog, methods: tuple[Record, ...]) -> None:
    family = {
        each.text("key"): each.text("parent")
        for each in read_facts(FACTS).tables["node"]
        if each.text("facet") == "technique"
    }
    grid = read_grid(catalog, Question("technique", "level", METHODS, finest=False))
    assert [row.value for row in grid.rows] == ["rag", "prompt", "repr", "rlhf", "beyond"]
    for row, column in grid.cells:
        own = sum(
            column in m.items("levels") and any(family[key] == row for key in m.items("techniques")) for m in methods
        )
        assert grid.count((row, column)) == own


def test_what_is_filed_above_the_leaves_has_a_row_of_its_own(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("data", "level", frozenset({Kind.DATASET})))
    rows = [row.value for row in grid.rows]
    assert "data.without_user_text" in rows
    assert "data.with_user_text" not in rows
    assert sum(grid.row_totals.values()) == grid.total == catalog.counts()[Kind.DATASET]
    assert grid.row_totals.get("data.without_user_text.search", 0) == 0


def test_only_some_entries(catalog: Catalog, methods: tuple[Record, ...]) -> None:
    new = [method for method in methods if method.text("year") >= "2025"]
    only = tuple((Kind.METHOD, method.text("key")) for method in new)
    grid = read_grid(catalog, Question("technique", "level", METHODS, only=only))
    assert dict(grid.counts) == dict(recount(tuple(new), "technique", "level"))
    none = read_grid(catalog, Question("technique", "level", METHODS, only=()))
    assert (none.total, none.asked, none.fullest) == (0, 0, None)
    assert len(none.empty) == len(none.cells) == len(none.rows) * 3
    assert nearest(none, none.empty[0]) == ()


@pytest.mark.parametrize("rows", AXES)
def test_every_facet_can_be_asked(catalog: Catalog, rows: str) -> None:
    for columns in ("level", "year", "kind", rows):
        kinds = kinds_on(catalog, rows, columns)
        grid = read_grid(catalog, Question(rows, columns, frozenset(kinds) or METHODS))
        assert grid.total == sum(kinds.values())
        assert grid.filled == len(grid.counts)
        pairs = {tuple(sorted(cell)) for cell in grid.cells if not grid.count(cell)}
        assert len(grid.empty) == (len(pairs) if rows == columns else len(grid.cells) - grid.filled)
        assert len({row.label for row in grid.rows}) == len(grid.rows)


def test_kinds_that_stand_on_both_axes(catalog: Catalog) -> None:
    assert list(kinds_on(catalog, "technique", "level")) == [Kind.METHOD, Kind.PAPER]
    assert list(kinds_on(catalog, "metric_family", "kind")) == [Kind.METRIC]
    assert kinds_on(catalog, "metric_family", "level") == {}


def test_a_facet_against_itself(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("technique", "technique", METHODS))
    for row, column in grid.cells:
        assert grid.count((row, column)) == grid.count((column, row)) <= grid.count((row, row))
    assert all(grid.count((row.value, row.value)) == grid.row_totals[row.value] for row in grid.rows)


def test_the_second_cut_is_an_axis(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question(STRATEGIES, "level", METHODS))
    assert [row.label for row in grid.rows] == ["prompting", "adaptation", "alignment", "none of the three"]


def test_the_nearest_cells_are_those_of_a_search_by_hand(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("technique", "level", METHODS))
    assert ("federated", "global") in grid.empty
    for cell in grid.empty:
        found = nearest(grid, cell)
        assert 1 <= len(found) <= 3
        for each in found:
            assert each.count == grid.count(each.cell) > 0
            assert each.cell[0] == cell[0] or each.cell[1] == cell[1]
        assert [each.steps for each in found] == sorted(each.steps for each in found)
        beside = [other for other in grid.counts if other[0] == cell[0] or other[1] == cell[1]]
        same_row = [other for other in beside if other[0] == cell[0]]
        assert found[0].steps == 1 if same_row else found[0].steps >= 1
    federated = nearest(grid, ("federated", "global"))
    assert {each.cell for each in federated if each.steps == 1} <= {
        ("federated", "user"),
        ("decoding.steering", "global"),
        ("memory.agent", "global"),
        ("other", "global"),
    }
    assert federated[0].cell == ("federated", "user")


def test_years_are_as_far_as_they_lie_apart(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("technique", "year", METHODS))
    years = [int(column.value) for column in grid.columns]
    assert years == sorted(years)
    cell = next(cell for cell in grid.empty if any(other[0] == cell[0] for other in grid.counts))
    for each in nearest(grid, cell):
        if each.cell[0] == cell[0]:
            assert each.steps == abs(int(each.cell[1]) - int(cell[1]))


def test_empty_cells_come_first_where_most_would_be_expected(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("technique", "level", METHODS))
    expected = [grid.expected(cell) for cell in grid.empty]
    assert expected == sorted(expected, reverse=True)
    first = grid.empty[0]
    assert expected[0] == grid.row_totals[first[0]] * grid.column_totals[first[1]] / grid.total
    assert sum(grid.expected(cell) for cell in grid.cells) >= grid.total


def test_the_largest_rows_stay_in_their_order(catalog: Catalog) -> None:
    grid = read_grid(catalog, Question("technique", "year", METHODS))
    small = grid.largest(5)
    assert len(small.rows) == len(small.columns) == 5
    kept = [row.value for row in small.rows]
    assert kept == [row.value for row in grid.rows if row.value in kept]
    assert min(grid.row_totals[key] for key in kept) >= sorted(grid.row_totals.values())[-5]
    assert set(small.counts) <= set(small.cells)
    assert small.fullest in small.counts


def test_a_cell_opens_its_entries(catalog: Catalog, methods: tuple[Record, ...]) -> None:
    question = Question("technique", "level", METHODS)
    grid = read_grid(catalog, question)
    found = entries_of(catalog, question, grid.cells)
    for cell in grid.cells:
        wanted = {m.text("key") for m in methods if cell[0] in m.items("techniques") and cell[1] in m.items("levels")}
        assert {entry.ref.key for entry in found[cell]} == wanted
        results = [entry.results for entry in found[cell]]
        assert results == sorted(results, reverse=True)
    assert entries_of(catalog, question, []) == {}


@pytest.mark.parametrize("only", [None, ((Kind.METHOD, "oppu"), (Kind.METHOD, "lamp")), ()])
def test_the_statements_that_pages_hand_over_run_alone(
    catalog: Catalog, built: Snapshot, only: tuple[tuple[Kind, str], ...] | None
) -> None:
    question = Question("technique", "level", METHODS, only=only)
    cells = [("rag.dense", "user"), ("repr.peft", "user")]
    asked = {"coverage": params(question), "coverage_entries": entry_params(question, cells)}
    with duckdb.connect(str(built.path), read_only=True, config=dict(SETTINGS)) as alone:
        for name, values in asked.items():
            rows = alone.execute(catalog.store.statement(name, **values)).fetchall()
            assert rows == [tuple(row.values()) for row in catalog.store.query(name, **values)]


def test_sources_are_counted(catalog: Catalog, methods: tuple[Record, ...]) -> None:
    named = Counter(source for method in methods for source in method.items("sources"))
    found = collected_from(catalog, [Kind.METHOD])
    assert found.sources == len(named)
    assert dict(found.largest) == {source: named[source] for source, _ in found.largest}
    assert [entries for _, entries in found.largest] == sorted(named.values(), reverse=True)[:3]
    assert collected_from(catalog, [Kind.NODE]).sources == 0
