"""The lower half of the Query page: an answer as a chart, as a table, and away from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import streamlit as st

from dashboard import safe, state
from dashboard.parts import charts, query_chart, share, tables
from taxonomy import export
from taxonomy.questions import CHART_KINDS, Chart, ChartKind

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.services import Services
    from taxonomy.console import Answer

MOST_COLUMNS = 200
KIND_NAMES = {"bar": "Bars", "line": "Line", "points": "Points", "none": "No chart"}
NO_COLOUR = ""
CHART_NAMES = ("q_kind", "q_x", "q_y", "q_colour")
BIGGEST = 2**63


def draw(services: Services, given: Answer, suggested: Chart) -> None:
    """How much the answer is, its chart, its table, and the files of it."""
    size = size_of(given)
    st.markdown(f"**{size}** in {given.seconds:.2f} s")
    for note in given.notes:
        st.warning(safe.markdown(f"Not all of it: {note}."), icon=":material/content_cut:")
    chart = _controls(given, suggested)
    if query_chart.usable(chart, given):
        said = query_chart.message(given, chart)
        drawn = query_chart.drawn_table(given, chart)
        figure = query_chart.figure(given, chart)
        charts.show(figure, alt=said, table=drawn, key="q_chart", title="What is drawn, as a table")
        st.caption(safe.markdown(f"{said}."))
    tables.frame(frame_of(given), alt=f"The answer: {size}", key="q_answer")
    if len(given.columns) > MOST_COLUMNS:
        st.caption(f"The first {MOST_COLUMNS} columns are shown; the files have all {len(given.columns):,}.")
    share.bar(services, given.table(), name="Query result")


def size_of(given: Answer) -> str:
    """The rows and columns in words."""
    rows, columns = len(given.rows), len(given.columns)
    return f"{rows:,} {'row' if rows == 1 else 'rows'}, {columns:,} {'column' if columns == 1 else 'columns'}"


def frame_of(given: Answer) -> pd.DataFrame:
    """The answer as the table on the page; lists, structures and huge numbers are texts."""
    import pandas as pd

    shown = given.table()
    names = [safe.plain(name, 80) or f"column {at}" for at, name in enumerate(shown.columns[:MOST_COLUMNS], start=1)]
    unique = export.Table.of(names, ()).columns
    values = list(zip(*shown.rows, strict=True))[:MOST_COLUMNS] if shown.rows else [()] * len(unique)
    return pd.DataFrame({name: _column(cells) for name, cells in zip(unique, values, strict=True)})


def chart_of(kind: str, x: str, y: str, colour: str) -> Chart:
    """A chart of what the controls say."""
    return Chart(cast("ChartKind", kind), x, y, colour)


def _column(cells: Sequence[Any]) -> list[Any]:
    known = [cell for cell in cells if cell is not None]
    if all(isinstance(cell, bool) for cell in known):
        return list(cells)
    if all(isinstance(c, int | float) and not isinstance(c, bool) and abs(c) < BIGGEST for c in known if c == c):  # noqa: PLR0124 - NaN is a number
        return list(cells)
    return [None if cell is None else safe.plain(export.text(cell), 2000) for cell in cells]


def _controls(given: Answer, suggested: Chart) -> Chart:
    """The kind of chart and its columns, kept in the address."""
    numbers = query_chart.numeric(given)
    if not numbers or len(given.rows) < 2:
        return Chart("none")
    first = suggested if query_chart.usable(suggested, given) else query_chart.suggest(given)
    names = tuple(dict.fromkeys(given.columns))[:MOST_COLUMNS]
    fields = (
        state.choice("q_kind", first.kind, accepted=CHART_KINDS),
        state.choice("q_x", first.x or names[0], accepted=names),
        state.choice("q_y", first.y or numbers[0], accepted=numbers),
        state.choice("q_colour", first.colour, accepted=(NO_COLOUR, *names)),
    )
    seen = state.here(*fields)
    state.show_notes(seen)
    labels = ("Chart", "Along", "Value", "Colour")
    with st.container(horizontal=True, gap="small"):
        for field, label in zip(fields, labels, strict=True):
            if label == "Chart" or seen[fields[0]] != "none":
                st.selectbox(label, field.accepted, format_func=_named, width=165, **state.bound(field, seen[field]))
    return chart_of(*(seen[field] for field in fields))


def _named(value: str) -> str:
    return KIND_NAMES.get(value, safe.plain(value, 60) or "one colour")
