"""Repeats: one request with several seeds, and how stable the answers and what they show are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state, theme
from dashboard.lenses import Lens
from dashboard.parts import badges, charts, playground_job
from dashboard.parts import playground_repeats as shapes
from dashboard.parts.playground_columns import CELL, LINE, SOFT
from dashboard.parts.playground_repeats import RepeatRow
from dashboard.parts.playground_run import bench_of
from dashboard.theme import Origin
from engines.repeats import FEWEST, MOST, TEMPERATURE, TEXT, Plan, Repeats, job, seeds_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from engines.jobs import Job, JobView

LENS = Lens(
    key="repeats",
    title="Repeats",
    icon=":material/casino:",
    order=60,
    question="How much of the answer, and of what it shows, is luck of the draw?",
)
KEY = "pg_rp"
SEEDS = state.integer("pg_rp_seeds", 5, low=FEWEST, high=MOST)
SAMPLED = state.flag("pg_rp_sampled", default=True)
ROW = 30


def draw(services: Services, asked: Asked) -> None:
    """How many seeds, the button, and what they gave as far as it is computed."""
    count, sampled = _options(asked)

    def make() -> Job[Repeats]:
        temperature = TEMPERATURE if sampled and asked.task.kind in TEXT else 0.0
        seeds = seeds_from(asked.seed, count)
        return job(Plan(bench_of(services, asked), asked.example, asked.columns(), asked.arms, seeds, temperature))

    watched = playground_job.controls(services, KEY, make, label=f"Repeat {count} times", problem=asked.problem())
    if not services.jobs.get(watched):
        st.info(
            f"Press the button: the same request with the seeds {asked.seed} to {asked.seed + count - 1}.",
            icon=":material/casino:",
        )
        return

    def show(view: JobView[Any]) -> None:
        _result(view.result)

    playground_job.follow(services, watched, show)


def _options(asked: Asked) -> tuple[int, bool]:
    seen = state.here(SEEDS, SAMPLED)
    state.show_notes(seen)
    text = asked.task.kind in TEXT
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.slider("Seeds", FEWEST, MOST, width=260, **state.bound(SEEDS, seen[SEEDS]))
        if text:
            st.toggle(
                f"Sample the texts (temperature {TEMPERATURE})",
                help="Off: greedy, the likeliest word each time; equal prompts then give equal texts.",
                **state.bound(SAMPLED, seen[SAMPLED]),
            )
    st.caption(
        "A seed draws the wrong user, the examples of other people that some methods use, and the summaries that are "
        "tried"
        + (", and the words of a sampled text." if text else ". Ratings and rankings are computed, not sampled.")
    )
    return seen[SEEDS], seen[SAMPLED]


def _result(found: Repeats) -> None:
    rows = shapes.rows(found)
    kind = found.plan.bench.task.kind
    st.html(
        f'<div role="status" style="min-height:4em;line-height:1.5"><div style="{SOFT}">What to notice</div>'
        f'<div style="font-size:1.15rem;font-weight:600">{safe.html(shapes.summary(found, rows))}</div></div>'
    )
    model = found.plan.bench.model
    badges.draw([badges.origin(Origin.MEASURED), badges.plain(model.name), badges.plain(model.precision)])
    if any(row.values for row in rows):
        _strip(found, rows)
    st.html(_table(rows, text=kind in TEXT))
    if kind in TEXT:
        st.caption(
            "Likeness of the texts: mean ROUGE-L F1 between the texts of each two seeds; 1 means the same words. "
            + (f"Sampled at temperature {found.plan.temperature}." if found.plan.temperature else "Greedy.")
        )


def _strip(found: Repeats, rows: Sequence[RepeatRow]) -> None:
    """A point for each seed; rows are methods by arms, the truth is a line."""
    import pandas as pd
    import plotly.graph_objects as go

    figure = go.Figure()
    shown = [row for row in rows if row.values]
    for row in reversed(shown):
        figure.add_scatter(
            x=list(row.values),
            y=[safe.plain(row.label, charts.LONGEST_LABEL + 12)] * len(row.values),
            mode="markers",
            marker={**theme.point_style(row.level, row.style), "opacity": 0.75},
            hovertext=[f"seed {seed}: {value:.2f}" for seed, value in zip(row.seeds, row.values, strict=True)],
            hoverinfo="text",
        )
    kind, example = found.plan.bench.task.kind, found.plan.example
    axis, truth = shapes.axis(kind, example)
    if truth is not None:
        figure.add_vline(x=truth, line_dash="dot", line_color=theme.GREY, annotation_text="true")
    figure.update_xaxes(title=axis)
    figure.update_layout(height=charts.FRAME_HEIGHT + 30 + ROW * len(shown), showlegend=False, dragmode=False)
    charts.show(
        figure,
        alt=f"{axis} by method and arm, a point for each seed. {shapes.summary(found, rows)}",
        table=pd.DataFrame(shapes.table(found, rows)),
        key="pg_rp_strip",
        title="Every seed as a table",
    )


def _table(rows: Sequence[RepeatRow], *, text: bool) -> str:
    heads = ["mean", "spread (sd)", "same answer", *(["likeness of texts"] if text else []), "right beats wrong"]
    head = "".join(f'<th scope="col" style="{CELL};font-weight:500">{name}</th>' for name in heads)
    body = "".join(_line(row, text=text) for row in rows)
    return (
        '<div style="overflow-x:auto" tabindex="0"><table style="border-collapse:collapse;width:100%;font-size:.85rem">'
        f'<thead><tr><th style="{LINE}"></th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _line(row: RepeatRow, *, text: bool) -> str:
    cells = [row.mean, row.deviation, row.same, *([row.likeness] if text else []), row.stable]
    failed = f'<div style="{SOFT}">{safe.html(row.failure)}</div>' if row.failure else ""
    name = f'<th scope="row" style="{LINE};text-align:left;font-weight:400">{safe.html(row.label)}{failed}</th>'
    return f"<tr>{name}{''.join(map(_cell, cells))}</tr>"


def _cell(text: str) -> str:
    return f'<td style="{CELL}">{safe.html(text)}</td>'
