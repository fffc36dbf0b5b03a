"""Ten preference clicks in a real browser, by mouse and by key, and one that forgets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.model]


def test_ten_choices_teach_a_reward_and_one_click_forgets_it(server: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{server}/preferences")
    page.get_by_text("0 of 10 choices made").wait_for()
    page.get_by_text("Choose once").wait_for()
    for number in range(10):
        if number == 1:
            page.keyboard.press("2")
        else:
            page.get_by_role("button", name="Choose the first" if number % 3 else "Choose the second").click()
        page.get_by_text(f"{number + 1} of 10 choices made").wait_for()
    page.get_by_text("All ten choices are made").wait_for()
    page.get_by_text("of 10 clicks before it learnt from them").first.wait_for()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    assert walking.wider(page) <= 0, "nothing is wider than a telephone"
    assert "?" not in page.url, "choices are never in the address"
    page.get_by_role("button", name="Forget me").click()
    page.get_by_text("0 of 10 choices made").wait_for()
    page.get_by_text("Choose once").wait_for()
    assert not page.locator(".js-plotly-plot").count()
    context.close()
