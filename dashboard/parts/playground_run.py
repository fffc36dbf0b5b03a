"""The run that a page shows: found again, started once, or the last one while something else is being set up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import state
from dashboard.parts import playground_own_session as own
from dashboard.parts.playground_address import OWN, RUN, SOURCE, WHO, readers, user_field
from dashboard.parts.playground_controls import example_name
from engines.arms import give
from engines.errors import EngineError
from engines.live import LiveRun
from engines.runs.cells import Bench
from engines.types import Arm

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services

SHOWN = "pg_shown"
PRESSED = "pg_pressed"
TROUBLE = "pg_trouble"


@dataclass(frozen=True)
class Shown:
    """A run on the page; `stale` if the controls ask for something else by now."""

    run: LiveRun
    stale: bool


def bench_of(services: Services, asked: Asked) -> Bench:
    """Data, task, model and encoder; loads no weights."""
    return Bench(asked.dataset, asked.task, services.model, services.encoder, asked.seed)


def shown(services: Services, asked: Asked) -> Shown | None:
    """The run that the address asks for, started unless this session has it on the page; or the last one.

    A run that was stopped is started again by the reader alone, not by drawing and not by a reload; one that failed in
    part also by another session.

    Raises:
        AttuneError: the model is not installed or cannot be loaded.
    """
    runs, last = services.live_runs, st.session_state.get(SHOWN, "")
    again = bool(st.session_state.pop(PRESSED, False))
    if not asked.run or asked.problem():
        known = runs.get(last)
        return Shown(known, stale=True) if known else None
    with st.spinner("Loading the language model"):
        bench = replace(bench_of(services, asked), sends=True)  # without an agreement `lack` is a problem
        made = LiveRun(bench, asked.example, asked.columns(), asked.arms)
    services.settle(f"{asked.dataset.digest} and the model")
    if asked.private:
        own.note_run(services, asked, made)
    run = (runs.get(made.id) if made.id == last else None) or runs.start(made, again=again)
    st.session_state[SHOWN] = run.id
    return Shown(run, stale=False)


def start() -> None:
    """Run what the controls ask for, from the beginning if it was stopped; fit for a callback."""
    st.session_state.pop(SHOWN, None)
    st.session_state[PRESSED] = True
    state.put(RUN, True)


def stop(services: Services) -> None:
    """Stop the run on the page; what is done stays."""
    run = services.live_runs.get(st.session_state.get(SHOWN, ""))
    if run:
        run.stop()


def swap(services: Services, asked: Asked) -> None:
    """Make the wrong user of this request the user, and run if this one was run."""
    bench = bench_of(services, asked)
    try:
        other = give(bench.case(asked.example), Arm.WRONG, draw=asked.seed).owner
    except EngineError as error:
        st.session_state[TROUBLE] = f"There is nobody to swap with: {error}."
        return
    if asked.own:
        user = user_field(asked.dataset, readers(asked.dataset, asked.task))
        state.change({SOURCE: OWN, user: other}, WHO, example_name)
        return
    examples = services.examples(asked.dataset, asked.task.id, asked.seed)
    if other not in examples:
        st.session_state[TROUBLE] = f"The wrong user, {asked.dataset.by_id[other].name}, has no example of this task."
        return
    state.put(user_field(asked.dataset, examples), other, example_name)


def trouble() -> str:
    """Why the last click could not do what it says, once."""
    return str(st.session_state.pop(TROUBLE, ""))
