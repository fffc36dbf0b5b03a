"""A catalog many times as large as the real one, made of it: same schema, same builder, other words and other keys.

The first copy is the real catalog. Every further copy has each work, paper and published number again under a key of
its own; words of its texts are drawn anew (words of the field, and invented ones, as frequent as words are: the n-th
about 1/n), and classes, years, venues and links to code change hands between entries of a kind, so that facets combine
in ways that the real catalog does not have. The taxonomy stays as it is: a field grows in works, not in classes.

    python -m tests.benchmarks.synthetic FOLDER --times 300
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from data.atomic import write_json
from taxonomy.build import make_tables, write_snapshot
from taxonomy.index import index_rows
from taxonomy.load import read_facts
from taxonomy.manifest import Snapshot
from taxonomy.rows import Row, Tables
from taxonomy.snapshot import manifest_path

WORKS = ("method", "dataset", "metric")
TAGS = ("method_node", "dataset_node", "metric_node", "dataset_task", "metric_need", "metric_library")
INDEX = ("entry", "entry_facet")
PROSE = {"name", "title", "summary", "authors", "caveat", "label", "method_label", "notes", "note", "phrase"}
HANDED_ON = ("year", "venue", "usage", "in_survey", "code_url", "data_url", "text_length", "direction")
KEYS: dict[str, tuple[str, ...]] = {  # the columns that name a thing which is copied, so that a copy names its own
    **dict.fromkeys((*WORKS, "paper", "result_source"), ("key", "paper")),
    "result_method": ("key", "method"),
    "entry_paper": ("key", "paper"),
    "entry_source": ("key",),
    "asked_as": ("key",),
    "method_dataset": ("method", "dataset"),
    "dataset_metric": ("dataset", "metric"),
    "result": ("source", "dataset", "method", "method_entry", "metric"),
    "result_role": ("source", "method"),
    "challenge_method": ("method",),
}
INVENTED, KEPT = 20_000, 0.55  # words of the invented part; the share of a text's words that a copy keeps
WORD = re.compile(r"[A-Za-z]{4,}")


class Words:
    """Draws words: the n-th most frequent about 1/n as often as the first; the same ones for the same seed."""

    def __init__(self, texts: Iterator[str], seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - reproducible, not secret
        known = sorted({word.lower() for text in texts for word in WORD.findall(text)})
        self.random.shuffle(known)
        syllables = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "l")]
        made = ("".join(self.random.choices(syllables, k=3)) for _ in range(INVENTED))
        listed = list(dict.fromkeys([*known, *made]))
        weights = list(accumulate(1 / (place + 20) for place in range(len(listed))))
        self._pool = self.random.choices(listed, cum_weights=weights, k=400_000)
        self._next = 0

    def __call__(self) -> str:
        self._next = (self._next + 1) % len(self._pool)
        return self._pool[self._next]

    def varied(self, text: str) -> str:
        """The text with about half of its words drawn anew."""
        chance = self.random.random

        def other(found: re.Match[str]) -> str:
            word = found[0]
            if chance() < KEPT:
                return word
            drawn = self()
            return drawn.capitalize() if word[0].isupper() else drawn

        return WORD.sub(other, text)


def synthetic_tables(times: int, seed: int = 7) -> Tables:
    """The rows of a catalog that has `times` as many works, papers and published numbers as the real one."""
    real = {table: rows for table, rows in make_tables(read_facts()).items() if table not in INDEX}
    words = Words((str(row[name]) for rows in real.values() for row in rows for name in row.keys() & PROSE), seed)
    grown: Tables = {table: list(rows) for table, rows in real.items()}
    for copy in range(1, times):
        for table in sorted(real.keys() & {*KEYS, *TAGS}):
            grown[table] += _copied(table, real[table], f".s{copy}", words)
    return grown | index_rows(grown)


def _copied(table: str, rows: Sequence[Row], mark: str, words: Words) -> list[Row]:
    """One more copy of a table: keys marked, texts varied, properties handed on to other rows."""
    if table in TAGS:
        return _tags_handed_on(table.partition("_")[0], rows, mark, words)
    rows = [row for row in rows if row.get("kind") != "node"]  # the taxonomy stays as it is
    keys = [name for name in KEYS[table] if name in rows[0]]
    prose = [name for name in rows[0] if name in PROSE]
    givers = list(rows)
    words.random.shuffle(givers)
    copies: list[Row] = []
    for row, giver in zip(rows, givers, strict=True):
        made: dict[str, Any] = {**row, **{name: f"{row[name]}{mark}" for name in keys if row[name] is not None}}
        made.update({name: words.varied(row[name]) for name in prose})
        if table in WORKS or table == "paper":
            made.update({name: giver[name] for name in HANDED_ON if name in made})
        if made.get("arxiv_id"):
            made["arxiv_id"] = f"{row['arxiv_id']}{mark}"
        copies.append(made)
    return copies


def _tags_handed_on(owner: str, rows: Sequence[Row], mark: str, words: Words) -> list[Row]:
    """The tags of a kind, each owner's set given to another owner."""
    owners = sorted({row[owner] for row in rows})
    others = list(owners)
    words.random.shuffle(others)
    given = dict(zip(owners, others, strict=True))
    return [{**row, owner: f"{given[row[owner]]}{mark}"} for row in rows]


def synthetic_snapshot(folder: Path, times: int, seed: int = 7) -> Snapshot:
    """Write a snapshot of such a catalog with its manifest; `Catalog.open(snapshot.path)` opens it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"synthetic-{times}x-{seed}.duckdb"
    for old in (path, manifest_path(path)):
        old.unlink(missing_ok=True)
    gc.disable()  # millions of rows that all stay would be looked through again and again
    try:
        manifest = write_snapshot(path, synthetic_tables(times, seed))
    finally:
        gc.enable()
    write_json(manifest_path(path), dataclasses.asdict(manifest))
    return Snapshot(path, manifest)


def timed(make: Callable[[], Snapshot]) -> tuple[Snapshot, float]:
    """A snapshot and the seconds that it took."""
    start = time.monotonic()
    return make(), time.monotonic() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a synthetic catalog as a snapshot.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    snapshot, seconds = timed(lambda: synthetic_snapshot(given.folder, given.times, given.seed))
    tables = {name: snapshot.manifest.tables[name] for name in ("entry", "entry_facet", "result")}
    print(json.dumps({"path": str(snapshot.path), "seconds": round(seconds, 1), **tables}))


if __name__ == "__main__":
    main()
