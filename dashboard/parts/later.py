"""Parts that are drawn when a reader opens them.

A browser builds what stands in a closed expander as well, tables and links, and on some pages that is most of them.
Here a closed part costs its heading alone, and opening it draws this part and nothing else of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.boundary import boundary

Draw = Callable[[], None]


def expander(label: str, draw: Draw, *, key: str, icon: str | None = None) -> None:
    """An expander whose content is drawn once it is open.

    Args:
        label: its heading, as Markdown.
        draw: draws the content; it stands in a fragment, so that its widgets must not change what lies outside.
        key: unique on the page.
        icon: as Streamlit names icons.
    """
    st.fragment(_expander)(label, draw, key, icon)


def tabs(draws: Mapping[str, Draw], *, key: str) -> None:
    """Tabs by label, of which the open one is drawn; the same holds for what draws them."""
    st.fragment(_tabs)(draws, key)


def popover(label: str, draw: Draw, *, key: str, icon: str | None = None) -> None:
    """A quiet button whose box is drawn once it is open; the same holds for what draws it."""
    with st.container(width="content"):  # what is drawn by a fragment is as wide as it may be
        st.fragment(_popover)(label, draw, key, icon)


def is_open(box: Any) -> bool:
    """Whether a container that opens and closes is open."""
    return bool(box.open)


def _expander(label: str, draw: Draw, key: str, icon: str | None) -> None:
    box = st.expander(label, icon=icon, key=key, on_change="rerun")
    if is_open(box):
        with box, boundary("This part"):
            draw()


def _popover(label: str, draw: Draw, key: str, icon: str | None) -> None:
    box = st.popover(label, icon=icon, key=key, type="tertiary", on_change="rerun")
    if is_open(box):
        with box, boundary("This part"):
            draw()


def _tabs(draws: Mapping[str, Draw], key: str) -> None:
    for tab, draw in zip(st.tabs(list(draws), key=key, on_change="rerun"), draws.values(), strict=True):
        if is_open(tab):
            with tab, boundary("This part"):
                draw()
