"""In a real browser: a LaMP file uploaded, run on the Playground, saved, and deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.server import Server
from tests.data.samples import lamp_task
from tests.recordings import recorded
from tests.test_browser import PATIENCE

pytestmark = pytest.mark.browser
WORD = "flibbertigibbet"


@pytest.fixture
def page(browser: object, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh profile, recorded if that is asked for."""
    options = {"viewport": {"width": 1440, "height": 1000}}
    with recorded(browser, str(request.node.name).removeprefix("test_"), **options) as opened:  # type: ignore[arg-type]
        yield opened


def write(folder: Path) -> list[Path]:
    """A LaMP task as two files, with one item that is refused and a word to look for."""
    questions, outputs = lamp_task("LaMP_3")
    questions[0]["profile"][0]["score"] = "many"
    for item in questions[0]["profile"]:
        item["text"] += f" {WORD}"
    files = {"dev_questions.json": questions, "dev_outputs.json": outputs}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=1))
    return [folder / name for name in files]


def stored(home: Path) -> list[Path]:
    """The files of the run-time folder that hold the word."""
    files = (path for path in home.rglob("*") if path.is_file() and "weights" not in path.parts)
    return [path for path in files if WORD.encode() in path.read_bytes()]


def test_a_lamp_file_is_uploaded_run_saved_and_deleted(serving: Server, page: Page, tmp_path: Path) -> None:
    page.goto(f"{serving.address}/playground?pg_dataset=campus&pg_methods=none,recent-history&pg_arms=right,wrong")
    page.get_by_role("button", name="Your data").click()
    page.locator("input[type=file]").set_input_files(write(tmp_path))
    page.get_by_text("dev_outputs.json").wait_for()
    page.get_by_role("textbox", name="Name of the set").fill("Lamp of a browser")
    page.get_by_role("button", name="Read these files").click()
    page.get_by_text("18 read, 17 kept, 1 refused").wait_for()
    page.get_by_text("profile.score: a number from 1 to 5").wait_for()
    assert "pg_dataset=upload-lamp-of-a-browser" in page.url
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_text("What to notice").wait_for(timeout=PATIENCE)
    page.get_by_text("says ").first.wait_for(timeout=PATIENCE)
    expect(page.get_by_text(WORD).first).to_be_attached()
    assert stored(serving.home) == []
    page.get_by_role("button", name="Your data").click()
    page.get_by_role("button", name="Save on this server").click()
    page.get_by_text("Saved as lamp-of-a-browser.").wait_for()
    assert {path.name for path in stored(serving.home)} == {"users.jsonl"}
    page.get_by_text("Delete it with every state, answer and run made of it").click()
    page.get_by_role("button", name="Delete this set").click()
    page.get_by_text("Deleted lamp-of-a-browser").wait_for()
    assert stored(serving.home) == []
    expect(page.get_by_text(WORD)).to_have_count(0, timeout=PATIENCE)
    assert "lamp-of-a-browser" not in page.url
