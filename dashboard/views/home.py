"""The first page: what the field is, one computed example, and three next clicks."""

from __future__ import annotations

import streamlit as st

from dashboard.boundary import boundary
from dashboard.navigation import go
from dashboard.page import Page, discover
from dashboard.parts import home
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


def catalog_pages() -> list[Page]:
    """The pages that show the catalog, in the order of the menu."""
    return [found.page for found in discover() if found.page.group in {"Explore", "Data"}]


def render(services: Services) -> None:
    """Draw the page."""
    st.title("Attune", anchor=False)
    st.markdown("How language models adapt to a person: read it, run it, measure it.")
    asked = home.search()
    if asked:
        go("browse", {"br_q": asked})
    example, counts = st.columns([3, 2], gap="large")
    with example, boundary("The computed example"):
        home.example(services)
    with counts:
        home.counts(services.catalog.manifest.tables, home.live_line(services))
    home.next_clicks()
    home.pages(catalog_pages(), services.catalog.manifest.tables)
    home.marks(services.catalog.survey())
