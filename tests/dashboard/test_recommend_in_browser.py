"""Recommend in a real browser: a film that is removed from the history changes the ten, and the page says how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LEFT = "Left the ten by your changes"
ROW = re.compile(r"(?P<marks>[\u2713+\u25e6\s]*)(?P<film>\S.*)")


def tens(page: Page) -> list[list[tuple[str, str]]]:
    """The right user's ten of each recommender: every film with the marks before it."""
    tables = page.locator(
        "table", has=page.locator("th", has_text=re.compile("^right user"))
    )  # an open list hides roles
    tables.nth(1).wait_for()
    cells = [table.locator("tbody td:nth-child(2)").all_inner_texts() for table in tables.all()]
    rows = [[ROW.fullmatch(cell.strip()) for cell in own] for own in cells]
    return [[(row["film"], "".join(row["marks"].split())) for row in own if row] for own in rows]


def test_a_removed_film_changes_the_ten_and_the_page_says_how(server: str, browser: Browser) -> None:
    page = walking.reader(browser).new_page()
    walking.load(page, f"{server}/recommend?rc_names=item-knn,ease&rc_arms=right")
    walking.arrived(page)
    before = tens(page)
    assert [len(own) for own in before] == [10, 10]
    assert not any("+" in marks for own in before for _, marks in own)
    assert page.get_by_text(LEFT).count() == 0
    page.get_by_label("Remove from the history").fill("Star Wars")
    page.get_by_role("option", name="Star Wars (1977)").click()
    page.get_by_text("1 removed and 0 added by you").wait_for()
    page.get_by_text(LEFT).nth(1).wait_for()
    walking.arrived(page)
    after, said = tens(page), page.get_by_text(LEFT).all_inner_texts()
    for was, now, words in zip(before, after, said, strict=True):
        old, new = [film for film, _ in was], [film for film, _ in now]
        came = [film for film in new if film not in old]
        assert len(new) == 10
        assert "Star Wars (1977)" in came, "what was removed can be recommended again"
        assert [film for film, marks in now if "+" in marks] == came
        assert words == f"{LEFT}: {', '.join(film for film in old if film not in new)}."
    page.go_back()
    page.get_by_text(LEFT).first.wait_for(state="hidden")
    walking.arrived(page)
    assert tens(page) == before
