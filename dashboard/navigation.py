"""Links from page to page, by path, without a reload; the address carries what the target page should show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import safe

_PAGES = "_pages"
ROOMLESS = ":has(> .st-key-at_go), :has(> .st-key-at_steps) { position: absolute }"
# A link is followed as Back and Forward are: the address changes, which is one step, and the dashboard is told, which
# costs one run. Streamlit, for a link of its own with a query, first writes that into the address of the page that is
# left, so that Back led there. A click with a key held down is the browser's, which opens the address elsewhere.
_GO = """
const go = (address, instead) => {
  if (instead) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
};
const OWN = ".at-piece a[href], a[data-testid=stPageLink-NavLink], a[data-testid=stSidebarNavLink]";
const clicked = event => {
  const link = event.target.closest?.(OWN);
  if (!link || event.defaultPrevented) return;
  const elsewhere = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!elsewhere && link.dataset.testid && !new URL(link.href).search) return;  // Streamlit's own step is one
  event.stopPropagation();
  if (elsewhere) return;
  event.preventDefault();
  go(link.href);
};
const gone = new WeakSet();
export default function ({ data, parentElement }) {
  document.addEventListener("click", clicked, true);
  if (data.length && !gone.has(parentElement)) {
    gone.add(parentElement);
    go(...data);
  }
}
"""
_steps = st.components.v2.component("attune_steps", html="", js=_GO, isolate_styles=False)


def offer(pages: Mapping[str, Any]) -> None:
    """Remember the Streamlit pages of this run, so that links can name them by path."""
    st.session_state[_PAGES] = dict(pages)


def address(path: str, query: Mapping[str, str] | None = None) -> str:
    """The address of a page on this server, such as `/entry?kind=method&key=oppu`."""
    return f"/{path}" + (f"?{urlencode(query)}" if query else "")


def exists(path: str) -> bool:
    """Whether there is a page of this path."""
    return _page(path) is not None


def page_link(
    path: str, label: str, *, query: Mapping[str, str] | None = None, icon: str | None = None, shown: str = ""
) -> None:
    """A link to another page; plain text where there is no such page.

    Args:
        path: of the page.
        label: what the link says, as text.
        query: what the address of the page should carry.
        icon: stands before the label.
        shown: the label as Markdown of our own, such as one with marked words.
    """
    page = _page(path)
    if page is None:
        st.markdown(shown or safe.markdown(label))
        return
    st.page_link(page, label=f"**{shown or safe.markdown(label)}**", icon=icon, query_params=dict(query or {}))


def go(path: str, query: Mapping[str, str] | None = None) -> None:
    """Leave for another page when this run is drawn; nothing happens where there is no such page."""
    if exists(path):
        _unseen("at_go", address(path, query))


def lead_on(path: str, query: Mapping[str, str]) -> None:
    """Be another page: its address stands in place of this one, so that Back does not come here again."""
    _unseen("at_go", address(path, query), "instead")


def one_step() -> None:
    """Follow the page's links, those of pieces too, as one step each in the browser's history; once on each page."""
    _unseen("at_steps")


def _unseen(key: str, *told: str) -> None:
    """The part of a page that goes; it takes no room (`ROOMLESS`)."""
    with st.container(key=key):
        _steps(key=f"{key}_part", data=list(told))


def _page(path: str) -> Any | None:
    return st.session_state.get(_PAGES, {}).get(path)
