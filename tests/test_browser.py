"""A real browser against the running server: what a person does first, from Home to a stopped run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATIENCE = 180_000
RATING = "pg_methods=none,recent-history&pg_arms=right,wrong"
CAMPUS = "pg_dataset=campus&pg_task=headline&pg_methods=none,recent-history&pg_arms=right&pg_set=recent-history.k2"


def test_from_home_to_the_entry_of_a_method(server: str, page: Page) -> None:
    page.goto(server)
    page.get_by_role("heading", name="Attune", exact=True).wait_for()
    page.get_by_text("1,841", exact=True).wait_for()
    search = page.get_by_placeholder("Search methods, datasets, metrics")
    search.fill("OPPU")
    search.press("Enter")
    page.get_by_role("heading", name="Browse").wait_for()
    page.get_by_role("link", name="OPPU", exact=True).first.click()
    page.get_by_role("heading", name="OPPU").wait_for()
    page.get_by_text("2402.04401").first.wait_for()
    assert "key=oppu" in page.url
    page.go_back()
    page.get_by_role("heading", name="Browse").wait_for()


def found_on_browse(page: Page) -> tuple[str, list[str]]:
    """How many entries fit, and the entries of the first page in their order."""
    count = page.get_by_text(re.compile("entr(y fits|ies fit)$"))
    count.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()  # the list is of this count too
    return count.inner_text(), page.get_by_test_id("stMain").locator("a[href*='entry?kind']").all_inner_texts()


def test_a_filter_is_in_the_address_and_a_copied_link_restores_it(server: str, page: Page, browser: Browser) -> None:
    page.goto(f"{server}/browse?br_q=adapter&br_mode=bm25")  # by words, so that no encoder needs to have loaded
    unfiltered, _ = found_on_browse(page)
    page.locator(".st-key-br_level button").filter(has_text="User level").click()
    page.wait_for_url(re.compile("br_level=user"))
    page.get_by_role("button", name="level: User level").wait_for()
    shown = found_on_browse(page)
    assert len(shown[1]) > 1
    assert shown[0] != unfiltered
    fresh = browser.new_context().new_page()
    fresh.goto(page.url)
    fresh.get_by_role("button", name="level: User level").wait_for(timeout=60_000)
    assert found_on_browse(fresh) == shown
    fresh.context.close()


def test_browse_says_whether_words_alone_or_meaning_too_answered(server: str, page: Page) -> None:
    page.goto(f"{server}/browse?br_q=adapter")
    meant = page.get_by_text(re.compile("^meaning (#|-)")).first
    loading = page.get_by_text("The sentence encoder is loading; these are the matches by words alone.")
    meant.or_(loading).first.wait_for()
    assert meant.is_visible() != loading.is_visible()


def run_and_read(page: Page) -> str:
    """Click Run, wait for the sentence that sums the run up, and give the text of the page."""
    page.get_by_role("button", name="Run", exact=False).first.click()
    page.get_by_text("What to notice").wait_for(timeout=PATIENCE)
    return page.locator("section.stMain, [data-testid=stMain]").first.inner_text()


def says(page: Page, count: int) -> list[str]:
    """What so many columns say, once all of them are drawn."""
    page.get_by_text(re.compile("^says ")).nth(count - 1).wait_for(timeout=PATIENCE)
    text = page.locator("[data-testid=stMain]").first.inner_text()
    return [line for line in text.splitlines() if line.startswith("says ")]


def test_ratings_run_and_a_copied_link_restores_them(server: str, page: Page, browser: Browser) -> None:
    page.goto(f"{server}/playground?{RATING}")
    page.get_by_role("heading", name="Playground").wait_for()
    text = run_and_read(page)
    said = says(page, 2)
    assert len(said) == 2
    for words in ("Recent history", "wrong user", "measured here"):
        page.get_by_text(words).first.wait_for()
    assert "What to notice" in text
    assert "pg_run=1" in page.url
    fresh = browser.new_context().new_page()
    fresh.goto(page.url)
    fresh.get_by_text("What to notice").wait_for(timeout=PATIENCE)
    assert says(fresh, 2) == said
    fresh.context.close()


def test_texts_of_fictional_people_run(server: str, page: Page) -> None:
    page.goto(f"{server}/playground?{CAMPUS}")
    run_and_read(page)
    page.get_by_text("bits per byte").first.wait_for()
    page.get_by_text("fictional data").first.wait_for()


def test_a_run_can_be_stopped(server: str, page: Page) -> None:
    methods = "none,recent-history,rag-bm25,profile-summary"
    page.goto(f"{server}/playground?pg_dataset=campus&pg_methods={methods}&pg_seed=11")
    page.get_by_role("button", name="Run", exact=False).first.click()
    stop = page.get_by_role("button", name="Stop", exact=False).first
    page.wait_for_function(
        "() => [...document.querySelectorAll('button')].some(b => b.innerText.includes('Stop') && !b.disabled)"
    )
    stop.click()
    page.get_by_text("topped").first.wait_for(timeout=PATIENCE)


def test_a_link_to_something_that_is_not_here_says_so(server: str, page: Page) -> None:
    page.goto(f"{server}/playground?pg_user=nobody-of-this-name")
    page.get_by_text("pg_user=nobody-of-this-name").wait_for()
    page.get_by_role("button", name="Run", exact=False).first.wait_for()
