"""`python -m engines lamp` scores predictions as LaMP's evaluation does; `predict` writes a method's in its format."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data.importers import datasets
from engines.lamp import predictions
from engines.lamp.scoring import score_files
from engines.methods import methods
from engines.outside_preview import SEND
from engines.runs.bench import Bench
from engines.runs.compare import allowed
from engines.types import Arm, Config


def lamp(
    golds: Annotated[Path, typer.Argument(help="The gold outputs: *_outputs.json.")],
    predictions: Annotated[Path, typer.Argument(help="Predictions in the same form.")],
    task: Annotated[str, typer.Option(help="lamp-1 to lamp-7 or lamp-2n; else what the golds name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score a file of predictions as LaMP does: accuracy and macro F1, MAE and RMSE, or ROUGE-1 and ROUGE-L."""
    found = score_files(golds, predictions, task)
    if as_json:
        print(json.dumps(asdict(found), indent=2))
        return
    table = Table("measure", found.task, title=f"{found.n:,} questions")
    for name, value in found.values.items():
        table.add_row(name, f"{value:.4f}")
    Console().print(table)


def predict(
    out: Annotated[Path, typer.Argument(help="The file that is written, in LaMP's format.")],
    *,
    dataset: Annotated[str, typer.Option(help="An imported LaMP set.")],
    method: Annotated[str, typer.Option(help="A method's id.")] = "recent-history",
    arm: Annotated[Arm, typer.Option(help="Whose data the method is given.")] = Arm.RIGHT,
    k: Annotated[int, typer.Option(min=0, help="Profile items in the prompt.")] = 8,
    send_words: Annotated[bool, typer.Option("--send-words", help=SEND)] = False,
) -> None:
    """Write what a method says to every question of an imported LaMP set; `lamp` scores the file."""
    from engines.models.choose import chosen_model
    from taxonomy.encoder import SentenceEncoder

    data, _ = datasets[dataset](), methods[method]
    model = chosen_model()
    _ = model.capabilities  # loads it: what is missing is said now
    bench = Bench(data, data.tasks[0], model, SentenceEncoder())
    plan = predictions.plan_of(bench, method, arm, config=Config(k=k))
    errors = Console(stderr=True)
    tell = partial(errors.print, markup=False, highlight=False, soft_wrap=True)
    bench = allowed(bench, plan, send=send_words, tell=tell)
    with Progress(console=errors, disable=not errors.is_terminal) as bar:
        job = bar.add_task("questions", total=None)
        found = predictions.predict(
            bench, plan, progress=lambda done, all_: bar.update(job, completed=done, total=all_)
        )
    predictions.write(out, bench.task.id, found.texts)
    empty = sum(not text for text in found.texts.values())
    Console().print(f"{len(found.texts):,} predictions, {empty:,} of them empty.")
    for reason, count in found.failures.items():
        tell(f"{count} not computed: {reason}")
