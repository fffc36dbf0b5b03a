"""Charts: each has a text that says its message, and the same numbers as a table below it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import later, tables
from dashboard.theme import Base, Origin

if TYPE_CHECKING:
    import pandas as pd

ROW_HEIGHT, TALL_ROW, FRAME_HEIGHT = 36, 50, 76
LONGEST_LABEL, LONGEST_DETAIL = 27, 32  # leave room for the marks on a telephone
# On a telephone a picture with many names keeps its width and is scrolled: squeezed, its names would cover each other.
_SCROLLED = (
    "<style>@media (max-width: {below}px) {{ .{key} {{ overflow-x: auto }} "
    ".{key} [data-testid='stFullScreenFrame'] {{ width: {width}px }} }} "
    "@media (min-width: 641px) {{ .{key}_hint {{ display: none }} }}</style>"
    '<div class="{key}_hint" style="font-size:.85rem">The picture is wider than the screen: scroll it.</div>'
)
PICTURE_SCALE = 2  # pixels of a downloaded picture for one on the page: sharp in print


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot.

    Attributes:
        label: the row's name.
        detail: what tells rows of the same name apart, such as the backbone; may be empty.
        shown: the number as it is to be read.
        emphasized: the row that the reader came for, in bold and in the colour of its level.
        coloured: in the colour of its level without being emphasized; the others are grey.
        below: what stands in small type under the number; may be empty.
        symbol: another mark than that of the number's origin, as Plotly calls it; empty for that one.
    """

    label: str
    detail: str
    value: float
    shown: str
    emphasized: bool = False
    level: str | None = None
    coloured: bool = False
    below: str = ""
    symbol: str = ""


def base() -> Base:
    """Whether the reader sees the light or the dark theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def show(figure: Any, *, alt: str, table: pd.DataFrame, key: str, title: str = "The same numbers as a table") -> None:
    """Draw a figure with its message for screen readers and its numbers as a table.

    Args:
        figure: a Plotly figure.
        alt: the message of the chart in one sentence.
        table: the numbers of the chart.
        key: unique on the page.
        title: what opens the table.
    """
    _still(figure, alt, key)
    _twin(table, alt, key, title)


def show_below(make: Callable[[], Any], *, height: int, alt: str, table: pd.DataFrame, key: str) -> None:
    """Like `show`, for a chart that stands below what is seen first: it is made and drawn when the reader comes near.

    Args:
        make: makes the figure.
        height: of the figure, in pixels, which the page keeps free.
        alt: the message of the chart in one sentence.
        table: the numbers of the chart.
        key: unique on the page.
    """
    later.when_seen(lambda: _still(make(), alt, key), key=key, height=height)
    _twin(table, alt, key, "The same numbers as a table")


def _still(figure: Any, alt: str, key: str) -> None:
    figure.update_layout(template=theme.template(base()))
    st.plotly_chart(figure, alt=safe.plain(alt), key=key, config=menu(key), theme=None)


def _twin(table: pd.DataFrame, alt: str, key: str, title: str) -> None:
    later.expander(
        title, lambda: tables.frame(table, alt=alt, key=f"{key}_table"), key=f"{key}_twin", icon=":material/table_rows:"
    )


def pick(figure: Any, *, alt: str, table: pd.DataFrame, key: str, picked: Callable[[str], None]) -> None:
    """Draw a figure whose points can be clicked; the page must have another control that does the same.

    Args:
        figure: a Plotly figure; what may be clicked has a name as its `customdata`. One with a width keeps it.
        alt: the message of the chart in one sentence.
        table: what the chart shows, as rows.
        key: unique on the page.
        picked: called with the name of a clicked point before the page is drawn again.
    """
    own = figure.layout.width
    scrolled = _SCROLLED.format(key=f"st-key-{key}_frame", width=int(own or 760), below=10_000 if own else 640)
    with st.container(key=f"{key}_frame"):
        st.html(scrolled)
        _clickable(figure, alt=alt, key=key, picked=picked)
    _twin(table, alt, key, "The same as a table")


def pick_narrow(figure: Any, *, alt: str, table: pd.DataFrame, key: str, picked: Callable[[str], None]) -> None:
    """Like `pick`, for a figure that a telephone has room for; the fields of a tree are named by their `ids`."""
    _clickable(figure, alt=alt, key=key, picked=picked)
    _twin(table, alt, key, "The same as a table")


def picked_name(event: Any) -> str | None:
    """The `customdata`, in a tree the `id`, of the one point that a selection event names; None for any other event."""
    try:
        point = event["selection"]["points"][0]
        name = point["customdata"] if "customdata" in point else point["id"]
    except (KeyError, IndexError, TypeError):
        return None
    return str(name[0] if isinstance(name, list | tuple) else name)


def _clickable(figure: Any, *, alt: str, key: str, picked: Callable[[str], None]) -> None:
    def clicked() -> None:
        name = picked_name(st.session_state.get(key))
        if name is not None:
            picked(name)

    figure.update_layout(template=theme.template(base()), clickmode="event+select", dragmode=False)
    st.plotly_chart(
        figure,
        alt=safe.plain(alt),
        key=key,
        config=menu(key),
        theme=None,
        width="content" if figure.layout.width else "stretch",
        on_select=clicked,
        selection_mode="points",
    )


def menu(name: str) -> dict[str, Any]:
    """Plotly's own menu with one button, which downloads the chart as a picture; shown while a chart is pointed at."""
    return {
        "displaylogo": False,
        "scrollZoom": False,
        "displayModeBar": "hover",
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": f"attune-{name}", "scale": PICTURE_SCALE},
    }


def dot_plot(
    dots: Sequence[Dot], axis: str, origin: Origin = Origin.PUBLISHED, *, reference: float | None = None
) -> Any:
    """A figure with one line a row, the first on top; hollow diamonds are published, circles measured here.

    Args:
        dots: the rows.
        axis: what the numbers are, with the arrow of the better direction.
        origin: where all the numbers come from.
        reference: a value that a dashed line marks, such as that of the non-personalized row.
    """
    import plotly.graph_objects as go

    symbols = [dot.symbol or theme.ORIGIN_SYMBOL[origin] for dot in dots]
    colours = [theme.level_look(dot.level).colour if dot.emphasized or dot.coloured else theme.GREY for dot in dots]
    figure = go.Figure(
        go.Scatter(
            x=[dot.value for dot in dots],
            y=list(range(len(dots))),
            mode="markers+text",
            text=[_number(dot) for dot in dots],
            textposition="middle right",
            cliponaxis=False,
            hovertext=[_text(f"{dot.label}, {dot.detail}: {dot.shown}") for dot in dots],
            hoverinfo="text",
            marker={"symbol": symbols, "size": 12, "color": colours, "line": {"color": colours, "width": 2}},
        )
    )
    labels = [_label(dot) for dot in dots]
    figure.update_yaxes(tickvals=list(range(len(dots))), ticktext=labels, range=[len(dots) - 0.4, -0.6])
    figure.update_xaxes(title=_two_lines(axis), range=_room([dot.value for dot in dots]), nticks=4, tickangle=0)
    figure.update_layout(height=height_of(dots), showlegend=False)
    if reference is not None:
        figure.add_vline(x=reference, line={"color": theme.GREY, "width": 1.5, "dash": "dash"}, layer="below")
    return figure


def _two_lines(axis: str) -> dict[str, Any]:
    """The title of an axis with its arrow on a second line: on a phone there is no room for both on one."""
    name = _text(axis)
    for arrow in "\u2191\u2193":
        name = name.replace(f" {arrow} ", f"<br>{arrow} ")
    return {"text": name, "font": {"size": 12}}


def height_of(dots: Sequence[Dot]) -> int:
    """The height of a dot plot in pixels."""
    lines = max((1 + _label(dot).count("<br>") for dot in dots), default=1)
    return FRAME_HEIGHT + (TALL_ROW if lines > 2 else ROW_HEIGHT) * len(dots)


def _number(dot: Dot) -> str:
    """The number, and what stands below it in small type."""
    shown = f"<b>{_text(dot.shown)}</b>" if dot.emphasized else _text(dot.shown)
    return f'{shown}<br><span style="font-size:10px">{_text(dot.below)}</span>' if dot.below else shown


def _label(dot: Dot) -> str:
    """Name and detail on lines of their own; a label on one line would leave no room for the marks."""
    name = _text(safe.plain(dot.label, LONGEST_LABEL))
    head = f"<b>{name}</b>" if dot.emphasized else name
    lines = textwrap.wrap(safe.plain(dot.detail), LONGEST_DETAIL, max_lines=2, placeholder="…")
    detail = "<br>".join(_text(line) for line in lines)
    return f'{head}<br><span style="font-size:10px">{detail}</span>' if detail else head


def _room(values: Sequence[float]) -> list[float]:
    """The range of an axis: a little space on the left, and on the right enough for the numbers beside the marks."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    span = (high - low) or abs(high) or 1.0
    return [low - 0.08 * span, high + 0.42 * span]


def _text(text: str) -> str:
    """Plotly reads a few HTML tags in labels; none of them may come from data."""
    return safe.html(safe.plain(text))
