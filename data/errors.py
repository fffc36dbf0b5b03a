"""The errors that bad input raises: what was found, where, what is accepted, what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; a line of 0 means the file as a whole."""

    file: str
    line: int = 0
    field: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where} [{self.field}]" if self.field else where


class AttuneError(Exception):
    """The root of every error that Attune raises on purpose; its text is fit for the person who must act."""


class DataError(AttuneError):
    """A file or value that cannot be accepted.

    Attributes:
        place: the file, line and field.
        found: what stood there.
        accepted: what would have been right.
        remedy: what the reader can do about it.
    """

    def __init__(self, place: Place, found: str, accepted: str = "", remedy: str = "") -> None:
        self.place, self.found, self.accepted, self.remedy = place, found, accepted, remedy
        parts = [f"{place}: {found}"]
        if accepted:
            parts.append(f"accepted: {accepted}")
        if remedy:
            parts.append(remedy)
        super().__init__("; ".join(parts))


class MissingPackageError(AttuneError):
    """A package that a feature needs is not installed; the text names the command that installs it."""

    def __init__(self, package: str, needed_for: str) -> None:
        self.package, self.needed_for = package, needed_for
        super().__init__(f"{needed_for} needs the package {package}, which is not installed; run: make install")
