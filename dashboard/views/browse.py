"""Browse the catalog with words, facets, sorting and paging; the address holds all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import (
    browse_address,
    browse_cards,
    browse_chips,
    browse_controls,
    browse_pick,
    browse_table,
    filters,
    share,
)
from dashboard.parts.browse_address import PAGE_NUMBER, VIEW, Asked
from dashboard.parts.browse_pick import PICKED
from dashboard.services import Services
from taxonomy.question import BrowsePage, BrowseQuery, BrowseRow

PAGE = Page(
    title="Browse",
    icon=":material/search:",
    group="Explore",
    order=20,
    path="browse",
    question="Which methods, datasets, metrics fit what I am looking for?",
)
AT_ONCE = 1000


def render(services: Services) -> None:
    """Draw the page."""
    asked = browse_address.read(services)
    picks = state.here(PICKED, browse_table.CHOSEN)
    state.confirm()
    for note in (*asked.notes, *picks.notes):
        st.warning(safe.markdown(note), icon=":material/link_off:")
    found, page = shown_page(services, asked)
    search = services.found(asked.query)
    browse_controls.draw(asked)
    with boundary("The filters"):
        filters.facets(asked, found)
    note = search.note if search else ""
    browse_chips.draw(browse_chips.chips_of(asked), found.total, asked.fields, note)
    tools = st.container(horizontal=True, gap="small", vertical_alignment="center", key="br_tools")
    with boundary("What can be done with the entries"), tools:
        _tools(services, asked, found, picks[PICKED])
    with boundary("The list of entries"):
        _results(services, asked, found, picks)
    browse_controls.pages(asked, found.total, page)
    browse_controls.look_again(services, search)


def shown_page(services: Services, asked: Asked) -> tuple[BrowsePage, int]:
    """The entries of the page that is asked for, or of the last one where there are not so many."""
    found, page, size = services.browse(asked.query), asked.seen[PAGE_NUMBER], asked.query.limit
    last = browse_controls.last_page(found.total, size)
    if page > last:
        st.caption(f"There is no page {page}; this is the last one.")
        found = services.browse(replace(asked.query, offset=(last - 1) * size))
    return found, min(page, last)


def all_rows(services: Services, query: BrowseQuery) -> Iterator[BrowseRow]:
    """Every entry that fits, on whatever page."""
    first = 0
    while rows := services.browse(replace(query, limit=AT_ONCE, offset=first)).rows:
        yield from rows
        first += AT_ONCE


def _results(services: Services, asked: Asked, found: BrowsePage, picks: state.Values) -> None:
    if not found.total:
        _nothing(services, asked)
    elif asked.seen[VIEW] == "table":
        browse_controls.columns()
        browse_table.draw(found.rows, picks[browse_table.CHOSEN])
    else:
        browse_cards.draw(found.rows, picks[PICKED], services.found(asked.query))


def _tools(services: Services, asked: Asked, found: BrowsePage, picked: tuple[str, ...]) -> None:
    """Help, the selection, and the whole result, whatever page is shown, as a heat map and as files."""
    browse_controls.explanations()
    browse_pick.draw(services, picked, found.rows)
    browse_controls.coverage()
    rows = partial(all_rows, services, asked.query)
    share.bar(
        services,
        lambda: browse_table.table_of(rows()),
        name="Found entries",
        sql=lambda: services.statement(asked.query),
        entries=lambda: [row.ref for row in rows()],
    )


def _nothing(services: Services, asked: Asked) -> None:
    """Say which filter to drop: how many entries fit without it, the most helpful first."""
    drops = [(services.browse(drop.query).total, drop) for drop in browse_chips.drops_of(asked)]
    helpful = sorted((each for each in drops if each[0]), key=lambda each: -each[0])
    if not helpful:
        st.info("Nothing fits, also without any one of these filters. Clear all of them to start over.")
        return
    st.info("Nothing fits all of these filters. Drop one of them:")
    with st.container(horizontal=True):
        for number, (total, drop) in enumerate(helpful):
            label = f"Without {safe.markdown(drop.label)}: {total:,}"
            st.button(label, key=f"br_drop_{number}", on_click=browse_address.change, args=drop.off)
