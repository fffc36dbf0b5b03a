"""The cards of Browse in a real browser: links that lead on without a new load, boxes, the keyboard, a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ASKED = "/browse?br_q=oppu&br_mode=all&br_kind=method"


@pytest.fixture
def reader(browser: Browser, server: str) -> Iterator[Page]:
    """One at a desk, whose browser has loaded the dashboard once."""
    page = walking.reader(browser).new_page()
    walking.load(page, f"{server}{ASKED}")
    walking.arrived(page)
    page.evaluate("window.loadedOnce = true")
    yield page
    page.context.close()


def test_a_link_leads_to_the_entry_without_a_new_load_and_back(reader: Page) -> None:
    reader.locator("[data-testid=stMain]").evaluate("main => { main.scrollTop = 300 }")
    reader.get_by_role("link", name="OPPU", exact=True).first.click()
    reader.get_by_role("heading", name="OPPU").wait_for()
    walking.arrived(reader)
    assert reader.locator("[data-testid=stMain]").evaluate("main => main.scrollTop") == 0
    assert re.search(r"/entry\?kind=method&key=oppu$", reader.url)
    reader.go_back()
    reader.get_by_role("heading", name="Browse").wait_for()
    reader.get_by_role("link", name="OPPU", exact=True).first.wait_for()
    assert reader.url.endswith(ASKED)
    assert reader.evaluate("window.loadedOnce") is True


def test_a_link_has_an_address_that_opens_beside(reader: Page) -> None:
    with reader.context.expect_page() as opened:
        reader.get_by_role("link", name="OPPU", exact=True).first.click(modifiers=["ControlOrMeta"])
    opened.value.get_by_role("heading", name="OPPU").wait_for()
    opened.value.close()
    assert reader.url.endswith(ASKED)


def test_similar_entries_are_one_click_away(reader: Page) -> None:
    reader.get_by_role("link", name="Similar").first.click()
    reader.get_by_role("button", name=re.compile("^like ")).wait_for()
    assert re.search(r"/browse\?br_like=method%3A\w+$", reader.url)


def test_the_keyboard_ticks_boxes_and_opens_entries(reader: Page) -> None:
    box = reader.get_by_role("checkbox", name="Select OPPU", exact=True)
    box.focus()
    reader.keyboard.press("Space")
    reader.get_by_role("button", name="Selected (1)").wait_for()
    assert "br_pick=method%3Aoppu" in reader.url
    walking.arrived(reader)
    assert reader.evaluate("document.activeElement.value") == "method:oppu"
    assert box.is_checked()
    reader.keyboard.press("Space")
    reader.get_by_role("button", name="Selected (0)").wait_for()
    assert not box.is_checked()
    reader.keyboard.press("Tab")
    reader.keyboard.press("Enter")
    reader.get_by_role("heading", name="OPPU").wait_for()


def test_cards_fit_on_a_telephone(browser: Browser, server: str) -> None:
    page = walking.reader(browser, viewport=walking.NARROW, color_scheme="dark").new_page()
    walking.load(page, f"{server}/browse?br_kind=paper")
    walking.arrived(page)
    page.locator(".at-piece .card").first.wait_for()
    beyond = page.evaluate(
        "() => [...document.querySelectorAll('.at-piece *')].filter(each => each.getBoundingClientRect().right"
        " > innerWidth).length"
    )
    assert beyond == 0
    ink, paper = page.evaluate(
        "() => [document.querySelector('.at-piece p, .at-piece b'), document.querySelector('[data-testid=stApp]')]"
        ".map((each, at) => getComputedStyle(each)[at ? 'backgroundColor' : 'color'])"
    )
    assert ink != paper
