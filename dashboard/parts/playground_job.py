"""A job on the Playground: its button to start and stop, its progress while it works, and its result as it grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe
from engines.jobs import Job, JobView

if TYPE_CHECKING:
    from dashboard.services import Services

POLL = 0.7
Draw = Callable[[JobView[Any]], None]


def controls(services: Services, key: str, make: Callable[[], Job[Any]], *, label: str, problem: str = "") -> str:
    """A button that starts a job and one that stops it; the id of the job that this session watches, or nothing.

    Args:
        services: holds the jobs.
        key: the widget key prefix; a lens has one job on the page.
        make: makes the job that the controls ask for, when the button is pressed.
        label: what the button says.
        problem: why it cannot be started, shown beside the disabled button.
    """
    held = f"{key}_job"
    known = services.jobs.get(st.session_state.get(held, ""))
    working = known is not None and not known.view().ended
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        pressed = st.button(
            label, key=f"{key}_go", type="primary", icon=":material/play_arrow:", disabled=working or bool(problem)
        )
        if st.button("Stop", key=f"{key}_halt", icon=":material/stop:", disabled=not working) and known:
            known.stop()
        if problem:
            st.markdown(problem, width="content")
    if pressed:
        with st.spinner("Starting"):
            st.session_state[held] = services.jobs.start(make()).id
        st.rerun()
    return str(st.session_state.get(held, ""))


def follow(services: Services, job_id: str, draw: Draw, *, apart: float = POLL) -> None:
    """Progress and result of a job, redrawn by itself until the job ends, some seconds apart."""
    job = services.jobs.get(job_id)
    if job is None:
        return
    every = None if job.view().ended else apart
    st.fragment(_watched, run_every=every)(job, draw, polled=every is not None)


def _watched(job: Job[Any], draw: Draw, *, polled: bool) -> None:
    view = job.view()
    if polled and view.ended:
        st.rerun()
    if view.failure:
        st.error(safe.markdown(view.failure.message), icon=":material/error:")
    elif view.stopped:
        st.info("Stopped: this is what was done by then.", icon=":material/stop:")
    elif not view.ended:
        said = view.said or "Working"
        share = view.done / view.steps if view.steps else 0.0
        st.progress(
            min(1.0, share), text=safe.markdown(f"{said} ({view.done} of {view.steps or '?'}), {view.seconds:.0f} s")
        )
    if view.result is not None:
        draw(view)
