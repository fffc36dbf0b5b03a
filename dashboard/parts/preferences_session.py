"""The reader's clicks: in this browser session alone, never in the address, on disk or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engines.errors import EngineError
from engines.jobs import Job
from engines.preferences.teach import Lesson, Pool, Questions, learn, make_pool, questions_of

if TYPE_CHECKING:
    from dashboard.services import Services

CLICKS = "pf_clicks"
DATASET = "campus"
JOB = "preferences"


def questions(services: Services) -> Questions:
    """What is asked; made once a process, of the corpus alone, without the encoder."""
    return services.shared("preferences: questions", lambda: questions_of(services.dataset(DATASET)))


def job(services: Services) -> Job[Pool]:
    """What makes the pool, once a process: the encoder may have to be loaded, and has to read every answer."""
    if known := services.jobs.get(JOB):
        return known
    data = services.dataset(DATASET)
    work: Job[Pool] = Job(JOB, lambda report: make_pool(data, services.encoder, report.tell), about=data.digest)
    return services.jobs.start(work)


def pool(services: Services) -> Pool | None:
    """What is asked and what others like; None while it is made.

    Raises:
        EngineError: it could not be made; whoever asks next tries again.
    """
    view = job(services).view()
    if view.failure:
        services.jobs.forget(JOB)
        raise EngineError(view.failure.kind, view.failure.message)
    return view.result if view.ended else None


def lesson(services: Services) -> Lesson | None:
    """Where this session's lesson stands; None while what it learns from is made."""
    made = pool(services)
    return learn(made, clicks()) if made else None


def clicks() -> tuple[int, ...]:
    """The choices of this session."""
    return tuple(st.session_state.get(CLICKS, ()))


def choose(place: int, side: int) -> None:
    """Keep a click on the pair at a place; a second click on the same one, from a slow page, changes nothing."""
    known = clicks()
    if len(known) == place:
        st.session_state[CLICKS] = (*known, side)


def undo() -> None:
    """Take the last click back."""
    st.session_state[CLICKS] = clicks()[:-1]


def forget() -> None:
    """Drop all that is known of the reader."""
    st.session_state.pop(CLICKS, None)
