"""A person's history as a list that the reader changes: items to leave out, and stars or texts to edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import streamlit as st

from dashboard import safe, state
from dashboard.parts.playground_whatif import item_name
from dashboard.state import Field
from data.digest import digest
from data.imported import is_order
from data.records import TaskKind
from engines.counterfactual import Changes, own_field

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from data.records import ProfileItem, Task

SHOWN, MOST_SHOWN, MOST_OUT, LONGEST, KEPT = 12, 200, 64, 2000, 8
WIDTH, LABEL = 860, 64
EDITS = "pg_wi_edits"
ALL = state.flag("pg_wi_all")


def _parse(given: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(unquote(part) for part in given.split(",") if part))
    if len(ids) > MOST_OUT:
        raise ValueError(f"at most {MOST_OUT} ids of items")
    return ids


def _show(ids: tuple[str, ...]) -> str:
    return ",".join(quote(each, safe="/-_.:") for each in ids)


OUT: Field[tuple[str, ...]] = Field("pg_wi_out", (), _parse, _show)


def edits_of(asked: Asked) -> dict[str, str]:
    """This session's edits of one person's items: item id to the new value; never in the address."""
    kept: dict[str, dict[str, str]] = st.session_state.setdefault(EDITS, {})
    key = digest([asked.dataset.digest, asked.task.id, asked.user.id])
    if key not in kept:
        kept[key] = {}
        while len(kept) > KEPT:
            kept.pop(next(iter(kept)))
    return kept[key]


def changes_of(asked: Asked, history: Sequence[ProfileItem]) -> Changes:
    """The changes that the address and this session hold; ids of other people's items are dropped with a note."""
    seen = state.here(OUT)
    state.show_notes(seen)
    known = {item.id: item for item in history}
    out = [each for each in seen[OUT] if each in known]
    if len(out) < len(seen[OUT]):
        st.caption("The address names items that are not in this person's history; they are ignored.")
        state.put(OUT, tuple(out))
    edits = {key: value for key, value in edits_of(asked).items() if key in known and key not in out}
    return Changes(frozenset(out), edits)


def shown_items(
    history: Sequence[ProfileItem], used: Sequence[str], changes: Changes, *, everything: bool
) -> list[Any]:
    """The newest items, and all that are used or changed; newest first."""
    if everything:
        return list(history[:MOST_SHOWN])
    always = {*used, *changes.removed, *changes.edited}
    return [item for place, item in enumerate(history) if place < SHOWN or item.id in always]


def draw(asked: Asked, history: Sequence[ProfileItem], used: Sequence[str], changes: Changes) -> None:
    """The list with its controls."""
    seen = state.here(ALL)
    items = shown_items(history, used, changes, everything=seen[ALL])
    places = {key: place for place, key in enumerate(used, start=1)}
    with st.container(border=True, key="pg_wi_list", width=WIDTH, height=430 if len(items) > 8 else "content"):
        for item in items:
            _row(asked, item, changes, place=places.get(item.id, 0))
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(history) > SHOWN:
            most = f"the newest {MOST_SHOWN} of" if len(history) > MOST_SHOWN else "all"
            st.toggle(f"Show {most} {len(history):,}", **state.bound(ALL, seen[ALL]))
        st.button("Take out all used", icon=":material/playlist_remove:", on_click=_take_out, args=(tuple(used),),
                  disabled=not used, key="pg_wi_takeout")  # fmt: skip
        st.button("Undo all changes", icon=":material/undo:", on_click=_undo, args=(asked,), disabled=not changes,
                  key="pg_wi_undo")  # fmt: skip


def _row(asked: Asked, item: ProfileItem, changes: Changes, *, place: int) -> None:
    name = digest(item.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"pg_wi_row_{name}"):
        key = f"pg_wi_in_{name}"
        st.session_state[key] = item.id not in changes.removed
        said = label(asked.task, item, changes, place=place)
        st.checkbox(said, key=key, on_change=_toggle, args=(item.id, key), width="stretch")
        _editor(asked, item, changes, name=name)


def label(task: Task, item: ProfileItem, changes: Changes, *, place: int) -> str:
    """An item as the text of its checkbox: what it is, and whether it is used, removed or edited."""
    day = "" if is_order(item.at) else f":small[:gray[{item.at:%Y-%m-%d}]]"
    text = safe.markdown(item_name(item, LABEL))
    if item.id in changes.removed:
        return f"{day} **removed** ~~{text}~~"
    marks = f" :blue-badge[used, {_ordinal(place)}]" if place else ""
    if item.id in changes.edited:
        was = safe.markdown(safe.plain(str(item.extra[own_field(task)]), 24))
        marks += f" :orange-badge[edited, was {was}]"
    return f"{day}{marks} {text}"


def _ordinal(place: int) -> str:
    ending = "th" if place % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def _editor(asked: Asked, item: ProfileItem, changes: Changes, *, name: str) -> None:
    """The control of an item's own field; of a removed item it is there, but disabled, so that nothing moves."""
    task, key = asked.task, f"pg_wi_ed_{name}"
    was = str(item.extra[own_field(task)])
    gone = item.id in changes.removed
    st.session_state[key] = changes.edited.get(item.id, was)
    save: dict[str, Any] = {"key": key, "on_change": _edit, "args": (asked, item.id, was, key)}
    called = safe.plain(item_name(item, 40))
    if task.kind is TaskKind.RATE:
        known = list(task.labels) if st.session_state[key] in task.labels else [*task.labels, st.session_state[key]]
        st.selectbox(f"Stars for {called}", known, label_visibility="collapsed", width=88, disabled=gone, **save)
        return
    with st.popover("Edit", icon=":material/edit:", key=f"pg_wi_pop_{name}", disabled=gone):
        st.text_area(f"The {own_field(task)}", max_chars=LONGEST, height=180, width=420, **save)
        st.caption("Kept in this session only, never in the address.")


def _toggle(item: str, key: str) -> None:
    out = [each for each in state.here(OUT)[OUT] if each != item]
    if not st.session_state[key]:
        out.append(item)
    state.put(OUT, tuple(out[-MOST_OUT:]))


def _edit(asked: Asked, item: str, was: str, key: str) -> None:
    value, edits = st.session_state[key], edits_of(asked)
    if not value or value == was:
        edits.pop(item, None)
    else:
        edits[item] = str(value)[:LONGEST]


def _take_out(used: tuple[str, ...]) -> None:
    state.put(OUT, tuple(dict.fromkeys((*state.here(OUT)[OUT], *used)))[-MOST_OUT:])


def _undo(asked: Asked) -> None:
    edits_of(asked).clear()
    state.put(OUT, ())
