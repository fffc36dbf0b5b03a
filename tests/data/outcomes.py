"""What an import may come to: an error that says where, or a set with counted refusals that is saved as a whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from data import saved
from data.errors import DataError
from data.imported import Imported, Tally, example_lines, people_lines
from data.importer import named, run
from data.importers import importers
from data.sources import Source

MINE = "mine"
SAVED_EACH = 5  # of the sets that are read, the first and every fifth are saved: saving takes longer than reading
REFUSED, COUNTED, PLACED = "refused", "counted", "with line and field"
# About a file as a whole: empty, missing, no archive; about what its rows come to: people and labels.
ABOUT_FILE = re.compile(
    r"^(at least one person|a JSON list of objects|one JSON value$|a header and rows|a zip archive|a readable file|"
    r"[\d,]+ entries or more|2 to \d+ labels|a folder or zip with|one .*(file|_questions\.json)$)"
)
# About a record as a whole, or what is no record yet: with the line, but no field can be named.
ABOUT_RECORD = re.compile(
    r"^(UTF-8 text|JSON$|a comma$|no comma there|one JSON (list|value)|a whole JSON file|at most \d+ levels|an object$|"
    r"shorter|fewer|cells parted by commas|[\d,]+ cells, as in the header|a name for each column|at most \d+$|"
    r"an mbox file|a mail (as RFC|of at most)|a commit without the signs|at most [\d,]+ (people|questions|entries))"
)
SPOT = re.compile(r"(?P<file>[^:\[]+?)(?::(?P<line>\d+))?(?: \[(?P<field>.+)\])?")


def store() -> dict[str, bytes]:
    """All that is saved, by path."""
    return {str(path): path.read_bytes() for path in sorted(saved.folder().rglob("*")) if path.is_file()}


def outcome(name: str, path: Path, settings: Mapping[str, str], counts: Counter[str], *, lines: bool = True) -> None:
    """Import, save over the set that is there as the command does, and look at what came of it.

    A refused one leaves every byte of the store as it was.

    Args:
        name: of the importer.
        path: what is imported.
        settings: of the importer.
        counts: of outcomes, and of places with line and field.
        lines: whether the format has lines; a commit has none, its id stands in for file and line.
    """
    before = store()
    try:
        made = named(run(importers[name], Source(path), settings), MINE, "Mine")
        if saving := not counts[COUNTED] % SAVED_EACH:
            saved.save(made, replacing=True)
    except DataError as error:
        counts[REFUSED] += 1
        assert store() == before
        said(error, counts, lines=lines)
    else:
        counts[COUNTED] += 1
        whole(made)
        for tally in made.tallies:
            refused(tally, counts, lines=lines)
        assert not saving or saved.restored(MINE).digest == made.digest


def said(error: DataError, counts: Counter[str], *, lines: bool) -> None:
    """An error says where it is and what is accepted, in text that can be stored."""
    assert error.place.file
    assert error.accepted
    assert str(error).encode()
    if first := re.search(r"first at (\S+(?: \[.+?\])?): accepted is ([^;]+)", error.found):
        _spot(first[1], first[2], counts, lines=lines)
    elif lines:
        _spot(str(error.place), error.accepted, counts, lines=lines)


def refused(tally: Tally, counts: Counter[str], *, lines: bool) -> None:
    """Every reason has its count and its first places."""
    for one in tally.refusals:
        assert 0 < len(one.first) <= one.count
        for place in one.first:
            _spot(place, one.reason, counts, lines=lines)


def _spot(place: str, reason: str, counts: Counter[str], *, lines: bool) -> None:
    """A place has file, line and field, but for what is about a record or a file as a whole."""
    found = SPOT.fullmatch(place)
    assert found, place
    field = found["field"] or ""
    accepted = reason.removeprefix(f"{field}: ") if field else reason
    if ABOUT_FILE.search(accepted):
        return
    assert found["line"] or not lines, (place, reason)
    assert field or ABOUT_RECORD.search(accepted), (place, reason)
    counts[PLACED] += bool(field)


def whole(made: Imported) -> None:
    """What was accepted is whole: the counts add up, and it can be written and identified."""
    assert all(tally.kept + tally.refused == tally.read for tally in made.tallies)
    assert made.digest
    for line in (*people_lines(made), *example_lines(made)):
        assert json.loads(line.encode())
    for example in made.examples:
        assert example.target
        assert example.at <= made.cuts[example.user]
