"""Graph and Entry in a real browser: by mouse, by keyboard, and on a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LAST = {  # what stands at the end of each page
    "graph": "Found by the Louvain",
    "graph?gr_entry=dataset:lamp": "Belongs to",
    "graph?gr_view=paths": "Path 3",
    "entry?kind=metric&key=rouge-l": "Entries that share facts with it.",
    "entry?kind=node&key=rag": "Entries that share facts with it.",
    "entry?kind=paper&key=2410.20749": "Papers whose texts are most like its own.",
}


def press_on_a_point(page: Page, number: int) -> str:
    """Click on a mark of the last trace, which holds the points; the address before."""
    page.wait_for_timeout(2000)  # the figure takes its place
    box = page.locator(".js-plotly-plot .scatterlayer .trace").last.locator(".points path").nth(number).bounding_box()
    assert box is not None
    before = page.url
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("before => location.href !== before", arg=before)
    return before


def test_a_click_puts_a_point_into_the_middle_and_back_leads_back(server: str, page: Page) -> None:
    page.goto(f"{server}/graph")
    page.get_by_text("Found by the Louvain").wait_for()
    press_on_a_point(page, -1)
    assert "gr_entry=" in page.url
    page.get_by_role("link", name="Open its page").wait_for()
    first = page.url
    press_on_a_point(page, 0)
    assert "gr_entry=" in page.url
    assert page.url != first
    page.go_back()
    page.wait_for_url(first)


def test_the_keyboard_does_the_same(server: str, page: Page) -> None:
    page.goto(f"{server}/graph")
    page.get_by_text("Found by the Louvain").wait_for()
    page.get_by_role("combobox", name="Put into the middle").focus()
    page.keyboard.type("StyleVector", delay=20)
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    page.wait_for_url("**gr_entry=method%3Astylevector**")
    page.get_by_role("heading", name="StyleVector").wait_for()
    link = page.get_by_role("link", name="LongLaMP-2 Personalized Abstract Generation").first
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**gr_entry=dataset%3Alonglamp-abstract**")


def test_run_it_opens_the_playground_with_what_was_meant(server: str, page: Page) -> None:
    page.goto(f"{server}/entry?kind=method&key=lamp")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()  # nothing moves any more
    page.get_by_text("How to cite").wait_for()
    page.get_by_role("link", name="Run it").first.click()
    page.wait_for_url("**/playground?**")
    assert "pg_methods=none%2Crag-bm25" in page.url
    assert "pg_dataset=" in page.url
    assert "pg_task=" in page.url


def test_nothing_is_wider_than_a_telephone(server: str, browser: Browser) -> None:
    with walking.telephone(browser, server, "light") as page:
        found = {path: walking.beyond(page, path, last) for path, last in LAST.items()}
    assert found == dict.fromkeys(LAST, 0)
