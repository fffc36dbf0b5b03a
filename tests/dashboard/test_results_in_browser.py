"""Results and Compare in a real browser: a click on a cell opens it, and nothing is wider than a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
LAST = {  # what stands at the end of each page
    "results": "One number and",
    "results?rs_view=across": "Each on its own axis",
    "compare": "What they share",
    "compare?cm_kind=dataset": "What they share",
}
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth"


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", LAST)
def test_nothing_is_wider_than_a_telephone(path: str, scheme: str, server: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}/{path}")
    last = (
        "What they share" if path.startswith("compare") else "One number and" if path == "results" else "behind a cell"
    )
    page.get_by_text(last).first.wait_for()
    assert page.evaluate(WIDER) <= 0
    context.close()
