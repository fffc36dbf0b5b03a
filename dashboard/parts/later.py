"""Parts that are drawn when a reader opens them, or comes near them.

A browser builds what stands in a closed expander as well, tables and links, and on some pages that is most of them.
Here a closed part costs its heading alone, and opening it draws this part and nothing else of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.boundary import boundary

Draw = Callable[[], None]
# Tells once that the place of something is seen, or nearly; what is drawn there then has its own height. It stands in
# no fragment: of two that are told of in one breath, Streamlit draws one.
_TELL = """
export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".at-later");
  box.style.height = `${data.height}px`;
  if (!data.height || box.watched) return;
  box.watched = true;
  const watcher = new IntersectionObserver(found => {
    if (!found.some(each => each.isIntersecting)) return;
    watcher.disconnect();
    setStateValue("seen", true);
  }, { root: document.querySelector("[data-testid=stMain]"), rootMargin: "300px 0px" });
  watcher.observe(box);
  return () => watcher.disconnect();
}
"""
_watch = st.components.v2.component("attune_later", html='<div class="at-later"></div>', js=_TELL, isolate_styles=False)


def when_seen(draw: Draw, *, key: str, height: int, at_once: bool = False) -> None:
    """A place that is drawn once a reader has come near it; until then it is as high as what will stand there.

    Args:
        draw: draws the content.
        key: unique on the page.
        height: of the content, in pixels.
        at_once: whether the reader asked for it, as an address does that says something about it.
    """
    place = f"{key}_seen"
    seen = at_once or is_seen(place)
    with st.container(gap=None):
        _watch(key=place, data={"height": 0 if seen else height}, default={"seen": False}, on_seen_change=_nothing)
        if seen:
            with boundary("This part"):
                draw()


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


def is_seen(key: str) -> bool:
    """Whether the place of this key has been seen since the page was opened."""
    return bool(st.session_state.get(key, {}).get("seen"))


def _nothing() -> None:
    """What was seen is in the state of the place."""


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
