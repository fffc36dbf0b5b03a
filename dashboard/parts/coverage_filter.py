"""Restricts Coverage by the filters of Browse: the same fields of the address, as chips that can be taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import safe, state
from dashboard.parts import browse_address, browse_chips, filters
from dashboard.parts.browse_address import TEXT
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
        if not self.query.restricts:
            return None
        return self.services.matching(replace(self.query, kinds=frozenset(Kind(kind) for kind in kinds)))


def draw(services: Services) -> Restriction:
    """The active filters as chips, and all filters behind one button."""
    asked = browse_address.read(services)
    for note in asked.notes:
        st.warning(safe.markdown(note), icon=":material/link_off:")
    query = asked.query
    found = services.browse(replace(query, limit=0, offset=0))
    if query.restricts:
        browse_chips.draw(browse_chips.chips_of(asked), found.total, asked.fields)
    with st.expander("Count only what these filters of Browse let through", icon=":material/filter_alt:"):
        st.text_input("Words", type="search", icon=":material/search:", **state.bound(TEXT, asked.seen[TEXT]))
        filters.facets(asked, found)
    address = {n: v for n, v in st.query_params.items() if n.startswith("br_") and n != "br_page"}
    return Restriction(services, query, address)
