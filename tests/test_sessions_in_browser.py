"""Many browser sessions on one server: one computation for one link, nobody else's results, and a server that stops.

ATTUNE_SESSIONS says how many open the shared link (3); ATTUNE_RECORD names a folder for recordings.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from engines.models.echo import EchoModel
from engines.training.loading import training_precision
from taxonomy.encoder import SentenceEncoder
from tests.benchmarks.clicks import Click, clicks_of
from tests.benchmarks.counted import STARTED
from tests.benchmarks.pages import stands
from tests.benchmarks.server import Server, served, start
from tests.conftest import require_browser, require_model
from tests.recordings import recorded

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SESSIONS = int(os.environ.get("ATTUNE_SESSIONS", "") or 3)
PATIENCE = 30_000 * max(6, SESSIONS)
VIEW = {"width": 1280, "height": 900}
SLOW = "pg_dataset=campus&pg_user=odile&pg_methods=recent-history,rag-bm25&pg_arms=right&pg_run=1"


@pytest.fixture(scope="module")
def counted() -> Iterator[Server]:
    """A dashboard that writes down each run that it begins."""
    require_browser()
    require_model()
    with served("tests.benchmarks.counted", precision=training_precision()) as running:
        yield running


@contextmanager
def sessions(browser: Browser, addresses: list[str]) -> Iterator[list[Page]]:
    """A page for each address, opened without waiting for any; the first is recorded."""
    with ExitStack() as stack:
        pages = [stack.enter_context(recorded(browser, "a-shared-link", viewport=VIEW))]
        for _ in addresses[1:]:
            context = browser.new_context(viewport=VIEW)
            stack.callback(context.close)
            pages.append(context.new_page())
        for page, address in zip(pages, addresses, strict=True):
            page.goto(address, wait_until="commit")
        yield pages


def results(page: Page) -> str:
    """The page once the run is done."""
    page.get_by_text("What to notice").wait_for(timeout=PATIENCE)
    page.get_by_text(re.compile("^says ")).nth(2).wait_for(timeout=PATIENCE)
    return page.locator("[data-testid=stMain]").inner_text()


def answers(text: str) -> list[str]:
    """What the columns say and every number of their tables."""
    return [line for line in text.splitlines() if re.search(r"^says |\d\.\d\d", line) and " s, " not in line]


def evidence(page: Page) -> str:
    """What the first column used."""
    page.get_by_role("button", name=re.compile(r"Why \(")).first.click()
    page.get_by_text("Items used").last.wait_for()
    return " ".join(page.locator("[data-testid=stPopoverBody]").last.inner_text().split())


def people(*clicks: Click) -> list[tuple[str, list[str]]]:
    """The name of each click's person and the newest items of the profile."""
    found = []
    for click in clicks:
        bench, example, _ = click.bench(EchoModel(), SentenceEncoder())
        found.append((bench.dataset.by_id[click.user].name, click.own_items(bench, example)))
    return found


def test_a_shared_link_is_computed_once_and_another_user_is_apart(counted: Server, browser: Browser) -> None:
    (shared, other), _ = clicks_of("rating", 2, 4)
    (name, items), (other_name, other_items) = people(shared, other)
    addresses = [f"{click.address(counted.address)}&pg_run=1" for click in [shared] * SESSIONS + [other]]
    with sessions(browser, addresses) as pages:
        *texts, apart = [results(page) for page in pages]
        used, used_apart = evidence(pages[0]), evidence(pages[-1])
    assert len(answers(texts[0])) > 5
    assert {tuple(answers(text)) for text in texts} == {tuple(answers(texts[0]))}
    started = (counted.home / STARTED).read_text().split()
    assert len(started) == len(set(started)) == 2, "one run for the shared link, one for the other user"
    for own, foreign, text, said in ((name, other_name, texts[0], used), (other_name, name, apart, used_apart)):
        assert stands(own, text)
        assert not stands(foreign, text + said)
    assert [item for item in items if " ".join(item.split()) not in used] == []
    assert [item for item in other_items if " ".join(item.split()) not in used_apart] == []
    assert f"the data of {other.user}, this user" in used_apart


@pytest.mark.parametrize(
    "how", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL], ids=["SIGTERM", "SIGKILL"]
)
def test_a_stopped_server_is_told_and_its_address_restores_the_view(browser: Browser, how: signal.Signals) -> None:
    require_model()
    precision = training_precision()
    with (
        served(precision=precision) as server,
        recorded(browser, f"a-server-stopped-by-{how.name}", viewport=VIEW) as page,
    ):
        page.goto(f"{server.address}/playground?{SLOW}")
        page.get_by_text("Computing").wait_for()
        before = page.get_by_text("Profile of Odile").inner_text()
        server.end(how)
        page.get_by_text("Connection error").wait_for()
        server.process = start(server.home, int(server.address.rpartition(":")[2]), precision=precision).process
        page.reload()
        page.get_by_text(re.compile("Computing|What to notice")).first.wait_for()
        assert page.get_by_text("Profile of Odile").inner_text() == before
        assert page.get_by_text("Connection error").count() == 0
        assert "pg_user=odile" in page.url


def test_a_name_counts_only_as_a_whole() -> None:
    assert stands("#1", "right user: #1 (student)")
    assert not stands("#1", "right user: #12 (student)")
    assert not stands("Ada", "Adam wrote")
