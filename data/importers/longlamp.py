"""LongLaMP's public tasks (Kumar et al., 2024, arXiv 2407.11016): abstracts, product reviews, posts on a topic.

Rows `{id or name, input, output, profile: [{...}]}` as JSON or JSON Lines, as the data set's viewer and loader give
them; the e-mail task is not public and not read. Tested on files written in this format. The order of a profile stands
in for time, unless its items have a date.
"""

from __future__ import annotations

import itertools
from typing import Any

from data.errors import DataError, Place
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.importers.lamp_records import Reader, guessed
from data.importers.lamp_tasks import LONG
from data.records import DatasetInfo
from data.sources import json_values

NAMES = tuple(kind.task.id for kind in LONG)
WHO = ("id", "name", "reviewerId", "author")
FIRST = 8


def read(asked: Asked) -> Imported:
    """The rows of one file.

    Raises:
        DataError: it is no JSON of this shape, or no task is recognized.
    """
    files = [path for path in asked.source.files() if path.suffix in {".json", ".jsonl"}] or [asked.source.path]
    if asked.source.path.is_dir() and len(files) != 1:
        raise DataError(Place(asked.source.name), f"{len(files)} JSON files", "one file of one task and split")
    values = json_values(files[0], asked.source.limits)
    first = list(itertools.islice(values, FIRST))
    kind = next((one for one in LONG if one.task.id == asked["task"]), None) or guessed([row for _, row in first], LONG)
    if kind is None:
        place = Place(files[0].name, 1, "profile")
        raise DataError(place, "has the fields of no public task", ", ".join(NAMES), "name it: --with task=longlamp-2")
    reader = Reader(asked, kind, files[0].name)
    for number, (line, row) in enumerate(itertools.chain(first, values), start=1):
        output = row.get("output") if isinstance(row, dict) else None
        reader.take(line, _identified(row, number), output if isinstance(output, str) else None)
    info = DatasetInfo(
        id="longlamp",
        name=f"{kind.task.id.replace('longlamp', 'LongLaMP')}, imported",
        catalog_key=kind.catalog,
        licence="none is stated by its source; not redistributed by this project",
        citation="Kumar et al. LongLaMP: A Benchmark for Personalized Long-form Text Generation. arXiv 2407.11016.",
        fictional=False,
        summary=f"{len(reader.users):,} requests in LongLaMP's format, each with a profile of its own.",
    )
    return reader.made(info)


def _identified(row: Any, number: int) -> Any:
    """The row with an id: its own, or its place in the file."""
    if not isinstance(row, dict) or "id" in row:
        return row
    name = next((row[key] for key in WHO if isinstance(row.get(key), str | int)), "row")
    return {**row, "id": f"{number}-{name}"}


importers.register("longlamp")(
    Importer(
        name="longlamp",
        summary="LongLaMP's public tasks: abstracts, product reviews, posts on a topic",
        path="one JSON or JSON Lines file of one task, or a zip of it",
        tested="files written in LongLaMP's format",
        read=read,
        settings=(Setting("task", "Which task; else what the profiles show.", "", ("", *NAMES)),),
        endings=(".json", ".jsonl", ".zip"),
    )
)
