"""Twenty browser sessions that click through all pages for two minutes: `python -m tests.benchmarks.crowd --json`.

Each session has a word of its own, which it writes into the filter of Browse and into a query, and an entry of its own.
On every page it looks for errors and for the words and addresses of all others. Beside that: the memory of the server
before the sessions came and at its peak, for each session.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from taxonomy.catalog import open_catalog
from tests.benchmarks.clicks import percentile
from tests.benchmarks.explore import BOX, NoBrowserError, titles
from tests.benchmarks.server import Server, served
from tests.benchmarks.sessions import AT_ONCE, AWAKE, FLAGS, behind, say
from tests.browsers import browser_path

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TARGETS = {"errors": 0, "shared": 0}
VIEW = {"width": 1280, "height": 900}
PATIENCE = 60_000
THINKS = (0.5, 2.5)  # seconds between two clicks of one reader
FAILED = re.compile(r"could not be shown because of an error|Reference [0-9a-f]{8}|Traceback|Connection error")
CALM = """
() => {
  const app = document.querySelector("[data-testid=stApp]");
  return app && app.getAttribute("data-test-script-state") === "notRunning"
    && document.querySelector("[data-testid=stMain] h1");
}
"""


@dataclass
class Visitor:
    """One reader.

    Attributes:
        word: written into filters; nobody else's page may show it.
        entry: the key of the method that is this reader's.
        waits: seconds of each step.
    """

    page: Page
    word: str
    entry: str
    name: str
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    def watch(self) -> Visitor:
        """Note errors of the page itself and dialogs."""
        self.page.on("pageerror", lambda error: self.errors.append(f"in the page: {str(error)[:200]}"))
        self.page.on("dialog", lambda dialog: self.errors.append(f"a dialog: {dialog.message[:100]}"))
        return self

    async def calm(self) -> None:
        """Wait until the script has run and the page has its heading."""
        await self.page.wait_for_timeout(120)
        await self.page.wait_for_function(CALM, polling=100, timeout=PATIENCE)

    async def visit(self, server: str, until: float, others: Sequence[Visitor]) -> None:
        """Click through the pages until it is time to go; what fails is noted and the next click goes on."""
        draw = random.Random(self.word)  # noqa: S311 - an order of pages
        steps = [self.menu, self.menu, self.menu, self.filtered, self.own_entry, self.own_query]
        while time.monotonic() < until:
            step, began = draw.choice(steps), time.monotonic()
            try:
                await step(server, draw)
                await self.calm()
                self.waits.append(time.monotonic() - began)
                await self.look(others)
            except Exception as error:
                self.errors.append(f"{step.__name__} at {self.page.url[:120]}: {str(error).splitlines()[0][:200]}")
            await asyncio.sleep(draw.uniform(*THINKS))

    async def menu(self, server: str, draw: random.Random) -> None:  # noqa: ARG002 - as all steps
        """Go to a page by the menu."""
        title = draw.choice(titles())
        await self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()

    async def filtered(self, server: str, draw: random.Random) -> None:  # noqa: ARG002 - as all steps
        """Write the own word into the filter of Browse."""
        await self.page.get_by_test_id("stSidebarNavLink").filter(has_text="Browse").first.click()
        await self.calm()
        box = self.page.locator(BOX).first
        await box.fill(self.word)
        await box.press("Enter")
        await self.page.wait_for_url(lambda url: self.word in url, timeout=PATIENCE)

    async def own_entry(self, server: str, draw: random.Random) -> None:  # noqa: ARG002 - as all steps
        """Open the link of the own entry, and see it."""
        await self.page.goto(f"{server}/entry?{urlencode({'kind': 'method', 'key': self.entry})}")
        await self.calm()
        heading = await self.page.locator("[data-testid=stMain] h1").first.inner_text()
        if heading.strip() != self.name:
            self.shared.append(f"the link of {self.name} shows {heading[:60]}")

    async def own_query(self, server: str, draw: random.Random) -> None:  # noqa: ARG002 - as all steps
        """Open a link with a query that holds the own word."""
        sql = f"SELECT '{self.word}' AS whose, count(*) AS methods FROM method"
        await self.page.goto(f"{server}/query?{urlencode({'q_sql': sql})}")

    async def look(self, others: Sequence[Visitor]) -> None:
        """Note errors on the page, and whatever belongs to somebody else."""
        text = await self.page.locator("body").inner_text()
        values = await self.page.evaluate(
            "[...document.querySelectorAll('input, textarea')].map(e => e.value).join(' ')"
        )
        shown = f"{text} {values} {self.page.url}"
        if failed := FAILED.search(shown):
            self.errors.append(f"{self.page.url[:120]} says {failed[0]}")
        self.shared += [f"{self.page.url[:120]} shows {one.word}" for one in others if one.word in shown]


def words(count: int) -> list[str]:
    """A word for each session that no text of the catalog and no other word holds."""
    return [f"zq{number:02d}canary" for number in range(count)]


def own_entries(count: int) -> list[tuple[str, str]]:
    """Key and name of as many methods, no two with one name."""
    catalog = open_catalog()
    try:
        by_name = {row["name"]: row["key"] for row in catalog.store.query("keys", kind="method")}
    finally:
        catalog.close()
    return [(key, name) for name, key in sorted(by_name.items())][:count]


def resident_mb(server: Server) -> float:
    """The memory that the server's processes hold now, in MB (10^6 bytes)."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == server.process.pid:  # the process group
                status = (path.parent / "status").read_text()
                total += int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return total / 1e6


async def arrived(browser: Browser, address: str, count: int) -> list[Visitor]:
    """So many sessions, each in a profile of its own, with Home open."""
    found = []
    for word, (key, name) in zip(words(count), own_entries(count), strict=True):
        context = await browser.new_context(viewport=VIEW, reduced_motion="reduce")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        found.append(Visitor(await context.new_page(), word, key, name).watch())
    for start in range(0, count, AT_ONCE):
        some = found[start : start + AT_ONCE]
        await asyncio.gather(*(visitor.page.goto(address) for visitor in some))
        await asyncio.gather(*(visitor.calm() for visitor in some))
    return found


async def watched(server: Server, visits: asyncio.Future[Any]) -> float:
    """The most memory of the server while the visits go on, in MB."""
    most = 0.0
    while not visits.done():
        most = max(most, resident_mb(server))
        await asyncio.sleep(2)
    return most


async def measured(server: Server, count: int, seconds: float) -> dict[str, Any]:
    """Everything: first one reader who opens all pages, so that the server is warm, then all of them."""
    from playwright.async_api import async_playwright

    chromium = browser_path()
    if chromium is None:
        raise NoBrowserError("there is no chromium on the PATH; install it, then start again")
    chromium = behind(chromium)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *AWAKE])
        say("one reader opens all pages")
        (first,) = await arrived(browser, server.address, 1)
        for title in titles():
            await first.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
            await first.calm()
        await first.page.context.close()
        before = resident_mb(server)
        say(f"{count} sessions arrive")
        visitors = await arrived(browser, server.address, count)
        say(f"they click for {seconds:.0f} seconds")
        until = time.monotonic() + seconds
        visits = asyncio.gather(
            *(one.visit(server.address, until, [other for other in visitors if other is not one]) for one in visitors)
        )
        peak = await watched(server, visits)
        await visits
        await browser.close()
    return figures(visitors, before, peak)


def figures(visitors: Sequence[Visitor], before: float, peak: float) -> dict[str, Any]:
    """The numbers, and what went wrong in which session."""
    waits = [seconds for one in visitors for seconds in one.waits]
    return {
        "sessions": len(visitors),
        "steps": len(waits),
        "errors": sum(len(one.errors) for one in visitors),
        "shared": sum(len(one.shared) for one in visitors),
        "server_mb_before": round(before, 1),
        "server_mb_peak": round(peak, 1),
        "mb_per_session": round((peak - before) / len(visitors), 2),
        "step_median_s": round(percentile(waits, 0.5) or 0.0, 3),
        "step_p95_s": round(percentile(waits, 0.95) or 0.0, 3),
        "wrong": {one.word: [*one.errors, *one.shared][:10] for one in visitors if one.errors or one.shared},
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for a reader."""
    made = [f"{found['sessions']} sessions, {found['steps']} steps"]
    for name, most in TARGETS.items():
        made.append(f"{name}: {found[name]} (at most {most}: {'met' if found[name] <= most else 'missed'})")
    made += [f"{name}: {found[name]}" for name in ("server_mb_before", "server_mb_peak", "mb_per_session")]
    made += [f"{name}: {found[name]}" for name in ("step_median_s", "step_p95_s")]
    return [*made, *(f"{word}: {'; '.join(said)}" for word, said in found["wrong"].items())]


def main() -> None:
    """Measure and print; exit 1 where something failed or was shared."""
    parser = argparse.ArgumentParser(description="Browser sessions that click through all pages.")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    with served() as server:
        found = asyncio.run(measured(server, asked.sessions, asked.seconds))
    print(json.dumps(found, indent=2) if asked.json else "\n".join(lines(found)))
    sys.exit(1 if found["errors"] or found["shared"] else 0)


if __name__ == "__main__":
    main()
