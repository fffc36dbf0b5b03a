"""Thirty browser sessions that press Run at the same moment: `python -m tests.benchmarks.sessions --json`.

Each session has a link of its own to the Playground (three methods, right user) and must show that user's results and
nobody else's. The same number of other clicks then follows one after another. Meanwhile somebody uses the filters of
Browse. Thirty tabs cost time on the same machine, so the same clicks are computed first in a process without browsers
(`engine`); `--no-engine` leaves that out.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import AttuneError
from data.home import ROOT
from engines.models.echo import EchoModel
from engines.models.embedded import precision
from taxonomy.encoder import SentenceEncoder
from tests.benchmarks.clicks import Click, clicks_of, percentile
from tests.benchmarks.pages import COUNTED, WATCH, Session, Visitor, lighten
from tests.benchmarks.server import Server, served
from tests.benchmarks.threads import figures, options, show
from tests.browsers import browser_path

if TYPE_CHECKING:
    from playwright.async_api import Browser

TARGETS = {"last_ratio": 0.8, "first_wait_share": 0.5, "peak_memory_gb": 2.6, "visitor_p95_s": 1.0}
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
# Tabs in the background are slowed down by the browser; here all of them are in front of somebody.
AWAKE = ("--disable-background-timer-throttling", "--disable-renderer-backgrounding")
# The tabs stand for other people's machines, so they come behind the server on this one, but not as the very last: they
# would see results only when all is done.
BEHIND = 10
AT_ONCE = 5
VIEW = {"width": 1280, "height": 900}


class NoBrowserError(AttuneError):
    """There is no Chromium to open the sessions in."""


def say(what: str) -> None:
    """What is done now, on the error stream."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def behind(chromium: str) -> str:
    """A program that starts Chromium at a lower priority, which as root it would raise by itself.

    On Linux a priority may count only inside a session of processes; then that of the session is lowered too.
    """
    if shutil.which("setpriv") is None or os.geteuid() != 0:
        os.nice(BEHIND)
        return chromium
    script = Path(tempfile.mkdtemp(prefix="attune-browser-")) / "chromium"
    group = f"echo {BEHIND} >/proc/self/autogroup 2>/dev/null"
    start = f'exec nice -n {BEHIND} setpriv --bounding-set=-sys_nice {chromium} "$@"'
    script.write_text(f"#!/bin/sh\n{group}\n{start}\n")
    script.chmod(0o700)
    return str(script)


async def opened(browser: Browser, click: Click) -> Session:
    """A session in a profile of its own, nothing loaded yet."""
    context = await browser.new_context(viewport=VIEW, reduced_motion="reduce")
    await lighten(context, WATCH)
    return Session(click, await context.new_page())


async def all_at_once(
    browser: Browser, elsewhere: Browser, server: Server, clicks: Sequence[Click]
) -> tuple[list[Session], Visitor]:
    """Open all links, press Run in all, wait for all; a visitor of Browse, whose browser is `elsewhere`, goes on."""
    context = await elsewhere.new_context(viewport=VIEW, reduced_motion="reduce")
    await lighten(context, COUNTED)
    visitor = Visitor(await context.new_page())
    await visitor.open(server.address)
    sessions = [await opened(browser, click) for click in clicks]
    for start in range(0, len(sessions), AT_ONCE):
        await asyncio.gather(*(session.open(server.address) for session in sessions[start : start + AT_ONCE]))
    say("all pages are open; pressing Run")
    before, start = server.processor_seconds(), time.monotonic()
    staying = asyncio.create_task(visitor.stay())
    await asyncio.gather(*(session.press() for session in sessions))
    await asyncio.gather(*(session.finish() for session in sessions))
    spent = {name: round(value - before[name], 1) for name, value in server.processor_seconds().items()}
    say(f"{time.monotonic() - start:.0f} s; processor seconds {spent}")
    visitor.leave()
    await staying
    await context.close()
    return sessions, visitor


async def one_by_one(browser: Browser, server: Server, clicks: Sequence[Click]) -> list[float]:
    """Seconds of each click when it is alone."""
    found = []
    for click in clicks:
        session = await opened(browser, click)
        await session.open(server.address)
        await session.press()
        await session.finish()
        found.append((session.last - session.clicked) / 1000)
        await session.page.context.close()
    return found


def signs(clicks: Sequence[Click]) -> list[tuple[str, list[str]]]:
    """For each click the person's name as pages show it, and the newest items of the profile."""
    found = []
    for click in clicks:
        bench, example, _ = click.bench(EchoModel(), SentenceEncoder())
        found.append((bench.dataset.by_id[click.user].name, click.own_items(bench, example)))
    return found


async def checked(sessions: Sequence[Session]) -> None:
    """Look in every page for its own items and for the names of all others."""
    known = signs([session.click for session in sessions])
    for session, (name, items) in zip(sessions, known, strict=True):
        others = {other: f"the session of {other}" for other, _ in known if other != name}
        await session.check(items, others)


async def measured(server: Server, together: Sequence[Click], apart: Sequence[Click]) -> dict[str, Any]:
    """Everything that needs browsers; the first of the clicks that come alone also loads the model."""
    from playwright.async_api import async_playwright

    chromium = browser_path()
    if chromium is None:
        raise NoBrowserError("there is no chromium on the PATH; install it, then start again")
    async with async_playwright() as playwright:
        # The visitor's machine is not kept busy by thirty tabs, so this browser starts before those are put behind.
        elsewhere = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *AWAKE])
        chromium = behind(chromium)
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *AWAKE])
        say("one click alone, which loads the model")
        await one_by_one(browser, server, apart[:1])
        say(f"{len(together)} clicks at once")
        sessions, visitor = await all_at_once(browser, elsewhere, server, together)
        peak = server.peak_gb()
        say("looking in every page")
        await checked(sessions)
        for session in sessions:
            await session.page.context.close()
        say(f"{len(apart) - 1} clicks one after another")
        alone = await one_by_one(browser, server, apart[1:])
        await browser.close()
        await elsewhere.close()
    start = min(session.clicked for session in sessions)
    first = [(session.first - session.clicked) / 1000 for session in sessions]
    last = [(session.last - start) / 1000 for session in sessions]
    total = sum(alone) * len(apart) / max(1, len(alone))
    slowest = percentile(visitor.waits, 0.95)
    return figures(first, last, total, peak) | {
        "visitor_p95_s": None if slowest is None else round(slowest, 3),
        "visitor_changes": len(visitor.waits),
        "problems": {session.click.user: session.problems for session in sessions if session.problems},
    }


def in_threads(sessions: int, task: str, k: int) -> dict[str, Any]:
    """The same clicks in a process without browsers."""
    command = [sys.executable, "-m", "tests.benchmarks.threads", "--json"]
    asked = ["--sessions", str(sessions), "--task", task, "--k", str(k)]
    done = subprocess.run([*command, *asked], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


def verdicts(found: dict[str, Any]) -> dict[str, Any]:
    """Each target with the value and whether it is met; None where nothing was measured."""
    values = {name: found.get(name) for name in TARGETS}
    return {
        name: {"value": value, "target": TARGETS[name], "met": None if value is None else value <= TARGETS[name]}
        for name, value in values.items()
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The figures for a reader."""
    words = {True: "met", False: "missed", None: "no value"}
    made = [f"{found['browsers']['sessions']} sessions, {found['task']}, {found['k']} items, {found['precision']}"]
    for name, one in found["targets"].items():
        made.append(f"{name}: {one['value']} (at most {one['target']}: {words[one['met']]})")
    if engine := found.get("engine"):
        made.append(f"without browsers: last_ratio {engine['last_ratio']}, first {engine['first_wait_share']}")
    problems = found["browsers"]["problems"]
    return [*made, *(f"{user}: {'; '.join(said)}" for user, said in problems.items())]


def main() -> None:
    """Measure and print; exit 1 where a session showed what is not its own."""
    parser = options("Browser sessions that press Run at the same moment.")
    parser.add_argument("--no-engine", action="store_true", help="leave out the process without browsers")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that server and browsers end too
    together, apart = clicks_of(asked.task, asked.sessions, asked.k)
    engine = {} if asked.no_engine else in_threads(asked.sessions, asked.task, asked.k)
    with served() as server:
        browsers = asyncio.run(measured(server, together, apart))
    head = {"task": asked.task, "k": asked.k, "precision": precision()}
    found = {**head, "targets": verdicts(browsers), "browsers": browsers, "engine": engine}
    show(found, asked.json, lines)
    sys.exit(1 if browsers["problems"] else 0)


if __name__ == "__main__":
    main()
