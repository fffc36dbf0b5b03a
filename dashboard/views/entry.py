"""One entry of the catalog: its facts with their sources, published numbers, relations, and what runs here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import (
    badges,
    cards,
    entry_cite,
    entry_run,
    entry_way,
    entry_worked,
    later,
    published,
    share,
    tables,
)
from dashboard.parts import entry as parts
from dashboard.parts.published import Group
from dashboard.services import Services
from engines.worked import implementations
from taxonomy.entry_results import entry_results, results_statement
from taxonomy.entry_way import way_of
from taxonomy.graph_atlas import Atlas
from taxonomy.model import Entry, NodeRef, UnknownEntryError
from taxonomy.question import BrowseQuery
from taxonomy.search import Hit
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
MOST_SIMILAR = 6


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
    atlas = services.atlas
    hits = similar_to(services, entry)
    with boundary("The ways on"):
        entry_way.crumbs(entry, way_of(services.catalog.store, entry.kind, entry.key))
    parts.head(entry)
    entry_way.pages(entry, point=parts.graph_query(entry, atlas), nearest=[hit.ref for hit in hits])
    left, right = st.columns([3, 2], gap="large")
    with left:
        _facts(services, entry)
        if entry.kind in {Kind.NODE, Kind.PAPER}:
            _relations(services, entry, atlas)
        with boundary("The published numbers"):
            _published(services, entry)
    with right:
        _beside(services, entry, atlas)
        with boundary("The entries like it"):
            _like_it(services, entry, hits)


def results_of(services: Services, entry: Entry) -> list[Group]:
    """The axes that the entry's published numbers stand on, with all rows of each axis."""
    return published.groups_of(entry_results(services.catalog.store, entry.kind, entry.key).rows)


def similar_to(services: Services, entry: Entry) -> tuple[Hit, ...]:
    """The entries of its kind whose texts are most like it; none while search cannot answer."""
    if entry.kind is Kind.NODE:  # classes are few, and their tree says which are near
        return ()
    with boundary("The search for entries like it"):
        return services.searcher.similar(entry.kind, entry.key, MOST_SIMILAR)
    return ()


def emphasized_of(entry: Entry) -> str:
    """The method whose rows stand out among published numbers: the entry, or the one that a paper describes."""
    if entry.kind is Kind.PAPER:
        return next((link.key for link in entry.links if link.kind is Kind.METHOD and link.key), "")
    return entry.key if entry.kind is Kind.METHOD else ""


def _choose(services: Services) -> None:
    st.title(PAGE.title, anchor=False)
    st.caption(PAGE.question)
    st.markdown("Choose an entry in Browse, or start with one that many published numbers name:")
    page_link("browse", "Browse the catalog", icon=":material/search:")
    for row in services.browse(BrowseQuery(kinds=NUMBERED, sort=Sort.RESULTS, descending=True, limit=6)).rows:
        cards.found_entry(row)


def _facts(services: Services, entry: Entry) -> None:
    st.subheader("Facts", anchor=False)
    tables.facts(entry.facts)
    if entry.kind is Kind.METRIC and implementations(entry.key):
        st.subheader("Worked example", anchor=False)
        entry_worked.draw(services, entry.key)
    with st.expander("How to cite", icon=":material/format_quote:"), boundary("The citation"):
        entry_cite.draw(entry, entry_cite.citations_of(services.catalog, entry))


def _published(services: Services, entry: Entry) -> None:
    found = entry_results(services.catalog.store, entry.kind, entry.key)
    groups = published.groups_of(found.rows)
    if not groups:
        return
    st.subheader("Published numbers", anchor=False)
    st.caption(safe.markdown(published.extent_of(found)))
    axes = {group.axis.id: group for group in groups}
    field = state.choice("en_axis", groups[0].axis.id, accepted=axes)
    seen = state.here(field)
    state.show_notes(seen)
    label = f"One source, table, task, split and metric at a time ({len(groups)})"
    st.selectbox(
        label, list(axes), format_func=lambda axis: safe.plain(axes[axis].title), **state.bound(field, seen[field])
    )
    level = published.level_of([node.key for node in entry.nodes])
    shown = axes[seen[field]]
    published.draw(shown, entry=emphasized_of(entry), level=level)
    query = {"rs_dataset": shown.axis.dataset, "rs_metric": shown.rows[0].metric}
    page_link("results", f"All of {shown.rows[0].dataset_name}", query=query, icon=":material/leaderboard:")
    sql = results_statement(services.catalog.store, entry.kind, entry.key)
    share.bar(services, published.rows_table(found.rows), name=f"Numbers of {entry.name}", sql=sql, entries=[entry.ref])


def _beside(services: Services, entry: Entry, atlas: Atlas) -> None:
    badges.legend()
    with boundary("The live methods"):
        _run(services, entry)
    if entry.nodes:
        st.subheader("Its place in the taxonomy", anchor=False)
        parts.classes(entry)
    if entry.kind is Kind.NODE and entry.mark is not None:
        node = services.catalog.node(entry.key)
        parts.members(NodeRef(node.key, node.name, node.facet, node.mark))
    if entry.kind not in {Kind.NODE, Kind.PAPER}:
        _relations(services, entry, atlas)


def _relations(services: Services, entry: Entry, atlas: Atlas) -> None:
    if not entry.links:
        return
    st.subheader("Its entries" if entry.kind in {Kind.NODE, Kind.PAPER} else "Relations", anchor=False)
    parts.relations(entry)
    table = parts.relations_table(entry, atlas)
    draw = partial(tables.frame, table, alt=f"The relations of {entry.name}", key="en_relations")
    said = "These relations in words, with their sources"
    later.expander(said, draw, key="en_in_words", icon=":material/menu_book:")
    sql = services.catalog.store.statement("entry_links", kind=entry.kind.value, key=entry.key)
    share.bar(services, table, name=f"Relations of {entry.name}", sql=sql, entries=[entry.ref])


def _run(services: Services, entry: Entry) -> None:
    """What of the entry runs here; nothing for a paper, whose entries say it."""
    if entry.kind is Kind.PAPER:
        return
    own = services.engines_following(entry.key, [entry.key] if entry.kind is Kind.NODE else [])
    known = entry_run.datasets_here(services)
    infos = implementations(entry.key) if entry.kind is Kind.METRIC else ()
    installed = any(data.info.catalog_key == entry.key for data in known) and entry.kind is Kind.DATASET
    lists = entry_run.recommenders_following(entry)
    if not (own or lists or infos or installed or entry.kind is Kind.METHOD):
        return
    st.subheader("Run it here", anchor=False)
    entry_run.data(entry, known)
    entry_run.measured(infos, known)
    target = entry_run.target_of(entry, known)
    entry_run.live(own, target)
    entry_run.lists(lists)
    if entry.kind is Kind.METHOD and not own and not lists:
        st.caption("Nothing here follows it yet.")
        near = services.engines_following("", entry_run.techniques_of(entry))
        if near:
            label = f"{len(near)} of the same technique run here"
            later.expander(label, partial(entry_run.live, near, target), key="en_near", icon=":material/play_arrow:")


def _like_it(services: Services, entry: Entry, hits: Sequence[Hit]) -> None:
    if hits:
        st.subheader("Similar to this", anchor=False)
        st.caption(f"{entry_way.PLURAL[entry.kind]} whose texts are most like its own.")
        parts.similar(hits)
    if entry.kind is Kind.PAPER:  # its entries stand beside it
        return
    st.subheader("Related", anchor=False)
    st.caption("Entries that share facts with it.")
    parts.neighbours(services.catalog.related(entry.kind, entry.key))
