"""The curves: a chart for each method with its three arms, and one with the methods against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.boundary import boundary
from dashboard.parts import badges, charts
from dashboard.parts import cold_start_shapes as shapes
from engines.methods import methods

if TYPE_CHECKING:
    from engines.coldstart import Curves, Line
    from engines.runs.stats import Estimate

HEIGHT, TALL, SHIFT, ROOM = 340, 520, 0.08, 0.35
OTHERS = ("star", "triangle-up", "hexagon")  # marks of further methods of a level
SIGNS = (
    "Filled marks, solid lines: the right user. Hollow marks, dashed lines: the wrong user. Grey dots with a band: "
    "nobody. Below are the gaps paired by request, whose intervals are the narrower ones: a vertical line stands where "
    "one parts from 0. Bars are 95 % intervals."
)


@dataclass(frozen=True)
class Style:
    """How a line is drawn: the marker of its points, its name in the legend, its dashes."""

    look: Mapping[str, Any]
    name: str
    dash: str


def draw(found: Curves) -> None:
    """The methods side by side, two a row, and then against each other."""
    span = limits(found)
    places = list(found.lines)
    for start in range(0, len(places), 2):
        for column, place in zip(st.columns(2, gap="large"), places[start : start + 2], strict=False):
            with column, boundary("A method"):
                _method(found, place, span)
    st.caption(SIGNS)
    if len(places) > 1 and any(line.spots for line in found.lines.values()):
        st.subheader("The right user, method against method", anchor=False)
        figure = together(found, span)
        alt = f"{shapes.figure_name(found)} against history length, right users only. {shapes.verdict(found)}"
        charts.show(figure, alt=alt, table=shapes.table(found), key="cs_together")


def _method(found: Curves, place: int, span: tuple[float, float] | None) -> None:
    info = methods[found.plan.columns[place].method].info
    st.markdown(f"#### {safe.markdown(info.name)}")
    badges.draw([badges.level(info.level.value if info.level else "")])
    own = shapes.table(found)
    own = own[own["method"] == info.name]
    alt = f"{shapes.figure_name(found)} of {info.name} against history length. {shapes.verdict(found)}"
    charts.show(panel(found, place, span), alt=alt, table=own, key=f"cs_method_{place}")


def limits(found: Curves) -> tuple[float, float] | None:
    """One range for all charts; None where nothing has a score."""
    spots = [spot for line in found.lines.values() for spot in line.spots]
    known = [one for spot in spots for one in (spot.right, spot.wrong)]
    known += [line.nobody for line in found.lines.values()]
    ends = [end for one in known for end in (one.low, one.high) if end is not None]
    if not ends:
        return None
    room = 0.12 * (max(ends) - min(ends) or 1.0)
    return min(ends) - room, max(ends) + room


def panel(found: Curves, place: int, span: tuple[float, float] | None) -> Any:
    """One method: above right and wrong by length with nobody as a band, below the paired gaps that decide."""
    from plotly.subplots import make_subplots

    line, level = found.lines[place], _level(found, place)
    if not found.plan.personal(place):
        return _alone(found, line, span)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.56, 0.44], vertical_spacing=0.06)
    _nobody(figure, line, len(found.plan.lengths))
    at = {length: number for number, length in enumerate(found.plan.lengths)}
    for arm, shift in (("wrong", SHIFT), ("right", -SHIFT)):
        points = {at[spot.length] + shift: spot.right if arm == "right" else spot.wrong for spot in line.spots}
        if points:
            look = theme.point_style(level, arm)
            _line(figure, points, style=Style(look, theme.ARMS[arm].label, theme.ARMS[arm].dash))
    for name, arm, shift in (("right less nobody", "nobody", -SHIFT), ("right less wrong", "wrong", SHIFT)):
        gaps = {at[s.length] + shift: s.over_nobody if arm == "nobody" else s.over_wrong for s in line.spots}
        if gaps:
            look = theme.point_style(level, arm) | ({"symbol": "x"} if arm == "nobody" else {})
            _line(figure, gaps, style=Style(look, name, theme.ARMS[arm].dash), row=2)
    figure.add_hline(y=0, line={"color": theme.GREY, "width": 1}, row=2, col=1)
    for mark, said in crossing_lines(found, place).items():
        figure.add_vline(x=mark, line={"color": theme.colour(level), "width": 1.5, "dash": "dashdot"})
        figure.add_annotation(
            x=mark, y=1, yref="paper", yanchor="bottom", text=safe.html(said), showarrow=False, font={"size": 11}
        )  # fmt: skip
    _frame(figure, found, span)
    figure.update_xaxes(title=None, row=1, col=1)
    arrow = "\u2191" if found.plan.metric.info.higher_is_better else "\u2193"
    figure.update_yaxes(title=f"gap {arrow}", range=gap_limits(found), row=2, col=1)
    figure.update_layout(height=TALL)
    return figure


def _alone(found: Curves, line: Line, span: tuple[float, float] | None) -> Any:
    """A method that uses nothing of the user: nobody's figure, whatever the length."""
    import plotly.graph_objects as go

    figure = go.Figure()
    _nobody(figure, line, len(found.plan.lengths))
    _frame(figure, found, span)
    return figure


def gap_limits(found: Curves) -> list[float] | None:
    """One range for the gaps of all charts, with 0 in it; None where there is none."""
    spots = [spot for line in found.lines.values() for spot in line.spots]
    ends = [end for spot in spots for one in (spot.over_nobody, spot.over_wrong) for end in (one.low, one.high)]
    known = [end for end in ends if end is not None]
    if not known:
        return None
    low, high = min(0.0, *known), max(0.0, *known)
    room = 0.12 * (high - low or 1.0)
    return [low - room, high + room]


def crossing_lines(found: Curves, place: int) -> dict[int, str]:
    """Where the method's gaps part from 0: the place on the axis, and what is beaten from there on."""
    at = {length: number for number, length in enumerate(found.plan.lengths)}
    marks: dict[int, list[str]] = {}
    for one in shapes.crossovers(found):
        if one.place == place and one.than in {shapes.NOBODY, shapes.WRONG} and one.found.length is not None:
            marks.setdefault(at[one.found.length], []).append(one.than.removeprefix("the "))
    return {mark: f"beats {' and '.join(whom)}" for mark, whom in marks.items()}


def together(found: Curves, span: tuple[float, float] | None) -> Any:
    """The right users of all methods, told apart by mark and by a name at the end of each line."""
    import plotly.graph_objects as go

    figure = go.Figure()
    lengths = found.plan.lengths
    at = {length: number for number, length in enumerate(lengths)}
    shifts = [SHIFT * (number - (len(found.lines) - 1) / 2) for number in range(len(found.lines))]
    marks = symbols(found)
    for (place, line), shift in zip(found.lines.items(), shifts, strict=True):
        points = {at[spot.length] + shift: spot.right for spot in line.spots}
        if not points:
            points = {number + shift: line.nobody for number in at.values()}
        look = theme.point_style(_level(found, place)) | {"symbol": marks[place]}
        _line(figure, points, style=Style(look, safe.html(shapes.name_of(found, place)), "solid"))
    _frame(figure, found, span)
    return figure


def symbols(found: Curves) -> dict[int, str]:
    """A mark for each method: that of its level for the first of the level, another one for the next."""
    marks: dict[int, str] = {}
    used: Counter[str | None] = Counter()
    for place in found.lines:
        level = _level(found, place)
        marks[place] = OTHERS[used[level] - 1] if used[level] else theme.point_style(level)["symbol"]
        used[level] += 1
    return marks


def _level(found: Curves, place: int) -> str | None:
    level = methods[found.plan.columns[place].method].info.level
    return level.value if level else None


def _line(figure: Any, points: Mapping[float, Estimate], *, style: Style, row: int = 1) -> None:
    known = {x: one for x, one in points.items() if one.mean is not None}
    means, lows, highs = ([getattr(one, end) for one in known.values()] for end in ("mean", "low", "high"))
    figure.add_scatter(
        x=list(known),
        y=means,
        mode="lines+markers",
        name=style.name,
        line={"color": style.look["color"], "dash": style.dash, "width": 2},
        marker=dict(style.look),
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - mean for high, mean in zip(highs, means, strict=True)],
            "arrayminus": [mean - low for low, mean in zip(lows, means, strict=True)],
            "thickness": 1.2,
            "width": 3,
            "color": style.look["color"],
        },
        hovertemplate="%{y:.3f}<extra></extra>",
        **({"row": row, "col": 1} if row > 1 else {}),
    )


def _nobody(figure: Any, line: Line, count: int) -> None:
    """A dotted line with the interval as a band."""
    one = line.nobody
    if one.mean is None:
        return
    ends = [-ROOM, count - 1 + ROOM]
    figure.add_shape(
        type="rect", x0=ends[0], x1=ends[1], y0=one.low, y1=one.high, fillcolor=theme.GREY, opacity=0.13, line_width=0
    )  # fmt: skip
    figure.add_scatter(
        x=ends,
        y=[one.mean, one.mean],
        mode="lines",
        name=theme.ARMS["nobody"].label,
        line={"color": theme.GREY, "dash": theme.ARMS["nobody"].dash, "width": 2},
        hovertemplate="%{y:.3f}<extra></extra>",
    )


def _frame(figure: Any, found: Curves, span: tuple[float, float] | None) -> None:
    names: Sequence[str] = [shapes.length_name(length) for length in found.plan.lengths]
    count = len(names)
    figure.update_xaxes(
        tickvals=list(range(count)),
        ticktext=names,
        range=[-ROOM, count - 1 + ROOM],
        title={"text": "last items given", "standoff": 4},
    )
    figure.update_yaxes(title=safe.html(shapes.figure_name(found)), range=list(span) if span else None)
    legend = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
    figure.update_layout(height=HEIGHT, legend=legend, dragmode=False, margin={"t": 24, "l": 8, "r": 8, "b": 88})
