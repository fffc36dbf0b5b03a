"""The table of how likely each answer is with whose data: whether the right user's answer is the right user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import playground_job
from dashboard.parts.playground_columns import ARM_SIGN, LINE, SOFT
from dashboard.parts.playground_own_session import recorded
from dashboard.parts.playground_rows import ARM_NAME
from engines import cross
from engines.errors import EngineError
from engines.live import Status
from engines.methods import methods
from engines.runs.answers import why_unscored
from engines.types import Arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.parts.playground_address import Asked
    from dashboard.parts.playground_run import Shown
    from dashboard.services import Services
    from data.records import Example, Task
    from engines.cross import Likelihood
    from engines.jobs import Job, JobView
    from engines.live import LiveRun, LiveView

KEY, ANSWER, SAME = "pg_like", 90, 0.005
HEAD = f"{LINE};padding:.2em .5em;font-weight:500;text-align:right;white-space:nowrap"
CELL = f"{LINE};padding:.25em .5em;text-align:right;white-space:nowrap;vertical-align:top"
WIDE = "padding:.25em .5em;min-width:16em;vertical-align:top"
TEXTS = (
    "Bits per byte of each answer when the model is conditioned with each arm's data; fewer is likelier. A model "
    "writes what is likely with the data it is given, so its own column is favoured: see how far the others are."
)
LABELS = (
    "The likeliest answer of each arm, and its probability with each arm's data. What is as likely with a wrong user's "
    "data or with nobody's says nothing about a person."
)


def draw(services: Services, asked: Asked, shown: Shown | None) -> None:
    """The table below a run that has ended: open for an own request, behind one line for a held-out text."""
    if shown is None or not (view := shown.run.view()).done:
        return
    run = shown.run
    own = not run.example.target
    texts = run.bench.task.kind in cross.TEXT
    if not own and not texts:
        return
    with st.expander("Likelihood of each answer", icon=":material/percent:", expanded=own, key=f"pg_like_of_{run.id}"):
        st.caption(TEXTS if texts else LABELS)
        if texts:
            _texts(recorded(services, asked) if own else services, run, view, at_once=own)
        else:
            outcomes = cross.outcomes_of(view)
            st.html(table(cross.of_labels(run.bench.task, outcomes), view, run.bench.task, run.example))


def _texts(services: Any, run: LiveRun, view: LiveView, *, at_once: bool) -> None:
    """The job that scores the texts; it starts by itself for an own request that was answered."""
    try:
        why = why_unscored(run.bench.model)
    except EngineError as error:
        why = str(error)
    if why:
        st.markdown(f"Not shown: {safe.markdown(why)}.")
        return
    written = any(seen.text and seen.status in {Status.DONE, Status.STOPPED} for seen in view.arms.values())
    if not written:
        st.markdown("No text was written, so there is nothing to score.")
        return

    def make() -> Job[list[Likelihood]]:
        return cross.job(run.bench, view)

    job = make()
    if at_once and not view.stopped and services.jobs.get(job.id) is None:
        services.jobs.start(job)
    held = f"{KEY}_job"
    st.session_state[held] = job.id if services.jobs.get(job.id) else ""
    known = services.jobs.get(job.id)
    if known is None or (ended := known.view()).stopped or ended.failure:
        playground_job.controls(services, KEY, make, label="Compute the likelihoods")
    if st.session_state[held]:
        playground_job.follow(services, job.id, partial(_found, view=view, run=run))


def _found(seen: JobView[list[Likelihood]], *, view: LiveView, run: LiveRun) -> None:
    if seen.result is not None:
        st.html(table(seen.result, view, run.bench.task, run.example))


def table(found: Sequence[Likelihood], view: LiveView, task: Task, example: Example) -> str:
    """Rows by method and arm, columns by whose data; the likeliest in each row is bold."""
    if not found:
        return "<div>No answer is there.</div>"
    texts = task.kind in cross.TEXT
    arms = [arm for arm in Arm if any(arm in one.values for one in found)]
    heads = "".join(f'<th scope="col" style="{HEAD}">{safe.html(ARM_NAME[arm])}</th>' for arm in arms)
    lines = "".join(_line(one, arms, view=view, example=example, texts=texts) for one in found)
    unit = "bits per byte with the data of; fewer is likelier" if texts else "probability with the data of"
    said = sentence(found, view, texts=texts)
    return (
        f'<div style="font-weight:600;margin-bottom:.4em">{safe.html(said)}</div>'
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="Likelihood of each answer">'
        f'<table style="border-collapse:collapse;width:100%;font-size:.85rem"><caption style="{SOFT};text-align:left">'
        f'{unit}</caption><thead><tr><th scope="col" style="{HEAD};text-align:left">answer of</th>'
        f'{heads}<th scope="col" style="{HEAD};text-align:left">answer</th></tr></thead><tbody>{lines}</tbody></table>'
        "</div>"
    )


def _line(one: Likelihood, arms: Sequence[Arm], *, view: LiveView, example: Example, texts: bool) -> str:
    info = methods[view.columns[one.place].method].info
    label = "everyone's" if info.shared else ARM_NAME[one.arm]
    level = info.level.value if info.level else None
    ink = theme.colour(level, one.arm.value)
    first = (
        f'<tr><th scope="row" style="{LINE};padding:.25em .5em .25em 0;text-align:left;font-weight:400;'
        f'vertical-align:top"><span aria-hidden="true" style="color:{ink}">{ARM_SIGN[one.arm]}</span> '
        f"{safe.html(f'{info.name}, {label}')}</th>"
    )
    said = one.answer if texts else example.candidates.get(one.answer, f"{one.answer} stars" if one.answer else "")
    shown = safe.html(safe.plain(said, ANSWER)) or "\u2013"
    last = f'<td style="{LINE};{WIDE}" title="{safe.html(said)}">{shown}</td>'
    if one.reason:
        return f'{first}<td colspan="{max(1, len(arms))}" style="{CELL}">{safe.html(one.reason)}</td>{last}</tr>'
    best = likeliest(one.values, texts=texts)
    cells = "".join(_cell(one.values.get(arm), texts=texts, bold=arm is best) for arm in arms)
    return f"{first}{cells}{last}</tr>"


def _cell(value: float | None, *, texts: bool, bold: bool) -> str:
    said = "\u2013" if value is None else f"{value:.2f}" if texts else f"{value:.0%}"
    return f'<td style="{CELL}{";font-weight:700" if bold else ""}">{said}</td>'


def likeliest(values: Mapping[Arm, float], *, texts: bool) -> Arm | None:
    """The arm under which an answer is likeliest; none where there is nothing to compare or two are equal as shown."""
    order = sorted(values, key=lambda arm: values[arm] if texts else -values[arm])
    if len(order) < 2:
        return None
    apart = abs(values[order[0]] - values[order[1]])
    return order[0] if apart >= SAME else None


def sentence(found: Sequence[Likelihood], view: LiveView, *, texts: bool) -> str:
    """For how many methods the right user's answer is likelier with the right user's data than with a wrong one's."""
    both = [one for one in found if one.arm is Arm.RIGHT and {Arm.RIGHT, Arm.WRONG} <= set(one.values)]
    if not both:
        return "There is no pair of right and wrong user to compare."
    wins = [one for one in both if _margin(one, texts=texts) >= SAME]
    names = ", ".join(
        f"{methods[view.columns[one.place].method].info.name} ({_told(one, texts=texts)})" for one in wins
    )
    whole = f"The right user's answer is likelier with the right user's data than with a wrong one's for {len(wins)}"
    return f"{whole} of {len(both)} {'method' if len(both) == 1 else 'methods'}{f': {names}' if names else ''}."


def _margin(one: Likelihood, *, texts: bool) -> float:
    apart = one.values[Arm.WRONG] - one.values[Arm.RIGHT]
    return apart if texts else -apart


def _told(one: Likelihood, *, texts: bool) -> str:
    apart = _margin(one, texts=texts)
    return f"by {apart:.2f} bits per byte" if texts else f"by {100 * apart:.0f} points"
