"""The two charts of a lesson: what moved, and how certainty grew."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import theme
from dashboard.parts import charts
from dashboard.parts.preferences_shapes import moved_rows, sure_rows
from engines.preferences.teach import ASKED, Lesson

MOVED_HEIGHT, SURE_HEIGHT, LEAST = 400, 300, 0.3


def moved(lesson: Lesson) -> None:
    """Correlations and cosines before and after the last click."""
    import plotly.graph_objects as go

    rows = moved_rows(lesson)
    labels = [str(row["goes with"]) for row in rows]
    style = theme.level_look("user")
    figure = go.Figure()
    looks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("before the last click", {"symbol": "circle-open", "color": theme.GREY, "size": 10, "line": {"width": 2}}),
        ("now", {"symbol": "circle", "color": style.colour, "size": 12}),
    )
    for row, label in zip(rows, labels, strict=True):
        ends = [row["before the last click"], row["now"]]
        figure.add_scatter(
            x=ends,
            y=[label, label],
            mode="lines",
            line={"color": theme.GREY, "width": 2},
            showlegend=False,
            hoverinfo="skip",
        )
    for name, marker in looks:
        figure.add_scatter(x=[row[name] for row in rows], y=labels, mode="markers", name=name, marker=marker)
    figure.add_vline(x=0, line={"color": theme.GREY, "width": 1})
    most = max(abs(float(str(row[name]))) for row in rows for name, _ in looks)
    bound = min(1.05, max(LEAST, 1.2 * most))
    figure.update_xaxes(range=[-bound, bound], title="against it (\u2212), with it (+)")
    figure.update_yaxes(autorange="reversed")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(height=MOVED_HEIGHT, legend=legend, dragmode=False)
    first = max(rows, key=lambda row: abs(float(str(row["now"])) - float(str(row["before the last click"]))))
    alt = f"The last click moved most: {first['goes with']}, from {first['before the last click']} to {first['now']}."
    charts.show(figure, alt=alt, table=pd.DataFrame(rows), key="pf_moved")


def certainty(lesson: Lesson) -> None:
    """How sure the reward is about answers that were never asked about, after each click."""
    import plotly.graph_objects as go

    rows = sure_rows(lesson)
    name = "mean probability of the likelier answer"
    values = [float(str(row[name])) for row in rows]
    figure = go.Figure(
        go.Scatter(
            x=[row["clicks"] for row in rows], y=values, mode="lines+markers", marker=theme.point_style("user"),
            line={"color": theme.colour("user"), "width": 2}, showlegend=False,
        )
    )  # fmt: skip
    figure.add_hline(y=0.5, line={"color": theme.GREY, "dash": "dash", "width": 1.5}, annotation_text="a coin")
    figure.update_xaxes(range=[-0.3, ASKED + 0.3], dtick=1, title="clicks")
    figure.update_yaxes(range=[0.48, max(0.75, *values) + 0.03], tickformat=".0%", title="likelier answer")
    figure.update_layout(height=SURE_HEIGHT, dragmode=False)
    alt = f"After {len(lesson.clicks)} clicks the likelier of two unseen answers has {values[-1]:.0%} on average."
    charts.show(figure, alt=alt, table=pd.DataFrame(rows), key="pf_sure")
