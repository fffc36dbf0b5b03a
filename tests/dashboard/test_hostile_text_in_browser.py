"""Hostile text in a real browser: no image, link, formula, icon or colour comes of it, and nothing is fetched."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import safe
from data.home import ROOT
from tests.conftest import require_browser
from tests.dashboard.hostile import HOSTILE

pytestmark = pytest.mark.browser

SCRIPT = """
import sys; sys.path.insert(0, {root!r})
import streamlit as st
from dashboard import safe
from tests.dashboard.hostile import HOSTILE
for number, text in enumerate(HOSTILE):
    with st.container(key=f"markdown_{{number}}"): st.markdown(safe.markdown(text))
    with st.container(key=f"block_{{number}}"): st.error(safe.block(text))
    with st.container(key=f"label_{{number}}"): st.button(safe.markdown(text), key=f"button_{{number}}")
    with st.container(key=f"html_{{number}}"): st.html(f"<div>{{safe.html(text)}}</div>")
st.title("Drawn")
"""
OBEYED = "img, a, script, h1, h2, li, blockquote, hr, pre, code, table, strong, em, del, sup, .katex, [style*=color]"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = tmp_path / "hostile_app.py"
    script.write_text(SCRIPT.format(root=str(ROOT)), "utf-8")
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - this machine
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail("the server did not start")


def test_hostile_text_is_shown_and_not_obeyed(address: str) -> None:
    chromium = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("h1:has-text('Drawn')", timeout=60_000)
        page.wait_for_timeout(500)
        for place in ("markdown", "block", "label", "html"):
            for number, text in enumerate(HOSTILE):
                box = page.locator(f".st-key-{place}_{number}")
                assert box.locator(OBEYED).count() == 0, (place, text)
                shown = box.inner_text().replace(safe.JOINER, "")
                assert " ".join(shown.split()) == safe.plain(text), place
        assert [url for url in asked if not url.startswith(address)] == []
        browser.close()
