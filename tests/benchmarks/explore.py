"""How fast the catalog's pages answer in a browser: `python -m tests.benchmarks.explore --json`.

A fresh server, one reader. First every page is opened once by its link in the menu, then all of them again in a
shuffled order, then Browse is asked fifty different things by clicks on filters and by words, once the sentence encoder
has loaded: the home folder is fresh, and a search would run beside the encoding of the whole catalog. All moments are
taken in the page: from the click, or the key that sends the words, to the end of the script's run and the last change
of what is shown, since charts are drawn after the run. `--port` measures a server that runs already.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboard.page import discover
from data.errors import AttuneError
from tests.benchmarks.clicks import percentile
from tests.benchmarks.server import served
from tests.browsers import browser_path
from tests.walking import RUNS

if TYPE_CHECKING:
    from playwright.sync_api import Page

TARGETS = {"filter_p95_s": 0.3, "switch_p95_s": 0.7, "first_opening_max_s": 2.0}
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
VIEW = {"width": 1440, "height": 1000}
PATIENCE = 60_000
CHANGES, ROUNDS, SEED = 50, 5, 7
PILLS = ".st-key-br_kind button:visible"
BOX = ".st-key-br_q input"
WORDS = ("adapter", "retrieval", "news", "memory", "persona", "rating", "steering", "dialogue", "cold start", "privacy")
# Notes when something was clicked or sent, when the script's run ended, and when what is shown last changed. Over is
# what has been quiet for a while; a page that never is, is over soon after its run. A run may be too short for the page
# to say that it runs: then the server's own messages tell of it.
WATCH = """
(() => {
  const seen = window.__explore = { since: 0 };
  const begin = () => Object.assign(seen, {
    since: performance.now(), before: window.__walk.begun, ran: false, ended: 0, touched: 0 });
  addEventListener("click", event => { if (event.isTrusted) begin(); }, true);
  addEventListener("keydown", event => { if (event.key === "Enter") begin(); }, true);
  const look = changes => {
    if (!seen.since) return;
    const app = document.querySelector("[data-testid=stApp]");
    const state = app && app.getAttribute("data-test-script-state");
    const now = performance.now();
    if (state && state !== "notRunning") { seen.ran = true; seen.ended = 0; }
    else if (seen.ran && !seen.ended) seen.ended = now;
    const main = document.querySelector("[data-testid=stMain]");
    if (changes.some(one => one.type !== "attributes" && main && main.contains(one.target))) seen.touched = now;
  };
  const what = { childList: true, subtree: true, characterData: true, attributes: true };
  new MutationObserver(look).observe(document, what);
})();
"""
OVER = """
() => {
  const seen = window.__explore, runs = window.__walk, now = performance.now();
  const state = document.querySelector("[data-testid=stApp]").getAttribute("data-test-script-state");
  if (!seen.ended && runs.finished > seen.before && state === "notRunning") seen.ended = runs.finishedAt;
  if (!seen.since || !seen.ended || !seen.touched) return false;
  return now - Math.max(seen.ended, seen.touched) > 250 || now - seen.ended > 2000;
}
"""


class NoBrowserError(AttuneError):
    """There is no Chromium to open the pages in."""


@dataclass
class Reader:
    """One reader's page and the seconds that each of its steps took."""

    page: Page
    first: dict[str, float] = field(default_factory=dict)
    switches: dict[str, list[float]] = field(default_factory=dict)
    changes: list[float] = field(default_factory=list)

    def open(self, title: str) -> float:
        """Go to a page by its link in the menu; the seconds until its run was over and its heading stood there."""
        link = self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first
        link.click()
        return self._waited()

    def walk(self, titles: Sequence[str], rounds: int) -> None:
        """Open every page once, then all of them again and again, never one twice in a row."""
        for title in titles:
            self.first[title] = self.open(title)
            self.page.wait_for_timeout(300)
        draw, last = random.Random(SEED), titles[-1]  # noqa: S311 - an order of pages
        for _ in range(rounds):
            order = draw.sample(titles, len(titles))
            order = order[1:] + order[:1] if order[0] == last else order
            for title in order:
                self.switches.setdefault(title, []).append(self.open(title))
                self.page.wait_for_timeout(200)
            last = order[-1]

    def filter(self, count: int) -> None:
        """Change the filters of Browse so many times, each to something else; the first two are not counted."""
        if "/browse" not in self.page.url:
            self.open("Browse")
        self.page.locator(PILLS).first.wait_for()
        self._warm()
        for number in range(count + 2):
            self.page.wait_for_timeout(150)
            before = self.page.url
            if number % 2:
                self.page.locator(PILLS).nth(number // 2 % 5).click()
            else:
                box = self.page.locator(BOX).first
                box.fill(WORDS[number // 2 % len(WORDS)])
                box.press("Enter")
            seconds = self._waited()
            if self.page.url == before:
                raise ValueError(f"a change of the filters did not change {before}")
            self.changes.append(seconds)
        self.changes = self.changes[2:]

    def _warm(self) -> None:
        """Ask for something by meaning, and wait until the encoder is there."""
        self.page.locator(BOX).first.fill("a first question")
        self.page.locator(BOX).first.press("Enter")
        self._waited()
        self.page.get_by_text("The sentence encoder is loading").wait_for(state="hidden", timeout=4 * PATIENCE)

    def _waited(self) -> float:
        self.page.wait_for_function(OVER, polling=20, timeout=PATIENCE)
        seen = self.page.evaluate("() => window.__explore")
        return (max(seen["ended"], seen["touched"]) - seen["since"]) / 1000


def titles() -> list[str]:
    """The pages that the menu shows, in its order."""
    return [found.page.title for found in discover()]


def measured(address: str, rounds: int, changes: int) -> dict[str, Any]:
    """Everything, with one reader."""
    from playwright.sync_api import sync_playwright

    chromium = browser_path()
    if chromium is None:
        raise NoBrowserError("there is no chromium on the PATH; install it, then start again")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = browser.new_context(viewport=VIEW, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_init_script(RUNS)
        context.add_init_script(WATCH)
        context.set_default_timeout(PATIENCE)
        reader = Reader(context.new_page())
        reader.page.goto(address)
        reader.page.get_by_role("heading", name="Attune", exact=True).wait_for()
        time.sleep(3)
        reader.walk([title for title in titles() if title != "Home"] + ["Home"], rounds)
        reader.filter(changes)
        browser.close()
    return figures(reader)


def figures(reader: Reader) -> dict[str, Any]:
    """The numbers that have targets, and those behind them."""
    every = [seconds for some in reader.switches.values() for seconds in some]
    return {
        "filter_p95_s": _rounded(percentile(reader.changes, 0.95)),
        "filter_median_s": _rounded(percentile(reader.changes, 0.5)),
        "filter_changes": len(reader.changes),
        "switch_p95_s": _rounded(percentile(every, 0.95)),
        "switch_median_s": _rounded(percentile(every, 0.5)),
        "switches": len(every),
        "first_opening_max_s": _rounded(max(reader.first.values())),
        "pages": {
            title: {
                "first_s": _rounded(seconds),
                "median_s": _rounded(percentile(reader.switches[title], 0.5)),
                "max_s": _rounded(max(reader.switches[title])),
            }
            for title, seconds in reader.first.items()
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def verdicts(found: dict[str, Any]) -> dict[str, Any]:
    """Each target with the value and whether it is met."""
    return {name: {"value": found[name], "target": most, "met": found[name] <= most} for name, most in TARGETS.items()}


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for a reader."""
    words = {True: "met", False: "missed"}
    made = [
        f"{name}: {one['value']} s (at most {one['target']}: {words[one['met']]})"
        for name, one in found["targets"].items()
    ]
    made.append(f"{found['filter_changes']} changes of filters, {found['switches']} switches between pages")
    made.append(f"{'page':<14}{'first':>8}{'median':>8}{'longest':>9}  seconds")
    for title, one in found["pages"].items():
        made.append(f"{title:<14}{one['first_s']:>8.2f}{one['median_s']:>8.2f}{one['max_s']:>9.2f}")
    return made


@contextlib.contextmanager
def address_of(port: int | None) -> Iterator[str]:
    """A server's address: the running one at a port, or a fresh one."""
    if port:
        yield f"http://127.0.0.1:{port}"
        return
    with served() as server:
        yield server.address


def main() -> None:
    """Measure and print; exit 1 where a target is missed."""
    parser = argparse.ArgumentParser(description="How fast the catalog's pages answer in a browser.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is opened again")
    parser.add_argument("--changes", type=int, default=CHANGES, help="changes of filters in Browse")
    parser.add_argument("--port", type=int, help="measure the server that listens there")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    with address_of(asked.port) as address:
        found = measured(address, asked.rounds, asked.changes)
    found = {"targets": verdicts(found), **found}
    print(json.dumps(found, indent=2) if asked.json else "\n".join(lines(found)))
    sys.exit(0 if all(one["met"] for one in found["targets"].values()) else 1)


if __name__ == "__main__":
    main()
