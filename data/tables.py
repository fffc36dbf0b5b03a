"""Tables that somebody else made: CSV files with a header, read row by row within limits."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from data.errors import DataError, Place
from data.limits import LIMITS, Limits
from data.sources import text_chunks


def table_rows(
    path: Path, limits: Limits = LIMITS, *, needed: tuple[str, ...] = (), wrong: Callable[[DataError], None]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file with a header, as column to cell, with the line on which each begins.

    A row with another number of cells than the header is given to `wrong` and passed over.

    Raises:
        DataError: no header, a column twice or missing, a quote that is never closed.
    """
    lines = _Counted(_lines(path, limits))
    rows = csv.reader(lines, strict=True)
    header: list[str] = []
    for number in range(limits.rows + 2):
        begins = lines.number + 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            said = str(error).partition(" - ")[0]
            raise DataError(Place(path.name, begins), f"is no CSV row: {said}", "cells parted by commas") from error
        if row is None:
            break
        if not header:
            header = _header([cell.strip() for cell in row], Place(path.name, begins), limits, needed)
            continue
        if not row:
            continue
        if len(row) != len(header):
            wrong(DataError(Place(path.name, begins), f"{len(row)} cells", f"{len(header)} cells, as in the header"))
            continue
        if number > limits.rows:
            raise DataError(Place(path.name, begins), f"has more than {limits.rows:,} rows", "fewer")
        yield begins, dict(zip(header, row, strict=True))
    if not header:
        raise DataError(Place(path.name), "is empty", "a header and rows")


def _header(names: list[str], place: Place, limits: Limits, needed: tuple[str, ...]) -> list[str]:
    if len(names) > limits.columns:
        raise DataError(place, f"{len(names):,} columns", f"at most {limits.columns}")
    doubled = next((name for name in names if names.count(name) > 1 or not name), None)
    if doubled is not None:
        raise DataError(place, f"the column {doubled[:40]!r} is empty or stands twice", "a name for each column")
    for name in needed:
        if name not in names:
            known = f"one of {', '.join(names)[:200]}"
            raise DataError(Place(place.file, place.line, name), "there is no such column", known)
    return names


def _lines(path: Path, limits: Limits) -> Iterator[str]:
    """Lines with their ends, none longer than a record may be."""
    held, number = "", 1
    for chunk in text_chunks(path, limits):
        *whole, held = (held + chunk).split("\n")
        for line in whole:
            number += 1
            yield line + "\n"
        if len(held) > limits.record_chars:
            raise DataError(Place(path.name, number), f"over {limits.record_chars:,} characters on a line", "shorter")
    if held:
        yield held


class _Counted:
    """Lines that know how many were given, so that a row knows where it begins."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self.number = lines, 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line
