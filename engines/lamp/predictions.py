"""What a method says to the questions of an imported LaMP set, as a file that LaMP's evaluation takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from data.atomic import write_bytes
from data.errors import DataError, Place
from data.importers.lamp_tasks import LAMP
from data.records import Task, TaskKind
from engines.outputs import Output
from engines.runs.bench import Bench
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


def predict(
    bench: Bench, method: str, arm: Arm, *, config: Config, progress: Progress = lambda _d, _a: None
) -> dict[str, str]:
    """Question id to what a method says to it; all questions of the task, a failed one with an empty text.

    Raises:
        DataError: the task is none of LaMP's.
    """
    if bench.task.id not in FILES:
        raise DataError(Place("--task"), repr(bench.task.id), ", ".join(FILES), "import a LaMP set")
    plan = Plan((method,), (arm,), users=len(bench.dataset.users()), config=config)
    found = run(bench, plan, progress)
    whole = [one for one in found.outcomes if one.output and not one.failure]
    texts = {one.cell.example.id: said(bench.task, one.output or Output()) for one in whole}
    return {example.user: texts.get(example.id, "") for example in found.examples}


def write(path: Path, task: str, texts: Mapping[str, str]) -> None:
    """Write predictions in LaMP's format, in one step."""
    whole = {"task": FILES[task], "golds": [{"id": name, "output": text} for name, text in texts.items()]}
    write_bytes(path, (json.dumps(whole, indent=1, ensure_ascii=False) + "\n").encode())
