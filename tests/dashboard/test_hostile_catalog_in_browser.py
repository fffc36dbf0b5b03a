"""A catalog of hostile texts in a real browser: on every page they are shown and not obeyed, and nobody is called.

`tests/dashboard/hostile_facts.py` makes the catalog, `tests/dashboard/payloads.py` holds the texts. Two readers, one at
a desk and one with a telephone, load the dashboard once and go through its pages side by side.
"""

from __future__ import annotations

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
from tests import walking
from tests.dashboard.hostile_facts import write_facts
from tests.dashboard.payloads import FOREIGN, MARK, PAYLOADS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

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
OPEN_ALL = """
() => {
  const closed = [...document.querySelectorAll("[data-testid=stMain] details:not([open]) > summary")];
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
    const line = node.matches("tspan.line, text.slicetext") && !/font|baseline/.test(node.getAttribute("style") || "");
    const whole = !line && node.tagName !== "OPTION" && node.children.length === 0 && node.textContent.trim() === mark;
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

    def taken(self) -> list[str]:
        """What it did since it was last asked."""
        taken, self.wrong = self.wrong, []
        return taken

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
            route.fallback()
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


@pytest.fixture(scope="module")
def server(hostile: tuple[Path, Catalog]) -> Iterator[str]:
    folder, _ = hostile
    script = folder / "hostile_app.py"
    script.write_text(SCRIPT.format(root=str(ROOT), facts=str(folder / "facts")), "utf-8")
    with walking.streamlit(script, folder / "home") as address:
        yield address


FIELDS = 30  # of entries, with free text: each is on a page with every payload
POPPED = ("/browse", "/results", "/compare", "/query")
BESIDE = (
    f"/browse?{urlencode({'br_q': MARK, 'br_mode': 'bm25'})}",
    f"/browse?{urlencode({'br_q': PAYLOADS[0], 'br_mode': 'bm25', 'br_kind': PAYLOADS[1], 'br_sort': PAYLOADS[2]})}",
    "/browse?br_kind=node",
    "/browse?br_kind=paper",
    "/browse?br_kind=metric",
    f"/entry?{urlencode({'kind': PAYLOADS[3], 'key': PAYLOADS[4]})}",
    "/compare?cm_kind=dataset&cm_keys=d0,d1,d2",
    "/compare?cm_kind=metric&cm_keys=x0,x1,x2",
    f"/compare?{urlencode({'cm_kind': PAYLOADS[5], 'cm_keys': PAYLOADS[6]})}",
    *(f"/results?rs_dataset=d{at}&rs_metric=x{at}" for at in range(4)),
    "/results?rs_view=across",
    "/graph?gr_entry=dataset%3Ad1",
    "/graph?gr_view=whole",
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


def entries(catalog: Catalog) -> dict[str, dict[str, str]]:
    """Addresses of entries, as many as hold every payload in each field; with their fields by kind and name."""
    found, seen = {}, set()
    for kind in Kind:
        for row in catalog.store.query("keys", kind=kind.value):
            entry = catalog.entry(kind, row["key"])
            fields = {"name": entry.name, "summary": entry.summary, "caveat": entry.caveat}
            fields |= {fact.label: fact.value for fact in entry.facts if not fact.url}
            held = {f"{kind.value} {name}": letters(value) for name, value in fields.items() if value}
            new = {(name, text) for name, value in held.items() for text in payloads_in(value)} - seen
            if new:
                seen |= new
                found[f"/entry?{urlencode({'kind': kind.value, 'key': entry.key})}"] = held
    return found


def letters(text: str) -> str:
    """A text without blanks, line ends and what nobody can see."""
    return "".join(safe.plain(text).replace(safe.JOINER, "").split())


def payloads_in(text: str) -> set[str]:
    """The payloads that stand in a text without blanks."""
    return {each for each in PAYLOADS if letters(each) in text}


def opened(page: Page) -> list[str]:
    """What is wrong with a page that has arrived, all that can be opened in it being open."""
    for _ in range(5):  # what is opened may hold more to open
        if page.evaluate(OPEN_ALL):
            page.wait_for_timeout(200)
            walking.arrived(page)
    walking.look_at_all(page)
    wrong = [str(each) for each in page.evaluate(OBEYED, [MARK, FOREIGN])]
    if page.get_by_text("could not be shown because of an error").count():
        wrong.append("a part failed")
    return wrong


def press(page: Page, button: Locator, shown: Locator) -> None:
    """Click until what the button opens is there; a page that moves meanwhile may swallow a click."""
    for _ in range(12):
        button.click()
        for _ in range(50):
            if shown.is_visible():
                return
            page.wait_for_timeout(100)
        page.keyboard.press("Escape")
    pytest.fail("a button opens nothing")


def popped(page: Page) -> list[str]:
    """What is wrong in the boxes that the buttons of a page open, one after the other."""
    wrong = []
    buttons = page.locator("[data-testid=stMain] [data-testid=stPopover] button:visible:enabled")
    for number in range(buttons.count()):
        box = page.locator("[data-testid=stPopoverBody]")
        press(page, buttons.nth(number), box.get_by_test_id("stElementContainer").first)
        wrong += [str(each) for each in page.evaluate(OBEYED, [MARK, FOREIGN])]
        page.keyboard.press("Escape")
        box.wait_for(state="hidden")
    return wrong


@pytest.mark.parametrize("every", [18, pytest.param(1, marks=pytest.mark.slow)])
def test_hostile_texts_are_shown_and_not_obeyed_on_any_page(
    hostile: tuple[Path, Catalog], server: str, browser: Browser, every: int
) -> None:
    """Every page, and some addresses or, with `-m slow`, all: together they hold each payload in each field."""
    of_entries = entries(hostile[1])
    watch, wrong = Watch(server), {}
    seen: dict[str, set[str]] = {}
    walk = [*(f"/{each.page.path}" for each in discover()), *[*of_entries, *BESIDE][::every]]
    readers = [watch.on(walking.reader(browser, viewport=size).new_page()) for size in (walking.WIDE, walking.NARROW)]
    for page in readers:
        walking.load(page, f"{server}/about")
    for page in readers:
        walking.arrived(page)
    for at in range(0, len(walk), len(readers)):
        steps = list(zip(readers, walk[at : at + len(readers)], strict=False))
        for page, address in steps:
            walking.go(page, address)
        for page, address in steps:
            walking.arrived(page)
            found = [*opened(page), *(popped(page) if address in POPPED else ()), *watch.taken()]
            text = letters(page.locator("[data-testid=stMain]").inner_text()) if address in of_entries else ""
            for name, value in of_entries.get(address, {}).items():
                seen.setdefault(name, set()).update(payloads_in(value) if value in text else ())
                found += [] if value in text else [f"{name} is not shown: {payloads_in(value) - payloads_in(text)}"]
            if found:
                wrong[address] = found
    assert not wrong, "\n".join(f"{address}: {what}" for address, what in wrong.items())
    if every > 1:
        return
    full = {name for name, texts in seen.items() if texts == set(PAYLOADS)}
    assert full == {name for name, texts in seen.items() if texts} - {
        "node Part of"
    }  # the names of classes above others
    assert len(full) == FIELDS


def test_hostile_formulas_are_typeset_or_shown(tmp_path: Path, browser: Browser) -> None:
    script = tmp_path / "formulas_app.py"
    script.write_text(FORMULAS.format(root=str(ROOT)), "utf-8")
    with walking.streamlit(script, tmp_path) as server:
        watch = Watch(server)
        page = watch.on(walking.reader(browser).new_page())
        walking.load(page, server)
        page.wait_for_selector("h1:has-text('Drawn')")
        walking.arrived(page)
        assert [*page.evaluate(OBEYED, [MARK, FOREIGN]), *watch.taken()] == []
        for number, text in enumerate(PAYLOADS):
            box = page.locator(f".st-key-formula_{number}")
            assert box.locator("img, a, h1, li, strong, em, del, .stMarkdownColoredText").count() == 0, text
            box_height = (box.bounding_box() or {"height": 0})["height"]
            assert box_height < 400, text
