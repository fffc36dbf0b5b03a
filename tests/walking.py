"""Going through the dashboard in a real browser without loading it anew for each page, as Back and Forward do.

A page that is loaded costs the browser a second; a page that is gone to costs what the server needs to draw it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data.home import ROOT
from tests.benchmarks.server import free_port
from tests.conftest import require_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
PATIENCE = 60_000
_BULKY = re.compile(r"\.(png|jpe?g|gif|woff2?|ttf|ico)(\?|$)")
# Counts the runs of the page's script as the server tells of them, by the fields of Streamlit's ForwardMsg: 4 is
# `new_session`, which begins one, and 6 `script_finished`. The page's own attribute is no witness, a short run may
# never be drawn; and what ends after a step need not be what the step began.
RUNS = """
(() => {
  const seen = window.__walk = { begun: 0, ended: 0, finished: 0, finishedAt: 0 };
  const number = (bytes, at) => {
    let value = 0, shift = 1;
    for (;;) {
      const byte = bytes[at.at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  };
  const look = bytes => {
    for (const at = { at: 0 }; at.at < bytes.length;) {
      const tag = number(bytes, at), field = tag >> 3;
      if (field === 4) { seen.begun += 1; return; }
      if (field === 6) {
        const which = seen.begun;
        if (number(bytes, at) === 2) return;  // one that ended for another run
        Object.assign(seen, { finished: which, finishedAt: performance.now() });
        requestAnimationFrame(() => setTimeout(() => { seen.ended = Math.max(seen.ended, which); }, 50));
        return;
      }
      if (tag % 8 === 0) number(bytes, at);
      else if (tag % 8 === 2) { const length = number(bytes, at); at.at += length; }
      else return;
    }
  };
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", event => {
        if (event.data instanceof ArrayBuffer) look(new Uint8Array(event.data));
      });
    }
  };
})();
"""
_GO = """
address => {
  window.__walk.before = window.__walk.begun;
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
}
"""
# The script has run, the heading is there, and every chart and table that is in the page has been drawn.
_THERE = """
() => {
  const seen = window.__walk, main = document.querySelector("[data-testid=stMain]");
  const app = document.querySelector("[data-testid=stApp]");
  if (seen.ended <= (seen.before || 0) || app?.getAttribute("data-test-script-state") !== "notRunning") return false;
  if (!main?.querySelector("h1") || main.querySelector("[data-testid=stSkeleton], [data-stale=true]")) return false;
  return [...main.querySelectorAll("[data-testid=stPlotlyChart]")].every(
    chart => !chart.checkVisibility() || chart.querySelector(".main-svg"));
}
"""
_BEYOND = """
() => {
  const main = document.querySelector("[data-testid=stMain]");
  return Math.max(document.scrollingElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
}
"""
_UNSEEN = "[...document.querySelectorAll('.at-later')].filter(place => place.offsetHeight > 0)"
_NEAR = f"() => {{ const unseen = {_UNSEEN}; if (unseen[0]) unseen[0].scrollIntoView(); return unseen.length; }}"
_FEWER = f"left => {_UNSEEN}.length < left"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    path = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def reader(browser: Browser, *, fonts: bool = False, **options: Any) -> BrowserContext:
    """A fresh profile that fetches neither pictures nor fonts, or both where what is measured depends on fonts."""
    context = browser.new_context(**{"viewport": WIDE, **options})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(RUNS)
    if not fonts:
        context.route(_BULKY, lambda route: route.abort())
    return context


@contextmanager
def telephone(browser: Browser, server: str, scheme: str) -> Iterator[Page]:
    """The dashboard on a telephone, loaded once; `go` leads to its pages."""
    context = reader(browser, fonts=True, viewport=NARROW, color_scheme=scheme)
    page = context.new_page()
    load(page, f"{server}/about")
    arrived(page)
    yield page
    context.close()


def beyond(page: Page, address: str, last: str) -> int:
    """Go to an address where a text stands at the end; by how many pixels its page is wider than the window."""
    go(page, f"/{address}")
    arrived(page)
    page.get_by_text(last).first.wait_for()
    return wider(page)


def wider(page: Page) -> int:
    """By how many pixels the page that is shown is wider than the window."""
    return int(page.evaluate(_BEYOND))


def load(page: Page, address: str) -> None:
    """Load the dashboard at an address; `arrived` waits for it."""
    page.goto(address, wait_until="commit")


def go(page: Page, address: str) -> None:
    """Go to an address of the dashboard that is loaded, without loading it again; `arrived` waits for it."""
    page.evaluate(_GO, address)


def arrived(page: Page) -> None:
    """Wait until the page's script has run since the last step, and its charts are drawn."""
    page.wait_for_function(_THERE, polling=50)


def look_at_all(page: Page) -> None:
    """Come near every place that is drawn when it is seen, then go back to the top."""
    while left := page.evaluate(_NEAR):
        page.wait_for_function(_FEWER, arg=left, polling=50)
    arrived(page)
    page.locator("[data-testid=stMain]").evaluate("main => { main.scrollTop = 0 }")


@contextmanager
def streamlit(script: Path, home: Path, arguments: Sequence[str] = ()) -> Iterator[str]:
    """A script served by Streamlit; its address.

    Args:
        script: what is served.
        home: the home folder of the project.
        arguments: further options of `streamlit run`.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *arguments]
    environment = os.environ | {"ATTUNE_HOME": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        else:
            pytest.fail("the server did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
