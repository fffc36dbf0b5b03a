"""Which entries Compare shows: the kind, the entries as chips to move and remove, and a search to add more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import safe, state
from dashboard.parts import cards
from dashboard.services import Services
from taxonomy import compare
from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.question import BrowseQuery
from taxonomy.vocab import Kind, Mode

KIND = state.choice("cm_kind", Kind.METHOD.value, accepted=[kind.value for kind in Kind])
KEYS = state.text("cm_keys", longest=900)
FIND, ADD = "cm_find", "cm_add"
OFFERED = 30
PLURAL = {kind: f"{kind.value.capitalize()}s" for kind in Kind}


@dataclass(frozen=True)
class Chosen:
    """What an address asks to compare.

    Attributes:
        is_example: the address names no entry, so an example that the catalog computes is shown.
        notes: on values that could not be used.
    """

    kind: Kind
    keys: tuple[str, ...]
    is_example: bool
    notes: tuple[str, ...]


def chosen(catalog: Catalog, kind: str, given: str) -> Chosen:
    """The entries of an address; an example where it names none that is known."""
    which = Kind(kind)
    keys, notes = compare.known_keys(catalog, which, given)
    if keys:
        return Chosen(which, keys, is_example=False, notes=notes)
    return Chosen(which, compare.example(catalog, which), is_example=True, notes=notes)


def without(keys: Sequence[str], position: int) -> tuple[str, ...]:
    """Keys without one."""
    return tuple(key for place, key in enumerate(keys) if place != position)


def moved_left(keys: Sequence[str], position: int) -> tuple[str, ...]:
    """Keys with one swapped with the one before it; the first stays."""
    order = list(keys)
    if 0 < position < len(order):
        order[position - 1], order[position] = order[position], order[position - 1]
    return tuple(order)


def draw(services: Services, now: Chosen, refs: Sequence[EntryRef]) -> None:
    """All controls."""
    st.segmented_control(
        "Kind", list(PLURAL), format_func=PLURAL.__getitem__, label_visibility="collapsed", **_kind(now.kind)
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cm_chips"):
        for position, ref in enumerate(refs):
            _chip(now, ref, position)
    if len(now.keys) < compare.MOST:
        _add(services, now)
    else:
        st.caption(f"{compare.MOST} entries are the most that stand side by side; remove one to add another.")


def _kind(kind: Kind) -> dict[str, object]:
    return dict(state.bound(KIND, kind.value, KEYS))


def _chip(now: Chosen, ref: EntryRef, position: int) -> None:
    with st.container(horizontal=True, border=True, vertical_alignment="center", gap=None, width="content"):
        cards.entry_link(ref)
        name = safe.markdown(ref.name)
        if position:
            st.button(
                "",
                key=f"cm_left_{position}",
                icon=":material/arrow_back:",
                help=f"Move {name} to the left",
                type="tertiary",
                on_click=_put,
                args=(moved_left(now.keys, position),),
            )
        st.button(
            "",
            key=f"cm_remove_{position}",
            icon=":material/close:",
            help=f"Remove {name}",
            type="tertiary",
            disabled=len(now.keys) == 1,
            on_click=_put,
            args=(without(now.keys, position),),
        )


def _put(keys: Sequence[str]) -> None:
    state.put(KEYS, ",".join(keys))


def _add(services: Services, now: Chosen) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            f"Find a {now.kind.value} to add",
            key=FIND,
            placeholder="Name, title, author or words of the summary",
            icon=":material/search:",
            max_chars=200,
        )
        offered, note = suggestions(services, now, safe.plain(text or ""))
        st.selectbox(
            f"Add ({len(offered)} found)" if text else "Add a neighbour",
            list(offered),
            index=None,
            format_func=lambda key: safe.plain(offered.get(key, key), 80),
            placeholder="Choose one",
            key=ADD,
            on_change=_added,
            args=(now.keys,),
        )
    if note:
        st.caption(f":material/info: {safe.markdown(note)}")


def suggestions(services: Services, now: Chosen, text: str) -> tuple[Mapping[str, str], str]:
    """Entries to add by key with their names, and what to know of the search.

    A text is searched for as in Browse, by words and meaning; without one, neighbours of the first entry are offered.
    """
    if not text:
        return compare.neighbours(services.catalog, now.kind, now.keys), ""
    query = BrowseQuery(text=text, kinds=frozenset({now.kind}), mode=Mode.HYBRID, limit=OFFERED + compare.MOST)
    search = services.found(query)
    rows = [row for row in services.browse(query).rows if row.ref.key not in now.keys]
    return {row.ref.key: row.ref.name for row in rows[:OFFERED]}, search.note if search else ""


def _added(keys: Sequence[str]) -> None:
    key = st.session_state.get(ADD)
    if key:
        _put((*keys, str(key)))
    st.session_state[ADD] = None
    st.session_state[FIND] = ""
