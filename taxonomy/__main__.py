"""The catalog on the command line: python -m taxonomy check | build | stats | search | query."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console as Terminal
from rich.markup import escape
from rich.table import Table

from data.errors import AttuneError
from taxonomy.checks import problems_of
from taxonomy.console import Console, Refusal, pointed
from taxonomy.export import text
from taxonomy.load import FACTS, read_facts
from taxonomy.snapshot import ensure_catalog
from taxonomy.vocab import Mode

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The catalog: check its facts, build it, count it.")
FactsFolder = Annotated[Path, typer.Option("--facts", help="Another facts folder, such as a copy with changes.")]


@app.command()
def check(facts: FactsFolder = FACTS) -> None:
    """Say everything that is wrong with the facts, with file and line; exit 1 if anything is."""
    read = read_facts(facts)
    problems = problems_of(read)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        typer.echo(f"{len(problems)} problems in {facts}", err=True)
        raise typer.Exit(1)
    counts = ", ".join(f"{len(records)} {table.replace('_', ' ')}" for table, records in read.tables.items())
    typer.echo(f"ok: {counts}")


@app.command()
def build(facts: FactsFolder = FACTS) -> None:
    """Build the catalog if the one that is there is damaged or of other facts."""
    snapshot = ensure_catalog(facts)
    for notice in snapshot.notices:
        typer.echo(notice, err=True)
    typer.echo(f"{snapshot.path} ({snapshot.manifest.size:,} bytes, digest {snapshot.manifest.digest})")


@app.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    facts: FactsFolder = FACTS,
) -> None:
    """Count the rows of every table."""
    snapshot = ensure_catalog(facts)
    manifest = snapshot.manifest
    for notice in snapshot.notices:
        typer.echo(notice, err=True)
    if as_json:
        counts = {"tables": dict(manifest.tables), "arxiv_ids": manifest.arxiv_ids, "digest": manifest.digest}
        typer.echo(json.dumps(counts))
        return
    table = Table("table", "rows", title=f"catalog {manifest.digest}, {manifest.arxiv_ids} arXiv ids")
    for name, rows in manifest.tables.items():
        table.add_row(name, f"{rows:,}")
    Terminal().print(table)


@app.command(context_settings={"ignore_unknown_options": True})  # a statement may begin with a comment
def query(
    sql: Annotated[str, typer.Argument(help="One statement that reads, such as: FROM method LIMIT 5; - reads it in.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    facts: FactsFolder = FACTS,
) -> None:
    """Ask the catalog in SQL; at most 1,000 rows and 3 seconds, in a process that can do nothing else."""
    sql = sys.stdin.read() if sql == "-" else sql
    try:
        answer = Console(ensure_catalog(facts).path).ask(sql)
    except Refusal as refusal:
        if as_json:
            place = {} if refusal.position is None else {"position": refusal.position}
            typer.echo(json.dumps({"error": refusal.message, "kind": refusal.kind, **place}))
        else:
            typer.echo("\n".join(filter(None, (refusal.message, pointed(sql, refusal.position)))), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(answer.as_object()))
        return
    table = Table(*map(shown, answer.columns))
    for row in answer.rows:
        table.add_row(*map(shown, row))
    Terminal().print(table)
    for note in answer.notes:
        typer.echo(note, err=True)


def shown(value: object) -> str:
    """A value for a terminal, which obeys neither markup nor control characters of it."""
    return escape("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text(value)))


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="What to look for.", show_default=False)],
    *,
    mode: Annotated[Mode, typer.Option(help="By words, by meaning, or both fused.")] = Mode.HYBRID,
    limit: Annotated[int, typer.Option(help="How many entries at most.", min=1, max=1000)] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    facts: FactsFolder = FACTS,
) -> None:
    """Find entries of the catalog; modes that need the sentence encoder wait for it."""
    from taxonomy.catalog import Catalog
    from taxonomy.encoder import SentenceEncoder
    from taxonomy.search import Searcher

    searcher = Searcher(Catalog(ensure_catalog(facts)), SentenceEncoder())
    if mode is not Mode.BM25:
        searcher.wait()
    page = searcher.search(" ".join(words), mode=mode, limit=limit)
    if page.note:
        typer.echo(page.note, err=True)
    if as_json:
        typer.echo(
            json.dumps({"hits": [hit.as_json() for hit in page.hits], "mode": page.mode_used, "note": page.note})
        )
        return
    table = Table("kind", "name", "title", "by words", "by meaning")
    for hit in page.hits:
        ranks = (str(rank or "-") for rank in (hit.bm25_rank, hit.semantic_rank))
        table.add_row(hit.ref.kind, escape(hit.ref.name), escape(hit.title), *ranks)
    Terminal().print(table)


def main() -> None:
    """Run the command line; an error that names what to do is printed without a trace, exit 1."""
    try:
        app()
    except AttuneError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
