"""What Home is made of: the search, the computed example's place, the counts, the next clicks."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import badges
from dashboard.parts.taxonomy_class import live_share
from dashboard.services import Services
from dashboard.theme import LEVELS, Origin
from taxonomy.quality import CHECKS
from taxonomy.survey import Survey
from taxonomy.tree import read_tree

EXAMPLE = "dashboard.parts.home_example"
NEXT = (
    ("playground", "Try it on a user", ":material/play_arrow:", "See several methods answer for one real user."),
    (
        "taxonomy",
        "Walk the taxonomy",
        ":material/account_tree:",
        "Every class, what it means and what belongs to it.",
    ),
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


def live_line(services: Services) -> str:
    """How many methods run here and how many technique leaves of the survey they cover; empty where none runs."""
    methods = services.methods()
    if not methods:
        return ""
    share = live_share(read_tree(services.catalog), methods)
    own = len(share.live) + len(share.missing)
    return (
        f"{len(methods)} methods run here, beside each other, on real users: for {len(share.live)} of the {own} "
        "technique leaves of the survey."
    )


def counts(tables: Mapping[str, int], live: str) -> None:
    """How much there is, each number a way in; `live` says what runs here."""
    with st.grid(2, min_column_width=140):
        for kind, label in (("method", "Methods"), ("dataset", "Datasets"), ("metric", "Metrics")):
            with st.container(gap=None):
                st.metric(label, f"{tables[kind]:,}")
                page_link("browse", f"See all {label.lower()}", query={"br_kind": kind})
        with st.container(gap=None):
            st.metric("Published numbers", f"{tables['result']:,}")
            page_link("results", "See the results")
            badges.draw([badges.origin(Origin.PUBLISHED)])
    if live:
        st.caption(live)


def next_clicks() -> None:
    """Three ways on."""
    st.subheader("Start here", anchor=False)
    with st.grid(3, min_column_width=220):
        for path, label, icon, meaning in NEXT:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                page_link(path, label, query=QUERIES.get(path), icon=icon)
                st.caption(meaning)


def pages(offered: Sequence[Page], tables: Mapping[str, int]) -> None:
    """The pages of the catalog: the question that each answers, and how much it holds."""
    st.subheader("Look around", anchor=False)
    with st.grid(4, min_column_width=220):
        for page in offered:
            with st.container(border=True, gap="xxsmall", height="stretch"):
                page_link(page.path, page.title, icon=page.icon)
                st.caption(page.question)
                if holds := page_holds(page.path, tables):
                    st.markdown(f":small[{safe.markdown(holds)}]")


def page_holds(path: str, tables: Mapping[str, int]) -> str:
    """How much a page holds, in words; empty for a page that has no number of its own."""
    works = tables["method"] + tables["dataset"] + tables["metric"]
    lines = {
        "taxonomy": f"{tables['node']:,} classes",
        "browse": f"{works:,} entries, {tables['node']:,} classes and {tables['paper']:,} papers",
        "entry": f"{tables['entry']:,} pages of entries, classes and papers",
        "compare": f"two to six of {works:,} entries",
        "coverage": f"{tables['entry_facet']:,} tags",
        "graph": f"{tables['method_dataset'] + tables['dataset_metric'] + tables['entry_paper']:,} links between works",
        "results": f"{tables['result']:,} numbers from {tables['result_source']:,} sources",
        "query": f"{len(tables):,} tables",
        "about": f"{len(CHECKS):,} checks of the data",
    }
    return lines.get(path, "")


def marks(survey: Survey) -> None:
    """The three levels, and whose taxonomy this is."""
    badges.draw(badges.level(level) for level in LEVELS)
    st.markdown(
        f"The classes follow {safe.link(survey.title, survey.url)} ({safe.markdown(survey.venue)}). Every class says "
        "whether it is the survey's or was added here."
    )
    badges.legend()
