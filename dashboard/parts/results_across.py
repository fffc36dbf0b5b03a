"""The view of improvements across datasets: its controls, the heat map, and the numbers behind the opened cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.navigation import page_link
from dashboard.parts import badges, charts, results_heat, results_panels, share, tables
from dashboard.parts.results_heat import EVERY, MAIN, Matrix
from dashboard.services import Services
from dashboard.state import Field
from dashboard.theme import Origin
from taxonomy import results
from taxonomy.narrowing import Slice
from taxonomy.results import Cell, Panel

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS, MOST_COLUMNS = 120, 60
OTHERS = state.flag("rs_others", default=True)
NOTE = (
    "A cell is the relative improvement in percent over the non-personalized row of the same source, table, task, "
    "split and backbone; positive is better, whatever the direction of the metric. Where there are several comparisons "
    "(backbones, splits, sources) it is their median; a star marks those that disagree in sign. An empty place has no "
    "such pair in the catalog. Percentages of different metrics are not comparable with each other, and the sources "
    "print mostly no intervals, so a small improvement may be chance. The colour ends at 50 %."
)


def draw(services: Services) -> None:
    """The whole view."""
    everything = results.improvement_cells(services.catalog)
    source = state.choice("rs_from", "", accepted=["", *results_heat.sources_of(everything)])
    columns = state.choice("rs_columns", MAIN, accepted=[MAIN, EVERY, *results_heat.metrics_of(everything)])
    seen = state.here(source, columns, OTHERS)
    state.show_notes(seen)
    _controls(everything, (source, columns), (seen[source], seen[columns], seen[OTHERS]))
    cells = results.improvement_cells(services.catalog, seen[source]) if seen[source] else everything
    shown = results_heat.matrix(cells, seen[columns], others=seen[OTHERS])
    if not shown.cells:
        st.info("No improvement can be computed for this choice: take another source or metric.")
        return
    _heat_map(services, shown, seen[source])


def _controls(everything: Sequence[Cell], fields: tuple[Field[str], Field[str]], values: tuple[str, str, bool]) -> None:
    names, titles = results_heat.metrics_of(everything), results_heat.sources_of(everything)
    heads = {MAIN: "One metric a dataset: the one of most numbers", EVERY: "Every metric", **names}
    cell = state.text("rs_cell")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "Columns",
            [MAIN, EVERY, *names],
            format_func=heads.__getitem__,
            width=360,
            **state.bound(fields[1], values[1], cell),
        )
        st.selectbox(
            "Source",
            fields[0].accepted,
            format_func=lambda key: safe.plain(titles[key], 60) if key else "All sources",
            width=360,
            **state.bound(fields[0], values[0], cell),
        )
        st.checkbox("Also controls and other baselines", **state.bound(OTHERS, values[2], cell))


def _heat_map(services: Services, shown: Matrix, source: str) -> None:
    said = results_heat.message(shown)
    badges.draw([badges.origin(Origin.PUBLISHED), badges.plain("computed from published numbers")])
    st.markdown(safe.markdown(said))
    ordered = sorted(shown.cells, key=lambda cell: (-cell.comparisons, cell.id))
    cells = {cell.id: cell for cell in ordered}
    field = state.choice("rs_cell", ordered[0].id, accepted=cells)
    seen = state.here(field)
    state.show_notes(seen)
    drawn = shown.largest(MOST_ROWS, MOST_COLUMNS)
    charts.pick(
        results_heat.figure(drawn, charts.base()),
        alt=f"Heat map of relative improvements. {said}",
        table=results_heat.table_of(shown),
        key="rs_heat",
        picked=lambda cell: state.put(field, cell),
    )
    st.caption(f"{left_out(drawn, shown)}{NOTE}")
    share.bar(
        services,
        results_heat.table_of(shown),
        name="Improvements over no personalization",
        sql=services.catalog.store.statement("improvement_cells", source=source),
    )
    st.subheader("The numbers behind a cell", anchor=False)
    listed = sorted(cells, key=lambda cell: results_heat.cell_text(cells[cell]))
    st.selectbox(
        f"Open a cell ({len(cells):,})",
        listed,
        format_func=lambda cell: safe.plain(results_heat.cell_text(cells[cell]), 140),
        **state.bound(field, seen[field]),
    )
    _behind(services, cells[seen[field]])


def left_out(drawn: Matrix, shown: Matrix) -> str:
    """What the heat map has no room for; empty where it shows everything."""
    if drawn == shown:
        return ""
    return (
        f"Drawn are {len(drawn.rows):,} of {len(shown.rows):,} rows and {len(drawn.columns):,} of "
        f"{len(shown.columns):,} columns, those with most numbers; the table, the files and the list below have all. "
    )


def _behind(services: Services, cell: Cell) -> None:
    found = results.numbers(services.catalog, Slice(dataset=cell.dataset, ids=cell.ids))
    panels = results.panels(found)
    st.markdown(f"**{safe.markdown(results_heat.cell_text(cell))}**")
    tables.frame(table_of(panels), alt=results_heat.cell_text(cell), key="rs_behind")
    share.bar(
        services,
        table_of(panels),
        name="Numbers behind an improvement",
        sql=services.catalog.store.statement("results_numbers", **results.parameters(Slice(ids=cell.ids))),
    )
    st.markdown("Each on its own axis, beside all that its source prints there:")
    for panel in panels:
        first = panel.numbers[0]
        page_link(
            "results",
            safe.plain(
                f"{panel.first.task}, {panel.first.split} ({len(panel.numbers)}): {panel.first.source_title}", 90
            ),
            query=address_of(panel, first.id),
            icon=":material/leaderboard:",
        )


def table_of(panels: Sequence[Panel]) -> pd.DataFrame:
    """The numbers behind a cell; their places on this short list mean nothing and are left out."""
    return results_panels.table_of(panels).drop(columns=["place"])


def address_of(panel: Panel, number: str) -> dict[str, str]:
    """The query of the address that shows a panel with one of its numbers opened."""
    key = panel.key
    return {
        "rs_dataset": key.dataset,
        "rs_source": key.source,
        "rs_task": key.task,
        "rs_split": key.split,
        "rs_metric": key.metric,
        "rs_row": number,
    }
