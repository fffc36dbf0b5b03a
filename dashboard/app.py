"""The dashboard's entry for `streamlit run`: finds the pages, draws the chosen one inside an error boundary."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # streamlit puts this folder on the path, not the project's
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st

from dashboard import safe, theme
from dashboard.boundary import boundary
from dashboard.navigation import ROOMLESS, lead_on, offer, one_step
from dashboard.page import Found, by_group, discover
from dashboard.parts import charts
from dashboard.services import Services

# Drawn here, because a Material symbol as the icon of the browser's tab is fetched from a foreign server.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle cx="6" cy="12" r="4.5" fill="#0072B2"/>'
    '<rect x="10" y="2" width="8" height="8" fill="#E69F00"/><path d="M17 12l5 5-5 5-5-5z" fill="#009E73"/></svg>'
)
AT_ROOT = "first"  # a name that Streamlit wants of the page at the address without a path, and that nobody sees
# What is chosen can be read on a dark ground, a letter that is wider than a telephone does not widen the page, and
# results do not fade while a run waits for news, as it does for minutes while a method learns.
STYLE = (
    '<style>button[data-variant][data-selected="true"] * {{ color: {chosen} }} '
    "[data-testid=stHeading] {{ overflow-x: clip }} {roomless} "
    ".st-key-pg_results [data-stale=true] {{ opacity: 1 !important; transition: none !important }}</style>"
)


def draw(found: Found, services: Services) -> None:
    """One page: the catalog's notices, title and question, and the page itself, an error of which is isolated."""
    with boundary("This page"):
        for notice in services.notices():
            st.info(safe.markdown(notice), icon=":material/build:")
        if not found.page.has_own_heading:
            st.title(found.page.title, anchor=False)
            st.caption(found.page.question)
        found.render(services)


def run(first: str = "home", services: Services | None = None) -> None:
    """Draw the page that the address names.

    Args:
        first: the path of the page that an address without a path shows.
        services: what pages ask; the process-wide ones unless given.
    """
    st.set_page_config(page_title="Attune", page_icon=ICON, layout="wide")
    st.html(STYLE.format(chosen=theme.CHOSEN[charts.base()], roomless=ROOMLESS))
    known = services or Services()
    all_found = discover()
    pages = {found.page.path: _page(found, known, default=found.page.path == first) for found in all_found}
    offer(pages)
    groups: dict[str, list[Any]] = {
        group: [pages[found.page.path] for found in members] for group, members in by_group(all_found).items()
    }
    groups[next(iter(groups))].append(_by_name(pages[first], first))
    one_step()
    st.navigation(groups, expanded=True).run()


def _page(found: Found, services: Services, *, default: bool) -> Any:
    said = found.page
    draw_it = functools.partial(draw, found, services)
    path = AT_ROOT if default else said.path
    return st.Page(draw_it, title=said.title, icon=said.icon, url_path=path, default=default, help=said.question)


def _by_name(page: Any, path: str) -> Any:
    """What stands at the first page's own path: it leads on to the address without a path, where that page is."""

    def leave() -> None:
        lead_on("", st.query_params.to_dict())

    return st.Page(leave, title=page.title, icon=page.icon, url_path=path, visibility="hidden")


if __name__ == "__main__":
    run()
