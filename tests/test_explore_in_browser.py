"""A newcomer in a real browser, on every page of the catalog: clicks, Back, copied links, bad addresses, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from dashboard.page import discover
from taxonomy.snapshot import ensure_catalog
from tests.benchmarks.server import free_port, start
from tests.conftest import require_browser
from tests.test_browser import FLAGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
FAILED = "could not be shown because of an error"
PATHS = [found.page.path for found in discover() if found.page.group in {"Start", "Explore", "Data"}]
# What lies beyond the window, unless it lies in a box that can be scrolled.
WIDTHS = """
() => {
  const main = document.querySelector("[data-testid=stMain]");
  return [document.scrollingElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}
"""
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
LINES = """
() => {
  const kept = node => !node.closest(".js-plotly-plot, [data-testid=stIconMaterial], [data-testid=stSpinner]");
  const texts = document.createTreeWalker(document.querySelector("[data-testid=stMain]"), NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode())
    if (node.data.trim() && kept(node.parentElement) && node.parentElement.checkVisibility())
      found.push(node.data.trim());
  return found;
}
"""


@dataclass(frozen=True)
class Journey:
    """What a newcomer does on a page.

    Attributes:
        opened: the query of the address that the page is opened by.
        click: the click, or the few, that change what is shown.
        says: a name and its value in the address then.
        shows: a text that stands there then and did not before.
        garbage: a query that cannot be used.
    """

    opened: str
    click: Callable[[Page], None]
    says: tuple[str, str]
    shows: str
    garbage: str


def ask(page: Page) -> None:
    """Write a statement in place of the one that is there, and run it."""
    page.get_by_role("textbox").first.fill("SELECT name FROM method LIMIT 3")
    page.get_by_role("button", name="Run").first.click()


JOURNEYS: dict[str, Journey] = {
    "taxonomy": Journey(
        "tx_node=rag",
        lambda page: page.locator(".st-key-tx_shape").get_by_role("radio", name="list").click(),
        ("tx_shape", "list"),
        "- ",
        "tx_node=nonesuch&tx_shape=cube",
    ),
    "browse": Journey(
        "br_q=adapter",
        lambda page: page.locator(".st-key-br_level button").first.click(),
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
        "",
        "cm_keys=oppu,nonesuch",
    ),
    "coverage": Journey(
        "cv_rows=technique&cv_columns=level",
        lambda page: page.locator(".st-key-cv_swap button").first.click(),
        ("cv_rows", "level"),
        "",
        "cv_rows=nonesuch",
    ),
    "graph": Journey(
        "gr_entry=method:oppu",
        lambda page: page.get_by_role("radio", name="The whole").click(),
        ("gr_view", "whole"),
        "",
        "gr_entry=method:nonesuch",
    ),
    "query": Journey(
        "q_sql=SELECT+42+AS+answer",
        ask,
        ("q_sql", "SELECT name FROM method LIMIT 3"),
        "3 rows",
        "q_sql=DROP+TABLE+method",
    ),
    "results": Journey(
        "rs_dataset=lamp-4",
        lambda page: page.get_by_role("radio", name="Across datasets").click(),
        ("rs_view", "across"),
        "",
        "rs_dataset=nonesuch",
    ),
    "about": Journey(
        "",
        lambda page: page.locator(".st-key-ab_open_no_licence button").first.click(),
        ("ab_check", "no_licence"),
        "Page 1 of 3",
        "ab_check=nonesuch",
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard in a home folder of its own, with its catalog built; no model is asked for here."""
    home = tmp_path_factory.mktemp("explore")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_HOME", str(home))
        ensure_catalog()
    running = start(home, free_port())
    yield running.address
    running.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


def fresh(browser: Browser, **options: object) -> Page:
    """A page of a fresh profile."""
    context = browser.new_context(viewport=WIDE, **options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    return context.new_page()


def settle(page: Page) -> None:
    """Wait until the page has its heading and its script has run."""
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_timeout(150)
    page.wait_for_selector(IDLE)


def visit(page: Page, address: str) -> None:
    page.goto(address)
    settle(page)


def lines(page: Page) -> list[str]:
    """The lines of the page's text; the labels inside charts are drawn in their own time and do not count."""
    return [str(line) for line in page.evaluate(LINES)]


def shown(page: Page) -> list[str]:
    """The lines of the page's text, once they stand still and no script runs."""
    found: list[str] = []
    for _ in range(40):
        before = found
        page.wait_for_timeout(400)
        page.wait_for_selector(IDLE)
        found = lines(page)
        if found and found == before:
            break
    return found


def differs(page: Page, wanted: list[str]) -> list[str]:
    """What the page shows and should not, and the other way round, once it has had time to become what it should be."""
    found = lines(page)
    for _ in range(60):
        if found == wanted:
            return []
        page.wait_for_timeout(250)
        found = lines(page)
    extra, missing = set(found) - set(wanted), set(wanted) - set(found)
    return [*(f"+ {line}" for line in extra), *(f"- {line}" for line in missing)] or ["another order"]


def problems(page: Page) -> list[str]:
    """What no page may show."""
    text = page.locator("body").inner_text()
    return [words for words in (FAILED, "Traceback", "Connection error", "Page not found") if words in text]


def test_every_page_of_the_menu_has_a_journey() -> None:
    assert sorted(JOURNEYS) == sorted(set(PATHS) - {"home"})


@pytest.mark.parametrize("path", sorted(JOURNEYS))
def test_clicks_change_the_page_back_works_and_a_copied_link_restores_it(
    path: str, server: str, browser: Browser
) -> None:
    journey, page = JOURNEYS[path], fresh(browser)
    visit(page, f"{server}/{path}?{journey.opened}")
    before = shown(page)
    assert problems(page) == []
    journey.click(page)
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value", arg=list(journey.says)
    )
    settle(page)
    after = shown(page)
    assert after != before
    assert journey.shows in " ".join(after)
    assert journey.shows not in " ".join(before)
    assert problems(page) == []
    copied = fresh(browser)
    visit(copied, page.url)
    assert differs(copied, after) == []
    copied.context.close()
    page.go_back()
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) !== value", arg=list(journey.says)
    )
    settle(page)
    assert differs(page, before) == []
    page.context.close()


@pytest.mark.parametrize("path", sorted(JOURNEYS))
def test_a_bad_address_gives_the_default_view_with_a_note(path: str, server: str, browser: Browser) -> None:
    page = fresh(browser)
    visit(page, f"{server}/{path}?{JOURNEYS[path].garbage}")
    note = page.get_by_test_id("stAlert").first
    note.wait_for()
    assert re.search(r"cannot be used|[Nn]o (such|entry)|has no|not|cannot", note.inner_text())
    assert problems(page) == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_telephone_in_both_themes(scheme: str, server: str, browser: Browser) -> None:
    page = fresh(browser, color_scheme=scheme)
    wrong = []
    for path in PATHS:
        opened = JOURNEYS[path].opened if path in JOURNEYS else ""
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        visit(page, f"{server}/{path.replace('home', '')}?{opened}")
        page.wait_for_timeout(400)
        beyond = page.evaluate(WIDTHS)
        if max(beyond) > 1 or problems(page):
            wrong.append((path, beyond, problems(page)))
        dark = page.evaluate("() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", dark)[:3])) < 200) == (scheme == "dark"), path
    assert wrong == []
    page.context.close()


def test_a_newcomer_finds_every_page_from_the_first(server: str, browser: Browser) -> None:
    page = fresh(browser)
    visit(page, server)
    for found in discover():
        if found.page.path in PATHS:
            page.get_by_test_id("stSidebarNavLink").filter(has_text=found.page.title).first.click()
            page.wait_for_function(
                "path => location.pathname.replace('/', '') === path",
                arg="" if found.page.path == "home" else found.page.path,
            )
            settle(page)
            assert problems(page) == []
            assert len(" ".join(shown(page))) > 200, found.page.path
    page.context.close()
