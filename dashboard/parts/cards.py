"""Cards: an entry in a list of found ones, an entry in a list of neighbours, a number with its meaning."""

from __future__ import annotations

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges
from dashboard.parts.markup import Tag, html
from taxonomy.model import EntryRef, Link
from taxonomy.question import BrowseRow
from taxonomy.vocab import Facet, Kind

LONGEST_SUMMARY = 280
SHOWN_FACETS = (Facet.LEVEL, Facet.TECHNIQUE, Facet.EVALUATION)
KIND_ICON = {
    Kind.METHOD: ":material/psychology:",
    Kind.DATASET: ":material/database:",
    Kind.METRIC: ":material/straighten:",
    Kind.NODE: ":material/account_tree:",
    Kind.PAPER: ":material/article:",
}


def entry_link(ref: EntryRef, label: str = "") -> None:
    """A link to the page of an entry."""
    page_link("entry", label or ref.name, query=entry_query(ref), icon=KIND_ICON[ref.kind])


def entry_query(ref: EntryRef) -> dict[str, str]:
    """What the address of an entry's page carries."""
    return {"kind": ref.kind.value, "key": ref.key}


def found_entry(row: BrowseRow) -> None:
    """An entry as Browse lists it: name, badges, what it is, where it was published."""
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            entry_link(row.ref)
            badges.draw(html(badge) for badge in row_badges(row))
        if row.summary:
            st.markdown(safe.markdown(row.summary, LONGEST_SUMMARY))
        imprint = row_imprint(row)
        if imprint:
            st.caption(safe.markdown(imprint))


def row_badges(row: BrowseRow) -> list[Tag]:
    """Kind, level, technique or metric family, and how much is known of an entry."""
    shown = [badges.plain_tag(row.ref.kind.value)]
    shown += [badges.node_tag(node) for node in row.nodes if node.facet in SHOWN_FACETS]
    if row.mark is not None:
        shown.append(badges.mark_tag(row.mark))
    if row.code_url:
        shown.append(badges.plain_tag("code", "The authors' code is public."))
    if row.results:
        shown.append(badges.plain_tag(f"{row.results:,} published", "Published numbers in the catalog that name this."))
    return shown


def row_imprint(row: BrowseRow) -> str:
    """Authors, year and title on one line; absent parts are left out."""
    title = row.title if row.title != row.ref.name else ""
    return ". ".join(part for part in (row.authors.rstrip("."), str(row.year or ""), title) if part)


def linked(link: Link) -> None:
    """A relation to another entry; one that the catalog does not have is said to be so."""
    if link.key is None:
        note = f" ({link.note})" if link.note else ""
        st.markdown(f"{safe.markdown(link.name)} :small[:gray[not in the catalog{safe.markdown(note)}]]")
        return
    entry_link(EntryRef(link.kind, link.key, link.name))
    if link.note:
        st.caption(safe.markdown(link.note))
