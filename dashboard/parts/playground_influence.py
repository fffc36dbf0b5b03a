"""Leave-one-out influence as signed bars, a table, and the sentences that keep them from being read as a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard import safe
from dashboard.parts import charts
from dashboard.parts.playground_columns import SOFT
from dashboard.parts.playground_whatif import item_name
from dashboard.theme import SEQUENCE

if TYPE_CHECKING:
    from engines.influence import Influence, Influences, Prompted

ROW, FRAME, LABEL = 40, 80, 22
HELPS, HURTS = SEQUENCE[0], SEQUENCE[5]


def signed(value: float | None) -> str:
    """A number with its sign, or a dash where it is absent."""
    return "\u2013" if value is None else f"{value:+.3f}".replace("-", "\u2212")


def value_of(one: Influence) -> float:
    """What the bar shows: the influence on the distance from the truth, or on the answer without a truth."""
    return (one.answer if one.loss is None else one.loss) or 0.0


def heard(result: Influences) -> str:
    """The message of the chart in one sentence."""
    items = result.right.items
    if not items:
        return "No influence was measured."
    first = items[0]
    size = f"{signed(value_of(first))} {result.unit} when it is left out"
    said = f"The most influential of {len(items)} items is {item_name(first.item)}: {size}"
    if not result.truth:
        return f"{said}."
    helping = sum(one.verdict == "helps" for one in items)
    return f"{said}, it {_verb(first)}; {helping} of {len(items)} items help."


def _verb(one: Influence) -> str:
    return "makes no difference" if one.verdict == "no difference" else one.verdict


def sums(result: Influences) -> str:
    """The sum of the single influences beside that of all items at once."""
    total, together = result.right.total(), result.right.together()
    if total is None or together is None:
        return ""
    return (
        f"Left out one by one, the influences sum to {signed(total)} {result.unit}; without all of them, as for "
        f"nobody, it is {signed(together)}. They need not be equal: items repeat or correct each other."
    )


def reference(result: Influences) -> str:
    """How large the influences of a wrong user's items are."""
    mine, theirs = result.right.mean_size(), result.wrong.mean_size()
    if mine is None:
        return ""
    if theirs is None:
        why = result.wrong.failure.message if result.wrong.failure else "the wrong user has no item in the prompt"
        return f"Mean absolute influence of an item: {mine:.3f} {result.unit}. For a wrong user it is absent: {why}."
    return (
        f"Mean absolute influence of an item: {mine:.3f} {result.unit} for the right user, {theirs:.3f} for a wrong "
        "user's items in the same place."
    )


def draw(result: Influences) -> None:
    """The bars, the table twin, and what they do not say."""
    if result.right.failure:
        st.error(safe.markdown(result.right.failure.message), icon=":material/error:")
        return
    if result.absent:
        st.info(safe.markdown(result.absent[:1].upper() + result.absent[1:] + "."), icon=":material/info:")
    if not result.right.items:
        return
    st.html(f'<div role="status" style="font-weight:600">{safe.html(heard(result))}</div>')
    charts.show(chart(result), alt=heard(result), table=rows(result), key="pg_wi_influence")
    lines = [sums(result), reference(result)]
    lines.append(
        "An item's text is taken out of the finished prompt and nothing replaces it; the method does not choose again."
    )
    st.html("".join(f'<div style="{SOFT};margin-top:.3em">{safe.html(line)}</div>' for line in lines if line))


def rows(result: Influences) -> pd.DataFrame:
    """The numbers of both users' items."""
    return pd.DataFrame(
        [
            {
                "whose": whose,
                "item": item_name(one.item, 90),
                "answer changes by": signed(one.answer),
                f"distance from the truth changes by ({result.unit})": signed(one.loss),
                "verdict": one.verdict or "\u2013",
            }
            for whose, side in (("right user", result.right), ("wrong user", result.wrong))
            for one in side.items
        ]
    )


def chart(result: Influences) -> Any:
    """One bar an item, the most influential on top: filled to the right helps, hatched to the left hurts."""
    import plotly.graph_objects as go

    side: Prompted = result.right
    names = [_label(place, one) for place, one in enumerate(side.items, start=1)]
    values = [value_of(one) for one in side.items]
    inks = [HELPS if value >= 0 else HURTS for value in values]
    shapes = ["" if value >= 0 else "/" for value in values]
    hover = [safe.html(f"{item_name(one.item, 90)}: {signed(value_of(one))} {one.verdict}") for one in side.items]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(values))),
            orientation="h",
            hovertext=hover,
            hoverinfo="text",
            marker={
                "color": inks,
                "line": {"color": inks, "width": 1.5},
                "pattern": {"shape": shapes, "fgcolor": inks, "bgcolor": "rgba(0,0,0,0)", "size": 6},
            },
        )
    )
    span = max((abs(value) for value in values), default=0.0) or 1.0
    low, high = min(0.0, *values) - 0.05 * span, max(0.0, *values) + 0.05 * span
    figure.update_xaxes(title=axis(result), range=[low, high], zeroline=True, nticks=4, tickangle=0)
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6], showgrid=False
    )
    figure.update_layout(height=FRAME + ROW * len(names), showlegend=False, dragmode=False, bargap=0.35)
    return figure


def axis(result: Influences) -> str:
    """What the bars measure."""
    return f"change of the {'error' if result.truth else 'answer'}, {result.unit}"


def _label(place: int, one: Influence) -> str:
    """Place and item, and on a second line what the bar says; text beside the bars would not fit a telephone."""
    said = f"{signed(value_of(one))} {one.verdict}".strip()
    return f'{place}. {safe.html(item_name(one.item, LABEL))}<br><span style="font-size:11px">{said}</span>'
