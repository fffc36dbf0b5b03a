"""Command line of the data: `import` makes a data set of files, `list` shows all, `delete` removes one or a person."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from data import saved
from data.errors import AttuneError, DataError, Place
from data.forgetting import forget
from data.imported import Imported, Ledger, Tally
from data.importer import Importer, named, run, slug
from data.importers import datasets, importers
from data.sources import Source

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
errors = Console(stderr=True)
SHOWN, FIRST = 160, 3
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("import")
def import_set(  # noqa: PLR0913, PLR0917 - each parameter is an option of the command
    importer: Annotated[str, typer.Argument(help="Which importer; `python -m data importers` lists them.")],
    path: Annotated[Path, typer.Argument(help="A file, a folder or a zip.")],
    name: Annotated[str, typer.Option(help="What the set is called; else after importer and file.")] = "",
    given: Annotated[list[str] | None, typer.Option("--with", help="A setting of the importer: NAME=VALUE.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be kept; write nothing.")] = False,
    replacing: Annotated[bool, typer.Option("--replace", help="Replace a saved set of this name.")] = False,
    as_json: Json = False,
) -> None:
    """Make a data set of files; it is saved as a whole or not at all, and what was refused is counted with reasons."""
    made = _read(importers[importer], Source(path), _settings(given or []))
    set_id = (
        slug(name) if name else slug(f"{importer}-{path.resolve().stem if path.is_file() else path.resolve().name}")
    )
    made = named(made, set_id, name or made.info.name)
    if set_id in datasets.built_in:
        raise DataError(Place("--name"), f"{set_id!r} is a set of the project", "another name")
    if not preview:
        saved.save(made, replacing=replacing)
    if as_json:
        print(json.dumps(_as_json(made, saved_as=None if preview else set_id), indent=2, ensure_ascii=False))
        return
    _print(made)
    said = "Nothing was written: this was a preview." if preview else f"Saved as {set_id}."
    Console().print(said, markup=False)


@app.command("importers")
def list_importers(as_json: Json = False) -> None:
    """List the importers with their settings."""
    found = [importers[name] for name in importers]
    if as_json:
        rows = [{**asdict(replace(one, read=None)), "settings": [asdict(s) for s in one.settings]} for one in found]  # type: ignore[arg-type]
        print(json.dumps([{k: v for k, v in row.items() if k != "read"} for row in rows], indent=2))
        return
    table = Table("importer", "reads", "tested on", "settings")
    for one in found:
        settings = "\n".join(f"{s.name}={s.default or '...'}: {s.help}" for s in one.settings)
        table.add_row(one.name, f"{one.summary}. {one.path[:1].upper()}{one.path[1:]}.", one.tested, settings)
    Console().print(table)


@app.command("list")
def list_sets(as_json: Json = False) -> None:
    """List all data sets: the project's and the saved ones; damaged ones are named on the error stream."""
    rows = [_row(name) for name in datasets]
    for name, why in datasets.damaged.items():
        errors.print(f"{name} cannot be read: {why}", markup=False, soft_wrap=True)
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = Table("data set", "name", "tasks", "saved", "people")
    for row in rows:
        people = f"{row['users']:,}" if row["users"] is not None else "-"
        table.add_row(row["id"], escape(row["name"]), ", ".join(row["tasks"]), "yes" if row["saved"] else "no", people)
    Console().print(table)


@app.command()
def delete(
    name: Annotated[str, typer.Argument(help="A saved data set.")],
    user: Annotated[str, typer.Option(help="Only this person, and all that was made of their data.")] = "",
    as_json: Json = False,
) -> None:
    """Delete a saved set or one person of it, with every state, cache and run that was made of it."""
    gone = forget(name, user)
    if as_json:
        print(json.dumps({"set": name, "user": user or None, "files": gone}, indent=2))
        return
    what = f"{user} of {name}" if user else name
    Console().print(f"Deleted {what}, and {len(gone)} files that were made of it.", markup=False)


def _settings(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        key, mark, value = one.partition("=")
        if not mark or key.strip() in found:
            raise DataError(Place("--with"), repr(one[:60]), "NAME=VALUE, each name once")
        found[key.strip()] = value.strip()
    return found


def _read(importer: Importer, source: Source, settings: dict[str, str]) -> Imported:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=not sys.stderr.isatty()) as bar:
        job = bar.add_task(f"reading {source.name}", total=None)
        ledger = Ledger(lambda what, count: bar.update(job, description=f"{count:,} {what} kept"))
        return run(importer, source, settings, ledger)


def _row(name: str) -> dict[str, Any]:
    kept = saved.is_saved(name) and name not in datasets.built_in
    try:
        made = datasets[name]()
    except AttuneError as error:
        return {"id": name, "name": f"cannot be read: {error}", "tasks": [], "saved": kept, "users": None}
    people = saved.head(name)["users"] if kept else None
    return {"id": name, "name": made.info.name, "tasks": [t.id for t in made.tasks], "saved": kept, "users": people}


def _tally(tally: Tally) -> dict[str, Any]:
    return {**asdict(tally), "refused": tally.refused}


def _as_json(made: Imported, *, saved_as: str | None) -> dict[str, Any]:
    first = made.examples[0]
    return {
        "saved": saved_as,
        "name": made.info.name,
        "digest": made.digest,
        "tasks": [task.id for task in made.tasks],
        "users": len(made.users),
        "items": sum(len(user.items) for user in made.users),
        "examples": len(made.examples),
        "counts": [_tally(tally) for tally in made.tallies],
        "notes": list(made.notes),
        "first": {"user": first.user, "input": first.input[:SHOWN], "target": first.target[:SHOWN]},
    }


def _print(made: Imported) -> None:
    out = Console()
    items = sum(len(user.items) for user in made.users)
    tasks = ", ".join(f"{task.id} ({task.name})" for task in made.tasks)
    counted = f"{len(made.users):,} people, {items:,} items, {len(made.examples):,} examples"
    out.print(f"{made.info.name}: {counted}.", markup=False)
    out.print(f"Tasks: {tasks}", markup=False)
    table = Table("what", "read", "kept", "refused", "why, and where first")
    for tally in made.tallies:
        why = "\n".join(f"{r.count:,}: accepted is {r.reason} ({r.first[0]})" for r in tally.refusals)
        table.add_row(tally.what, f"{tally.read:,}", f"{tally.kept:,}", f"{tally.refused:,}", escape(why) or "-")
    out.print(table)
    for example in made.examples[:FIRST]:
        out.print(f"{example.user}: {_short(example.input)} -> {_short(example.target)}", markup=False, highlight=False)
    for note in (*made.notes, made.info.licence):
        out.print(f"Note: {note}", markup=False)


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."


def main() -> None:
    """Run the command; an error is one line for the reader, exit 2."""
    try:
        app()
    except AttuneError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
