"""One reader's page, driven by Playwright; the moments are taken in the page itself."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.benchmarks.clicks import METHODS, Click

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

PATIENCE = 1_800  # seconds
TRIES, OPENS = 3, 20_000
# Notes the time of the click on Run, of the first score or word, and of the verdict; looks at most four times a second.
WATCH = """
(() => {
  const states = new Set(["waiting", "preparing", "scoring", "writing", "done", "failed", "stopped", ""]);
  const seen = window.__seen = {};
  seen.whole = new Promise(resolve => { seen.tell = () => resolve([seen.clicked, seen.first, seen.last]); });
  const wrote = () => [...document.querySelectorAll('[role=region][aria-label^="text, "]')]
    .some(box => !states.has(box.textContent.trim()));
  const look = () => {
    seen.due = false;
    if (!seen.clicked || seen.last) return;
    const text = document.body.textContent;
    const now = Date.now();
    const verdict = text.includes("What to notice");
    const rows = /(\\d+) of \\d+ rows done/.exec(text);
    const score = /says \\d/.test(text) || (rows && Number(rows[1]) > 0);
    if (!seen.first && (verdict || score || wrote())) seen.first = now;
    if (verdict) { seen.last = now; seen.tell(); }
  };
  const later = () => { if (!seen.due) { seen.due = true; setTimeout(look, 250); } };
  addEventListener("click", event => {
    const button = event.target.closest && event.target.closest("button");
    if (button && /Run/.test(button.innerText) && !seen.clicked) { seen.clicked = Date.now(); later(); }
  }, true);
  new MutationObserver(later).observe(document, { childList: true, subtree: true, characterData: true });
})();
"""
# The same for a filter: from the key that sends it to the count that belongs to it.
COUNTED = """
(() => {
  const seen = window.__counted = {};
  const look = () => {
    const found = /([\\d,]+)\\s+entr(?:y fits|ies fit)/.exec(document.body.textContent);
    seen.now = found ? found[1] : "";
    if (seen.pressed && !seen.changed && seen.now && seen.now !== seen.before) seen.changed = Date.now();
  };
  addEventListener("keydown", event => {
    if (event.key === "Enter") Object.assign(seen, { before: seen.now, pressed: Date.now(), changed: 0 });
  }, true);
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
})();
"""
TERMS = ("adapter", "retrieval", "news", "memory")


@dataclass
class Session:
    """One reader with one link.

    Attributes:
        clicked, first, last: milliseconds since 1970 of the click, the first score or word, and the verdict.
        problems: what was wrong on the page.
    """

    click: Click
    page: Page
    clicked: float = 0.0
    first: float = 0.0
    last: float = 0.0
    problems: list[str] = field(default_factory=list)

    async def open(self, server: str) -> None:
        """Load the link and wait until Run can be pressed."""
        await self.page.goto(self.click.address(server))
        await self.page.get_by_role("button", name=re.compile("Run")).first.wait_for()

    async def press(self) -> None:
        """Press Run."""
        await self.page.get_by_role("button", name=re.compile("Run")).first.click()

    async def finish(self) -> None:
        """Wait for the verdict and take the moments."""
        seen = await asyncio.wait_for(self.page.evaluate("() => window.__seen.whole"), PATIENCE)
        self.clicked, self.first, self.last = map(float, seen)

    async def evidence(self) -> str:
        """What the first method used, as its column tells; empty if it cannot be opened."""
        from playwright.async_api import TimeoutError as LateError

        body = self.page.locator("[data-testid=stPopoverBody]").last
        for _ in range(TRIES):
            try:
                await self.page.get_by_role("button", name=re.compile(r"Why( \(|$)")).first.click(timeout=OPENS)
                await body.get_by_text("The final prompt").wait_for(timeout=OPENS)
                return str(await body.inner_text())
            except LateError:
                await self.page.keyboard.press("Escape")
        return ""

    async def check(self, own: list[str], others: dict[str, str]) -> None:
        """Note what is not this reader's.

        Args:
            own: items that must stand in the evidence.
            others: signs of other sessions and whose they are; none may stand anywhere.
        """
        before = str(await self.page.locator("[data-testid=stMain]").inner_text())
        evidence = await self.evidence()
        squeezed = " ".join(evidence.split())
        self.problems += [f"misses {item[:60]}" for item in own if " ".join(item.split()) not in squeezed]
        if f"the data of {self.click.user}, this user" not in squeezed:
            self.problems.append(f"the first of {len(METHODS)} methods was not given this user's data")
        text = f"{before}\n{evidence}"
        self.problems += [f"shows {whose}" for sign, whose in others.items() if stands(sign, text)]
        if "failed" in before.split():
            self.problems.append("a method failed")


def stands(sign: str, text: str) -> bool:
    """Whether a sign is in a text, not merely as a part of a longer word or number."""
    return bool(re.search(rf"(?<!\w){re.escape(sign)}(?!\w)", text))


class Visitor:
    """An idle reader on Browse who changes the text filter every five seconds."""

    def __init__(self, page: Page) -> None:
        self.page, self.waits = page, [0.0] * 0
        self._stop = asyncio.Event()

    async def open(self, server: str) -> None:
        """Load the page and use the filter once."""
        await self.page.goto(f"{server}/browse")
        await self.page.get_by_text("entries fit").wait_for()
        for term in TERMS:
            await self._filter(term)
        self.waits.clear()

    async def _filter(self, term: str) -> None:
        box = self.page.locator(".st-key-br_q input")
        await box.fill(term)
        await box.press("Enter")
        await self.page.wait_for_function("() => window.__counted.changed", polling=50)
        seen = await self.page.evaluate("() => window.__counted")
        self.waits.append((float(seen["changed"]) - float(seen["pressed"])) / 1000)

    async def stay(self, apart: float = 5.0) -> None:
        """Change the filter until told to leave."""
        place = 0
        while not self._stop.is_set():
            await self._filter(TERMS[place % len(TERMS)])
            place += 1
            try:
                await asyncio.wait_for(self._stop.wait(), apart)
            except TimeoutError:
                continue

    def leave(self) -> None:
        """End `stay` after the change that runs."""
        self._stop.set()


async def lighten(context: BrowserContext, script: str) -> None:
    """Leave out pictures and fonts, and watch every page."""
    await context.route(re.compile(r"\.(png|jpe?g|svg|gif|woff2?|ttf|ico)(\?|$)"), lambda route: route.abort())
    await context.add_init_script(script)
    context.set_default_timeout(300_000)
