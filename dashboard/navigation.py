"""Links from page to page, by path, without a reload; the address carries what the target page should show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard import safe

_PAGES = "_pages"


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
    """Leave for another page; nothing happens where there is no such page."""
    page = _page(path)
    if page is not None:
        st.switch_page(page, query_params=dict(query or {}))


def _page(path: str) -> Any | None:
    return st.session_state.get(_PAGES, {}).get(path)
