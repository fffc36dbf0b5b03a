"""Every method on the tasks that methods are compared on, as one table for each task.

Twelve people of Campus with eight posts and eight choices each, and 24 people of MovieLens with five ratings each; each
method on the tasks that it is for, in its arms. A prompt holds up to four retrieved items of film ratings, and two of
Campus, where four make prompts of 600 tokens. Printed are means, gaps with intervals over people, and costs. A folder
keeps the finished parts and the seconds that were used, so that a stopped run goes on and its time adds up. Each mean
stands with its 95 % interval over people. "kept" is what is kept of one user beside the items, "shared" what serves a
group, a fold or everyone; "s" are the seconds that one user takes to prepare, without waiting for other trainings, and
"s shared" those of learning what is shared. Trained states are kept in the home folder, so give them room
(ATTUNE_STATE_GB=8); one that is found again says what it took when it was made.

Methods that take one of several drafts have no likelihood of the true post; what they take is compared with its words.

    ATTUNE_HOME=FOLDER ATTUNE_STATE_GB=8 ATTUNE_TRAININGS=2 python -m tests.benchmarks.table --resume PARTS

On a processor that multiplies bfloat16, ATTUNE_DTYPE=bfloat16 takes less time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from data.importers import datasets
from engines.methods import methods
from engines.metrics import metrics
from engines.models.embedded import embedded_model
from engines.runs.cells import Bench
from engines.runs.compare import Plan, Row, rows, run
from engines.runs.cost_table import cells
from engines.runs.journal import Journal
from engines.types import Arm, Config
from taxonomy.encoder import SentenceEncoder

TASKS = (("movielens-100k", "movie-rating", 24, 4), ("campus", "post-rewrite", 12, 2), ("campus", "preference", 12, 2))
DRAFTS = ("post-rewrite", ("none", "reward-best-of-n", "mixture-reward"), ("rouge-l", "embedding-similarity"))
QUIET = 30.0
ARMS = ("right", "wrong", "nobody", "right - wrong", "right - nobody")
HEAD = ("method", *ARMS, "tokens", "private items", "kept", "shared", "s", "s shared")


def lines(found: Sequence[Row], metric: str) -> Iterator[str]:
    """The rows of one metric as lines of a Markdown table; what was not measured is empty, never zero."""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    own = [row for row in found if row.metric == metric]
    for method in dict.fromkeys(row.method for row in own):
        scores = {row.arm: row for row in own if row.method == method and row.kind == "score"}
        gaps = {row.arm: row for row in own if row.method == method and row.kind == "gap"}
        costs = cells((scores.get("right") or next(iter(scores.values()))).cost)
        means = [_mean(scores.get(arm)) for arm in Arm]
        said = [_gap(gaps.get(f"right-{arm}")) for arm in (Arm.WRONG, Arm.NOBODY)]
        yield "| " + " | ".join([f"`{method}`", *means, *said, *costs]) + " |"


def counted(found: Sequence[Row], metric: str) -> str:
    """Of how many people and examples the means are; the fewest and the most, where some have no value."""
    scored = [
        row.estimate for row in found if row.metric == metric and row.kind == "score" and row.estimate.mean is not None
    ]
    numbers = {"people": [one.users for one in scored], "examples": [one.n for one in scored]}
    spans = {what: sorted({min(some), max(some)}) for what, some in numbers.items() if some}
    return ", ".join(f"{' to '.join(map(str, span))} {what}" for what, span in spans.items()) or "nothing scored"


def _mean(row: Row | None) -> str:
    if row is None or row.estimate.mean is None:
        return ""
    return f"{row.estimate.mean:.3f} [{row.estimate.low:.3f}, {row.estimate.high:.3f}]"


def _gap(row: Row | None) -> str:
    if row is None or row.estimate.mean is None:
        return ""
    made = row.estimate
    return f"{made.mean:+.3f} [{made.low:+.3f}, {made.high:+.3f}]{' tie' if made.tie else ''}"


class Clock:
    """The seconds that parts took, in a file, so that they add up over runs; one that is killed loses half a minute.

    Args:
        path: of the file, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.spent: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
        self._part, self._since = "", 0.0

    def add(self) -> None:
        """Add what was spent since the last time."""
        now = time.perf_counter()
        self.spent[self._part] = self.spent.get(self._part, 0.0) + now - self._since
        self._since = now
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self.spent))
        new.replace(self._path)

    @contextmanager
    def running(self, part: str) -> Iterator[None]:
        """Count the seconds of a block for a part, also where it is stopped."""
        self._part, self._since = part, time.perf_counter()
        try:
            yield
        finally:
            self.add()


def computed(bench: Bench, plan: Plan, journal: Journal, *, clock: Clock) -> list[Row]:
    """The rows of one task, with a line of progress now and then."""
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= QUIET:
            told = time.monotonic()
            clock.add()
            print(f"{bench.task.id}: {done} of {total} cells", file=sys.stderr, flush=True)

    comparison = run(bench, plan, tell, journal=journal)
    for reason, count in comparison.failures.items():
        print(f"{count} not computed: {reason}", file=sys.stderr)
    return rows(bench, comparison)


def main() -> None:
    """Compute what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resume", type=Path, required=True, help="a folder for finished parts")
    parser.add_argument("--only", default="", help="tasks, separated by commas")
    asked = parser.parse_args()
    asked.resume.mkdir(parents=True, exist_ok=True)
    clock = Clock(asked.resume / "seconds.json")
    model, encoder = embedded_model(), SentenceEncoder()
    for dataset, task, people, k in TASKS:
        if asked.only and task not in asked.only.split(","):
            continue
        data = datasets[dataset]()
        bench = Bench(data, data.task(task), model, encoder, 7)
        names = [name for name in methods.names() if not methods[name].info.why_unfit(bench.task.kind)]
        plan = Plan(tuple(names), tuple(Arm), people, Config(k=k), texts=False)
        with clock.running(task):
            found = computed(bench, plan, Journal(asked.resume / f"{task}.jsonl"), clock=clock)
        show(bench, bench.task.main_metric, found, clock.spent[task])
        if task == DRAFTS[0]:
            with clock.running("drafts"):
                journal = Journal(asked.resume / "drafts.jsonl")
                found = computed(bench, replace(plan, methods=DRAFTS[1], texts=True), journal, clock=clock)
            for metric in DRAFTS[2]:
                show(bench, metric, found, clock.spent["drafts"])
    print(f"\n{sum(clock.spent.values()):.0f} s in all")


def show(bench: Bench, metric: str, found: Sequence[Row], seconds: float) -> None:
    """Print one table."""
    better = "higher" if metrics[metric].info.higher_is_better else "lower"
    print(f"\n{bench.task.id}, {metric} ({better} is better), {counted(found, metric)}; {seconds:.0f} s\n")
    print("\n".join(lines(found, metric)), flush=True)


if __name__ == "__main__":
    main()
