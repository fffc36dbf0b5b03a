"""Entries selected in Browse, across pages and filters: compared when they are two to six of a kind, or exported."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.parts import later, share
from dashboard.parts.browse_table import table_of
from dashboard.parts.markup import Tag, tag
from dashboard.services import Services
from dashboard.state import Field
from taxonomy.model import EntryRef
from taxonomy.question import BrowseRow
from taxonomy.vocab import Kind

FEWEST, MOST, MOST_PICKED = 2, 6, 40
_ITEM = re.compile(rf"({'|'.join(kind.value for kind in Kind)}):[^\s,]{{1,120}}")


def _items(given: str) -> tuple[str, ...]:
    items = tuple(dict.fromkeys(item for item in safe.plain(given).split(",") if item))
    if len(items) > MOST_PICKED or not all(_ITEM.fullmatch(item) for item in items):
        raise ValueError(f"at most {MOST_PICKED} of kind:key, such as method:oppu")
    return items


PICKED: Field[tuple[str, ...]] = Field("br_pick", (), _items, ",".join)


def item_of(ref: EntryRef) -> str:
    """An entry as the address names it."""
    return f"{ref.kind.value}:{ref.key}"


def picked_rows(services: Services, items: Sequence[str]) -> list[BrowseRow]:
    """The selected entries that the catalog has, in the order of their selection."""
    pairs = (item.partition(":") for item in items)
    return services.catalog.browser.rows((kind, key) for kind, _, key in pairs)


def hindrance(kinds: Sequence[Kind]) -> str:
    """Why entries of these kinds cannot be compared; empty where they can."""
    if len(kinds) < FEWEST:
        return f"Select {FEWEST} to {MOST} entries of a kind to compare them."
    if len(set(kinds)) > 1:
        return f"Only entries of one kind can be compared; these are {len(set(kinds))} kinds."
    return "" if len(kinds) <= MOST else f"At most {MOST} entries can be compared; take {len(kinds) - MOST} away."


def checkbox(ref: EntryRef, items: tuple[str, ...]) -> Tag:
    """The box on a card that selects its entry."""
    item = item_of(ref)
    ticked, full = item in items, len(items) >= MOST_PICKED
    states = {"checked": "checked" if ticked else "", "disabled": "disabled" if full and not ticked else ""}
    return tag("input", type="checkbox", value=item, aria_label=f"Select {safe.plain(ref.name)}", **states)


def draw(services: Services, items: tuple[str, ...], page: Sequence[BrowseRow]) -> None:
    """The selection behind one button, and the way to compare it beside that."""
    rows = picked_rows(services, items)
    why = hindrance([row.ref.kind for row in rows])
    name = f"Selected ({len(rows)})"
    opened = st.popover(name, icon=":material/checklist:", type="tertiary", key="br_selection", on_change="rerun")
    if later.is_open(opened):
        with opened, boundary("The selection"):
            _selection(services, items, rows, page)
    if not why:
        query = {"cm_kind": rows[0].ref.kind.value, "cm_keys": ",".join(row.ref.key for row in rows)}
        page_link("compare", f"Compare these {len(rows)}", query=query, icon=":material/compare_arrows:")


def _selection(services: Services, items: tuple[str, ...], rows: list[BrowseRow], page: Sequence[BrowseRow]) -> None:
    names = {item_of(row.ref): row.ref for row in (*rows, *page)}
    st.multiselect(
        "Selected entries, and those of this page",
        list(names),
        format_func=lambda item: f"{names[item].name} ({names[item].kind.value})",
        placeholder="Select entries of this page",
        max_selections=MOST_PICKED,
        **state.bound(PICKED, tuple(item for item in items if item in names)),
    )
    st.caption(hindrance([row.ref.kind for row in rows]) or "They can be compared.")
    if rows:
        share.bar(services, lambda: table_of(rows), name="Selected entries", entries=[row.ref for row in rows])


def toggle(item: str) -> None:
    """Select an entry, or take it out of the selection; fit for a callback."""
    items = state.here(PICKED)[PICKED]
    others = tuple(each for each in items if each != item)
    if item in items or (len(items) < MOST_PICKED and _ITEM.fullmatch(item)):
        state.put(PICKED, others if item in items else (*items, item))
