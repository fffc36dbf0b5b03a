"""How many of the right entries are among the first five of a search: by words, by meaning and fused.

The judged questions are of three files. On those of `judged_queries.yaml` and `judged_later.yaml` search was tuned;
those of `judged_kept.yaml` were written apart from everything that search knows and count for the final figure alone.
They are taken only when asked for, and no single question of them is shown.

    python -m tests.benchmarks.recall
    python -m tests.benchmarks.recall --later
    python -m tests.benchmarks.recall --kept
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from taxonomy.catalog import open_catalog
from taxonomy.encoder import SentenceEncoder
from taxonomy.search import Searcher
from taxonomy.vocab import Mode
from tests.taxonomy.judged import CUT, DEVELOPMENT, KEPT, LATER, TYPES, mean, read_judged, recalls

TARGET = 0.9


def measure(file: Path) -> dict[str, dict[str, float]]:
    """Recall@5 by type of question and mode, and how many questions of the type there are."""
    questions = read_judged(file)
    searcher = Searcher(open_catalog(), SentenceEncoder())
    searcher.wait()
    scores = {mode: recalls(searcher, questions, mode) for mode in Mode}
    rows = {}
    for kind in (*TYPES, ""):
        found = {mode.value: round(mean(scores[mode], kind), 4) for mode in Mode}
        rows[kind or "all"] = {"questions": sum(kind in ("", question.type) for question in questions), **found}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--later", action="store_true", help="the later questions for development")
    parser.add_argument("--kept", action="store_true", help="the final figure, for which nothing may be tuned")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = measure(KEPT if given.kept else LATER if given.later else DEVELOPMENT)
    if given.json:
        print(json.dumps(rows))
        return
    table = Table(f"recall@{CUT}", "questions", *(mode.value for mode in Mode))
    for kind, row in rows.items():
        table.add_row(kind, str(row["questions"]), *(f"{row[mode.value]:.3f}" for mode in Mode))
    console = Console()
    console.print(table)
    best = rows["all"]["hybrid"]
    console.print(f"fused, all: {best:.3f}, target {TARGET}: {'met' if best >= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()
