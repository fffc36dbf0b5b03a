"""Ways on from an entry's page: up, to its neighbours in the list, and to the pages that show it among others."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import cards
from taxonomy.entry_way import Way
from taxonomy.model import Entry, EntryRef
from taxonomy.vocab import Kind

PLURAL = {
    Kind.METHOD: "Methods",
    Kind.DATASET: "Datasets",
    Kind.METRIC: "Metrics",
    Kind.NODE: "Classes",
    Kind.PAPER: "Papers",
}
COMPARED = frozenset({Kind.METHOD, Kind.DATASET, Kind.METRIC})
MOST_COMPARED = 4


def crumbs(entry: Entry, way: Way) -> None:
    """The kind or the classes above, and the entries before and after."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="en_way"):
        if way.above:
            for ref in way.above:
                cards.entry_link(ref)
        else:
            page_link("browse", PLURAL[entry.kind], query={"br_kind": entry.kind.value}, icon=":material/search:")
        st.caption(f"{way.place:,} of {way.entries:,}", width="content")
        _step("Previous", way.before, ":material/chevron_left:")
        _step("Next", way.after, ":material/chevron_right:")


def pages(entry: Entry, *, point: str, nearest: Sequence[EntryRef]) -> None:
    """Links to the pages that show the entry among others.

    Args:
        entry: the entry.
        point: what the Graph calls it; empty where it is no point there.
        nearest: the entries of its kind that are most like it.
    """
    with st.container(horizontal=True, gap="small", key="en_pages"):
        if point:
            page_link("graph", "Around it in the graph", query={"gr_entry": point}, icon=":material/hub:")
        if entry.kind in COMPARED and nearest:
            label = "Compare with " + ", ".join(ref.name for ref in nearest[: MOST_COMPARED - 1])
            page_link("compare", safe.plain(label, 70), query=compare_query(entry, nearest), icon=":material/compare:")
        if entry.kind is Kind.NODE:
            page_link("taxonomy", "In the tree", query={"tx_node": entry.key}, icon=":material/account_tree:")


def compare_query(entry: Entry, nearest: Sequence[EntryRef]) -> dict[str, str]:
    """The address of Compare with an entry and those most like it."""
    keys = [entry.key, *(ref.key for ref in nearest)][:MOST_COMPARED]
    return {"cm_kind": entry.kind.value, "cm_keys": ",".join(keys)}


def _step(label: str, ref: EntryRef | None, icon: str) -> None:
    if ref is not None:
        page_link("entry", f"{label}: {safe.plain(ref.name, 30)}", query=cards.entry_query(ref), icon=icon)
