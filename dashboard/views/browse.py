"""Browse the catalog with text, facets, sorting and paging; the address holds all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import badges, cards, filters
from dashboard.parts.filters import PAGE_NUMBER, PAGE_SIZE, SORT, SORTS, TEXT
from dashboard.services import Services
from dashboard.state import Field, Values
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.vocab import BrowseFacet

PAGE = Page(
    title="Browse",
    icon=":material/search:",
    group="Explore",
    order=20,
    path="browse",
    question="Which methods, datasets, metrics fit what I am looking for?",
)


def render(services: Services) -> None:
    """Draw the page."""
    everything = services.browse(BrowseQuery(limit=0))
    fields = filters.facet_fields(everything)
    seen = state.here(TEXT, SORT, PAGE_NUMBER, *fields.values())
    state.show_notes(seen)
    query = filters.query_of(seen, fields)
    found = services.browse(query)
    shown = min(seen[PAGE_NUMBER], last_page(found.total))
    if shown != seen[PAGE_NUMBER] and found.total:
        found = services.browse(replace(query, offset=(shown - 1) * PAGE_SIZE))
        st.caption(f"There is no page {seen[PAGE_NUMBER]}; this is the last one.")
    _controls(seen)
    with boundary("The filters"):
        filters.facets(found, seen, fields)
    filters.chips(filters.chips_of(seen, everything, fields), found.total)
    with boundary("The list of entries"):
        _results(services, found, query, fields)
    _pages(found.total, shown)


def last_page(total: int) -> int:
    """The number of the last page, at least 1."""
    return max(1, -(-total // PAGE_SIZE))


def span_of(page: int, total: int) -> str:
    """Which entries a page shows, in words."""
    first = (page - 1) * PAGE_SIZE + 1
    return f"{first:,} to {min(total, first + PAGE_SIZE - 1):,} of {total:,}"


def _controls(seen: Values) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Search",
            type="search",
            placeholder="Name, title, author or words of the summary",
            icon=":material/search:",
            **state.bound(TEXT, seen[TEXT], PAGE_NUMBER),
        )
        st.selectbox(
            "Sort by",
            list(SORTS),
            format_func=lambda value: SORTS[value][0],
            width=220,
            **state.bound(SORT, seen[SORT], PAGE_NUMBER),
        )
        badges.legend()


def _results(
    services: Services, found: BrowsePage, query: BrowseQuery, fields: Mapping[BrowseFacet, Field[tuple[str, ...]]]
) -> None:
    for row in found.rows:
        cards.found_entry(row)
    if not found.total:
        _nothing(services, query, {TEXT.name: TEXT, **{field.name: field for field in fields.values()}})


def _nothing(services: Services, query: BrowseQuery, fields: Mapping[str, Field[str] | Field[tuple[str, ...]]]) -> None:
    """Say which filter to drop: how many entries fit without it, the most helpful first."""
    totals = [(services.browse(other).total, name) for name, other in filters.relaxed(query)]
    helpful = sorted(((total, name) for total, name in totals if total), reverse=True)
    if not helpful:
        st.info("Nothing fits, also without any one of these filters. Clear all of them to start over.")
        return
    st.info("Nothing fits all of these filters. Drop one of them:")
    with st.container(horizontal=True):
        for total, name in helpful:
            field = fields[name]
            st.button(
                f"Without {safe.markdown(filter_name(name))}: {total:,}",
                key=f"br_drop_{name}",
                on_click=state.clear,
                args=(field, PAGE_NUMBER),
            )


def filter_name(name: str) -> str:
    """A filter of the address in words."""
    if name == TEXT.name:
        return "the text"
    return f"the filter {filters.FACET_NAME[BrowseFacet(name.removeprefix('br_'))].lower()}"


def _pages(total: int, page: int) -> None:
    if total <= PAGE_SIZE:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        _step("Previous", page - 1, disabled=page <= 1, icon=":material/chevron_left:")
        st.markdown(span_of(page, total), width="content")
        _step("Next", page + 1, disabled=page >= last_page(total), icon=":material/chevron_right:")


def _step(label: str, page: int, *, disabled: bool, icon: str) -> None:
    st.button(
        label, key=f"br_{label.lower()}", icon=icon, disabled=disabled, on_click=state.put, args=(PAGE_NUMBER, page)
    )
