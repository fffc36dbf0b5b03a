"""Files that somebody else made, read within limits: text, and JSON records one by one with their lines.

Every fault is a `DataError` that names file and line; nothing is held in memory beyond one record.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from data.errors import DataError, Place
from data.limits import LIMITS, Limits

CHUNK = 1 << 18
LONGEST_TOKEN = 16  # an escape, a literal or a sign that the end of a piece may part
BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Source:
    """A file or a folder that is imported.

    Attributes:
        path: what was named.
        limits: what may be taken of it.
        siblings: whether files beside a named file may be looked at.
    """

    path: Path
    limits: Limits = LIMITS
    siblings: bool = True

    @property
    def name(self) -> str:
        """The last part of the path, without the places of this machine."""
        return self.path.name or self.path.resolve().name

    def files(self, ending: str = "") -> list[Path]:
        """The file that was named, or those of the folder, two levels deep, in the order of their names."""
        if not self.path.is_dir():
            return [self.path]
        found = [*self.path.glob(f"*{ending}"), *self.path.glob(f"*/*{ending}")]
        return sorted(path for path in found if path.is_file() and not path.is_symlink())

    def named(self, name: str) -> Path | None:
        """A file of this name: the one that was named, one of the folder, or one beside it."""
        if not self.path.is_dir():
            beside = self.path.with_name(name)
            return self.path if self.path.name == name else (beside if self.siblings and beside.is_file() else None)
        return next((path for path in self.files() if path.name == name), None)


def measured(path: Path, limits: Limits = LIMITS) -> int:
    """The size of a file that may be read.

    Raises:
        DataError: it is not there, no plain file, or too large.
    """
    place = Place(path.name)
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise DataError(place, "is not there or cannot be read", "a readable file") from error
    if not path.is_file():
        raise DataError(place, "is no plain file", "a readable file")
    if size > limits.file_bytes:
        raise DataError(place, f"has {size:,} bytes", f"at most {limits.file_bytes:,}")
    return size


def text_chunks(path: Path, limits: Limits = LIMITS) -> Iterator[str]:
    """A UTF-8 file in pieces, without a byte order mark.

    Raises:
        DataError: it cannot be read, is too large, or holds what is not UTF-8, with its line.
    """
    measured(path, limits)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, first = 1, True
    try:
        with path.open("rb") as stream:
            while raw := stream.read(CHUNK):
                try:
                    text = decoder.decode(raw)
                except UnicodeDecodeError as error:
                    _not_utf8(path, line + error.object[: error.start].count(b"\n"), error)
                if first:
                    text, first = text.removeprefix("\ufeff"), False
                yield text
                line += raw.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        _not_utf8(path, line, error)
    except OSError as error:
        raise DataError(Place(path.name), "cannot be read", "a readable file") from error


def _not_utf8(path: Path, line: int, error: Exception) -> NoReturn:
    raise DataError(Place(path.name, line), "is not UTF-8", "UTF-8 text", "save the file as UTF-8") from error


class _Text:
    """A file's text of which one record at a time is in memory."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self._chunks = text_chunks(path, limits)
        self.held, self.at, self.line, self.ended = "", 0, 1, False

    def more(self) -> bool:
        """Hold twice as much, or what is left, but little more than a record may have; whether anything came."""
        self.held, self.at = self.held[self.at :], 0
        wanted, parts, size = max(CHUNK, 2 * len(self.held)), [self.held], len(self.held)
        wanted = min(wanted, max(size, self.limits.record_chars) + CHUNK)
        before = size
        while size < wanted and not self.ended:
            chunk = next(self._chunks, None)
            self.ended = chunk is None
            parts.append(chunk or "")
            size += len(parts[-1])
        self.held = "".join(parts)
        return size > before

    def skip(self, count: int) -> None:
        """Pass over so many characters."""
        self.line += self.held.count("\n", self.at, self.at + count)
        self.at += count

    def blank(self) -> str:
        """Pass over white space; the next character, empty at the end."""
        while True:
            found = BLANK.match(self.held, self.at)
            self.skip(found.end() - self.at if found else 0)
            if self.at < len(self.held):
                return self.held[self.at]
            if not self.more():
                return ""

    def place(self, field: str = "") -> Place:
        """Where the reader stands."""
        return Place(self.path.name, self.line, field)


def json_values(path: Path, limits: Limits = LIMITS) -> Iterator[tuple[int, Any]]:
    """The values of a JSON list, or of JSON Lines, with the line on which each begins.

    Raises:
        DataError: it is neither, or a value is not sound (see `_value`).
    """
    text = _Text(path, limits)
    first = text.blank()
    if not first:
        raise DataError(Place(path.name), "is empty", "a JSON list of objects, or one JSON object a line")
    if listed := first == "[":
        text.skip(1)
    for number in range(limits.rows + 1):
        if not _goes_on(text, number, listed=listed):
            return
        if number == limits.rows:
            raise DataError(text.place(), f"has more than {limits.rows:,} records", "fewer")
        line = text.line
        yield line, _value(text)


def _goes_on(text: _Text, number: int, *, listed: bool) -> bool:
    """Pass over what parts two values; whether there is another one.

    Raises:
        DataError: a list is not closed, goes on behind its end, or lacks a comma.
    """
    mark = text.blank()
    if not listed:
        return bool(mark)
    if number and mark == ",":
        text.skip(1)
        if text.blank() == "]":
            raise DataError(text.place(), "has a comma before the end of the list", "no comma there")
        return True
    if mark == "]":
        text.skip(1)
        if left := text.blank():
            raise DataError(text.place(), f"goes on with {left!r} behind the list", "one JSON list")
        return False
    if not mark:
        raise DataError(text.place(), "ends inside the list", "a whole JSON file, closed by ]")
    if number:
        raise DataError(text.place(), f"has {mark!r} between two records", "a comma")
    return True


def json_document(path: Path, limits: Limits = LIMITS) -> Any:
    """The one JSON value of a file.

    Raises:
        DataError: it is not one, or not sound.
    """
    text = _Text(path, limits)
    if not text.blank():
        raise DataError(Place(path.name), "is empty", "one JSON value")
    value = _value(text)
    if left := text.blank():
        raise DataError(text.place(), f"goes on with {left!r} behind its value", "one JSON value")
    return value


def _value(text: _Text) -> Any:
    """The next value: no name twice, no NaN or infinity, nothing that UTF-8 cannot hold, not too deep or too long."""
    line, most = text.place(), text.limits.record_chars
    while True:
        try:
            value, end = _DECODER.raw_decode(text.held, text.at)
        except RecursionError as error:
            raise DataError(line, "is nested too deep", f"at most {text.limits.nesting} levels") from error
        except ValueError as error:
            whole = len(text.held) - text.at
            if whole <= most and _cut(error, len(text.held)) and not text.ended and text.more():
                continue
            if whole > most:
                raise DataError(line, f"has a record of over {most:,} characters", "shorter ones") from error
            at = text.line + text.held.count("\n", text.at, text.at + getattr(error, "pos", text.at) - text.at)
            said = getattr(error, "msg", "") or str(error)
            raise DataError(Place(text.path.name, at), f"is not JSON: {said[:80]}", "JSON") from error
        if end == len(text.held) and not text.ended and text.more():
            continue  # a number may go on
        if end - text.at > most:
            raise DataError(line, f"has a record of over {most:,} characters", "shorter ones")
        text.skip(end - text.at)
        _sound(value, line, text.limits.nesting)
        return value


def _cut(error: ValueError, size: int) -> bool:
    """Whether JSON is wrong only because more of it is to come."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= size - LONGEST_TOKEN


class _UnsoundError(ValueError):
    """JSON that Python would take and others would not."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _UnsoundError("a name stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise _UnsoundError(f"{name} is no JSON number")


def _number(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise _UnsoundError(f"{digits[:20]} is out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_constant, parse_float=_number)


def _sound(value: Any, place: Place, nesting: int) -> None:
    """Refuse what stands too deep."""
    level = [value]
    for _ in range(nesting + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise DataError(place, "is nested too deep", f"at most {nesting} levels")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
