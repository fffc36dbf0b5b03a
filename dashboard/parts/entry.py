"""The sections of an entry's page: head, relations, live methods, and what to do about an unknown key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import badges, cards, formulas
from dashboard.services import LiveMethod
from dashboard.theme import Origin
from taxonomy.model import Entry, EntryRef, Link, NodeRef, Related, UnknownEntryError
from taxonomy.vocab import BrowseFacet, Facet, Kind

MOST_LINKS = 12
BROWSE_FACET: Mapping[Facet, BrowseFacet] = {
    Facet.LEVEL: BrowseFacet.LEVEL,
    Facet.TECHNIQUE: BrowseFacet.TECHNIQUE,
    Facet.USAGE: BrowseFacet.USAGE,
    Facet.APPLICATION: BrowseFacet.APPLICATION,
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


def by_relation(links: Iterable[Link]) -> dict[str, list[Link]]:
    """Relations under their name, catalogued things before those that are only named."""
    grouped: dict[str, list[Link]] = {}
    for link in sorted(links, key=lambda each: (each.relation, each.key is None, each.name.casefold())):
        grouped.setdefault(link.relation, []).append(link)
    return grouped


def relations(entry: Entry) -> None:
    """What the entry uses, is used by, is described in."""
    for relation, links in by_relation(entry.links).items():
        st.markdown(f"**{safe.markdown(relation[:1].upper() + relation[1:])}**")
        _links(links[:MOST_LINKS])
        if links[MOST_LINKS:]:
            with st.expander(f"{len(links) - MOST_LINKS} more", key=f"en_more_{relation}"):
                _links(links[MOST_LINKS:])


def _links(links: Sequence[Link]) -> None:
    with st.container(horizontal=True, gap="small"):
        for link in links:
            cards.linked(link)


def classes(entry: Entry) -> None:
    """The nodes beside the entry, each a link: its classes, or for a node its parent and its parts."""
    for node in entry.nodes:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            cards.entry_link(EntryRef(Kind.NODE, node.key, node.name))
            badges.draw([badges.mark(node.mark)])


def members(node: NodeRef) -> None:
    """A link to everything of a class."""
    facet = BROWSE_FACET.get(node.facet)
    if facet is not None:
        page_link(
            "browse", "Browse everything of this class", query={f"br_{facet.value}": node.key}, icon=":material/search:"
        )


def neighbours(related: Sequence[Related]) -> None:
    """Entries near to this one, each with the reasons."""
    if not related:
        st.caption("No other entry shares its classes or data.")
    for other in related:
        with st.container(gap=None):
            cards.entry_link(other.ref)
            st.caption(safe.markdown(other.reason[:1].upper() + other.reason[1:]))


def live(methods: Sequence[LiveMethod]) -> None:
    """The methods of this installation that follow the entry, what they leave out, and a link to run each."""
    if not methods:
        st.caption("Nothing here follows it yet.")
    for method in methods:
        with st.container(border=True, gap="xxsmall"):
            shown = [badges.level(method.info.level.value)] if method.info.level else []
            st.markdown(f"**{safe.markdown(method.info.name)}**")
            badges.draw([*shown, badges.origin(Origin.MEASURED)])
            st.markdown(safe.markdown(method.info.summary))
            st.caption(safe.markdown(follows_text(method)))
            page_link("playground", "Run it", query=run_query(method), icon=":material/play_arrow:")


def follows_text(method: LiveMethod) -> str:
    """What a method follows and how it differs; one that only belongs to a class must not pass for an entry of it."""
    if method.follows is not None:
        return f"{method.follows.how.capitalize()} this entry. What differs: {method.follows.differs}"
    followed = [f"{each.how.capitalize()} {each.entry}. What differs: {each.differs}" for each in method.info.follows]
    return " ".join(followed) or "A baseline; it follows no entry."


def run_query(method: LiveMethod) -> dict[str, str]:
    """The address of the Playground that compares a method with no personalization."""
    names = dict.fromkeys(("none", method.id))
    return {"pg_methods": ",".join(names)}


def unknown(error: UnknownEntryError) -> None:
    """Say that there is no such entry, and lead to the nearest."""
    st.warning(safe.markdown(f"The catalog has no {error.kind} called {error.key[:80]}."), icon=":material/link_off:")
    kinds = {kind.value: kind for kind in Kind}
    if error.kind in kinds and error.nearest:
        st.markdown("The nearest are:")
        for key in error.nearest:
            cards.entry_link(EntryRef(kinds[error.kind], key, key))
    page_link("browse", "Search in Browse", query={"br_q": error.key[:80]}, icon=":material/search:")
