"""What Home is made of: the search, the computed example's place, the counts, the next clicks."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges
from dashboard.services import Services
from dashboard.theme import LEVELS, Origin
from taxonomy.survey import Survey

EXAMPLE = "dashboard.parts.home_example"
NEXT = (
    ("playground", "Try it on a user", ":material/play_arrow:", "See several methods answer for one real user."),
    ("browse", "Search the catalog", ":material/search:", "Find a method, dataset or metric by what it does."),
    ("entry", "Read one method", ":material/article:", "OPPU: one adapter a user, with its sources and numbers."),
)
QUERIES: Mapping[str, Mapping[str, str]] = {"entry": {"kind": "method", "key": "oppu"}}


def search() -> str:
    """What the reader wants to find, once, when it is sent."""
    with st.form("home_search", clear_on_submit=True, border=False):
        row = st.container(horizontal=True, vertical_alignment="bottom")
        asked = row.text_input(
            "Search methods, datasets, metrics",
            type="search",
            placeholder="Search methods, datasets, metrics",
            label_visibility="collapsed",
            icon=":material/search:",
        )
        sent = row.form_submit_button("Search")
    return safe.plain(asked or "", 200) if sent else ""


def example(services: Services) -> None:
    """The computed example, or a quiet line where there is none."""
    with st.container(border=True):
        if importlib.util.find_spec(EXAMPLE) is None:
            st.markdown("**One answer, three readers**")
            st.caption("No example has been computed in this installation.")
            return
        importlib.import_module(EXAMPLE).draw(services)


def counts(tables: Mapping[str, int], live: int) -> None:
    """How much there is, each number a way in."""
    with st.grid(2, min_column_width=140):
        for kind, label in (("method", "Methods"), ("dataset", "Datasets"), ("metric", "Metrics")):
            with st.container(gap=None):
                st.metric(label, f"{tables[kind]:,}")
                page_link("browse", f"See all {label.lower()}", query={"br_kind": kind})
        with st.container(gap=None):
            st.metric("Published numbers", f"{tables['result']:,}")
            badges.draw([badges.origin(Origin.PUBLISHED)])
    if live:
        st.caption(f"{live} methods run here, beside each other, on real users.")


def next_clicks() -> None:
    """Three ways on."""
    st.subheader("Start here", anchor=False)
    with st.grid(3, min_column_width=220):
        for path, label, icon, meaning in NEXT:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                page_link(path, label, query=QUERIES.get(path), icon=icon)
                st.caption(meaning)


def marks(survey: Survey) -> None:
    """The three levels, and whose taxonomy this is."""
    badges.draw(badges.level(level) for level in LEVELS)
    st.markdown(
        f"The classes follow {safe.link(survey.title, survey.url)} ({safe.markdown(survey.venue)}). Every class says "
        "whether it is the survey's or was added here."
    )
    badges.legend()
