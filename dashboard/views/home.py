"""The first page: what the field is, one computed example, and three next clicks."""

from __future__ import annotations

import streamlit as st

from dashboard.page import Page
from dashboard.services import Services

PAGE = Page(
    title="Home",
    icon=":material/home:",
    group="Start",
    order=0,
    path="home",
    question="What is this field, and what can I do here in one click?",
    has_own_heading=True,
)


def render(services: Services) -> None:
    """Draw the page."""
    st.title("Attune", anchor=False)
    st.write(services.catalog.counts())
