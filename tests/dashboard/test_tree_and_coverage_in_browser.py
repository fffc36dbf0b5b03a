"""Taxonomy and Coverage in a real browser: a click on a field opens it, Back returns, and a telephone has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ADDRESSES = (
    "taxonomy",
    "taxonomy?tx_shape=list&tx_part=all&tx_node=rag.dense",
    "taxonomy?tx_shape=icicle&tx_colour=level",
    "taxonomy?tx_part=strategy&tx_shape=treemap",
    "coverage",
    "coverage?cv_rows=application&cv_columns=technique",
    "coverage?cv_columns=year&cv_classes=families",
)


def test_a_field_of_the_tree_opens_its_class_and_back_returns(server: str, page: Page) -> None:
    page.goto(f"{server}/taxonomy")
    field = page.locator(".sunburstlayer g.slice", has_text="Dense retrieval").first.locator("path")
    field.click(force=True)
    expect(page.get_by_role("heading", name="Dense retrieval")).to_be_visible()
    assert "tx_node=rag.dense" in page.url
    page.go_back()
    expect(page.get_by_role("heading", name="Techniques")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="Dense retrieval")).to_be_visible()


def test_the_list_is_walked_with_the_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/taxonomy?tx_shape=list&tx_part=challenge")
    first = page.get_by_role("button", name="Benchmarks and metrics")
    first.wait_for()
    first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cold start")).to_be_visible()
    assert "tx_node=challenge.cold_start" in page.url


def test_a_cell_of_the_heat_map_opens_its_entries(server: str, page: Page) -> None:
    page.goto(f"{server}/coverage")
    plot = page.locator(".st-key-cv_map, [data-testid=stPlotlyChart]").first
    plot.locator(".scatterlayer .point").first.wait_for()
    box = plot.locator(".scatterlayer .point").nth(2).bounding_box()  # sparse retrieval at the global level
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="Sparse retrieval × Global")).to_be_visible()  # noqa: RUF001 - a product
    assert "cv_row=rag.sparse" in page.url
    assert "cv_column=global" in page.url


def test_a_telephone_has_room(server: str, browser: Browser) -> None:
    with walking.telephone(browser, server, "dark") as page:
        for address in ADDRESSES:
            assert walking.beyond(page, address, "Export and cite") == 0, address
            heading = "Coverage" if "coverage" in address else "Taxonomy"
            assert page.get_by_role("heading", name=heading).count(), address
