"""Which job a lens watches: that of what is asked, found again after a reload, or started if the address says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from engines.jobs import Job


def resume(services: Services, asked: Asked, key: str, make: Callable[[], Job[Any]]) -> bool:
    """Watch the job of what is asked if this process has it; start it only for an address that says `pg_run=1`.

    Args:
        services: the model and the jobs.
        asked: what the address asks for.
        key: the prefix of the job's widgets, as for `playground_job.controls`.
        make: makes the job of what is asked.

    Returns:
        Whether the session watches a job of something else than what is asked.

    Raises:
        AttuneError: the model is not installed or cannot be loaded.
    """
    held = f"{key}_job"
    watched = str(st.session_state.get(held, ""))
    if not (watched or asked.run or getattr(services.model, "loaded", True)):
        return False  # nothing can be there yet, and its id would need the weights
    with st.spinner("Loading the language model"):
        job = make()
    if asked.run and watched != job.id:
        services.settle(f"{asked.dataset.digest} and the model")
        services.jobs.start(job, again=False)
    if services.jobs.get(job.id):
        st.session_state[held] = watched = job.id
    return bool(watched) and watched != job.id


def tell_stale(name: str) -> None:
    """Say that what is shown was asked before."""
    said = f"This is the last result, for {safe.markdown(name)}. Press the button above for what is chosen now."
    st.info(said, icon=":material/history:")
