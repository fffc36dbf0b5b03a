"""`python -m engines lamp`: predictions in LaMP's format scored as LaMP's evaluation does."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from engines.lamp.scoring import score_files


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
