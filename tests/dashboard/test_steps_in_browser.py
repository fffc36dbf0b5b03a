"""A link, or a search, is one step in the history of a real browser: one click on Back is where it was clicked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.benchmarks.server import Server


@pytest.fixture(scope="module")
def reader(browser: Browser, serving: Server) -> Iterator[Page]:
    page = walking.reader(browser).new_page()
    walking.load(page, f"{serving.address}/")
    walking.arrived(page)
    yield page
    page.context.close()


def test_a_link_with_a_query_is_one_step(reader: Page) -> None:
    before = _steps(reader)
    reader.get_by_role("link", name="Read one method").click()
    reader.get_by_role("heading", name="OPPU", exact=True).wait_for()
    walking.arrived(reader)
    assert _address(reader) == "/entry?kind=method&key=oppu"
    assert _steps(reader) == before + 1
    _back_home(reader)


def test_a_search_is_one_step_and_may_be_made_again(reader: Page) -> None:
    for word in ("oppu", "oppu"):
        reader.get_by_placeholder("Search methods").fill(word)
        reader.get_by_role("button", name="Search", exact=True).click()
        reader.get_by_role("heading", name="Browse", exact=True).wait_for()
        walking.arrived(reader)
        assert _address(reader) == f"/browse?br_q={word}"
        _back_home(reader)


def test_a_link_opens_beside(reader: Page) -> None:
    with reader.context.expect_page() as opened:
        reader.get_by_role("link", name="Read one method").click(modifiers=["ControlOrMeta"])
    opened.value.get_by_role("heading", name="OPPU", exact=True).wait_for()
    assert opened.value.url.endswith("/entry?kind=method&key=oppu")
    opened.value.close()
    assert _address(reader) == "/"


def test_a_link_to_the_same_page_is_one_step(reader: Page) -> None:
    walking.go(reader, "/results")
    walking.arrived(reader)
    reader.get_by_role("link", name="Improvements across datasets").click()
    reader.wait_for_function("location.search === '?rs_view=across'")
    walking.arrived(reader)
    reader.evaluate("history.back()")
    reader.wait_for_function("location.search === ''")
    assert _address(reader) == "/results"


def test_the_path_of_the_first_page_leads_on_and_back_leads_before_it(reader: Page) -> None:
    walking.go(reader, "/about")
    walking.arrived(reader)
    walking.go(reader, "/home?kept=1")
    reader.get_by_role("heading", name="Attune", exact=True).wait_for()
    reader.wait_for_function("location.pathname === '/'")
    assert _address(reader) == "/?kept=1"
    walking.arrived(reader)
    reader.evaluate("history.back()")
    reader.get_by_role("heading", name="About", exact=True).wait_for()
    assert _address(reader) == "/about"


def _back_home(page: Page) -> None:
    """One click on Back leads to the first page, without what the other page carried."""
    page.evaluate("history.back()")
    page.get_by_role("heading", name="Attune", exact=True).wait_for()
    walking.arrived(page)
    assert _address(page) == "/"


def _steps(page: Page) -> int:
    return int(page.evaluate("history.length"))


def _address(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", str(page.evaluate("location.href")))
