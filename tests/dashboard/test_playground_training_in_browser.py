"""In a real browser: an adapter is trained before one's eyes and stopped, and nothing of it is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.server import Server
from tests.test_browser import PATIENCE

pytestmark = pytest.mark.browser
SETUP = "pg_dataset=campus&pg_task=post-rewrite&pg_methods=none,persona-lora&pg_arms=right"


def states(home: Path) -> set[Path]:
    """What is kept of trainings."""
    return set((home / "state").glob("*/*.safetensors"))


def test_an_adapter_is_trained_live_and_stopped(serving: Server, page: Page) -> None:
    before = states(serving.home)
    page.goto(f"{serving.address}/playground?{SETUP}")
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_text(re.compile(r"step \d+ of \d+, \d+ s expected")).first.wait_for(timeout=PATIENCE)
    curve = page.get_by_role("img", name=re.compile("Loss by step, in nats:"))
    expect(curve.first).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).first.click()
    page.get_by_text("stopped before the training was complete").first.wait_for(timeout=PATIENCE)
    expect(curve.first).to_be_visible()
    assert states(serving.home) == before
