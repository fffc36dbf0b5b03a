"""Reading text files with a typed error that names file, line and field."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from data.errors import DataError, MissingPackageError, Place


def package_file(package: str, *parts: str, needed_for: str) -> Path:
    """A file inside an installed package, found without importing the package.

    Raises:
        MissingPackageError: the package is not installed or lacks the file.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder).joinpath(*parts)
        if path.exists():
            return path
    raise MissingPackageError(package, needed_for)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, from 1, without line ends; a BOM is dropped.

    Raises:
        DataError: the file is not there or is not UTF-8.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(Place(path.name), f"cannot be read: {error.strerror}", "a readable file") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DataError(Place(path.name, line), "is not UTF-8", "UTF-8 text", "save the file as UTF-8") from error
    yield from enumerate(content.split("\n"), start=1)


def tab_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a tab-separated file whose header starts with these column names (a `:type` suffix is dropped).

    Raises:
        DataError: the header differs, or a row has another number of cells.
    """
    lines = text_lines(path)
    _, header = next(lines)
    names = [cell.split(":")[0] for cell in header.rstrip("\r").split("\t")]
    if names != list(columns):
        raise DataError(Place(path.name, 1), f"header is {names}", f"{list(columns)}")
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        if len(cells) != len(columns):
            raise DataError(Place(path.name, number), f"{len(cells)} cells", f"{len(columns)} cells, tab-separated")
        yield number, cells


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file with their line numbers; blank lines are passed over.

    Raises:
        DataError: a line is not one JSON object, or holds half of a surrogate pair, which no file can store.
    """
    for number, line in text_lines(path):
        if not line.strip():
            continue
        place = Place(path.name, number)
        try:
            value = json.loads(line, object_pairs_hook=_once)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise DataError(place, f"is not JSON: {error}", "one JSON object a line") from error
        if not isinstance(value, dict):
            raise DataError(place, f"is a {type(value).__name__}", "one JSON object a line")
        yield number, value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice; json itself would silently keep the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def whole_number(text: str, place: Place, low: int, high: int) -> int:
    """A whole number within bounds.

    Raises:
        DataError: it is not one.
    """
    try:
        value = float(text)
        number = int(value)
    except (ValueError, OverflowError) as error:
        raise DataError(place, f"{text[:40]!r} is not a number", f"a whole number from {low} to {high}") from error
    if number != value or not low <= number <= high:
        raise DataError(place, f"{text[:40]!r} is out of range", f"a whole number from {low} to {high}")
    return number
