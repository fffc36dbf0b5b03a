"""The sections of an entry's page: head, relations, neighbours, and what to do about an unknown key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges, cards, formulas, graph_lists, later
from dashboard.parts.entry_way import PLURAL
from taxonomy.graph_atlas import Atlas
from taxonomy.model import Entry, EntryRef, Link, NodeRef, Related, UnknownEntryError
from taxonomy.search import Hit
from taxonomy.vocab import BrowseFacet, Facet, Kind

if TYPE_CHECKING:
    import pandas as pd

MOST_LINKS, MOST_MORE = 12, 80
LONGEST_SUMMARY, LONGEST_NAME = 110, 44
SOME_ASKED = 3
BROWSE_FACET: Mapping[Facet, BrowseFacet] = {
    Facet.LEVEL: BrowseFacet.LEVEL,
    Facet.TECHNIQUE: BrowseFacet.TECHNIQUE,
    Facet.USAGE: BrowseFacet.USAGE,
    Facet.APPLICATION: BrowseFacet.APPLICATION,
    Facet.DATA: BrowseFacet.DATA,
    Facet.EVALUATION: BrowseFacet.METRIC_FAMILY,
}


def head(entry: Entry) -> None:
    """Name, what it is, its badges and its formula."""
    st.title(safe.markdown(entry.name), anchor=False)
    shown = [badges.plain(entry.kind.value)]
    if entry.mark is not None:
        shown.append(badges.mark(entry.mark))
    elif entry.kind is not Kind.NODE:
        shown += [badges.node(node) for node in entry.nodes]
    badges.draw(shown)
    if entry.summary:
        st.markdown(safe.markdown(entry.summary))
    if entry.formula:
        formulas.show(entry.formula)
    if entry.caveat:
        st.markdown(f":material/info: **Caveat.** {safe.markdown(entry.caveat)}")
    if entry.asked_as:
        _asked_as(entry.asked_as)


def asked_as(phrases: Sequence[str]) -> str:
    """What people ask for when they mean an entry, as Markdown on one line."""
    return f":material/search: Asked as: {'; '.join(safe.markdown(phrase) for phrase in phrases)}"


def _asked_as(phrases: Sequence[str]) -> None:
    """Some of what people ask for, and all of it when it is opened."""
    st.caption(asked_as(phrases[:SOME_ASKED]))
    if len(phrases) > SOME_ASKED:
        label = f"All {len(phrases)} phrases that search finds it by"
        later.popover(
            label, lambda: st.markdown("\n".join(f"- {safe.markdown(each)}" for each in phrases)), key="en_asked"
        )


def by_relation(links: Iterable[Link], *, by_kind: bool = False) -> dict[str, list[Link]]:
    """Relations under their name, catalogued things before those that are only named.

    Args:
        links: the relations.
        by_kind: part those of one name by the kind of thing at their other end.
    """
    grouped: dict[str, list[Link]] = {}
    for link in sorted(links, key=lambda each: (each.relation, each.kind, each.key is None, each.name.casefold())):
        name = f"{link.relation} {PLURAL[link.kind].lower()}" if by_kind else link.relation
        grouped.setdefault(name, []).append(link)
    return grouped


def relations(entry: Entry) -> None:
    """What the entry uses, is used by, is described in."""
    for relation, links in by_relation(entry.links, by_kind=entry.kind in {Kind.NODE, Kind.PAPER}).items():
        st.markdown(f"**{safe.markdown(relation[:1].upper() + relation[1:])}** {len(links)}")
        _links(links[:MOST_LINKS])
        rest = links[MOST_LINKS:]
        if rest:
            later.expander(f"{len(rest)} more", partial(_more, rest), key=f"en_more_{entry.key}_{relation}")


def _more(rest: Sequence[Link]) -> None:
    _links(rest[:MOST_MORE])
    if rest[MOST_MORE:]:
        st.caption(safe.markdown(", ".join(link.name for link in rest[MOST_MORE:])))


def _links(links: Sequence[Link]) -> None:
    with st.container(horizontal=True, gap="small"):
        for link in links:
            cards.linked(link)


def relations_table(entry: Entry, atlas: Atlas) -> pd.DataFrame:
    """Every relation in words with where it was read; those of a paper were read with its entries."""
    import pandas as pd

    point = point_of(entry, atlas)
    if point:
        return graph_lists.facts_table(atlas.graph, atlas.graph.around(point))
    rows = [
        {
            "from": safe.plain(entry.name),
            "relation": link.relation,
            "to": safe.plain(link.name),
            "source": safe.plain("; ".join(entry.sources)),
        }
        for link in entry.links
    ]
    return pd.DataFrame(rows)


def point_of(entry: Entry, atlas: Atlas) -> str:
    """What the Graph calls an entry; empty where it is no point there, such as a paper or a root."""
    point = f"{entry.kind.value}:{entry.key}"
    return point if point in atlas.graph.points else ""


def graph_query(entry: Entry, atlas: Atlas) -> str:
    """What the address of the Graph names for an entry; a paper that describes something leads to that."""
    if entry.kind is Kind.PAPER:
        return f"{entry.kind.value}:{entry.key}" if atlas.graph.described(entry.key) else ""
    return point_of(entry, atlas)


def classes(entry: Entry) -> None:
    """The nodes beside the entry, each a link: its classes, or for a node its parent and its parts."""
    for node in entry.nodes:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            cards.entry_link(EntryRef(Kind.NODE, node.key, node.name))
            badges.draw([badges.mark(node.mark)])


def members(node: NodeRef) -> None:
    """Links to everything of a class, and to its place in the tree."""
    page_link("taxonomy", "See it in the tree", query={"tx_node": node.key}, icon=":material/account_tree:")
    facet = BROWSE_FACET.get(node.facet)
    if facet is not None:
        page_link(
            "browse", "Browse everything of this class", query={f"br_{facet.value}": node.key}, icon=":material/search:"
        )


def similar(hits: Sequence[Hit]) -> None:
    """Entries of the same kind whose texts are most like this one's."""
    for hit in hits:
        with st.container(gap=None):
            cards.entry_link(hit.ref, safe.plain(hit.ref.name, LONGEST_NAME))
            if hit.summary or len(hit.ref.name) > LONGEST_NAME:
                st.caption(safe.markdown(hit.summary or hit.ref.name, LONGEST_SUMMARY))


def neighbours(related: Sequence[Related]) -> None:
    """Entries near to this one, each with the reasons."""
    if not related:
        st.caption("No other entry shares its classes or data.")
    for other in related:
        with st.container(gap=None):
            cards.entry_link(other.ref)
            st.caption(safe.markdown(other.reason[:1].upper() + other.reason[1:]))


def unknown(error: UnknownEntryError) -> None:
    """Say that there is no such entry, and lead to the nearest."""
    st.warning(safe.markdown(f"The catalog has no {error.kind} called {error.key[:80]}."), icon=":material/link_off:")
    kinds = {kind.value: kind for kind in Kind}
    if error.kind in kinds and error.nearest:
        st.markdown("The nearest are:")
        for key in error.nearest:
            cards.entry_link(EntryRef(kinds[error.kind], key, key))
    page_link("browse", "Search in Browse", query={"br_q": error.key[:80]}, icon=":material/search:")
