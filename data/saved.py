"""Data sets that were imported and saved: a folder each under var/datasets, of readable files, written in one step.

dataset.json    what it is, its tasks, what was refused, and sums of the other two
users.jsonl     a person a line, with their items and their cut
examples.jsonl  what is held out, an example a line
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock

from data.atomic import make_folder, sweep, write_json
from data.digest import canonical, file_sha256
from data.errors import AttuneError, DataError, Place
from data.home import home
from data.imported import Imported, Refusal, Tally, as_dataset, example_lines, people_lines
from data.importer import SLUG
from data.records import Dataset, DatasetInfo, Example, Persona, ProfileItem, Task, TaskKind, User
from data.registry import UnknownNameError

HEAD, PEOPLE, EXAMPLES = "dataset.json", "users.jsonl", "examples.jsonl"
VERSION = 1
AGAIN = "delete it and import it again"


def folder() -> Path:
    """Where the saved sets stand."""
    return home() / "datasets"


def _lock() -> FileLock:
    folder().mkdir(parents=True, exist_ok=True)
    return FileLock(folder() / ".lock")


def save(made: Imported, *, replacing: bool = False) -> Dataset:
    """Save a set under its id; it is there as a whole or not at all.

    Raises:
        DataError: the id cannot be used, or is taken and not to be replaced.
    """
    name = made.info.id
    if not SLUG.fullmatch(name):
        raise DataError(Place("--name"), repr(name[:80]), "small letters, digits and hyphens")
    with _lock():
        sweep(folder())
        if not replacing and (folder() / name).exists():
            raise DataError(Place(name), "is there already", "another name", "or replace it with --replace")
        make_folder(folder() / name, partial(_fill, made, digests(name)))
    return load(name)


def _fill(made: Imported, earlier: tuple[str, ...], to: Path) -> None:
    for file, lines in ((PEOPLE, people_lines(made)), (EXAMPLES, example_lines(made))):
        with (to / file).open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
    head = {
        "version": VERSION,
        "info": canonical(made.info),
        "tasks": canonical(list(made.tasks)),
        "digest": made.digest,
        "earlier": [name for name in earlier if name != made.digest],
        "tallies": [asdict(tally) for tally in made.tallies],
        "notes": list(made.notes),
        "users": len(made.users),
        "files": {name: file_sha256(to / name) for name in (PEOPLE, EXAMPLES)},
    }
    write_json(to / HEAD, head)


def is_saved(name: object) -> bool:
    """Whether a set of this name is there."""
    return isinstance(name, str) and bool(SLUG.fullmatch(name)) and (folder() / name / HEAD).is_file()


def _all() -> list[str]:
    return sorted(path.name for path in folder().glob("*") if SLUG.fullmatch(path.name)) if folder().is_dir() else []


def sound_names() -> list[str]:
    """The saved sets that can be listed; none is read beyond its head."""
    wrong = damaged()
    return [name for name in _all() if name not in wrong]


def damaged() -> dict[str, str]:
    """The saved sets whose head cannot be read, with the reason."""
    found = {}
    for name in _all():
        try:
            _head(name)
        except AttuneError as error:
            found[name] = str(error)
    return found


def head(name: str) -> Mapping[str, Any]:
    """What is said about a saved set: info, tallies, notes, number of people.

    Raises:
        UnknownNameError: there is none of this name.
        DataError: it is damaged.
    """
    if not is_saved(name):
        raise UnknownNameError("saved data set", name, sound_names())
    return _head(name)


def _head(name: str) -> dict[str, Any]:
    place = Place(f"{name}/{HEAD}")
    try:
        found = json.loads((folder() / name / HEAD).read_text("utf-8"))
        if found["version"] != VERSION:
            raise DataError(place, f"has version {found['version']!r}", str(VERSION), AGAIN)
        _tasks(found), DatasetInfo(**found["info"]), str(found["digest"]), list(found["earlier"])
    except DataError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(place, "is damaged", "the file that import wrote", AGAIN) from error
    return dict(found)


def _tasks(found: Mapping[str, Any]) -> tuple[Task, ...]:
    return tuple(
        Task(**{**task, "kind": TaskKind(task["kind"]), "labels": tuple(task["labels"])}) for task in found["tasks"]
    )


def load(name: str) -> Dataset:
    """A saved set; its people are read, and its files compared with their sums, at the first use.

    Raises:
        UnknownNameError: there is none of this name.
        DataError: it is damaged; of people and examples only at their first use.
    """
    found = head(name)
    info = replace(DatasetInfo(**found["info"]), id=name)
    known = str(found["digest"])
    made = as_dataset(info, _tasks(found), known, partial(restored, name))
    return replace(made, holding=partial(holding, name, known))


@contextmanager
def holding(name: str, digest: str, people: frozenset[str]) -> Iterator[bool]:
    """Whether people of a set, as it was under a digest, are all still in it; within, nobody of it is deleted.

    So what is written of them within either is there when a deletion looks for it, or is not written. Nothing need
    remember who was deleted.
    """
    with _lock():
        yield _has(name, digest, people)


def _has(name: str, digest: str, people: frozenset[str]) -> bool:
    known = digests(name)
    if digest not in known or not is_saved(name):
        return False
    try:
        return digest == known[0] or people <= {user.id for user in restored(name).users}
    except AttuneError:  # nobody knows who is in a damaged set
        return False


def restored(name: str) -> Imported:
    """All of a saved set.

    Raises:
        UnknownNameError: there is none of this name.
        DataError: it is damaged.
    """
    found = head(name)
    at = folder() / name
    for file, known in found["files"].items():
        if file not in {PEOPLE, EXAMPLES} or not (at / file).is_file() or file_sha256(at / file) != known:
            raise DataError(Place(f"{name}/{file}"), "is damaged", "the file that import wrote", AGAIN)
    people = [json.loads(line) for line in (at / PEOPLE).read_text("utf-8").split("\n") if line]
    asked = [json.loads(line) for line in (at / EXAMPLES).read_text("utf-8").split("\n") if line]
    return Imported(
        info=replace(DatasetInfo(**found["info"]), id=name),
        tasks=_tasks(found),
        users=tuple(_user(row) for row in people),
        examples=tuple(_example(row) for row in asked),
        cuts={row["id"]: datetime.fromisoformat(row["cut"]) for row in people},
        tallies=tuple(_tally(row) for row in found["tallies"]),
        notes=tuple(found["notes"]),
    )


def _user(row: Mapping[str, Any]) -> User:
    persona = row["persona"]
    items = tuple(ProfileItem(**{**item, "at": datetime.fromisoformat(item["at"])}) for item in row["items"])
    made = Persona(persona["cell"], persona["traits"], tuple(persona["grouping"]), persona["source"])
    return User(row["id"], row["name"], items, made)


def _example(row: Mapping[str, Any]) -> Example:
    return Example(**{**row, "at": datetime.fromisoformat(row["at"])})


def _tally(row: Mapping[str, Any]) -> Tally:
    refusals = tuple(Refusal(one["reason"], one["count"], tuple(one["first"])) for one in row["refusals"])
    return Tally(row["what"], row["read"], row["kept"], refusals)


def digests(name: str) -> tuple[str, ...]:
    """The digests that a set has and had before it was replaced or lost a person; empty where it cannot be read."""
    try:
        found = _head(name)
    except AttuneError:
        return ()
    return (str(found["digest"]), *map(str, found["earlier"]))


def remove(name: str) -> None:
    """Remove a set, sound or damaged, with all that an interrupted import left.

    Raises:
        UnknownNameError: there is none of this name.
    """
    with _lock():
        if name not in _all():
            raise UnknownNameError("saved data set", name, _all())
        shutil.rmtree(folder() / name)
        sweep(folder())


def remove_user(name: str, user: str) -> Imported:
    """Remove one person from a set, which is written anew as a whole; what is left of it.

    Raises:
        UnknownNameError: there is no such set or person.
        DataError: nobody with an example would be left; or it is damaged.
    """
    with _lock():
        left = restored(name).without(user)
        sweep(folder())
        make_folder(folder() / name, partial(_fill, left, digests(name)))
        sweep(folder())
    return left
