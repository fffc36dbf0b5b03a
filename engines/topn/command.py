"""The command `python -m engines recommend`: recommenders compared on many people, as tables or as JSON."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from data.importers import datasets
from data.records import Split
from data.registry import known_names
from engines.recommenders import Tools, recommenders, with_own_lists
from engines.topn.evaluate import GROUPS, Lists, Plan, Row, coverage, overlaps, rows, run
from engines.topn.figures import FIGURES
from engines.topn.questions import rating_task
from engines.types import Arm

errors = Console(stderr=True)
USUAL = "popularity,persona-popularity,item-knn,ease,als"


def recommend(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command
    dataset: Annotated[str, typer.Option(help="A dataset's id; it needs a rating task.")] = "movielens-100k",
    names: Annotated[str, typer.Option("--recommenders", help="Recommender ids, separated by commas; or all.")] = USUAL,
    arms: Annotated[str, typer.Option(help="right, wrong, nobody.")] = "right,wrong,nobody",
    users: Annotated[int, typer.Option(min=0, help="How many people, drawn by the seed; 0 for all.")] = 0,
    seed: Annotated[int, typer.Option(help="Draws people, wrong users, and what recommenders draw.")] = 7,
    groups: Annotated[int, typer.Option(min=1, max=200, help="Fits for people of neighbouring cuts.")] = GROUPS,
    shortlist: Annotated[int, typer.Option(min=2, max=5000, help="Candidates that the language model scores.")] = 100,
    listed: Annotated[str, typer.Option("--list", help="Whose list llm-rerank puts into another order.")] = "ease",
    split: Annotated[Split, typer.Option(help="held-out, or earlier to choose settings on.")] = Split.HELD_OUT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare recommenders on full rankings of everything unseen, with intervals that resample people."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    chosen = recommenders.names() if names == "all" else known_names("recommender", names, recommenders.names())
    asked = tuple(Arm(arm) for arm in known_names("arm", arms, [arm.value for arm in Arm]))
    data = datasets[dataset]()
    task = rating_task(data)
    (inner,) = known_names("recommender whose list is re-ranked", listed, with_own_lists()) or ("ease",)
    tools = replace(_tools(chosen, shortlist, stopped), listed=inner)
    plan = Plan(tuple(chosen), asked, users, seed, groups, split)
    with Progress(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors, disable=_quiet()) as bar:
        job = bar.add_task("groups", total=None)
        lists = run(
            data, task, plan, tools=tools, progress=lambda done, total: bar.update(job, completed=done, total=total)
        )
    found = rows(lists)
    if as_json:
        print(json.dumps(as_record(lists, found), indent=2))
    else:
        _print(lists, found, f"{data.info.name}, top 10 of everything unseen")
    if stopped.is_set():
        errors.print("Stopped: the rows hold the groups that were done.")
        raise typer.Exit(130)


def as_record(lists: Lists, found: list[Row]) -> dict[str, Any]:
    """Rows, overlaps, coverage and seconds as JSON."""
    return {
        "rows": [
            {
                "kind": row.kind,
                "recommender": row.recommender,
                "arm": row.arm,
                "figure": row.figure,
                "mean": row.estimate.mean,
                "low": row.estimate.low,
                "high": row.estimate.high,
                "users": row.estimate.users,
            }
            for row in found
        ],
        "overlap": [{"one": one, "other": other, "mean": mean} for (one, other), mean in overlaps(lists).items()],
        "coverage": coverage(lists),
        "fit_seconds": {name: round(seconds, 3) for name, seconds in lists.fit_seconds.items()},
        "rank_seconds": {name: round(seconds, 3) for name, seconds in lists.rank_seconds.items()},
    }


def _print(lists: Lists, found: list[Row], title: str) -> None:
    table = Table("figure", "recommender", "arm", "mean", "95 % interval", "people", title=title)
    table.columns[1].overflow = "fold"  # a name that is cut could be another's
    for row in found:
        made = row.estimate
        if made.mean is None:
            continue
        sign = "+" if row.kind == "gap" else ""
        said = f"{made.low:.4f} to {made.high:.4f}{', a tie' if row.kind == 'gap' and made.tie else ''}"
        table.add_row(
            FIGURES[row.figure].name, row.recommender, row.arm, f"{made.mean:{sign}.4f}", said, str(made.users)
        )
    Console().print(table)
    for (one, other), mean in overlaps(lists).items():
        Console().print(f"{mean:.0%} of the ten in common: {one}, {other}", markup=False)
    for name, share in coverage(lists).items():
        took = f"fit {lists.fit_seconds[name]:.2f} s, rank {lists.rank_seconds[name]:.2f} s"
        Console().print(f"{name}: {share:.1%} of all things in anybody's ten; {took}", markup=False)


def _tools(chosen: list[str] | tuple[str, ...], shortlist: int, stopped: threading.Event) -> Tools:
    """The model and the encoder, only where a recommender asks for them."""
    from engines.models.choose import chosen_model
    from taxonomy.encoder import SentenceEncoder

    infos = [recommenders[name].info for name in chosen]
    model = chosen_model() if any(info.reads_model for info in infos) else None
    encoder = SentenceEncoder() if any(info.reads_text for info in infos) else None
    return Tools(model, encoder, shortlist=shortlist, stop=stopped.is_set)


def _quiet() -> bool:
    return not sys.stderr.isatty()
