"""The command `python -m engines coldstart`: what the page Cold start measures, as a table or as JSON."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from data.importers import datasets
from data.records import Example
from data.registry import UnknownNameError, known_names
from engines.coldstart import ALL, EXAMPLES, LENGTHS, MOST_EXAMPLES, Curves, Plan, crossing, drawn
from engines.coldstart_run import groups_of, job
from engines.jobs import Job
from engines.live import Column
from engines.methods import methods
from engines.outside_preview import SEND, agreed
from engines.runs.cells import Bench
from engines.runs.stats import Estimate
from engines.types import Config

errors = Console(stderr=True)
NAMES = {"all" if length == ALL else str(length): length for length in LENGTHS}
POLL = 0.5


def coldstart(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command
    dataset: Annotated[str, typer.Option(help="A dataset's id.")] = "movielens-100k",
    task: Annotated[str, typer.Option(help="A task of the dataset.")] = "movie-rating",
    names: Annotated[str, typer.Option("--methods", help="Method ids, separated by commas.")] = "recent-history",
    lengths: Annotated[str, typer.Option(help="How many last items: 0, 1, 2, 4, 8, 16, 32, all.")] = "0,1,2,4,8,all",
    users: Annotated[int, typer.Option(min=2, help="How many users, drawn by the seed.")] = 12,
    examples: Annotated[int, typer.Option(min=1, max=MOST_EXAMPLES, help="Held-out requests of each.")] = EXAMPLES,
    k: Annotated[int, typer.Option(min=0, max=64, help="Items in the prompt, at most.")] = 8,
    seed: Annotated[int, typer.Option(help="Draws users and wrong users.")] = 7,
    send_words: Annotated[bool, typer.Option("--send-words", help=SEND)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure quality against history length, with the right, the wrong and nobody's data, and where intervals part."""
    chosen = known_names("method", names, methods.names())
    spans = tuple(sorted({NAMES[one] for one in known_names("length", lengths, list(NAMES))}))
    bench = _bench(dataset, task, seed)
    asked: dict[str, list[Example]] = {}
    for one in bench.dataset.examples(bench.task, seed=seed):
        asked.setdefault(one.user, []).append(one)
    who = drawn(bench.dataset, bench.task, asked, seed=seed, count=users)
    plan = Plan(bench, tuple(Column(name, Config(k=k, seed=seed)) for name in chosen), who, spans, examples)
    made = job(replace(plan, bench=agreed(bench, groups_of(plan), send=send_words, tell=tell_plainly)))
    signal.signal(signal.SIGINT, lambda *_: made.stop())
    found = _followed(made)
    if as_json:
        print(json.dumps(as_record(found), indent=2))
    else:
        _print(found)
    for reason, count in found.failures.items():
        errors.print(f"{count} not computed: {reason}", markup=False, soft_wrap=True)
    if made.stopping():
        errors.print("Stopped: the rows hold the lengths that were done.")
        raise typer.Exit(130)


def tell_plainly(line: str) -> None:
    """A line of the error output, as it is."""
    errors.print(line, markup=False, highlight=False, soft_wrap=True)


def _bench(dataset: str, task: str, seed: int) -> Bench:
    from engines.models.choose import chosen_model
    from taxonomy.encoder import SentenceEncoder

    data = datasets[dataset]()
    if not data.has_task(task):
        raise UnknownNameError(f"task of {dataset}", task, [one.id for one in data.tasks])
    model = chosen_model()
    _ = model.capabilities  # loads or asks it: what is missing is said now, once
    return Bench(data, data.task(task), model, SentenceEncoder(), seed)


def _followed(made: Job[Curves]) -> Curves:
    """Wait for the end and tell what is measured, where somebody looks."""
    made.start()
    said = ""
    while not made.wait(POLL):
        if sys.stderr.isatty() and (now := made.view().said) != said:
            said = now
            errors.print(said, markup=False)
    view = made.view()
    if view.result is None:
        errors.print(view.failure.message if view.failure else "Stopped before anything was measured.", markup=False)
        raise typer.Exit(1)
    return view.result


def as_record(found: Curves) -> dict[str, Any]:
    """Figures, gaps and crossovers; `all` for the whole history, null where no interval parts."""
    rows, metric = [], found.plan.metric
    for place, line in found.lines.items():
        name = found.plan.columns[place].method
        rows.append({"method": name, "arm": "nobody", "length": None, **asdict(line.nobody)})
        for spot in line.spots:
            arms = {"right": spot.right, "wrong": spot.wrong}
            arms |= {"right-nobody": spot.over_nobody, "right-wrong": spot.over_wrong}
            at = _name(spot.length)
            rows += [{"method": name, "arm": arm, "length": at, **asdict(one)} for arm, one in arms.items()]
    crossovers = []
    for place, line in ((place, line) for place, line in found.lines.items() if line.spots):
        nobody = {spot.length: spot.over_nobody for spot in line.spots}
        wrong = {spot.length: spot.over_wrong for spot in line.spots}
        for than, some in (("nobody", nobody), ("wrong", wrong)):
            met = crossing(metric, some)
            where = {"from": None if met.length is None else _name(met.length), "lost": [_name(n) for n in met.lost]}
            crossovers.append({"method": found.plan.columns[place].method, "beats": than, **where})
    head = {"metric": metric.info.id, "users": list(found.plan.users), "requests": found.asked[0]}
    return {**head, "rows": rows, "crossovers": crossovers}


def _name(length: int) -> str:
    return "all" if length == ALL else str(length)


def _print(found: Curves) -> None:
    info = found.plan.metric.info
    title = f"{info.name}, {'higher' if info.higher_is_better else 'lower'} is better; {found.asked[0]} requests"
    table = Table("method", "history", "right", "wrong", "nobody", "right less nobody", "right less wrong", title=title)
    for place, line in found.lines.items():
        name, nobody = found.plan.columns[place].method, _said(line.nobody)
        if not line.spots:
            table.add_row(name, "", "", "", nobody, "", "")
        for spot in line.spots:
            over = (_said(one, sign="+") for one in (spot.over_nobody, spot.over_wrong))
            table.add_row(name, _name(spot.length), _said(spot.right), _said(spot.wrong), nobody, *over)
    Console().print(table)
    for one in as_record(found)["crossovers"]:
        where = f"from a history of {one['from']} on" if one["from"] else "at no measured length"
        where += f", but not of {', '.join(one['lost'])}" if one["lost"] else ""
        Console().print(f"{one['method']} beats {one['beats']} {where}", markup=False)


def _said(one: Estimate, sign: str = "") -> str:
    if one.mean is None or one.low is None or one.high is None:
        return "-"
    return f"{one.mean:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"
