"""The question of a lesson: one request, two answers, and what one may do about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import safe
from dashboard.parts import preferences_session as session
from engines.preferences.teach import Pair

BOX = (
    "border:1px solid rgba(136,142,150,.45);border-radius:.4em;padding:.6em .9em;min-height:11em;line-height:1.5;"
    "overflow-wrap:anywhere"
)


def draw(asked: Sequence[Pair], place: int, said: str) -> None:
    """The pair that is next, or that the lesson is over; undo and forget.

    Args:
        asked: all pairs, in their order.
        place: how many choices are made.
        said: what the last choice changed; empty where there is nothing to say.
    """
    st.progress(place / len(asked), text=f"{place} of {len(asked)} choices made")
    if place < len(asked):
        pair = asked[place]
        st.markdown(f"**Choice {place + 1}.** Somebody asks: {safe.markdown(pair.request)}")
        st.caption("Which answer would you rather get? Keys 1 and 2 choose as well.")
        for column, side, name in zip(st.columns(2), (0, 1), ("first", "second"), strict=True):
            with column:
                st.html(f'<div style="{BOX}">{safe.html(pair.texts[side])}</div>')
                st.button(
                    f"Choose the {name}", key=f"pf_choose_{side}", type="primary", shortcut=str(side + 1),
                    width="stretch", on_click=session.choose, args=(place, side),
                )  # fmt: skip
    else:
        st.success("All ten choices are made. Below is what they taught.", icon=":material/done_all:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Undo", key="pf_undo", icon=":material/undo:", disabled=not place, on_click=session.undo,
            help="Takes the last choice back.",
        )  # fmt: skip
        st.button(
            "Forget me", key="pf_forget", icon=":material/delete:", disabled=not place, on_click=session.forget,
            help="Drops all your choices and what was learnt from them. They are in this session alone.",
        )  # fmt: skip
        if said:
            st.markdown(said, width="content")
