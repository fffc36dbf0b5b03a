"""Home's computed example: the figures with their intervals, one film read four ways, and what to notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.home_example import NAMES, SHOWN, notice
from dashboard.parts import badges, charts
from dashboard.theme import Origin

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.services import Services
    from engines.runs.showcase import Figure, Showcase

LEVEL_OF = {"global-examples": "global", "recent-history": "user"}
AXIS = "MAE in stars, lower is better"


def draw(_services: Services) -> None:
    """The stored example, or how to have it computed."""
    from engines.runs.showcase import stored

    made = stored()
    st.markdown("**One task, whose data?**")
    if made is None:
        st.caption("No current example is stored. `make run` computes it before the server starts.")
        return
    figures = chosen(made)
    if not figures:
        st.caption("The stored example holds no figures.")
        return
    first = figures[0]
    st.markdown(
        f"A small language model predicts the stars that {first.users} real people gave to films: "
        f"{first.n} held-out ratings."
    )
    message = notice(made)
    charts.show(dots(figures), alt=f"{AXIS}. {message}", table=as_table(figures), key="home_example")
    st.markdown(f"**What to notice.** {safe.markdown(message)}")
    badges.draw([badges.origin(Origin.MEASURED)])
    st.caption(safe.markdown(f"{made.model}, {made.precision}; MovieLens-100K; computed on this machine, {made.date}."))


def chosen(made: Showcase) -> list[Figure]:
    """The figures that are drawn, worst on top as the eye reads on to the best."""
    wanted = [f for f in made.figures if f.kind == "score" and (f.method, f.arm) in SHOWN]
    return sorted(wanted, key=lambda f: -f.mean)


def dots(figures: Sequence[Figure]) -> Any:
    """A dot with its 95 % interval a figure; level by colour and shape, arm by fill, baselines grey."""
    import plotly.graph_objects as go

    made = go.Figure()
    for place, figure in enumerate(figures):
        arm = figure.arm if LEVEL_OF.get(figure.method) == "user" else "right"
        style = theme.point_style(LEVEL_OF.get(figure.method), arm)
        made.add_scatter(
            x=[figure.mean],
            y=[place],
            mode="markers+text",
            text=[f"{figure.mean:.2f}"],
            textposition="top center",
            marker=style,
            hovertext=f"{NAMES[figure.method, figure.arm]}: {figure.mean:.2f} ({figure.low:.2f} to {figure.high:.2f})",
            hoverinfo="text",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [figure.high - figure.mean],
                "arrayminus": [figure.mean - figure.low],
                "color": style["color"],
                "thickness": 1.5,
            },
        )
    names = [NAMES[figure.method, figure.arm] for figure in figures]
    made.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.7])
    made.update_xaxes(title=AXIS)
    made.update_layout(height=80 + 42 * len(names), showlegend=False)
    return made


def as_table(figures: Sequence[Figure]) -> pd.DataFrame:
    """The same figures as rows."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "data given": NAMES[f.method, f.arm],
                "MAE, stars": round(f.mean, 3),
                "95 % low": round(f.low, 3),
                "95 % high": round(f.high, 3),
                "users": f.users,
                "ratings": f.n,
            }
            for f in figures
        ]
    )
