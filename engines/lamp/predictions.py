"""What a method says to the questions of an imported LaMP set, as a file that LaMP's evaluation takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.atomic import write_bytes
from data.errors import DataError, Place
from data.importers.lamp_tasks import LAMP
from data.records import Task, TaskKind
from engines.errors import EngineError, FailureKind
from engines.methods import methods
from engines.outputs import Output
from engines.runs.bench import Bench, why_not
from engines.runs.compare import Plan, Progress, run
from engines.types import Arm, Config

FILES = {kind.task.id: kind.file for kind in LAMP}


def said(task: Task, output: Output) -> str:
    """An output as text: the expected rating, the likeliest label, or what was written; empty where there is none."""
    if task.kind is TaskKind.RATE:
        return "" if output.rating is None else f"{output.rating:.4f}"
    if task.kind is TaskKind.RANK:
        return max(output.candidates, key=lambda label: output.candidates[label], default="")
    return output.generation.text.strip() if output.generation else ""


@dataclass(frozen=True)
class Predictions:
    """Question id to what a method says to it, empty where it failed, and why some failed with how many."""

    texts: Mapping[str, str]
    failures: Mapping[str, int]


def plan_of(bench: Bench, method: str, arm: Arm, *, config: Config) -> Plan:
    """The run that answers all questions of a set.

    Raises:
        DataError: the task is none of LaMP's.
        EngineError: the method does not run on the task or the set (unable).
    """
    if bench.task.id not in FILES:
        raise DataError(Place("--task"), repr(bench.task.id), ", ".join(FILES), "import a LaMP set")
    if why := why_not(methods[method].info, bench.dataset, bench.task):
        raise EngineError(FailureKind.UNABLE, why)
    return Plan((method,), (arm,), users=len(bench.dataset.users()), config=config)


def predict(bench: Bench, plan: Plan, *, progress: Progress = lambda _d, _a: None) -> Predictions:
    """What the one method of a plan says to all questions of the task."""
    found = run(bench, plan, progress)
    whole = [one for one in found.outcomes if one.output and not one.failure]
    texts = {one.cell.example.id: said(bench.task, one.output or Output()) for one in whole}
    return Predictions({example.user: texts.get(example.id, "") for example in found.examples}, found.failures)


def write(path: Path, task: str, texts: Mapping[str, str]) -> None:
    """Write predictions in LaMP's format, in one step."""
    whole = {"task": FILES[task], "golds": [{"id": name, "output": text} for name, text in texts.items()]}
    write_bytes(path, (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode())
