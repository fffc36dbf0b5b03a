"""The same clicks without browsers: live runs in threads of one process, as the page starts them.

What browsers cost on the same machine is the difference to `tests.benchmarks.sessions`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engines.live import LiveRun, LiveRuns, LiveView, Status
from engines.models.embedded import embedded_model, precision
from engines.types import Arm, Encoder, LanguageModel
from taxonomy.encoder import SentenceEncoder
from tests.benchmarks.clicks import MIXED, TASKS, Click, clicks_of

LOOK = 0.05


def begun(view: LiveView) -> bool:
    """Whether a reader would see a first score or word."""
    return view.done or any(arm.text or (arm.outcome and arm.outcome.output) for arm in view.arms.values())


def whole(view: LiveView) -> bool:
    """Whether every arm was computed."""
    return view.done and all(arm.status is Status.DONE for arm in view.arms.values())


def run_all(runs: Sequence[LiveRun]) -> tuple[list[float], list[float]]:
    """Start all at once; seconds to the first score or word of each, and to the end of each."""
    kept, start = LiveRuns(), time.monotonic()
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    started = [kept.start(run) for run in runs]
    while len(last) < len(started):
        for place, run in enumerate(started):
            view, now = run.view(), time.monotonic() - start
            if begun(view):
                first.setdefault(place, now)
            if view.done:
                last.setdefault(place, now)
        time.sleep(LOOK)
    return [first[i] for i in range(len(runs))], [last[i] for i in range(len(runs))]


def measure(
    together: Sequence[Click], apart: Sequence[Click], model: LanguageModel, encoder: Encoder
) -> dict[str, Any]:
    """Thirty clicks at once, then as many others one after another."""

    def made(click: Click) -> LiveRun:
        bench, example, columns = click.bench(model, encoder)
        return LiveRun(bench, example, columns, [Arm.RIGHT])

    runs, others = [made(click) for click in together], [made(click) for click in apart[1:]]
    run_all([made(apart[0])])  # loads the model; it is counted below with the mean of the others
    first, last = run_all(runs)
    peak = peak_gb([os.getpid()])
    alone = [run_all([run])[1][0] for run in others]
    total = sum(alone) * len(apart) / max(1, len(alone))
    wrong = sum(not whole(run.view()) for run in [*runs, *others])
    return figures(first, last, total, peak) | {"unfinished": wrong}


def figures(first: Sequence[float], last: Sequence[float], one_by_one: float, peak: float) -> dict[str, Any]:
    """Seconds and the ratios that have targets."""
    longest, end = max(first), max(last)
    return {
        "sessions": len(last),
        "last_seconds": round(end, 2),
        "one_by_one_seconds": round(one_by_one, 2),
        "last_ratio": round(end / one_by_one, 4) if one_by_one else None,
        "first_wait_seconds": round(longest, 2),
        "first_wait_share": round(longest / end, 4),
        "peak_memory_gb": round(peak, 3),
    }


def peak_gb(processes: Sequence[int]) -> float:
    """The most memory that processes held, in GB (10^9 bytes), by the kernel's count."""
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1]) * 1024
    return total / 1e9


def options(about: str) -> argparse.ArgumentParser:
    """The options that both measurements have."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--task", choices=[*TASKS, MIXED], default="rating")
    parser.add_argument("--k", type=int, default=32, help="items of the profile in each prompt")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def show(found: dict[str, Any], as_json: bool, rows: Callable[[dict[str, Any]], list[str]]) -> None:
    """Print as JSON or as lines."""
    print(json.dumps(found, indent=2) if as_json else "\n".join(rows(found)))


def main() -> None:
    """Measure and print."""
    asked = options("Live runs in threads of one process, at once and one after another.").parse_args()
    together, apart = clicks_of(asked.task, asked.sessions, asked.k)
    found = measure(together, apart, embedded_model(), SentenceEncoder())
    head = {"task": asked.task, "k": asked.k, "precision": precision()}
    show(head | found, asked.json, lambda all_: [f"{name}: {value}" for name, value in all_.items()])


if __name__ == "__main__":
    main()
