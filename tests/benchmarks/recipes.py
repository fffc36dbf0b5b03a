"""Recipes of the trained methods, compared on the earlier split of the data, on which no result is reported.

Each method runs with its recipe and with some changes to it, in a whole fold of people, on Campus's choices and posts
or on film ratings; `most` is from how many of a person's items it learns. Printed are the main metric with the right
and the wrong user's data, their gap with its interval, and the seconds.

    python -m tests.benchmarks.recipes --only user-lora,persona-lora
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from data.importers import datasets
from data.records import Dataset, Split
from engines.methods import methods
from engines.models.embedded import embedded_model
from engines.runs.cells import Bench
from engines.runs.compare import Plan, rows, run
from engines.types import Arm, Config
from taxonomy.encoder import SentenceEncoder

METRICS = {"preference": "choice-accuracy", "post-rewrite": "bits-per-byte", "movie-rating": "mae"}
CHOICES, BOTH, ALL = ("preference",), ("preference", "post-rewrite"), tuple(METRICS)


@dataclass(frozen=True)
class Study:
    """A recipe that is changed: where it stands, what is changed in it, one run for each change, and on which tasks."""

    module: str
    name: str
    changes: tuple[Mapping[str, float], ...]
    tasks: tuple[str, ...] = BOTH


STUDIES = {
    "global-lora": Study("engines.training.adapters", "TASK", ({}, {"batch": 16}, {"batch": 8, "epochs": 3})),
    "user-lora": Study(
        "engines.methods.user_lora",
        "OWN",
        ({}, {"rate": 2e-3}, {"rate": 2e-3, "batch": 2}, {"rate": 2e-3, "epochs": 4}, {"epochs": 4}),
    ),
    "persona-lora": Study(
        "engines.methods.persona_lora", "GROUP", ({}, {"rate": 2e-3, "batch": 2}, {"rate": 2e-3, "epochs": 2})
    ),
    "persona-soup": Study("engines.methods.persona_soup", "SHARED", ({}, {"epochs": 4, "rate": 1e-3}), CHOICES),
    "global-dpo": Study("engines.methods.global_dpo", "SHARED", ({}, {"epochs": 4, "rate": 1e-3}), CHOICES),
    "user-dpo": Study("engines.methods.user_dpo", "RECIPE", ({}, {"rate": 1e-3, "epochs": 2}), CHOICES),
    "user-full-finetune": Study("engines.methods.user_full_finetune", "FULL", ({}, {"rate": 5e-5, "epochs": 3})),
    "user-embedding": Study(
        "engines.methods.user_embedding", "PROJECTOR", ({}, {"rate": 3e-4}, {"rate": 3e-4, "epochs": 2, "batch": 16})
    ),
    "lora-pieces": Study("engines.methods.lora_pieces", "SHARED", ({}, {"rate": 1e-3, "epochs": 4})),
    "user-soft-prompt": Study(
        "engines.methods.user_soft_prompt",
        "SOFT",
        ({}, {"most": 16}, {"epochs": 2, "batch": 2}, {"epochs": 2, "rate": 4e-2}),
        ALL,
    ),
}


@contextmanager
def changed(study: Study, change: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """The module with another recipe while the context lasts; the recipe as plain values."""
    module = importlib.import_module(study.module)
    usual, most = getattr(module, study.name), getattr(module, "MOST", None)
    setattr(module, study.name, replace(usual, **{name: value for name, value in change.items() if name != "most"}))
    if "most" in change:
        module.MOST = change["most"]  # type: ignore[attr-defined]
    try:
        yield asdict(getattr(module, study.name)) | {"most": getattr(module, "MOST", None)}
    finally:
        setattr(module, study.name, usual)
        if "most" in change:
            module.MOST = most  # type: ignore[attr-defined]


def measured(data: Dataset, method: str, task: str, people: int, change: Mapping[str, float]) -> dict[str, Any]:
    """The main metric by arm, and the gap, of one method on the earlier split.

    What a method has as an option as well as in its recipe is changed there too, since the option is what it reads.
    """
    start = time.perf_counter()
    bench = Bench(data, data.task(task), embedded_model(), SentenceEncoder())
    arms = (Arm.RIGHT, Arm.WRONG) if methods[method].info.personal else (Arm.NOBODY,)
    options = {one.name: change[one.name] for one in methods[method].info.options if one.name in change}
    plan = Plan((method,), arms, people, Config(k=4, options=options), split=Split.EARLIER, texts=False)
    comparison = run(bench, plan)
    found = {
        row.arm: [row.estimate.mean, row.estimate.low, row.estimate.high]
        for row in rows(bench, comparison)
        if row.method == method and row.metric == METRICS[task]
    }
    return {"seconds": time.perf_counter() - start, "failures": dict(comparison.failures), **found}


def main() -> None:
    """Measure and print a JSON line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(STUDIES))
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--tasks", default=",".join(METRICS), help="of those that a method is compared on")
    given = parser.parse_args()
    campus, films = datasets["campus"](), datasets["movielens-100k"]()
    for method in given.only.split(","):
        study = STUDIES[method]
        for change in study.changes:
            with changed(study, change) as recipe:
                shown = {name: recipe[name] for name in ("rate", "epochs", "batch", "most")}
                for task in (one for one in study.tasks if one in given.tasks.split(",")):
                    data = campus if campus.has_task(task) else films
                    found = measured(data, method, task, given.people, change)
                    print(json.dumps({"method": method, "task": task, **shown, **found}), flush=True)


if __name__ == "__main__":
    main()
