"""LaMP, tasks 1 to 7 (Salemi et al., 2024, arXiv 2304.11406): `*_questions.json` with its `*_outputs.json`.

Tested on files written in this format by the tests; the benchmark's own data are not ours to pass on. Labels are the
benchmark's: the tags of LaMP-2's second edition, or the categories of its first (LaMP-2N). In LaMP-4, 5 and 6 a profile
item that holds the question's own text is refused, since it would hold the answer too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data import fields
from data.errors import DataError, Place
from data.imported import Imported
from data.importer import Asked, Importer, Setting
from data.importers import importers
from data.importers.lamp_records import Reader, guessed
from data.importers.lamp_tasks import LAMP, Kind
from data.records import DatasetInfo
from data.sources import json_document, json_values

NAMES = tuple(kind.task.id for kind in LAMP)
FIRST = 8


def read(asked: Asked) -> Imported:
    """The questions of one file with their outputs.

    Raises:
        DataError: there are no such files, or they are no JSON of this shape.
    """
    questions, outputs = _pair(asked)
    golds, said = read_outputs(outputs) if outputs else ({}, "")
    values = json_values(questions, asked.source.limits)
    first = list(itertools.islice(values, FIRST))
    kind = chosen(asked["task"], said, [row for _, row in first], questions.name)
    reader = Reader(asked, kind, questions.name)
    for line, row in itertools.chain(first, values):
        name = str(row.get("id")) if isinstance(row, dict) else ""
        own = row.get("output") if isinstance(row, dict) and not outputs else None
        reader.take(line, row, golds.get(name, own if isinstance(own, str) else None))
    info = DatasetInfo(
        id="lamp",
        name=f"{kind.catalog.replace('lamp', 'LaMP').replace('2n', '2N')}, imported",
        catalog_key=kind.catalog,
        licence="CC BY-NC-SA 4.0 for the benchmark's own files; not redistributed by this project",
        citation="Salemi et al. LaMP: When Large Language Models Meet Personalization. arXiv 2304.11406.",
        fictional=False,
        summary=f"{len(reader.users):,} questions in LaMP's format, each with a profile of its own.",
    )
    return reader.made(info)


def _pair(asked: Asked) -> tuple[Path, Path | None]:
    """The questions and their outputs: a folder's only pair of this split, or what stands beside the named file."""
    split = asked["split"]
    files = [path for path in asked.source.files() if re.search(r"questions?[^/]*\.json$", path.name)]
    if not asked.source.path.is_dir():
        files = [asked.source.path]
    files = [path for path in files if split in path.name] if split else files
    if len(files) != 1:
        found = ", ".join(path.name for path in files[:4]) or "none"
        place = Place(asked.source.name)
        raise DataError(place, f"files of questions: {found}", "one *_questions.json", "name one, or --with split=dev")
    name = files[0].name
    beside = asked.source.named(name.replace("questions", "outputs")) if "questions" in name else None
    return files[0], beside


def read_outputs(path: Path) -> tuple[dict[str, str], str]:
    """Question id to output, and the task that the file names.

    Raises:
        DataError: it is not `{"task", "golds": [{"id", "output"}]}`, or an id stands twice.
    """
    place = Place(path.name, 1)
    whole = fields.record(json_document(path), place)
    found: dict[str, str] = {}
    for number, one in enumerate(fields.listed(whole, "golds", place)):
        at = Place(path.name, 1, f"golds[{number}]")
        name = fields.identifier(fields.record(one, at), "id", at)
        if name in found:
            raise DataError(
                Place(path.name, 1, f"golds[{number}].id"), f"{name[:40]!r} stands twice", "an output for each id"
            )
        said = one.get("output")
        if isinstance(said, int | float) and not isinstance(said, bool):
            said = f"{said:g}"
        if not isinstance(said, str):
            raise DataError(Place(path.name, 1, f"golds[{number}].output"), f"is a {type(said).__name__}", "text")
        found[name] = said
    task = whole.get("task")
    return found, task if isinstance(task, str) else ""


def chosen(setting: str, said: str, first: Sequence[Any], file: str) -> Kind:
    """The task that is set, that the outputs name, or whose fields the profiles have.

    Raises:
        DataError: none fits.
    """
    named = plain(setting or said)
    fit = [kind for kind in LAMP if named in {plain(kind.file), plain(kind.task.id)}]
    if named in {plain(name) for name in NAMES} - {"lamp2"} and fit:
        return fit[0]
    if found := guessed(first, fit or LAMP):
        return found
    if fit:
        return fit[0]
    raise DataError(
        Place(file, 1, "profile"), "has the fields of no task", "LaMP-1 to LaMP-7", "name it: --with task=lamp-4"
    )


def plain(name: str) -> str:
    """A task's name without marks and case, in which LaMP-2 and LaMP_2M are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).replace("lamp2m", "lamp2")


importers.register("lamp")(
    Importer(
        name="lamp",
        summary="LaMP-1 to LaMP-7 in the benchmark's JSON, with profiles and outputs",
        path="a *_questions.json with its *_outputs.json beside it, their folder, or a zip of both",
        tested="files written in LaMP's format",
        read=read,
        settings=(
            Setting("task", "Which task; else what the outputs name or the profiles show.", "", ("", *NAMES)),
            Setting("split", "train or dev, where a folder holds several.", ""),
        ),
        endings=(".json", ".zip"),
    )
)
