"""In a real browser: a request of one's own, being the user with ten ratings, and one click that deletes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.recordings import recorded
from tests.test_browser import PATIENCE

pytestmark = pytest.mark.browser
WORDS = "The quokka choir sings at noon."
REQUEST = "pg_dataset=campus&pg_task=headline&pg_source=own&pg_arms=right,wrong"
METHODS = "pg_methods=none,recent-history&pg_set=recent-history.k2"


@pytest.fixture
def page(browser: object, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh profile, recorded if that is asked for."""
    options = {"viewport": {"width": 1440, "height": 1000}}
    with recorded(browser, str(request.node.name).removeprefix("test_"), **options) as opened:  # type: ignore[arg-type]
        yield opened


def run(page: Page) -> None:
    """Click Run as soon as it can be clicked, and wait for the end."""
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_text("What to notice").wait_for(timeout=PATIENCE)


def test_an_own_request_and_its_likelihoods(server: str, page: Page) -> None:
    page.goto(f"{server}/playground?{REQUEST}&{METHODS}")
    page.get_by_text("Write your own request first.").wait_for()
    page.get_by_role("textbox", name="Your own request").fill(WORDS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Use this request")).to_be_focused()
    page.keyboard.press("Enter")
    run(page)
    page.get_by_text("Your own request has no true answer").first.wait_for()
    page.get_by_text("likelier with the right user's data").last.wait_for(timeout=PATIENCE)
    table = page.get_by_role("region", name="Likelihood of each answer")
    expect(table.get_by_role("row")).to_have_count(4)
    assert "pg_run=1" in page.url
    assert "quokka" not in page.url.lower()
    page.reload()
    page.get_by_text("is not in the link").wait_for()
    expect(page.get_by_role("textbox", name="Your own request")).to_have_value("")


def test_be_the_user_with_ten_ratings_and_delete_them(server: str, page: Page) -> None:
    page.goto(f"{server}/playground?pg_who=me&{METHODS}&pg_arms=right,wrong")
    page.get_by_text("Give your own texts or ratings first.").wait_for()
    films = page.get_by_test_id("stRadio")
    expect(films).to_have_count(10)
    for place in range(10):
        films.nth(place).locator("label").filter(has_text=str(1 + place % 5)).last.click()
    page.get_by_role("button", name="Use these ratings").click()
    page.get_by_text("You: 10 ratings", exact=True).wait_for()
    run(page)
    page.get_by_text("right user: you (no traits declared)").wait_for()
    for part in ("film-", "rating", "me-"):
        assert part not in page.url.partition("?")[2]
    page.get_by_role("button", name="Delete my data").click()
    page.get_by_text("Give your own texts or ratings first.").wait_for()
    expect(page.get_by_text("right user: you")).to_have_count(0)
    expect(page.get_by_text("You: 10 ratings", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Delete my data")).to_have_count(0)
    expect(page.get_by_role("radio", name="not seen", checked=True)).to_have_count(10)
