"""Charts below what is seen first are drawn when a reader comes near them, at the height that was kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
CHART = "[data-testid=stPlotlyChart]"


@pytest.mark.parametrize("size", [walking.WIDE, walking.NARROW])
def test_charts_below_are_drawn_when_they_are_near(size: dict[str, int], server: str, browser: Browser) -> None:
    page = walking.reader(browser, viewport=size).new_page()
    walking.load(page, f"{server}/results?rs_dataset=lamp-4")
    walking.arrived(page)
    page.locator(".at-later").first.wait_for(state="attached")
    main = page.locator("[data-testid=stMain]")
    first, high = page.locator(CHART).count(), main.evaluate("main => main.scrollHeight")
    walking.look_at_all(page)
    every = page.locator(CHART).count()
    assert 2 <= first < every
    assert abs(main.evaluate("main => main.scrollHeight") - high) < 40, "nothing jumps"
    walking.go(page, "/coverage")
    walking.arrived(page)
    walking.go(page, "/results?rs_dataset=lamp-4")
    walking.arrived(page)
    page.wait_for_function("() => [...document.querySelectorAll('.at-later')].some(each => each.offsetHeight > 0)")
    assert page.locator(CHART).count() < every, "where nobody has been yet, nothing is drawn"
