"""The map of the users: a mark for each, by persona, with what its axes are and how little they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import badges, charts, playground_job, share
from dashboard.parts.people_controls import cells_of, pick
from dashboard.theme import Origin
from engines import usermap
from engines.arms import Case, give
from engines.errors import EngineError
from engines.folds import near
from engines.types import Arm
from engines.usermap import Axis, Ground, Point, UserMap

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.parts.people_controls import Asked
    from dashboard.services import Services
    from engines.jobs import JobView

HEIGHT, PATIENCE = 520, 0.3
MARKS = (
    ("circle", "\u25cf"),
    ("square", "\u25a0"),
    ("diamond", "\u25c6"),
    ("triangle-up", "\u25b2"),
    ("triangle-down", "\u25bc"),
    ("star", "\u2605"),
    ("pentagon", "\u2b1f"),
    ("cross", "\u271a"),
)
COLOURS = theme.FAMILIES[:7]
NO_PERSONA = "no persona"
LONGEST, TITLE = 60, 40
SIDES = (("left", "right"), ("bottom", "top"))


@dataclass(frozen=True)
class Look:
    """How the people of a persona are marked."""

    symbol: str
    glyph: str
    colour: str


def looks(cells: Sequence[str]) -> dict[str, Look]:
    """A mark of its own for each persona, told apart by shape and colour together; nobody's is a grey circle."""
    paler = 0.3 if charts.base() == "dark" else 0.0
    found = {
        cell: Look(*MARKS[at % len(MARKS)], theme.mixed(COLOURS[at % len(COLOURS)], "#FFFFFF", paler))
        for at, cell in enumerate(cell for cell in cells if cell)
    }
    return found | {"": Look(*MARKS[0], theme.GREY)}


def draw(services: Services, asked: Asked) -> None:
    """The map as soon as it is there; a click on a mark chooses the person."""
    made = usermap.job(asked.dataset, asked.task, services.encoder, hidden=asked.hidden, seed=asked.seed)
    with st.spinner("Comparing the users"):
        job = services.jobs.start(made)
        job.wait(PATIENCE)
    view = job.view()
    if view.ended and view.result is not None and not view.stopped:
        _map(services, asked, view.result)
        return
    if st.button("Stop", key="pe_map_halt", icon=":material/stop:", disabled=view.ended):
        job.stop()
    playground_job.follow(services, job.id, _nothing)
    if view.ended:
        st.button("Compare the users", key="pe_map_again", icon=":material/refresh:")


def _nothing(_view: JobView[Any]) -> None:
    """The map is drawn with the page once it is whole."""


def _map(services: Services, asked: Asked, found: UserMap) -> None:
    if not found.points:
        st.info(
            f"A map needs {usermap.FEWEST} people with something before their cut, and two things to compare them by. "
            "The chosen person is shown below.",
            icon=":material/scatter_plot:",
        )
        return
    st.markdown(f"**What to notice:** {safe.markdown(notice(found))}")
    styles, wrong = looks(list(cells_of(asked.dataset))), wrong_of(asked)
    figure = picture(found, styles, chosen=(asked.user.id, wrong), persona=asked.persona, names=_names(asked))
    alt = f"{len(found.points)} people in a plane by what they {verb(found.ground)}. {notice(found)}"
    frame = table(found, asked)
    charts.pick_narrow(figure, alt=alt, table=frame, key="pe_map", picked=partial(pick, asked))
    st.html(legend(found, styles, asked.persona, wrong=bool(wrong)))
    st.caption(safe.markdown(meaning(found), 1200))
    badges.draw([badges.origin(Origin.MEASURED)])
    share.bar(services, frame, name="People on the map")


def _names(asked: Asked) -> Mapping[str, str]:
    return {user.id: safe.plain(user.name, LONGEST) for user in asked.dataset.users()}


def wrong_of(asked: Asked) -> str:
    """Who is the wrong user of the chosen person's request; empty where there is none."""
    if asked.example is None:
        return ""
    fold = near(asked.dataset, asked.task, asked.user.id, seed=asked.seed)
    case = Case(asked.dataset, asked.task, asked.example, asked.hidden.get(asked.user.id, frozenset()), near=fold)
    try:
        return give(case, Arm.WRONG, draw=asked.seed).owner
    except EngineError:
        return ""


def verb(ground: Ground) -> str:
    """What the people did."""
    return "rated" if ground is Ground.RATINGS else "wrote or chose"


def notice(found: UserMap) -> str:
    """How much of the spread the plane holds, and whether personas are apart in it."""
    held = sum(axis.share for axis in found.axes)
    said = (
        f"The plane holds {held:.1%} of how the {len(found.points):,} people differ in what they {verb(found.ground)}."
    )
    if found.between is None or found.by_chance is None:
        return f"{said} No personas are declared that could be compared with it."
    if found.between <= found.by_chance:
        return (
            f"{said} Personas lie no further apart in it than groups drawn by lot: {found.between:.1%} of the plane's "
            f"variance is between them, and lots reach {found.by_chance:.1%} once in twenty."
        )
    small = "more than by lot, and yet little" if found.between < 0.1 else "more than by lot"
    return (
        f"{said} Of the plane's variance {found.between:.1%} lies between personas, {small} (lots reach "
        f"{found.by_chance:.1%} once in twenty)."
    )


def meaning(found: UserMap) -> str:
    """What was compared and what the axes go with."""
    if found.ground is Ground.RATINGS:
        what = (
            f"A person is the vector of the own ratings of {found.dimensions:,} things that two or more rated, less "
            "the person's mean and what is usual for the thing, at length 1."
        )
    else:
        what = (
            f"A person is the mean of the {found.dimensions} numbers that MiniLM gives each of the last "
            f"{usermap.TEXTS} texts."
        )
    absent = f" {found.absent:,} people are not on the map." if found.absent else ""
    return (
        f"{what} Only what lies before each person's own cut counts. The axes are the first two principal components. "
        f"{_axis(found.axes[0], 0)} {_axis(found.axes[1], 1)} An axis need not be what it goes with.{absent}"
    )


def _axis(axis: Axis, at: int) -> str:
    low, high = SIDES[at]
    name = ("Across", "Upright")[at]
    said = f"{name} ({axis.share:.1%} of the variance)"
    if axis.high:
        ends = [", ".join(safe.plain(title, TITLE) for title in some) for some in (axis.high, axis.low)]
        return f"{said}: to the {high} who rate higher than usual {ends[0]}; to the {low} {ends[1]}."
    told = ", ".join(f"{name} (r = {value:+.2f})".replace("-", "\u2212") for name, value in axis.goes_with[:3])
    return f"{said} goes with {told}."


def picture(
    found: UserMap,
    styles: Mapping[str, Look],
    *,
    chosen: tuple[str, str],
    persona: str,
    names: Mapping[str, str],
) -> Any:
    """A trace for each persona; the chosen person and the wrong user are ringed and named."""
    import plotly.graph_objects as go

    figure = go.Figure()
    ink, _ = theme.ink(charts.base())
    for cell, look in styles.items():
        some = [point for point in found.points if point.cell == cell]
        if not some:
            continue
        faint = bool(persona) and cell != persona
        figure.add_scatter(
            x=[point.x for point in some],
            y=[point.y for point in some],
            customdata=[point.user for point in some],
            mode="markers",
            hovertext=[_hover(point, names) for point in some],
            hoverinfo="text",
            opacity=0.1 if faint else 0.8,
            marker={"symbol": look.symbol, "color": look.colour, "size": _size(len(found.points))},
        )
    places = {point.user: point for point in found.points}
    for user, name, dash in ((chosen[1], "wrong user", True), (chosen[0], names.get(chosen[0], ""), False)):
        if user in places:
            _ring(figure, places[user], safe.html(name), ink=ink, dotted=dash)
    shares = [axis.share for axis in found.axes]
    figure.update_xaxes(title=f"first component ({shares[0]:.1%})", showticklabels=False, zeroline=True)
    figure.update_yaxes(title=f"second component ({shares[1]:.1%})", showticklabels=False, zeroline=True)
    figure.update_layout(height=HEIGHT, showlegend=False, hovermode="closest")
    return figure


def _size(people: int) -> int:
    return 7 if people > 200 else 10 if people > 40 else 13


def _hover(point: Point, names: Mapping[str, str]) -> str:
    cell = safe.plain(point.cell, LONGEST) or NO_PERSONA
    return safe.html(f"{names.get(point.user, point.user)}: {cell}, {point.items} items before the cut")


def _ring(figure: Any, point: Point, name: str, *, ink: str, dotted: bool) -> None:
    """A ring around a mark, and its name beside it on ground of its own, so that it is read in a crowd."""
    figure.add_scatter(
        x=[point.x],
        y=[point.y],
        customdata=[point.user],
        mode="markers",
        marker={
            "symbol": "circle-open" if dotted else "circle-open-dot",
            "size": 20,
            "color": ink,
            "line": {"width": 1.5 if dotted else 3, "color": ink},
        },
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.add_annotation(
        x=point.x,
        y=point.y,
        text=name if dotted else f"<b>{name}</b>",
        ax=-46 if dotted else 46,
        ay=-58 if dotted else -72,
        arrowcolor=ink,
        arrowwidth=1,
        arrowhead=0,
        standoff=11,
        font={"color": ink},
        bgcolor=theme.paper(charts.base()),
        bordercolor=ink,
        borderwidth=1 if dotted else 2,
        borderpad=3,
    )


def legend(found: UserMap, styles: Mapping[str, Look], persona: str, *, wrong: bool) -> str:
    """Every persona on the map with its mark and number, and what the rings are."""
    counts = Counter(point.cell for point in found.points)
    parts = []
    for cell, look in styles.items():
        if counts[cell]:
            name = safe.html(safe.plain(cell, LONGEST) or NO_PERSONA)
            weight = "font-weight:600" if cell == persona and cell else ""
            sign = f'<span aria-hidden="true" style="color:{look.colour}">{look.glyph}</span>'
            parts.append(f'<span style="white-space:nowrap;{weight}">{sign} {name} ({counts[cell]})</span>')
    parts.append('<span style="white-space:nowrap"><b aria-hidden="true">\u25c9</b> the chosen person</span>')
    if wrong:
        parts.append('<span style="white-space:nowrap"><span aria-hidden="true">\u25cb</span> the wrong user</span>')
    return f'<div style="display:flex;flex-wrap:wrap;gap:.1em 1em;font-size:.85rem">{"".join(parts)}</div>'


def table(found: UserMap, asked: Asked) -> pd.DataFrame:
    """A row for each person on the map."""
    import pandas as pd

    names = _names(asked)
    return pd.DataFrame(
        [
            {
                "person": names[point.user],
                "id": safe.plain(point.user, LONGEST),
                "persona": safe.plain(point.cell, LONGEST) or NO_PERSONA,
                "items before the cut": point.items,
                "first component": round(point.x, 4),
                "second component": round(point.y, 4),
            }
            for point in found.points
            if not asked.persona or point.cell == asked.persona
        ]
    )
