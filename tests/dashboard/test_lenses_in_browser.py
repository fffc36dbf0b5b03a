"""Lenses in a real browser: a counterfactual whose link is shared, and a matrix whose cells open to their evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import test_browser
from tests.recordings import recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PATIENCE = test_browser.PATIENCE
MATRIX = "pg_lens=matrix&pg_methods=none,recent-history&pg_set=recent-history.k4&pg_mx_users=774,609,405"
LENS = "pg_lens=whatif&pg_methods=none,recent-history&pg_set=recent-history.k2"


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh profile, recorded if that is asked for."""
    name = str(request.node.name).removeprefix("test_")
    with recorded(browser, name, viewport={"width": 1440, "height": 1000}) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened


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


def test_a_matrix_answers_for_several_people_and_opens_to_its_evidence(server: str, page: Page) -> None:
    page.goto(f"{server}/playground?{MATRIX}")
    page.get_by_role("button", name="Fill the matrix").click()
    page.get_by_text("What to notice").first.wait_for()
    table = page.get_by_role("region", name="Methods by users").first
    table.get_by_text("one answer, the same for everybody").wait_for()
    doors = table.get_by_role("button", name=re.compile("recent history", re.IGNORECASE))
    expect(doors).to_have_count(3)
    doors.first.click()
    evidence = page.get_by_role("dialog", name=re.compile("^Evidence")).first
    expect(evidence.get_by_text("Items used")).to_be_visible()
    page.keyboard.press("Escape")
    expect(evidence).to_be_hidden()
