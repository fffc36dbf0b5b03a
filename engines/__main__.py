"""Command line of the engines: `methods` lists them, `ask` runs them on one request, `compare` on many users."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from data.errors import AttuneError
from data.importers import datasets
from data.records import Task
from data.registry import UnknownNameError, known_names
from engines.applicability import matrix
from engines.ask import Question, ask, columns_of, find_example, settings_of
from engines.coldstart_command import coldstart, tell_plainly
from engines.lamp.command import lamp, predict
from engines.methods import methods
from engines.metrics import metrics
from engines.outside_preview import SEND, agreed, request_groups
from engines.runs.cells import Bench
from engines.runs.compare import Comparison, Plan, Row, allowed, rows, run
from engines.runs.cost_table import cost_table
from engines.runs.export import Record, jsonl
from engines.runs.journal import Journal
from engines.speed.command import speed
from engines.topn.command import recommend
from engines.types import Arm, Config

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
errors = Console(stderr=True)
app.command()(speed)
app.command()(recommend)
app.command()(coldstart)
app.command()(lamp)
app.command()(predict)
QUIET = 30.0  # seconds between two lines of progress where nobody sees a bar
SET = "Settings of single methods: recent-history.k16.b800.plain,rag-dense.k4, or METHOD.OPTION=VALUE."


def method_rows() -> list[dict[str, Any]]:
    """Every method with its level, leaf, tasks, reach, options and what it follows."""
    kinds = sorted({(task.id, task.kind) for name in datasets for task in datasets[name]().tasks})
    found = []
    for name in methods:
        info = methods[name].info
        found.append(
            {
                "id": name,
                "level": info.level,
                "technique": info.technique,
                "tasks": [task for task, kind in kinds if not info.why_unfit(kind)],
                "uses": info.uses,
                "options": [asdict(one) for one in info.options],
                "follows": [asdict(one) for one in info.follows],
            }
        )
    return found


@app.command("methods")
def list_methods(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_matrix: Annotated[bool, typer.Option("--matrix", help="Print which runs on which kind of task.")] = False,
) -> None:
    """List the methods that run here; a file that cannot be used is named on the error stream, exit code 0."""
    found = method_rows()
    for module, why in methods.broken.items():
        errors.print(f"engines/methods/{module}.py is skipped: {why}", markup=False, soft_wrap=True)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    if as_matrix:
        print(matrix(), end="")
        return
    table = Table("method", "level", "technique", "uses", "follows")
    for row in found:
        follows = ", ".join(f"{one['entry']} ({one['how']})" for one in row["follows"])
        table.add_row(row["id"], row["level"] or "-", row["technique"] or "-", row["uses"], follows or "-")
    Console().print(table)


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command
    dataset: Annotated[str, typer.Option(help="A dataset's id.")] = "movielens-100k",
    task: Annotated[str, typer.Option(help="A task of the dataset.")] = "movie-rating",
    names: Annotated[str, typer.Option("--methods", help="Method ids, separated by commas.")] = "none,recent-history",
    arms: Annotated[str, typer.Option(help="right, wrong, nobody.")] = "right,wrong,nobody",
    users: Annotated[int, typer.Option(min=1, help="How many users, drawn by the seed.")] = 100,
    seed: Annotated[int, typer.Option(help="Draws users, wrong users, examples and candidates.")] = 7,
    k: Annotated[int, typer.Option(min=0, help="Profile items in the prompt.")] = 8,
    budget: Annotated[int, typer.Option(min=16, help="Prompt tokens.")] = 1536,
    wrong_draws: Annotated[int, typer.Option(min=1, max=20, help="Wrong users an example.")] = 1,
    texts: Annotated[bool, typer.Option(help="Generate on text tasks, for ROUGE and similarity.")] = True,
    settings: Annotated[str, typer.Option("--set", help=SET)] = "",
    resume: Annotated[str, typer.Option(help="A file that keeps what is done: the same command goes on from it.")] = "",
    send_words: Annotated[bool, typer.Option("--send-words", help=SEND)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare methods on held-out examples, with intervals that resample users."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: _interrupt(stopped))
    plan = Plan(
        methods=known_names("method", names, methods.names()),
        arms=tuple(Arm(arm) for arm in known_names("arm", arms, [arm.value for arm in Arm])),
        users=users,
        config=Config(k=k, budget=budget, seed=seed),
        wrong_draws=wrong_draws,
        texts=texts,
        settings=settings_of(settings),
    )
    journal = Journal(Path(resume) if resume else None)
    bench, chosen = _bench(dataset, task, seed, stopped)
    bench = allowed(bench, plan, journal, send=send_words, tell=tell_plainly)
    comparison = _run(bench, plan, journal)
    found = rows(bench, comparison)
    if as_json:
        print(json.dumps({"rows": [_as_json(row) for row in found]}, indent=2))
    else:
        _print_table(bench, chosen, found)
    for reason, count in comparison.failures.items():
        errors.print(f"{count} not computed: {reason}", markup=False, soft_wrap=True)
    if stopped.is_set():
        errors.print("Stopped: the rows hold what was done.")
        raise typer.Exit(130)


@app.command("ask")
def ask_once(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command
    user: Annotated[str, typer.Option(help="A user's id.")],
    dataset: Annotated[str, typer.Option(help="A dataset's id.")] = "movielens-100k",
    task: Annotated[str, typer.Option(help="A task of the dataset.")] = "movie-rating",
    example: Annotated[str, typer.Option(help="A held-out example's id; else the user's first.")] = "",
    names: Annotated[str, typer.Option("--methods", help="Method ids, separated by commas.")] = "none,recent-history",
    arms: Annotated[str, typer.Option(help="right, wrong, nobody.")] = "right,wrong,nobody",
    seed: Annotated[int, typer.Option(help="Draws wrong users, examples and candidates.")] = 7,
    settings: Annotated[str, typer.Option("--set", help=SET)] = "",
    text: Annotated[str, typer.Option(help="An own request in place of a held-out example.")] = "",
    send_words: Annotated[bool, typer.Option("--send-words", help=SEND)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_lines: Annotated[bool, typer.Option("--jsonl", help="Print a JSON object a line.")] = False,
) -> None:
    """Answer one request by several methods and print what the Playground shows: prompts, outputs, scores, settings."""
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: _interrupt(stopped))
    chosen_methods = known_names("method", names, methods.names())
    chosen_arms = tuple(Arm(arm) for arm in known_names("arm", arms, [arm.value for arm in Arm]))
    question = Question(dataset, task, user, example, chosen_methods, chosen_arms, seed, settings_of(settings), text)
    bench, chosen = _bench(dataset, task, seed, stopped)
    chosen_example = find_example(bench.dataset, chosen, question)
    groups = request_groups(chosen_example, columns_of(question), chosen_arms)
    bench = agreed(bench, groups, send=send_words, tell=tell_plainly)
    found = ask(bench, question, chosen_example, stopped.is_set)
    if as_json:
        print(json.dumps({"records": found}, indent=2, ensure_ascii=False))
    elif as_lines:
        print(jsonl(found), end="")
    else:
        _print_records(found)
    if stopped.is_set():
        errors.print("Stopped: the records hold what was done.")
        raise typer.Exit(130)


def _print_records(found: list[Record]) -> None:
    names = list(dict.fromkeys(name for one in found for name in one["metrics"]))
    table = Table("method", "arm", "status", "rating", *names)
    for one in found:
        values = [(one["output"] or {}).get("rating"), *((one["metrics"].get(n) or {}).get("value") for n in names)]
        table.add_row(one["method"], one["arm"], one["status"], *("-" if v is None else f"{v:.3f}" for v in values))
    Console().print(table)
    for one in found:
        if said := (one["output"] or {}).get("text"):
            Console().print(f"{one['method']} ({one['arm']}): {said.strip()}", markup=False)
        if failed := one.get("failure"):
            errors.print(f"{one['method']} ({one['arm']}) failed: {failed['message']}", markup=False, soft_wrap=True)


def _interrupt(stopped: threading.Event) -> None:
    """The first Ctrl-C ends the run with what is done; the second ends the process."""
    if stopped.is_set():
        os._exit(130)
    stopped.set()
    errors.print("Stopping after the current batch; press Ctrl-C again to end at once.")


def _bench(dataset: str, task: str, seed: int, stopped: threading.Event) -> tuple[Bench, Task]:
    from engines.models.choose import chosen_model
    from taxonomy.encoder import SentenceEncoder

    data = datasets[dataset]()
    if not data.has_task(task):
        raise UnknownNameError(f"task of {dataset}", task, [t.id for t in data.tasks])
    chosen, model = data.task(task), chosen_model()
    _ = model.capabilities  # loads or asks it: what is missing is said now, once, and not of every cell
    return Bench(data, chosen, model, SentenceEncoder(), seed, stopped.is_set), chosen


def _run(bench: Bench, plan: Plan, journal: Journal) -> Comparison:
    """Run it with a bar where somebody sees it; where the output is a file, with a line now and then."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    seen = sys.stderr.isatty()
    with Progress(*columns, console=errors, disable=not seen) as bar:
        job, told = bar.add_task("cells", total=None), time.monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            bar.update(job, completed=done, total=total)
            if not seen and time.monotonic() - told >= QUIET:
                told = time.monotonic()
                errors.print(f"{datetime.now().astimezone():%H:%M:%S} {done} of {total} cells", markup=False)

        return run(bench, plan, tell, journal=journal)


def _as_json(row: Row) -> dict[str, Any]:
    made = row.estimate
    return {
        "kind": row.kind,
        "method": row.method,
        "arm": row.arm,
        "metric": row.metric,
        "mean": made.mean,
        "low": made.low,
        "high": made.high,
        "users": made.users,
        "n": made.n,
        "unscored": made.unscored,
        **({"users_lower": made.lower} if row.kind == "gap" else {}),
        "seconds": round(row.seconds, 4),
        "cost": row.cost.rounded(),
    }


def _print_table(bench: Bench, task: Task, found: list[Row]) -> None:
    model = bench.model
    title = f"{bench.dataset.info.name}, {task.name}; {model.name}, {model.precision}"
    table = Table("metric", "method", "arm", "mean", "95 % interval", "users", "n", "s per cell", title=title)
    table.columns[1].overflow = "fold"  # a name that is cut could be another's
    for row in found:
        made, info = row.estimate, metrics[row.metric].info
        if made.mean is None:
            cells = ["-", "no value"]
        else:
            cells = [
                f"{made.mean:+.3f}" if row.kind == "gap" else f"{made.mean:.3f}",
                f"{made.low:.3f} to {made.high:.3f}",
            ]
            if row.kind == "gap":
                cells[1] += f"{', a tie' if made.tie else ''}; lower for {made.lower} of {made.users} users"
        arrow = "higher is better" if info.higher_is_better else "lower is better"
        table.add_row(
            f"{info.name} ({arrow})", row.method, row.arm, *cells, str(made.users), str(made.n), f"{row.seconds:.2f}"
        )
    Console().print(table)
    Console().print(cost_table(found))
    notes = [
        task.note,
        _verdict(task, found),
        *(f"{count} users left out: {why}" for why, count in bench.dataset.excluded(task).items()),
    ]
    Console().print("\n".join(note for note in notes if note), markup=False)


def _verdict(task: Task, found: list[Row]) -> str:
    """Which row is best on the task's main metric, and whether it is one without a language model."""
    info = metrics[task.main_metric].info
    scored = [r for r in found if r.kind == "score" and r.metric == info.id and r.estimate.mean is not None]
    if not scored:
        return ""
    sign = -1.0 if info.higher_is_better else 1.0
    best = min(scored, key=lambda row: sign * (row.estimate.mean or 0.0))
    plain = "" if best.method in methods else ", a baseline without a language model"
    return f"Best {info.name}: {best.method} ({best.arm}){plain}; intervals that overlap are no clear win."


def main() -> None:
    """Run the command; an error is one line for the reader, exit 2."""
    try:
        app()
    except AttuneError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
