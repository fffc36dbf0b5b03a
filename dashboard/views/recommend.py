"""Recommend: one person's history, and the first ten of two to four recommenders for it, side by side."""

from __future__ import annotations

import streamlit as st

from dashboard import safe
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import recommend_controls as controls
from dashboard.parts import recommend_figures as shown
from dashboard.parts import recommend_history as history
from dashboard.parts import recommend_lists as lists
from dashboard.services import Services
from engines.recommenders import recommenders

PAGE = Page(
    title="Recommend",
    icon=":material/recommend:",
    group="Try",
    order=50,
    path="recommend",
    question="What would each method recommend to this user, and what changes when the history does?",
)


def render(services: Services) -> None:
    """Draw the page."""
    for module, why in recommenders.broken.items():
        st.warning(safe.markdown(f"engines/recommenders/{module}.py is left out: {why}", 300))
    with boundary("The request"):
        asked = controls.request(services)
        if asked is None:
            return
        if asked.problem():
            st.info(asked.problem(), icon=":material/checklist:")
            return
        history.draw(asked)
        with boundary("The lists"):
            answers = lists.draw(services, asked)
        if answers:
            with boundary("The figures"):
                shown.draw(services, asked, answers)
        controls.source(asked)
