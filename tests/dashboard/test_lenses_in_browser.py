"""The counterfactual in a real browser: take an item out, run again, see what changed, and share the link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import test_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

server, browser = test_browser.server, test_browser.browser
PATIENCE = test_browser.PATIENCE
LENS = "pg_lens=whatif&pg_methods=none,recent-history&pg_set=recent-history.k2"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_an_item_is_taken_out_and_the_answer_is_told_again(server: str, page: Page, browser: Browser) -> None:
    page.goto(f"{server}/playground?{LENS}")
    page.get_by_text("used, 1st").wait_for()
    assert page.get_by_role("button", name="Run again").is_disabled()
    page.locator("[data-testid=stCheckbox] label").first.click()
    page.get_by_text("removed", exact=True).first.wait_for()
    page.get_by_role("button", name="Run again").click()
    page.get_by_text(re.compile("^With the changed history the answer")).wait_for()
    page.get_by_text("In their place, next in the method's order").wait_for()
    table = page.locator("table", has_text="prompt tokens").inner_text()
    rows = {line.split("\t")[0].strip(): line.split("\t")[1:] for line in table.splitlines() if "\t" in line}
    assert [rows[name][-2].strip() for name in ("as it is", "changed", "nobody")] == ["2", "2", "0"]
    assert rows["as it is"] != rows["changed"]
    assert "pg_wi_out=" in page.url
    shared = browser.new_context().new_page()
    shared.goto(page.url)
    shared.get_by_text("removed", exact=True).first.wait_for(timeout=PATIENCE)
    assert not shared.get_by_role("checkbox").first.is_checked()
    shared.context.close()
