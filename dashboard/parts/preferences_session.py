"""The reader's clicks: in this browser session alone, never in the address, on disk or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from engines.preferences.teach import Lesson, Pool, learn, make_pool

if TYPE_CHECKING:
    from dashboard.services import Services

CLICKS = "pf_clicks"
DATASET = "campus"


def pool(services: Services) -> Pool:
    """What is asked and what others like; made once a process, of the corpus alone."""
    return services.shared("preferences", lambda: make_pool(services.dataset(DATASET), services.encoder))


def lesson(services: Services) -> Lesson:
    """Where this session's lesson stands."""
    return learn(pool(services), st.session_state.get(CLICKS, ()))


def choose(place: int, side: int) -> None:
    """Keep a click on the pair at a place; a second click on the same one, from a slow page, changes nothing."""
    known = tuple(st.session_state.get(CLICKS, ()))
    if len(known) == place:
        st.session_state[CLICKS] = (*known, side)


def undo() -> None:
    """Take the last click back."""
    st.session_state[CLICKS] = tuple(st.session_state.get(CLICKS, ()))[:-1]


def forget() -> None:
    """Drop all that is known of the reader."""
    st.session_state.pop(CLICKS, None)
