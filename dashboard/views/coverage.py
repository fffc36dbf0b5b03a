"""Coverage: any facet against any facet, what is empty and what is nearest to it, and growth; the address holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import charts, coverage_cells, coverage_chart, coverage_filter, share
from dashboard.parts.coverage_chart import AXIS_NAME, MOST_VALUES, NARROW, PLURAL
from dashboard.services import Services
from taxonomy import coverage
from taxonomy.coverage import AXES, Cell, Grid, Question
from taxonomy.tree import read_strategies
from taxonomy.vocab import BrowseFacet, Kind

PAGE = Page(
    title="Coverage",
    icon=":material/grid_on:",
    group="Explore",
    order=50,
    path="coverage",
    question="Which combinations are studied, which are empty?",
)
ROWS = state.choice("cv_rows", BrowseFacet.TECHNIQUE.value, accepted=AXES)
COLUMNS = state.choice("cv_columns", BrowseFacet.LEVEL.value, accepted=AXES)
CLASSES = state.choice("cv_classes", "leaves", accepted=("leaves", "families"))
CLASSES_NAME = {"leaves": "finest classes", "families": "families"}


@dataclass(frozen=True)
class Asked:
    """What the address asks: the table, the restriction, and the fields that hold an open cell."""

    grid: Grid
    whole: Grid
    restriction: coverage_filter.Restriction
    row: state.Field[str]
    column: state.Field[str]
    cell: Cell | None


def render(services: Services) -> None:
    """Draw the page."""
    seen = state.here(ROWS, COLUMNS, CLASSES)
    rows, columns = seen[ROWS], seen[COLUMNS]
    there = coverage.kinds_on(services.catalog, rows, columns)
    kinds = state.choices("cv_kind", default_kinds(there), accepted=[kind.value for kind in Kind])
    counted = state.here(kinds)
    for each in (seen, counted):
        state.show_notes(each)
    _controls(seen, kinds, counted[kinds], there)
    restriction = coverage_filter.draw(services)
    question = Question(
        rows,
        columns,
        frozenset(Kind(kind) for kind in counted[kinds]),
        finest=seen[CLASSES] == "leaves",
        only=restriction.only(counted[kinds]),
    )
    asked = _asked(services, question, restriction)
    with boundary("The heat map"):
        _heat_map(services, asked)
    left, right = st.columns(2, gap="large")
    with left, boundary("The cell"):
        _cell(services, asked)
    with right, boundary("The empty cells"):
        _empty(services, asked)
    with boundary("Growth"):
        _growth(services, question)


def default_kinds(there: dict[Kind, int]) -> tuple[str, ...]:
    """What is counted first: methods where they stand on both axes, else the first kind that does."""
    return (next(iter(there), Kind.METHOD).value,)


def _asked(services: Services, question: Question, restriction: coverage_filter.Restriction) -> Asked:
    whole = services.grid(question)
    grid = whole.largest(MOST_VALUES)
    first = grid.fullest or ("", "")
    row = state.choice("cv_row", first[0], accepted=[each.value for each in grid.rows])
    column = state.choice("cv_column", first[1], accepted=[each.value for each in grid.columns])
    seen = state.here(row, column)
    state.show_notes(seen)
    cell = (seen[row], seen[column])
    return Asked(grid, whole, restriction, row, column, cell if cell in grid.labels else None)


def _controls(
    seen: state.Values, kinds: state.Field[tuple[str, ...]], counted: tuple[str, ...], there: dict[Kind, int]
) -> None:
    def turn() -> None:
        st.query_params.update({"cv_rows": seen[COLUMNS], "cv_columns": seen[ROWS]})  # at once: one step for Back

    names = AXIS_NAME.__getitem__
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Rows", AXES, format_func=names, width=200, **state.bound(ROWS, seen[ROWS]))
        st.button("Swap", icon=":material/swap_horiz:", on_click=turn, key="cv_swap", help="Rows become columns")
        st.selectbox("Columns", AXES, format_func=names, width=200, **state.bound(COLUMNS, seen[COLUMNS]))
        st.segmented_control(
            "Classes",
            CLASSES.accepted,
            format_func=CLASSES_NAME.__getitem__,
            required=True,
            **state.bound(CLASSES, seen[CLASSES]),
        )
    st.pills(
        "What is counted",
        list(dict.fromkeys([*(kind.value for kind in there), *counted])),
        selection_mode="multi",
        format_func=lambda kind: f"{PLURAL[Kind(kind)]} **{there.get(Kind(kind), 0):,}**",
        **state.bound(kinds, counted),
    )


def _heat_map(services: Services, asked: Asked) -> None:
    grid = asked.grid
    said = coverage_chart.message(grid)
    if not grid.total:
        st.info(f"{safe.markdown(said)}. Choose other facets, another kind of entry, or fewer filters.")
        return

    def picked(name: str) -> None:
        cell = coverage_chart.cell_of(name, grid)
        if cell is not None:
            st.query_params.update({"cv_row": cell[0], "cv_column": cell[1]})  # at once: one step for Back

    draw = charts.pick_narrow if len(grid.columns) <= NARROW else charts.pick
    figure = coverage_chart.heat_map(grid, charts.base())
    draw(figure, alt=said, table=coverage_chart.table(grid), key="cv_map", picked=picked)
    st.caption(safe.markdown(f"{said}. {notes(asked)}"))
    sql = services.catalog.store.statement("coverage", **coverage.params(grid.question))
    share.bar(services, coverage_chart.table(grid), name="Coverage", sql=sql)


def notes(asked: Asked) -> str:
    """How the numbers come about, and what the table leaves out."""
    grid, whole = asked.grid, asked.whole
    said = ["A dashed cell has no row in this catalog. An entry of two classes is in both; bold numbers count it once."]
    if grid.asked > grid.total:
        said.append(f"{grid.asked - grid.total:,} of {grid.asked:,} entries have no value for one of the two.")
    for axis, shown, every in (
        (grid.question.rows, grid.rows, whole.rows),
        (grid.question.columns, grid.columns, whole.columns),
    ):
        if len(shown) < len(every):
            said.append(f"Shown are the {len(shown)} largest of {len(every)} values of {AXIS_NAME[axis].lower()}.")
    return " ".join(said)


def _cell(services: Services, asked: Asked) -> None:
    grid = asked.grid
    if asked.cell is None:
        return
    labels = {each.value: each.label for each in (*grid.rows, *grid.columns)}
    with st.container(horizontal=True, gap="small"):
        for name, field, value in zip(("Row", "Column"), (asked.row, asked.column), asked.cell, strict=True):
            shown = state.bound(field, value)
            st.selectbox(name, field.accepted, format_func=lambda key: safe.plain(labels[key]), **shown)
    near = () if grid.count(asked.cell) else coverage.nearest(grid, asked.cell)
    found = coverage.entries_of(services.catalog, grid.question, [asked.cell, *(each.cell for each in near)])
    query = coverage_cells.browse_query(grid, asked.cell, asked.restriction.address, read_strategies(services.catalog))
    coverage_cells.opened(grid, asked.cell, found[asked.cell], query)
    if not grid.count(asked.cell):
        st.caption(f"{coverage_cells.expected_text(grid, asked.cell)} Nearest to it:")
        coverage_cells.nearest_entries(grid, near, found)
    else:
        refs = [entry.ref for entry in found[asked.cell]]
        sql = services.catalog.store.statement("coverage_entries", **coverage.entry_params(grid.question, [asked.cell]))
        share.bar(services, coverage_cells.entries_table(found[asked.cell]), name="Cell", sql=sql, entries=refs)


def _empty(services: Services, asked: Asked) -> None:
    grid = asked.grid
    st.subheader(f"Empty cells ({len(grid.empty):,})", anchor=False)
    if not grid.empty:
        st.caption("Each combination has at least one row in this catalog.")
        return
    st.caption(
        "A combination without a row may be a gap of the field, a gap of this catalog, or make no sense. Those come "
        "first where most would be expected from the totals of row and column."
    )
    near = {cell: coverage.nearest(grid, cell) for cell in grid.empty}
    first = {each.cell for cell in grid.empty[: coverage_cells.SHOWN_EMPTY] for each in near[cell]}
    coverage_cells.empty(grid, near, coverage.entries_of(services.catalog, grid.question, sorted(first)))
    share.bar(services, coverage_chart.empty_table(grid, near), name="Empty cells")


def _growth(services: Services, question: Question) -> None:
    rows = question.rows if question.rows != BrowseFacet.YEAR else BrowseFacet.TECHNIQUE.value
    asked = replace(question, rows=rows, columns=BrowseFacet.YEAR.value)
    grid = services.grid(asked).largest(MOST_VALUES)
    st.subheader("Growth", anchor=False)
    said = coverage_chart.growth_message(grid)
    if not grid.total:
        st.caption(f"{safe.markdown(said)}.")
        return
    height, table = coverage_chart.growth_height(grid), coverage_chart.table(grid)
    charts.show_below(
        lambda: coverage_chart.growth(grid, charts.base()), height=height, alt=said, table=table, key="cv_growth"
    )
    origin = coverage.collected_from(services.catalog, question.kinds)
    st.caption(safe.markdown(f"{said}. {collected_text(origin, coverage_chart.kinds_text(grid))}"))
    sql = services.catalog.store.statement("coverage", **coverage.params(asked))
    share.bar(services, coverage_chart.table(grid), name="Growth", sql=sql)


def collected_text(origin: coverage.Collected, kinds: str) -> str:
    """How the catalog was collected, and why its growth is not that of the field."""
    if not origin.sources:
        return "Growth in this catalog is not growth of the field."
    largest = ", ".join(f"{source} ({entries:,})" for source, entries in origin.largest)
    return (
        f"The {kinds} come from {origin.sources} sources that the entries name, public lists of papers above all; most "
        f"are named by {largest}. The survey's list of references could not be read. So the numbers follow what these "
        "lists hold and when they were read, and the newest years are incomplete: growth in this catalog is not growth "
        "of the field."
    )
