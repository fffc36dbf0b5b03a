"""One entry of the catalog: its facts with their sources, published numbers, relations, and what runs here."""

from __future__ import annotations

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import badges, cards, published, tables
from dashboard.parts import entry as parts
from dashboard.parts.published import Group
from dashboard.services import Services
from taxonomy.model import Entry, NodeRef, UnknownEntryError
from taxonomy.question import BrowseQuery
from taxonomy.vocab import Kind, Sort

PAGE = Page(
    title="Entry",
    icon=":material/article:",
    group="Explore",
    order=30,
    path="entry",
    question="What is this, where is it from, how does it relate, can I run it?",
    has_own_heading=True,
)
NUMBERED = frozenset({Kind.METHOD, Kind.DATASET, Kind.METRIC})
KIND = state.text("kind", "method", longest=20)
KEY = state.text("key", longest=120)


def render(services: Services) -> None:
    """Draw the page."""
    seen = state.here(KIND, KEY)
    state.confirm()
    state.show_notes(seen)
    if not seen[KEY]:
        _choose(services)
        return
    try:
        entry = services.catalog.entry(seen[KIND], seen[KEY])
    except UnknownEntryError as error:
        st.title("Entry", anchor=False)
        parts.unknown(error)
        return
    parts.head(entry)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _facts(entry)
        with boundary("The published numbers"):
            _published(services, entry)
    with right:
        _beside(services, entry)


def results_of(services: Services, entry: Entry) -> list[Group]:
    """The axes that the entry's published numbers stand on, with all rows of each axis."""
    if entry.kind is Kind.DATASET:
        return published.groups_of(services.catalog.results_of(entry.key))
    if entry.kind is not Kind.METHOD:
        return []
    own = services.catalog.results_for(entry.key)
    axes = {published.axis_of(result) for result in own}
    rows = [row for dataset in dict.fromkeys(r.dataset for r in own) for row in services.catalog.results_of(dataset)]
    return published.groups_of(row for row in rows if published.axis_of(row) in axes)


def node_keys(entry: Entry) -> list[str]:
    """The classes whose live methods are shown: a node's own, none for other kinds."""
    return [entry.key] if entry.kind is Kind.NODE else []


def _choose(services: Services) -> None:
    st.title(PAGE.title, anchor=False)
    st.caption(PAGE.question)
    st.markdown("Choose an entry in Browse, or start with one that many published numbers name:")
    page_link("browse", "Browse the catalog", icon=":material/search:")
    for row in services.browse(BrowseQuery(kinds=NUMBERED, sort=Sort.RESULTS, descending=True, limit=6)).rows:
        cards.found_entry(row)


def _facts(entry: Entry) -> None:
    st.subheader("Facts", anchor=False)
    tables.facts(entry.facts)
    if entry.citations and entry.kind is not Kind.PAPER:
        with st.expander("How to cite", icon=":material/format_quote:"):
            for citation in entry.citations:
                year = f" ({citation.year})" if citation.year else ""
                name = f"{citation.authors}{year}. {citation.title}. {citation.venue}".strip()
                st.markdown(safe.link(name, citation.url))


def _published(services: Services, entry: Entry) -> None:
    groups = results_of(services, entry)
    if not groups:
        return
    st.subheader("Published numbers", anchor=False)
    axes = {group.axis.id: group for group in groups}
    field = state.choice("en_axis", groups[0].axis.id, accepted=axes)
    seen = state.here(field)
    state.show_notes(seen)
    label = f"One source, table, task, split and metric at a time ({len(groups)})"
    st.selectbox(
        label, list(axes), format_func=lambda axis: safe.plain(axes[axis].title), **state.bound(field, seen[field])
    )
    level = published.level_of([node.key for node in entry.nodes])
    published.draw(axes[seen[field]], entry=entry.key, level=level)


def _beside(services: Services, entry: Entry) -> None:
    badges.legend()
    with boundary("The live methods"):
        live = services.engines_following(entry.key, node_keys(entry)) if entry.kind is not Kind.PAPER else []
        if live or entry.kind is Kind.METHOD:
            st.subheader("Run it here", anchor=False)
            parts.live(live)
    if entry.nodes:
        st.subheader("Its place in the taxonomy", anchor=False)
        parts.classes(entry)
    if entry.kind is Kind.NODE and entry.mark is not None:
        node = services.catalog.node(entry.key)
        parts.members(NodeRef(node.key, node.name, node.facet, node.mark))
    if entry.links:
        st.subheader("Relations", anchor=False)
        parts.relations(entry)
    st.subheader("Related", anchor=False)
    with boundary("The related entries"):
        parts.neighbours(services.catalog.related(entry.kind, entry.key))
