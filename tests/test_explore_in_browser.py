"""A newcomer in a real browser, on every page: by the menu, by clicks, Back, copied links, bad addresses, a telephone.

One reader sits at a desk with light colours and goes from page to page; another opens each link that the first copies
on a telephone with dark colours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from dashboard.page import discover
from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.browser

# What lies beyond the window, unless it lies in a box that can be scrolled; and whether the page is dark.
LOOKS = """
() => {
  const main = document.querySelector("[data-testid=stMain]");
  const paint = getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor;
  const beyond = Math.max(document.scrollingElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
  return [beyond, paint.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 200];
}
"""


@dataclass(frozen=True)
class Journey:
    """What a newcomer does on a page.

    Attributes:
        opened: the query of the address that the page is opened by.
        step: the click, or the few, that change what is shown.
        says: a name and its value in the address then.
        shows: a text that stands there then and did not before.
        garbage: a query that cannot be used.
    """

    opened: str
    step: Callable[[Page], None]
    says: tuple[str, str]
    shows: str
    garbage: str = ""


def ask(page: Page) -> None:
    """Write a statement in place of the one that is there, and run it."""
    page.get_by_role("textbox").first.fill("SELECT name FROM method LIMIT 3")
    page.get_by_role("button", name="Run").first.click()


def take_out(page: Page) -> None:
    """Remove a film from the history."""
    page.get_by_label("Remove from the history").fill("Star Wars")
    page.get_by_role("option", name="Star Wars (1977)").click()


def look_at_traits(page: Page) -> None:
    """Choose the method that reads traits."""
    walking.look_at_all(page)  # it is drawn when a reader comes near
    page.get_by_label("Method in full").click()
    page.get_by_label("Method in full").fill("Persona prompt")
    page.get_by_role("option", name="Persona prompt").click()


JOURNEYS: dict[str, Journey] = {
    "home": Journey(
        "",
        lambda page: page.get_by_test_id("stMain").get_by_role("link", name="Read one method").click(),
        ("key", "oppu"),
        "Gives each user a private PEFT module",
    ),
    "taxonomy": Journey(
        "tx_node=rag",
        lambda page: page.locator(".st-key-tx_shape").get_by_role("radio", name="list").click(),
        ("tx_shape", "list"),
        "Prompting ✓",
        "tx_node=nonesuch&tx_shape=cube",
    ),
    "browse": Journey(
        "br_q=adapter&br_mode=bm25",
        lambda page: page.locator(".st-key-br_level button").filter(has_text="User level").click(),
        ("br_level", "user"),
        "level: User level",
        "br_level=nonesuch&br_sort=nonesuch",
    ),
    "entry": Journey(
        "kind=dataset&key=lamp-1",
        lambda page: page.get_by_role("link", name="Accuracy", exact=True).first.click(),
        ("key", "accuracy"),
        "Better when",
        "kind=nonesuch&key=nonesuch",
    ),
    "compare": Journey(
        "cm_kind=method&cm_keys=oppu,pplug",
        lambda page: page.locator(".st-key-cm_remove_1 button").first.click(),
        ("cm_keys", "oppu"),
        "One entry is shown",
        "cm_keys=oppu,nonesuch",
    ),
    "coverage": Journey(
        "cv_rows=technique&cv_columns=level",
        lambda page: page.locator(".st-key-cv_swap button").first.click(),
        ("cv_rows", "level"),
        "Level by technique",
        "cv_rows=nonesuch",
    ),
    "graph": Journey(
        "gr_entry=method:oppu",
        lambda page: page.get_by_role("radio", name="The whole").click(),
        ("gr_view", "whole"),
        "Most central",
        "gr_entry=method:nonesuch",
    ),
    "results": Journey(
        "rs_dataset=lamp-4",
        lambda page: page.get_by_role("radio", name="Across datasets").click(),
        ("rs_view", "across"),
        "computed from published numbers",
        "rs_dataset=nonesuch",
    ),
    "query": Journey(
        "q_sql=SELECT+42+AS+answer",
        ask,
        ("q_sql", "SELECT name FROM method LIMIT 3"),
        "3 rows",
        "q_sql=DROP+TABLE+method",
    ),
    "about": Journey(
        "",
        lambda page: page.locator(".st-key-ab_open_no_licence button").first.click(),
        ("ab_check", "no_licence"),
        "Page 1 of 3",
        "ab_check=nonesuch",
    ),
    "cold-start": Journey(
        "cs_methods=none,recent-history",
        lambda page: page.get_by_label("Methods (2 to 4").press("Backspace"),
        ("cs_methods", "none"),
        "Choose 2 to 4 methods",
        "cs_users=nonesuch&cs_lengths=3",
    ),
    "people": Journey(
        "pe_user=405",
        look_at_traits,
        ("pe_method", "persona-prompt"),
        "such as age band and occupation",
        "pe_user=nonesuch",
    ),
    "playground": Journey(
        "pg_dataset=campus",
        lambda page: page.get_by_role("radio", name="Repeats").click(),
        ("pg_lens", "repeats"),
        "is luck of the draw?",
        "pg_user=nonesuch",
    ),
    "recommend": Journey(
        "rc_names=item-knn,ease&rc_arms=right",
        take_out,
        ("rc_out", "film-50"),
        "Left the ten by your changes: The Rock (1996)",
        "rc_user=nonesuch",
    ),
    "preferences": Journey(
        "",
        lambda page: page.get_by_role("link", name="Run both on a person of the data").click(),
        ("pg_task", "preference"),
        "16 choices before the cut",
    ),
}


@dataclass
class Reader:
    """A browser's page and what its console said."""

    page: Page
    errors: list[str]


@pytest.fixture(scope="module")
def readers(browser: Browser) -> tuple[Reader, Reader]:
    """One at a desk with light colours, one with a telephone and dark ones."""
    return reader(browser, walking.WIDE, "light"), reader(browser, walking.NARROW, "dark")


def reader(browser: Browser, size: dict[str, int], scheme: str) -> Reader:
    page, errors = walking.reader(browser, viewport=size, color_scheme=scheme).new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" and not left_out(said) else None)
    return Reader(page, errors)


def left_out(said: ConsoleMessage) -> bool:
    """Pictures that we do not fetch, and what Streamlit asks below the path of a page before it asks at the root."""
    return "net::ERR_FAILED" in said.text or "/_stcore/" in said.location["url"]


def problems(of: Reader, *, dark: bool) -> list[str]:
    """What no page may show."""
    text = of.page.locator("body").inner_text()
    bad = ("could not be shown because of an error", "Traceback", "Connection error", "Page not found")
    beyond, is_dark = of.page.evaluate(LOOKS)
    said = [f"the console says: {error}" for error in of.errors]
    of.errors.clear()
    found = [*(words for words in bad if words in text), *said]
    return [*found, *(["wider than the window"] if beyond > 1 else []), *(["colours"] if is_dark != dark else [])]


def test_every_page_has_a_journey() -> None:
    assert sorted(JOURNEYS) == sorted(found.page.path for found in discover())


@pytest.mark.parametrize("path", JOURNEYS)
def test_a_newcomer_clicks_goes_back_and_copies_the_link(
    path: str, server: str, readers: tuple[Reader, Reader]
) -> None:
    (desk, telephone), journey = readers, JOURNEYS[path]
    page, title = desk.page, next(found.page.title for found in discover() if found.page.path == path)
    if server not in page.url:
        walking.load(page, server)
        walking.arrived(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
    page.wait_for_function("path => location.pathname === path", arg="/" if path == "home" else f"/{path}")
    walking.arrived(page)
    assert len(page.locator("[data-testid=stMain]").inner_text()) > 200
    walking.go(page, f"/{path if path != 'home' else ''}?{journey.opened}")
    walking.arrived(page)
    main, shows = page.locator("[data-testid=stMain]"), re.compile(re.escape(journey.shows))
    assert problems(desk, dark=False) == []
    main.get_by_text(shows).filter(visible=True).first.wait_for(state="hidden")
    name, value = journey.says
    journey.step(page)
    page.wait_for_function(
        "given => new URLSearchParams(location.search).get(given[0]) === given[1]", arg=[name, value]
    )
    main.get_by_text(shows).filter(visible=True).first.wait_for()
    walking.arrived(page)
    assert problems(desk, dark=False) == []
    telephone.page.goto(page.url)  # a copied link, opened by someone else
    telephone.page.locator("[data-testid=stMain]").get_by_text(shows).filter(visible=True).first.wait_for()
    walking.arrived(telephone.page)
    assert problems(telephone, dark=True) == []
    there = page.url
    page.go_back()
    page.wait_for_function("there => location.href !== there", arg=there)
    main.get_by_text(shows).filter(visible=True).first.wait_for(state="hidden")
    walking.arrived(page)
    assert problems(desk, dark=False) == []


@pytest.mark.parametrize("path", [path for path, journey in JOURNEYS.items() if journey.garbage])
def test_a_bad_address_gives_the_default_view_with_a_note(
    path: str, server: str, readers: tuple[Reader, Reader]
) -> None:
    desk, _ = readers
    if server not in desk.page.url:
        walking.load(desk.page, server)
        walking.arrived(desk.page)
    walking.go(desk.page, f"/{path}?{JOURNEYS[path].garbage}")
    walking.arrived(desk.page)
    note = desk.page.get_by_test_id("stAlert").first
    note.wait_for()
    assert re.search(r"cannot be used|[Nn]o (such|entry)|has no|not|cannot", note.inner_text())
    assert problems(desk, dark=False) == []


def test_the_first_page_has_its_own_name_too(server: str, readers: tuple[Reader, Reader]) -> None:
    _, telephone = readers
    telephone.page.goto(f"{server}/home")
    telephone.page.get_by_role("heading", name="Attune", exact=True).wait_for()
    telephone.page.wait_for_url(f"{server}/")
    assert problems(telephone, dark=True) == []
