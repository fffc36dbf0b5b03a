"""A catalog of hostile texts in a real browser: on every page they are shown and not obeyed, and nobody is called.

`tests/dashboard/hostile_facts.py` makes the catalog, `tests/dashboard/payloads.py` holds the texts.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest

from dashboard import safe
from dashboard.page import discover
from data.home import ROOT
from taxonomy.catalog import Catalog
from taxonomy.snapshot import ensure_catalog
from taxonomy.vocab import Kind
from tests.conftest import require_browser
from tests.dashboard.hostile_facts import write_facts
from tests.dashboard.payloads import FOREIGN, MARK, PAYLOADS

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

SCRIPT = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from dashboard import services
from taxonomy.catalog import Catalog
from taxonomy.snapshot import ensure_catalog
services.open_catalog = lambda *_: Catalog(ensure_catalog(Path({facts!r})))
from dashboard.app import run
run()
"""
FORMULAS = """
import sys; sys.path.insert(0, {root!r})
import streamlit as st
from dashboard.parts import formulas
from tests.dashboard.payloads import PAYLOADS
for number, text in enumerate(PAYLOADS):
    with st.container(key=f"formula_{{number}}"): formulas.show(text)
st.title("Drawn")
"""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
EACH = 10
OPEN_ALL = """
() => {
  const closed = [...document.querySelectorAll("[data-testid=stMain] details:not([open]) > summary")].slice(0, 8);
  closed.forEach(summary => summary.click());
  return closed.length;
}
"""
# What of a page was obeyed; text of formulas is typeset letter by letter, so that a mark never stands in one alone.
OBEYED = """
([mark, foreign]) => {
  const found = [];
  const say = (what, node) => found.push(`${what}: ${(node.outerHTML || node.textContent || "").slice(0, 200)}`);
  if (window.hostile) found.push("a script ran");
  for (const node of document.querySelectorAll("body *")) {
    if (node.hasAttribute("data-hostile")) say("an element", node);
    for (const name of node.getAttributeNames()) if (name.startsWith("on")) say("a handler", node);
    for (const name of ["src", "href", "xlink:href", "action", "data", "srcdoc", "poster"]) {
      const value = node.getAttribute(name);
      if (!value) continue;
      if (/^\\s*(javascript|vbscript|data:text)/i.test(value)) say("an address that runs", node);
      try { if (new URL(value, location.href).hostname.endsWith(foreign)) say("a foreign address", node); } catch (_) {}
    }
    const plain = node.closest("pre, textarea, input, [role=tooltip], [data-testid=stTooltipContent]");
    const whole = node.tagName !== "OPTION" && node.children.length === 0 && node.textContent.trim() === mark;
    if (whole && !plain) say("markup", node.parentElement || node);
    if (node.matches("[data-testid=stIconMaterial]") && node.textContent.includes("skull")) say("an icon", node);
    if (node.matches(".js-plotly-plot a, .js-plotly-plot tspan[dy='-0.6em'], .js-plotly-plot tspan[dy='0.3em']"))
      say("a chart's markup", node);
  }
  if (document.body.innerText.includes("\\u{1F480}")) found.push("a shortcode");
  const main = document.querySelector("[data-testid=stMain]") || document.body;
  if (document.scrollingElement.scrollWidth > innerWidth + 1) found.push("the page is wider than the window");
  if (main.scrollWidth > main.clientWidth + 1) found.push(`it is ${main.scrollWidth} wide in ${main.clientWidth}`);
  return found;
}
"""


@dataclass
class Watch:
    """What a page did that it must not do."""

    server: str
    wrong: list[str] = field(default_factory=list)

    def on(self, page: Page) -> Page:
        """Look at dialogs, errors and requests of a page; what goes elsewhere is stopped."""
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.wrong.append(f"an error: {error}"))
        page.route("**/*", self._request)
        return page

    def _dialog(self, dialog: object) -> None:
        self.wrong.append("a dialog")
        dialog.dismiss()  # type: ignore[attr-defined]

    def _request(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(self.server).netloc:
            route.continue_()
            return
        self.wrong.append(f"a request: {route.request.url[:200]}")
        route.abort()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Catalog]]:
    """The facts and their catalog, in a home folder of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    facts = write_facts(folder / "facts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_HOME", str(folder / "home"))
        opened = Catalog(ensure_catalog(facts))
    yield folder, opened
    opened.close()


def serve(script: Path, home: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"ATTUNE_HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
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


@pytest.fixture(scope="module")
def server(hostile: tuple[Path, Catalog]) -> Iterator[str]:
    folder, _ = hostile
    script = folder / "hostile_app.py"
    script.write_text(SCRIPT.format(root=str(ROOT), facts=str(folder / "facts")), "utf-8")
    yield from serve(script, folder / "home")


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = browser.new_context(viewport=WIDE)
        context.set_default_timeout(60_000)
        yield context.new_page()
        browser.close()


def addresses(catalog: Catalog) -> list[str]:
    """Every page as it opens by itself, and those that show one thing, several times each."""
    found = [f"/{each.page.path}" for each in discover()]
    for kind in Kind:
        keys = [row["key"] for row in catalog.store.query("keys", kind=kind.value)]
        step = max(1, len(keys) // EACH)
        found += [f"/entry?{urlencode({'kind': kind.value, 'key': key})}" for key in sorted(keys)[::step][:EACH]]
    paths = {each.page.path for each in discover()}
    return [*found, *(address for address in BESIDE if urlsplit(address).path.removeprefix("/") in paths)]


BESIDE = (
    f"/browse?{urlencode({'br_q': MARK})}",
    f"/browse?{urlencode({'br_q': PAYLOADS[0], 'br_kind': PAYLOADS[1], 'br_sort': PAYLOADS[2]})}",
    "/browse?br_kind=node",
    "/browse?br_kind=paper",
    "/browse?br_kind=metric",
    f"/entry?{urlencode({'kind': PAYLOADS[3], 'key': PAYLOADS[4]})}",
    "/compare?cm_kind=dataset&cm_keys=d0,d1,d2",
    "/compare?cm_kind=metric&cm_keys=x0,x1,x2",
    f"/compare?{urlencode({'cm_kind': PAYLOADS[5], 'cm_keys': PAYLOADS[6]})}",
    *(f"/results?rs_dataset=d{at}&rs_metric=x{at}" for at in range(6)),
    *(f"/graph?gr_entry={urlencode({'x': f'dataset:d{at}'})[2:]}" for at in range(3)),
    "/graph?gr_from=dataset:d0&gr_to=dataset:d5",
    "/taxonomy?tx_node=rag.dense",
    f"/taxonomy?{urlencode({'tx_node': PAYLOADS[7]})}",
    "/coverage?cv_rows=technique&cv_columns=application",
    "/coverage?cv_rows=year&cv_columns=level",
    f"/query?{urlencode({'q_sql': 'SELECT name, title, summary, caveat FROM method'})}",
    f"/query?{urlencode({'q_sql': PAYLOADS[8]})}",
    f"/about?{urlencode({'ab_check': 'named_data'})}",
    f"/about?{urlencode({'ab_check': 'single_source'})}",
    f"/about?{urlencode({'ab_check': PAYLOADS[9]})}",
)


def settle(page: Page) -> None:
    """Wait until the script has run and the charts are drawn."""
    page.wait_for_selector("[data-testid=stMain] h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(400)


def visible(page: Page) -> str:
    """The text that a reader sees, without what only parts words."""
    text = page.locator("[data-testid=stMain]").inner_text()
    return " ".join(text.replace(safe.JOINER, "").split())


def opened(page: Page, address: str, size: dict[str, int]) -> list[str]:
    """What is wrong with a page at a size, all that can be opened in it being open."""
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(address)
    settle(page)
    if page.evaluate(OPEN_ALL):
        page.wait_for_timeout(250)
    wrong = page.evaluate(OBEYED, [MARK, FOREIGN])
    if page.get_by_text("could not be shown because of an error").count():
        wrong.append("a part failed")
    return [str(each) for each in wrong]


@pytest.mark.slow
def test_hostile_texts_are_not_obeyed_on_any_page(
    hostile: tuple[Path, Catalog], server: str, browser_page: Page
) -> None:
    watch = Watch(server)
    watch.on(browser_page)
    wrong = {}
    for number, address in enumerate(addresses(hostile[1])):
        found = opened(browser_page, f"{server}{address}", NARROW if number % 3 == 2 else WIDE)
        if found or watch.wrong:
            wrong[address] = [*found, *watch.wrong]
            watch.wrong.clear()
    assert not wrong, "\n".join(f"{address}: {what}" for address, what in wrong.items())


@pytest.mark.slow
def test_hostile_texts_are_shown_as_they_are(hostile: tuple[Path, Catalog], server: str, browser_page: Page) -> None:
    catalog = hostile[1]
    for kind in (Kind.METHOD, Kind.DATASET, Kind.METRIC):
        for row in catalog.store.query("keys", kind=kind.value)[:3]:
            entry = catalog.entry(kind, row["key"])
            browser_page.goto(f"{server}/entry?{urlencode({'kind': kind.value, 'key': entry.key})}")
            settle(browser_page)
            seen = visible(browser_page)
            for text in filter(None, (entry.name, entry.summary, entry.caveat)):
                assert safe.plain(text) in seen, (entry.key, text)


def test_hostile_formulas_are_typeset_or_shown(tmp_path: Path, browser_page: Page) -> None:
    script = tmp_path / "formulas_app.py"
    script.write_text(FORMULAS.format(root=str(ROOT)), "utf-8")
    for server in serve(script, tmp_path):
        watch = Watch(server)
        page = watch.on(browser_page.context.new_page())
        page.goto(server)
        page.wait_for_selector("h1:has-text('Drawn')")
        settle(page)
        assert [*page.evaluate(OBEYED, [MARK, FOREIGN]), *watch.wrong] == []
        for number, text in enumerate(PAYLOADS):
            box = page.locator(f".st-key-formula_{number}")
            assert box.locator("img, a, h1, li, strong, em, del, .stMarkdownColoredText").count() == 0, text
            box_height = (box.bounding_box() or {"height": 0})["height"]
            assert box_height < 400, text
        page.close()
