"""A metric worked through: inputs, steps and the value that the code of this installation gives."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import safe
from dashboard.boundary import boundary
from dashboard.parts import formulas
from dashboard.services import Services
from engines.worked import Worked, needs_encoder, number, worked


@st.fragment(parallel=True)
def draw(services: Services, entry: str) -> None:
    """The worked example of a metric; it is computed beside the page, because some packages load slowly."""
    with boundary("The worked example"):
        if needs_encoder(entry) and not st.session_state.get("en_encode"):
            st.caption("Its example needs the sentence encoder, which takes some seconds to load.")
            st.button("Compute it", key="en_encode_now", on_click=_ask_for_encoder, icon=":material/calculate:")
            return
        with st.spinner("Computing the example"):
            encoder = services.encoder if needs_encoder(entry) else None
            found = services.shared(f"worked example: {entry}", lambda: worked(entry, encoder))
        if found is not None:
            _show(found)


def message_of(found: Worked) -> str:
    """The result in one sentence."""
    better = "higher is better" if found.info.higher_is_better else "lower is better"
    unit = f" {found.info.unit}" if found.info.unit and not found.note.startswith("Perplexity") else ""
    return f"{number(found.figure)}{unit}; {better}. Computed by `{found.info.id}` of this installation just now."


def given_text(given: Sequence[tuple[str, str]]) -> str:
    """The inputs of a case on one line."""
    return "; ".join(f"{name}: {value}" for name, value in given)


def _ask_for_encoder() -> None:
    st.session_state["en_encode"] = True


def _show(found: Worked) -> None:
    st.caption("The inputs are made up; every step and value is computed by the code that runs use.")
    for place, case in enumerate(found.cases, start=1):
        lead = f"**Case {place}.** " if len(found.cases) > 1 else ""
        st.markdown(lead + safe.markdown(given_text(list(case.given.items()))))
        for step in case.steps:
            formulas.show(step)
    if found.total:
        if len(found.cases) > 1:
            st.markdown("**Over all cases**")
        formulas.show(found.total)
    st.markdown(f"**Value:** {message_of(found)}")
    if found.note:
        st.caption(safe.markdown(found.note))
