"""Restricts Coverage by the filters of Browse: the same fields of the address, as chips that can be taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import state
from dashboard.parts import filters
from dashboard.parts.filters import PAGE_NUMBER, SORT, TEXT
from dashboard.services import Services
from taxonomy.question import BrowseQuery
from taxonomy.vocab import Kind


@dataclass(frozen=True)
class Restriction:
    """Which entries may count.

    Attributes:
        address: what the address says about Browse, fit for a link there.
    """

    services: Services
    query: BrowseQuery
    address: Mapping[str, str]

    def only(self, kinds: Collection[str]) -> tuple[tuple[Kind, str], ...] | None:
        """Kind and key of the entries of some kinds that fit; None where nothing restricts them."""
        if not restricts(self.query):
            return None
        asked = replace(self.query, kinds=frozenset(Kind(kind) for kind in kinds))
        return self.services.catalog.browser.matching(asked)


def restricts(query: BrowseQuery) -> bool:
    """Whether a question leaves anything out."""
    parts = (query.facets, query.required, query.excluded, query.clauses, query.phrases, query.avoided)
    return bool(query.text.strip()) or any(parts)


def draw(services: Services) -> Restriction:
    """The active filters as chips, and all filters behind one button."""
    everything = services.browse(BrowseQuery(limit=0))
    fields = filters.facet_fields(everything)
    seen = state.here(TEXT, SORT, PAGE_NUMBER, *fields.values())
    state.show_notes(seen)
    query = filters.query_of(seen, fields)
    found = services.browse(replace(query, limit=0, offset=0))
    if restricts(query):
        filters.chips(filters.chips_of(seen, everything, fields), found.total)
    with st.expander("Count only what these filters of Browse let through", icon=":material/filter_alt:"):
        st.text_input("Words", type="search", icon=":material/search:", **state.bound(TEXT, seen[TEXT]))
        filters.facets(found, seen, fields)
    address = {n: v for n, v in st.query_params.items() if n.startswith("br_") and n != "br_page"}
    return Restriction(services, query, address)
