"""Facets with counts, a page of results and the total: how long a question takes, beside pandas, as the catalog grows.

Ours and pandas answer the same questions in turns; each question is asked several times, in another order each time,
and both must give the same entries, totals and counts. "First" asks with no row of a page in memory. Cold is from
opening the file to the first answer, and from there to the first answer with a text.

    python -m tests.benchmarks.browse --times 1 3 10 30 100 300 [--json]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from taxonomy.browse import Browser
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.snapshot import ensure_catalog
from taxonomy.store import Store
from tests.benchmarks.browse_questions import questions
from tests.benchmarks.browse_rival import Answer, PandasBrowser
from tests.benchmarks.synthetic import synthetic_snapshot

T = TypeVar("T")
REPEATS = 5


def timed(ask: Callable[[], T]) -> tuple[T, float]:
    """An answer and the milliseconds that it took."""
    start = time.perf_counter()
    answer = ask()
    return answer, (time.perf_counter() - start) * 1000


def as_answer(page: BrowsePage) -> Answer:
    """A page as it is compared."""
    shown = tuple((row.ref.kind.value, row.ref.key) for row in page.rows)
    counts = {(f.value, c.value): c.count for f, counts in page.facets.items() for c in counts if c.count}
    return Answer(shown, page.total, counts)


def figures(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, to a hundredth."""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "max": round(max(milliseconds), 2)}


def cold(path: Path) -> dict[str, float]:
    """Milliseconds from opening a file to the first answer, and from there to the first one with a text."""

    def opened() -> Browser:
        browser = Browser(Store(path))
        browser.page(BrowseQuery(limit=20))
        return browser

    browser, first = timed(opened)
    _, worded = timed(lambda: browser.page(BrowseQuery(text="retrieval", limit=20)))
    return {"open": round(first, 1), "text": round(worded, 1)}


def measure(path: Path, repeats: int = REPEATS) -> dict[str, Any]:
    """All figures of one catalog."""
    started = cold(path)
    store = Store(path)
    browser, rival = Browser(store), PandasBrowser(store)
    asked = questions(browser)
    browser.page(BrowseQuery(text="warm", limit=0))
    first: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    by_text: dict[bool, list[float]] = {True: [], False: []}
    order = random.Random(1)  # noqa: S311 - reproducible, not secret
    gc.collect()
    for turn in range(repeats + 1):
        order.shuffle(asked)
        for query in asked:
            if not turn:
                browser._kept = {}
            page, spent = timed(lambda query=query: browser.page(query))  # type: ignore[misc]
            if not turn:
                first.append(spent)
                continue
            answer, other = timed(lambda query=query: rival.page(query))  # type: ignore[misc]
            ours.append(spent)
            theirs.append(other)
            by_text[bool(query.text or query.phrases)].append(spent)
            if turn == 1 and as_answer(page) != answer:
                raise AssertionError(f"ours and pandas differ on {query}")
    return {
        "entries": browser.index.count,
        "questions": len(asked),
        "asked": len(ours),
        "first": figures(first),
        "ours": figures(ours),
        "with text": figures(by_text[True]),
        "without text": figures(by_text[False]),
        "pandas": figures(theirs),
        "pandas slower": round(float(np.median(np.array(theirs) / np.array(ours))), 1),
        "cold": started,
    }


def catalog(folder: Path, times: int) -> Path:
    """The file of the real catalog, or of one so many times as large; one that is there already is taken."""
    if times == 1:
        return ensure_catalog().path
    path = folder / f"synthetic-{times}x-7.duckdb"
    return path if path.exists() else synthetic_snapshot(folder, times).path


def table(found: dict[int, dict[str, Any]]) -> str:
    """The figures as lines, in milliseconds."""
    head = (
        f"{'times':>5} {'entries':>8} | {'ours p50':>8} {'p95':>7} {'max':>7} | {'text p95':>8} | {'first p95':>9} | "
    )
    lines = [head + f"{'pandas p50':>10} {'p95':>7} {'slower':>6} | {'cold':>7} {'+ text':>7}"]
    for times, each in found.items():
        ours, pandas = each["ours"], each["pandas"]
        lines.append(
            f"{times:>5} {each['entries']:>8} | {ours['p50']:>8} {ours['p95']:>7} {ours['max']:>7} | "
            f"{each['with text']['p95']:>8} | {each['first']['p95']:>9} | {pandas['p50']:>10} {pandas['p95']:>7} "
            f"{each['pandas slower']:>5}x | {each['cold']['open']:>7} {each['cold']['text']:>7}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure browsing.")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 3, 10, 30, 100, 300])
    parser.add_argument("--folder", type=Path, help="where synthetic catalogs are kept; a temporary one otherwise")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        found = {times: measure(catalog(folder, times), given.repeats) for times in given.times}
    print(json.dumps(found, indent=1) if given.json else table(found))


if __name__ == "__main__":
    main()
