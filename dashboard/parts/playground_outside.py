"""What a run would send to an outside search service, shown before it goes; nothing is sent without agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from data.digest import digest
from data.errors import AttuneError
from engines.outside_preview import calls_out, words_to_send
from engines.runs.cells import Bench

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services

LACK = "Read the words that would leave this machine, and agree to it or leave the method out."
NOT_HERE = "A search service is asked side by side only, where its words are shown first; leave that method out here."
LENS = state.text("pg_lens")
AGREED = "pg_outside_agreed"


def lack(services: Services, asked: Asked) -> str:
    """Draw the words and the box to agree, where a method calls a service; why the run may not start, or nothing."""
    try:
        host = calls_out(asked.methods)
        if host and state.here(LENS)[LENS]:
            return NOT_HERE
        words = host and words_to_send(
            Bench(asked.dataset, asked.task, services.model, services.encoder, asked.seed),
            asked.example,
            asked.columns(),
            asked.arms,
        )
    except AttuneError as error:
        return str(error)
    return _agreed(host, words) if words else ""


def _agreed(host: str, words: Sequence[str]) -> str:
    """An agreement holds for these words and this session alone."""
    name = digest([host, words])
    agreed: set[str] = st.session_state.setdefault(AGREED, set())
    with st.container(border=True, key="pg_outside"):
        st.markdown(f"**Would be sent to {safe.markdown(host)}**")
        for one in words:
            st.text(safe.plain(one, 400))
        if st.checkbox("Send these words when I press Run", value=name in agreed, key=f"pg_outside_{name}"):
            agreed.add(name)
        else:
            agreed.discard(name)
    return "" if name in agreed else LACK
