"""What an importer is, and running one: settings checked, an archive unpacked, the result within the limits."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from data.archives import is_archive, unpack
from data.errors import DataError, Place
from data.imported import Imported, Ledger
from data.limits import LIMITS
from data.registry import UnknownNameError
from data.sources import Source

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
SESSION = "upload-"  # what a browser session holds and nobody saved
SLUGS = f"1 to 60 small letters, digits and hyphens, not beginning with {SESSION}"


@dataclass(frozen=True)
class Setting:
    """One thing that a reader may say about their file, as `--with name=value`."""

    name: str
    help: str
    default: str = ""
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What an importer is given."""

    source: Source
    settings: Mapping[str, str]
    ledger: Ledger

    def __getitem__(self, name: str) -> str:
        return self.settings[name]

    def whole(self, name: str, low: int, high: int) -> int:
        """A setting that is a whole number.

        Raises:
            DataError: it is none, or out of range.
        """
        said = self.settings[name]
        if not (said.isascii() and said.isdigit() and low <= int(said[:9]) <= high):
            raise DataError(Place("--with", field=name), repr(said[:40]), f"a whole number from {low} to {high}")
        return int(said)


@dataclass(frozen=True)
class Importer:
    """How one kind of file becomes a data set.

    Attributes:
        path: what the path names, in words.
        endings: of the files that a reader may choose on a page; empty where it is not one of files.
        tested: on what it was tried.
    """

    name: str
    summary: str
    path: str
    tested: str
    read: Callable[[Asked], Imported] = field(repr=False)
    settings: tuple[Setting, ...] = ()
    endings: tuple[str, ...] = ()

    def checked(self, given: Mapping[str, str]) -> dict[str, str]:
        """All settings, those not given by default.

        Raises:
            UnknownNameError: there is no such setting.
            DataError: a value is not accepted.
        """
        known = {setting.name: setting for setting in self.settings}
        for name, value in given.items():
            if name not in known:
                raise UnknownNameError(f"setting of {self.name}", name, list(known))
            if known[name].accepted and value not in known[name].accepted:
                raise DataError(Place("--with", field=name), repr(value[:40]), ", ".join(known[name].accepted))
        return {name: given.get(name, setting.default) for name, setting in known.items()}


def run(importer: Importer, source: Source, given: Mapping[str, str], ledger: Ledger | None = None) -> Imported:
    """The data set that a file or folder holds; nothing is written but an archive's files, to a folder that goes.

    Raises:
        DataError: it is no such file, or nothing of it can be kept.
        UnknownNameError: there is no such setting.
    """
    ledger = ledger or Ledger(most=source.limits.refused)
    settings = importer.checked(given)
    if is_archive(source.path):
        with tempfile.TemporaryDirectory(prefix="attune-import-") as folder:
            unpack(source.path, Path(folder), source.limits)
            inside = Source(Path(folder), source.limits, siblings=False)
            return _finished(importer.read(Asked(inside, settings, ledger)), source, ledger)
    return _finished(importer.read(Asked(source, settings, ledger)), source, ledger)


def _finished(made: Imported, source: Source, ledger: Ledger) -> Imported:
    tallies = ledger.tallies()
    if not made.users or not made.examples:
        first = next((refusal for tally in tallies for refusal in tally.refusals), None)
        why = f"{first.count:,} refused, first at {first.first[0]}: accepted is {first.reason}" if first else ""
        found = "nobody has enough for a history and something held out" if made.users else "nothing can be kept"
        raise DataError(
            Place(source.name), f"{found}{f'; {why}' if why else ''}", "at least one person with an example"
        )
    return replace(made, tallies=tallies, notes=(*made.notes, *ledger.notes))


def slug(text: str) -> str:
    """A text as the name of a data set."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "imported"


def named(made: Imported, set_id: str, name: str) -> Imported:
    """The set under a name of the reader's; an id that begins as those of sessions is none.

    Raises:
        DataError: the name cannot be used.
    """
    if not SLUG.fullmatch(set_id) or set_id.startswith(SESSION):
        raise DataError(Place("--name"), repr(set_id[:80]), SLUGS)
    return replace(made, info=replace(made.info, id=set_id, name=name[: LIMITS.id_chars]))
