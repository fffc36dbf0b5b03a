"""Deleting a saved set, or one person of it, and whatever was made of their data under the run-time folder.

What other parts store of people says so in a JSON beside it: the set by id or digest, and the ids of the people that
went in. It is written within `Dataset.holding`, so that what ends after a deletion is not written at all. Here every
such file is read. A file or folder whose JSON names what is deleted goes as a whole; of JSON Lines, such as the journal
of a run, only the lines go. Too much may go, since all of it can be made again; too little may not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import saved
from data.atomic import write_bytes
from data.home import home

# What never holds data of people: the model, and what is made of the catalog's facts.
OURS = frozenset({"weights", "speed", "datasets", "catalog.json"})
PREFIXES = ("catalog-", "vectors-", ".")
READABLE = frozenset({".json", ".jsonl", ".toml"})
AGAIN = 5


@dataclass(frozen=True)
class Named:
    """What is deleted: the names of a set, and a person of it, or nobody where the whole set goes."""

    sets: frozenset[str]
    user: str = ""

    def of_set(self, texts: frozenset[str]) -> bool:
        """Whether the set is among some texts."""
        return bool(self.sets & texts)

    def of_user(self, texts: frozenset[str]) -> bool:
        """Whether the person, or an item of theirs, is among some texts."""
        return not self.user or any(text == self.user or text.startswith(f"{self.user}/") for text in texts)


def forget(name: str, user: str = "") -> list[str]:
    """Delete a saved set, or one person of it, and all that was made of them; the names of what went besides the set.

    The set goes first, and what was made of it after that: see `saved.holding`.

    Raises:
        UnknownNameError: there is no such set or person.
        DataError: the set is damaged, so that one person cannot be taken out.
    """
    named = Named(frozenset({name, *saved.digests(name)}), user)
    if user:
        saved.remove_user(name, user)
    else:
        saved.remove(name)
    return erase(named)


def erase(named: Named) -> list[str]:
    """Erase what was made of a set or person; the files that went or lost lines, as they stand in the folder."""
    gone: list[str] = []
    for unit in _units(home()):
        gone += _erased_now(unit, named)
    return sorted(gone)


def _units(folder: Path) -> Iterator[list[Path]]:
    """What belongs together: the files of a folder within a kind of state, or those of one stem."""
    for kind in sorted(folder.iterdir()):
        if kind.name in OURS or kind.name.startswith(PREFIXES):
            continue
        if kind.is_symlink() or kind.is_file():
            yield [kind]
            continue
        stems: dict[str, list[Path]] = {}
        for one in sorted(kind.iterdir()):
            if one.is_dir() and not one.is_symlink():
                yield [one]
            else:
                stems.setdefault(one.name.partition(".")[0], []).append(one)
        yield from stems.values()


def _erased_now(unit: list[Path], named: Named) -> list[str]:
    """Erase a unit; one that somebody moves or removes meanwhile is looked at again."""
    for _ in range(AGAIN):
        with suppress(FileNotFoundError):
            return _erased(unit, named)
    return _erased(unit, named)


def _erased(unit: list[Path], named: Named) -> list[str]:
    files = [file for one in unit for file in ([one] if not one.is_dir() else sorted(one.rglob("*"))) if file.is_file()]
    readable = [file for file in files if file.suffix in READABLE and not file.is_symlink()]
    said = {file: _texts(file) for file in readable}
    if not named.of_set(frozenset().union(*said.values())):
        return []
    journals = [file for file in readable if file.suffix == ".jsonl"]
    named_whole = [file for file in readable if file not in journals and named.of_user(said[file])]
    if not named.user or named_whole:
        for one in unit:
            shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
        return [file.relative_to(home()).as_posix() for file in files]
    return [file.relative_to(home()).as_posix() for file in journals if _without(file, named)]


def _without(file: Path, named: Named) -> bool:
    """Take the lines that name the person out of a journal; whether there were any."""
    lines = file.read_bytes().split(b"\n")
    kept = [line for line in lines if not line.strip() or not named.of_user(_line_texts(line))]
    if len(kept) == len(lines):
        return False
    write_bytes(file, b"\n".join(kept))
    return True


def _texts(file: Path) -> frozenset[str]:
    """All texts of a readable file, names of fields included; of one that is no JSON, what stands in quotes."""
    content = file.read_bytes()
    if file.suffix == ".jsonl":
        return frozenset().union(*(_line_texts(line) for line in content.split(b"\n")))
    return _line_texts(content)


def _line_texts(content: bytes) -> frozenset[str]:
    try:
        return frozenset(_inside(json.loads(content)))
    except (ValueError, RecursionError):
        return frozenset(content.decode("utf-8", "replace").replace("'", '"').split('"'))


def _inside(value: Any) -> Iterator[str]:
    found = [value]
    while found:
        one = found.pop()
        if isinstance(one, dict):
            found += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            found += one
        elif isinstance(one, str):
            yield one
