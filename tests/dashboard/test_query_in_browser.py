"""Query in a real browser: a newcomer's path, an answer taken along, and markup in an answer that nothing obeys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import duckdb
import pytest
from playwright.sync_api import Page, expect

from taxonomy.questions import questions
from tests import walking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
EDITOR = "One statement that reads"
SLOW = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"
MARKUP = "<img src=http://192.0.2.1/a.png onerror=alert(1)> ![x](http://192.0.2.1/b.png)"


def opened(browser: Browser, address: str, **context: object) -> Page:
    page = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **context}).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.goto(address)
    return page


def test_from_the_example_to_an_own_answer_and_back(server: str, browser: Browser) -> None:
    page = opened(browser, f"{server}/query")
    page.get_by_text("rows, 3 columns").wait_for()
    page.locator(".js-plotly-plot").wait_for()
    editor = page.get_by_label(EDITOR)
    expect(editor).to_have_value(questions()[0].sql)
    editor.fill("SELECT nme FROM method")
    editor.press("Control+Enter")
    page.get_by_text("line 1: SELECT nme FROM method").wait_for()
    editor.fill("SELECT name, year FROM method ORDER BY name LIMIT 7")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("7 rows, 2 columns").wait_for()
    assert "q_sql=SELECT+name" in page.url
    page.go_back()
    page.get_by_text("line 1: SELECT nme FROM method").wait_for()
    page.go_back()
    page.get_by_text("rows, 3 columns").wait_for()
    expect(editor).to_have_value(questions()[0].sql)
    page.context.close()


def test_a_slow_statement_is_stopped(server: str, browser: Browser) -> None:
    page = opened(browser, f"{server}/query?q_sql={quote(SLOW)}")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. Run starts it again.").wait_for()
    page.get_by_role("button", name="Run").click()
    page.get_by_text("Not done after 3 seconds").wait_for()
    page.context.close()


def test_an_answer_is_downloaded(server: str, browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, f"{server}/query?q_sql={quote('SELECT key, year FROM dataset ORDER BY key')}")
    page.get_by_text("102 rows, 2 columns").wait_for()
    page.get_by_role("button", name="Export and cite").click()
    page.get_by_text("Cite this view").wait_for()
    for name, reader in (("CSV", "read_csv"), ("Parquet", "read_parquet"), ("JSON", "read_json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert duckdb.connect().execute(f"SELECT count(*), count(year) > 90 FROM {reader}('{path}')").fetchall() == [
            (102, True)
        ]
    page.context.close()


def test_markup_in_an_answer_asks_nobody(server: str, browser: Browser) -> None:
    sql = f'SELECT \'{MARKUP}\' || range AS "{MARKUP}", range AS "<b onmouseover=alert(1)>n</b>" FROM range(4)'
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).hostname or ""))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{server}/query?q_kind=bar&q_sql={quote(sql)}")
    page.get_by_text("4 rows, 2 columns").wait_for(timeout=60_000)
    page.locator(".js-plotly-plot").wait_for(timeout=60_000)
    page.get_by_role("button", name="Export and cite").click()
    page.get_by_text("Cite this view").wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    assert dialogs == []
    assert set(asked) - {"127.0.0.1", ""} == set()
    page.context.close()


def test_nothing_is_wider_than_a_telephone(server: str, browser: Browser) -> None:
    page = opened(browser, f"{server}/query", viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.get_by_text("rows, 3 columns").wait_for()
    page.get_by_text("Tables and columns").click()
    page.get_by_text("what it holds").wait_for()
    assert walking.wider(page) <= 0
    page.context.close()
