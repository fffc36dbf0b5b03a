"""About: how the catalog was made, what it lacks, how to cite it, and how to correct it."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import about, quality
from dashboard.services import Services

PAGE = Page(
    title="About",
    icon=":material/info:",
    group="Data",
    order=90,
    path="about",
    question="How was this catalog made, what does it lack, and how can it be corrected?",
)


def render(services: Services) -> None:
    """Draw the page."""
    seen = state.here(quality.OPENED, quality.PAGE_NUMBER)
    state.show_notes(seen)
    about.contents()
    with boundary("How the catalog was made"):
        about.made(services)
    with boundary("The counts"):
        about.counted(services)
    with boundary("The data-quality report"):
        st.header("Data quality", anchor="data-quality")
        quality.draw(services, quality.answers(services), seen)
    with boundary("How to cite"):
        about.cite(services)
    about.correct()
