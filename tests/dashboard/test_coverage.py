"""The coverage page: any two facets, what is empty, a cell opened by click or select box, and filters of Browse."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import theme
from dashboard.parts import coverage_cells, coverage_chart
from dashboard.views import coverage as page
from taxonomy.catalog import Catalog
from taxonomy.coverage import Collected, Grid, Question, entries_of, nearest, read_grid
from taxonomy.question import BrowseQuery
from taxonomy.tree import STRATEGIES, read_strategies
from taxonomy.vocab import BrowseFacet, Kind
from tests.dashboard.conftest import PageOpener
from tests.dashboard.test_browse_cards import cards, said, tags

METHODS = frozenset({Kind.METHOD})


@pytest.fixture(scope="module")
def grid(catalog: Catalog) -> Grid:
    return read_grid(catalog, Question("technique", "level", METHODS))


def headings(drawn: AppTest) -> list[str]:
    assert not drawn.exception
    return [heading.value for heading in drawn.subheader]


def cell_shown(drawn: AppTest) -> str:
    return headings(drawn)[0].replace("\\", "")


def test_the_message_counts_cells_and_names_the_fullest_and_the_empty(grid: Grid) -> None:
    said = coverage_chart.message(grid)
    filled = sum(1 for cell in grid.cells if grid.count(cell))
    assert said.startswith(f"Technique by level: {filled} of {len(grid.cells)} cells have methods")
    assert grid.fullest is not None
    assert f"the fullest is {grid.labels[grid.fullest]} with {max(grid.counts.values())}" in said
    assert grid.labels[grid.empty[0]] in said


def test_empty_cells_never_look_like_small_ones(grid: Grid) -> None:
    for base in ("light", "dark"):
        figure = coverage_chart.heat_map(grid, base)  # type: ignore[arg-type]
        shares = [share for row in figure.data[0].z for share in row]
        for cell, share in zip(grid.cells, shares, strict=True):
            assert (share is None) == (grid.count(cell) == 0)
            assert share is None or share >= 0.15
        assert len(figure.layout.shapes) == len(grid.empty)
        assert list(figure.data[1].text) == [f"{grid.count(cell):,}" for cell in grid.cells]


def test_more_entries_are_darker_and_their_numbers_can_be_read(grid: Grid) -> None:
    figure = coverage_chart.heat_map(grid, "dark")
    pairs = sorted(
        (grid.count(cell), share)
        for cell, share in zip(grid.cells, (s for row in figure.data[0].z for s in row), strict=True)
        if share is not None
    )
    assert [share for _, share in pairs] == sorted(share for _, share in pairs)
    assert pairs[-1][1] == pytest.approx(1)
    assert set(figure.data[1].textfont.color) <= {"#000000", "#FFFFFF", theme.GREY}


def test_marks_are_named_by_their_cell(grid: Grid) -> None:
    names = coverage_chart.heat_map(grid, "light").data[1].customdata
    assert [coverage_chart.cell_of(name, grid) for name in names] == list(grid.cells)
    assert coverage_chart.cell_of("rag.dense", grid) is None
    assert coverage_chart.cell_of("nobody~~user", grid) is None


def test_tables_hold_the_numbers_of_the_charts(catalog: Catalog, grid: Grid) -> None:
    table = coverage_chart.table(grid)
    assert table.shape == (len(grid.rows) + 1, len(grid.columns) + 2)
    assert table["any of them"].tolist()[-1] == grid.total
    inner = table.iloc[:-1, 1:-1].to_numpy().ravel().tolist()
    assert inner == [grid.count(cell) for cell in grid.cells]
    near = {cell: nearest(grid, cell) for cell in grid.empty}
    empty = coverage_chart.empty_table(grid, near)
    assert empty["empty cell"].tolist() == [grid.labels[cell] for cell in grid.empty]
    assert (empty["its entries"] > 0).all()
    opened = entries_of(catalog, grid.question, [("rag.dense", "user")])["rag.dense", "user"]
    assert len(coverage_cells.entries_table(opened)) == grid.count(("rag.dense", "user"))


def test_growth_has_a_bar_for_each_year_with_entries_and_none_for_others(catalog: Catalog) -> None:
    grown = read_grid(catalog, Question("technique", "year", METHODS))
    bars, numbers = coverage_chart.growth(grown, "light").data
    assert [int(text) for text in numbers.text] == [grown.count(cell) for cell in grown.cells if grown.count(cell)]
    assert len(bars.x) == len(grown.counts)
    assert max(bars.y) < 1
    fullest = max(grown.column_totals, key=lambda year: grown.column_totals[year])
    assert f"most in {fullest} ({grown.column_totals[fullest]}" in coverage_chart.growth_message(grown)


def test_growth_is_not_called_growth_of_the_field() -> None:
    said = page.collected_text(Collected(3, (("a/list", 40), ("another", 2))), "methods")
    assert "3 sources" in said
    assert "a/list (40), another (2)" in said
    assert said.endswith("growth in this catalog is not growth of the field.")


@pytest.mark.parametrize("filters", [{}, {"br_year": "2024"}, {"br_q": "lora"}])
def test_a_cell_in_browse_has_as_many_entries(catalog: Catalog, grid: Grid, filters: Mapping[str, str]) -> None:
    cell = ("repr.peft", "user")
    query = coverage_cells.browse_query(grid, cell, filters, read_strategies(catalog))
    assert query is not None
    facets = {
        BrowseFacet(name.removeprefix("br_")): frozenset(value.split(","))
        for name, value in query.items()
        if name != "br_q"
    }
    whole = catalog.browse(BrowseQuery(text=query.get("br_q", ""), facets=facets))
    inside = catalog.browse(
        BrowseQuery(
            text=filters.get("br_q", ""),
            kinds=METHODS,
            facets={BrowseFacet.YEAR: frozenset({filters["br_year"]})} if "br_year" in filters else {},
            limit=1000,
        )
    )
    only = tuple((row.ref.kind, row.ref.key) for row in inside.rows)
    restricted = read_grid(catalog, Question("technique", "level", METHODS, only=only))
    assert whole.total == restricted.count(cell) > 0


def test_cells_that_browse_cannot_ask_for_have_no_link(catalog: Catalog, grid: Grid) -> None:
    found = read_strategies(catalog)
    ours = read_grid(catalog, Question(STRATEGIES, "level", METHODS))
    cell = ("strategy.alignment", "user")
    query = coverage_cells.browse_query(ours, cell, {}, found)
    assert query is not None
    assert query["br_technique"] == "rlhf.reward,rlhf.preference_opt"
    assert coverage_cells.browse_query(grid, ("rag.dense", "user"), {"br_level": "persona"}, found) is None
    twice = read_grid(catalog, Question(STRATEGIES, STRATEGIES, METHODS))
    assert coverage_cells.browse_query(twice, ("strategy.alignment", "strategy.adaptation"), {}, found) is None


def test_every_data_class_of_coverage_is_in_browse(catalog: Catalog) -> None:
    data = read_grid(catalog, Question("data", "level", frozenset({Kind.DATASET})))
    cell = data.fullest
    assert cell is not None
    query = coverage_cells.browse_query(data, cell, {}, read_strategies(catalog))
    assert query == {"br_kind": "dataset", "br_data": cell[0], "br_level": cell[1]}
    facets = {BrowseFacet.DATA: frozenset({cell[0]}), BrowseFacet.LEVEL: frozenset({cell[1]})}
    assert catalog.browse(BrowseQuery(kinds=frozenset({Kind.DATASET}), facets=facets)).total == data.count(cell) > 0


def test_a_facet_against_itself_is_in_browse_all_of_both(catalog: Catalog) -> None:
    found = read_strategies(catalog)
    own = read_grid(catalog, Question("level", "level", METHODS))
    both = coverage_cells.browse_query(own, ("user", "persona"), {}, found)
    assert both == {"br_kind": "method", "br_level": "user,persona", "br_all": "level"}
    level = {BrowseFacet.LEVEL: frozenset({"user", "persona"})}
    assert catalog.browse(BrowseQuery(kinds=METHODS, required=level)).total == own.count(("user", "persona")) > 0
    assert coverage_cells.browse_query(own, ("user", "user"), {}, found) == {"br_kind": "method", "br_level": "user"}


def test_the_page_opens_with_techniques_by_level(open_page: PageOpener, grid: Grid) -> None:
    drawn = open_page("coverage")
    assert grid.fullest is not None
    assert cell_shown(drawn) == f"{grid.labels[grid.fullest]}: {grid.count(grid.fullest)} methods"
    assert f"Empty cells ({len(grid.empty)})" in headings(drawn)
    assert any("43 of 48" in each.value for each in drawn.caption) == (len(grid.counts) == 43)
    assert any("not growth of the field" in each.value for each in drawn.caption)
    assert any("no row in this catalog" in each.value.lower() for each in drawn.caption)


def test_a_cell_is_opened_by_the_select_boxes(open_page: PageOpener, grid: Grid) -> None:
    drawn = open_page("coverage", {"cv_row": "rag.dense", "cv_column": "persona"})
    assert cell_shown(drawn) == f"{grid.labels['rag.dense', 'persona']}: {grid.count(('rag.dense', 'persona'))} methods"
    drawn.selectbox(key="cv_row").set_value("federated").run()
    assert cell_shown(drawn) == f"{grid.labels['federated', 'persona']}: no row in this catalog"
    assert drawn.query_params["cv_row"] == "federated"
    links = {said(link) for card in cards(drawn) for link in tags(card, "a")}
    near = nearest(grid, ("federated", "persona"))
    assert near
    assert any("CoMiGS" in link for link in links)


def test_the_link_to_browse_carries_the_cell(open_page: PageOpener) -> None:
    drawn = open_page("coverage", {"cv_row": "rag.dense", "cv_column": "persona", "br_year": "2024"})
    (link,) = [each for each in drawn.page_link if each.label == "**Open in Browse**"]
    assert parse_qs(link.proto.query_string) == {
        "br_technique": ["rag.dense"],
        "br_level": ["persona"],
        "br_kind": ["method"],
        "br_year": ["2024"],
    }


def test_filters_of_browse_restrict_the_counts(open_page: PageOpener, catalog: Catalog) -> None:
    drawn = open_page("coverage", {"br_year": "2024"})
    found = catalog.browse(BrowseQuery(kinds=METHODS, facets={BrowseFacet.YEAR: frozenset({"2024"})}, limit=1000))
    only = tuple((row.ref.kind, row.ref.key) for row in found.rows)
    wanted = read_grid(catalog, Question("technique", "level", METHODS, only=only))
    assert any(coverage_chart.message(wanted)[:40] in each.value.replace("\\", "") for each in drawn.caption)
    assert f"Empty cells ({len(wanted.empty)})" in headings(drawn)


def test_rows_and_columns_are_swapped(open_page: PageOpener) -> None:
    drawn = open_page("coverage", {"cv_rows": "application"})
    drawn.button(key="cv_swap").click().run()
    assert (drawn.query_params["cv_rows"], drawn.query_params["cv_columns"]) == ("level", "application")
    assert not drawn.exception


def test_a_pair_without_entries_says_so(open_page: PageOpener) -> None:
    drawn = open_page("coverage", {"cv_rows": "metric_family", "cv_columns": "level"})
    assert not drawn.exception
    assert any("no cell has methods" in each.value for each in drawn.info)


def test_a_wide_table_shows_the_largest_values(open_page: PageOpener) -> None:
    drawn = open_page("coverage", {"cv_rows": "data", "cv_columns": "usage"})
    assert "datasets" in cell_shown(drawn)
    drawn = open_page("coverage", {"cv_rows": "year", "cv_columns": "technique", "cv_classes": "families"})
    assert headings(drawn)[-1] == "Growth"


@pytest.mark.parametrize(
    "name", ["cv_rows", "cv_columns", "cv_kind", "cv_classes", "cv_row", "cv_column", "br_level", "br_year"]
)
def test_garbage_in_the_address_gives_the_default_with_a_note(open_page: PageOpener, grid: Grid, name: str) -> None:
    drawn = open_page("coverage", {name: "<img src=x> ](javascript:1)"})
    assert grid.fullest is not None
    assert cell_shown(drawn).startswith(grid.labels[grid.fullest])
    assert len(drawn.warning) == 1
