"""Results and Compare in a real browser: a click on a cell opens it, and nothing is wider than a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LAST = {  # what stands at the end of each page
    "results": "One number and",
    "results?rs_view=across": "behind a cell",
    "compare": "What they share",
    "compare?cm_kind=dataset": "What they share",
}


def test_a_click_on_a_cell_opens_it(server: str, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}/results?rs_view=across")
    mark = page.locator(".js-plotly-plot .scatterlayer .points path").nth(40)
    page.get_by_text("The numbers behind a cell").wait_for()
    box = mark.bounding_box()
    assert box is not None
    page.wait_for_timeout(1500)  # the figure takes its place
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**rs_cell=**")
    opened = page.url.partition("rs_cell=")[2].partition("&")[0].split("~")
    assert len(opened) == 3
    page.get_by_text("Each on its own axis").wait_for()


def test_nothing_is_wider_than_a_telephone(server: str, browser: Browser) -> None:
    with walking.telephone(browser, server, "dark") as page:
        found = {path: walking.beyond(page, path, last) for path, last in LAST.items()}
    assert found == dict.fromkeys(LAST, 0)
