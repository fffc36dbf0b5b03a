"""One person's items in time: what may be known before the cut, and that something is held out behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state, theme
from dashboard.parts import charts
from data.imported import is_order
from engines.preferences.surface import words
from engines.usermap import written

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.parts.people_controls import Asked
    from data.records import ProfileItem

HEIGHT = 260
LONGEST, HOVERED = 400, 140
ORDER, DATE = "order", "date"
SPREAD = timedelta(days=7)
NOUNS = {"rating": "ratings", "post": "posts", "choice": "choices"}


@dataclass(frozen=True)
class Timeline:
    """A person's items of one kind in time.

    Attributes:
        known: what may be known, the oldest first.
        later: when what is held out happened; what it was is not shown.
        barred: items before the cut that are about something held out, which are given to nobody.
        others: how many items of other kinds there are, by kind.
        cut: from when on items are held out; None for a person without any.
    """

    known: tuple[ProfileItem, ...]
    later: tuple[datetime, ...]
    barred: int
    others: tuple[tuple[str, int], ...]
    cut: datetime | None


def timeline_of(asked: Asked) -> Timeline:
    """The chosen person's."""
    own = [item for item in asked.user.items if item.kind == asked.task.reads]
    cut = asked.dataset.cut(asked.task, asked.user.id) if own else None
    later = tuple(item.at for item in own if cut and item.at >= cut)
    kinds = Counter(item.kind for item in asked.user.items if item.kind != asked.task.reads)
    barred = len(own) - len(later) - len(asked.seen.items)
    return Timeline(asked.seen.items, later, barred, tuple(sorted(kinds.items())), cut)


def noun(kind: str) -> str:
    """What items of a kind are called."""
    return NOUNS.get(kind, "items")


def sentence(asked: Asked, made: Timeline) -> str:
    """How many items there are on either side of the cut."""
    name = noun(asked.task.reads)
    when = "" if made.cut is None or is_order(made.cut) else f" on {made.cut:%d %b %Y}"
    said = f"{len(made.known):,} {name} before the cut{when}; {len(made.later):,} held out behind it, not shown here"
    if made.barred:
        said += f"; {made.barred} before the cut about the same things, given to nobody"
    others = ", ".join(f"{count} {noun(kind)}" for kind, count in made.others)
    return f"{said}.{f' Of other kinds: {others}.' if others else ''}"


def draw(asked: Asked) -> None:
    """Who it is, the chart, and all that may be known as a table."""
    traits = ", ".join(f"{name}: {value}" for name, value in asked.user.persona.traits.items())
    st.subheader(safe.markdown(asked.user.name, 80), anchor=False)
    st.markdown(safe.markdown(f"{traits} ({asked.user.persona.source})" if traits else "No traits are declared.", 300))
    made = timeline_of(asked)
    st.markdown(safe.markdown(sentence(asked, made)))
    if not made.known:
        st.info("Nothing of this person may be known for this task.", icon=":material/hourglass_empty:")
        return
    dated = _axis(made)
    rated = all("rating" in item.extra for item in made.known)
    figure = picture(made, asked, dated=dated, rated=rated)
    charts.show(
        figure,
        alt=f"Items of {asked.user.name} in time: {sentence(asked, made)}",
        table=frame(made, asked, rated=rated),
        key="pe_timeline",
        title="All that may be known of this person, the newest first",
    )


def _axis(made: Timeline) -> bool:
    """Whether the chart has dates; an order where there are none, or where all happened within days."""
    times = [item.at for item in made.known]
    real = not any(is_order(at) for at in times)
    middle = times[len(times) // 10], times[-1 - len(times) // 10]
    field = state.choice("pe_time", DATE if real and middle[1] - middle[0] > SPREAD else ORDER, accepted=(ORDER, DATE))
    seen = state.here(field)
    state.show_notes(seen)
    if not real:
        st.caption("There are no times in this data: items stand in their order.")
        return False
    st.segmented_control(
        "Timeline by",
        field.accepted,
        format_func={ORDER: "order", DATE: "date"}.get,
        required=True,
        **state.bound(field, seen[field]),
    )
    return seen[field] == DATE


def picture(made: Timeline, asked: Asked, *, dated: bool, rated: bool) -> Any:
    """Stars, or the length of texts, over time; behind the cut only that there is something."""
    import plotly.graph_objects as go

    count = len(made.known)
    across: Sequence[Any] = [item.at for item in made.known] if dated else list(range(1, count + 1))
    behind: Sequence[Any] = made.later if dated else list(range(count + 1, count + 1 + len(made.later)))
    heights = [height(item, asked, rated=rated) for item in made.known]
    top = max([5.0, *heights]) if rated else max(heights) or 1.0
    floor = 0.4 if rated else -0.06 * top
    figure = go.Figure()
    figure.add_scatter(
        x=across,
        y=heights,
        mode="markers",
        name="before the cut",
        hovertext=[safe.html(safe.plain(_said(item, asked), HOVERED)) for item in made.known],
        hoverinfo="text",
        marker=theme.point_style("user", size=8 if count > 60 else 11) | {"opacity": 0.85},
    )
    if made.later:
        figure.add_scatter(
            x=behind,
            y=[floor] * len(behind),
            mode="markers",
            name="held out: not shown",
            hovertext=["held out: neither the answer nor the request is shown here"] * len(behind),
            hoverinfo="text",
            marker={"symbol": "x-thin-open", "size": 10, "color": theme.GREY, "line": {"width": 2}},
        )
        at = made.cut if dated else count + 0.5
        line = {"color": theme.GREY, "dash": "dash", "width": 1.5}
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line)
    if rated:
        figure.update_yaxes(range=[0, top + 0.4], dtick=1 if top <= 5 else None, title="stars")
    else:
        figure.update_yaxes(range=[-0.13 * top, 1.1 * top], title="words")
    figure.update_xaxes(title=None if dated else "place in time, the oldest first")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(height=HEIGHT, legend=legend, dragmode=False, hovermode="closest")
    return figure


def height(item: ProfileItem, asked: Asked, *, rated: bool) -> float:
    """The rating of an item, or how many words the person wrote."""
    return float(item.extra["rating"]) if rated else float(len(words(written(item, asked.task))))


def _said(item: ProfileItem, asked: Asked) -> str:
    when = "" if is_order(item.at) else f"{item.at:%Y-%m-%d}: "
    return f"{when}{written(item, asked.task)}"


def frame(made: Timeline, asked: Asked, *, rated: bool) -> pd.DataFrame:
    """What may be known, the newest first."""
    import pandas as pd

    rows = []
    for place, item in sorted(enumerate(made.known, start=1), reverse=True):
        row: dict[str, Any] = {"place": place}
        if not is_order(item.at):
            row["when"] = f"{item.at:%Y-%m-%d %H:%M}"
        if rated:
            row |= {"rating": float(item.extra["rating"]), "what": safe.plain(str(item.extra.get("title", item.text)))}
        else:
            row |= {
                "what": safe.plain(written(item, asked.task), LONGEST),
                "words": int(height(item, asked, rated=False)),
            }
        rows.append(row)
    return pd.DataFrame(rows)
