"""Fields of a record that somebody else wrote, each checked: a wrong one is a `DataError` that names it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from data.errors import DataError, Place
from data.limits import LIMITS, Limits

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
TIMES = "a time from 1970 to 2099, as 2024-05-01, 2024-05-01T10:30:00Z or seconds since 1970"


def record(value: Any, place: Place) -> Mapping[str, Any]:
    """An object.

    Raises:
        DataError: it is something else.
    """
    if not isinstance(value, dict):
        raise DataError(place, f"is a {type(value).__name__}", "an object")
    return value


def listed(value: Any, name: str, place: Place) -> list[Any]:
    """A list that a record holds.

    Raises:
        DataError: it is missing or something else.
    """
    found = record(value, place).get(name)
    if not isinstance(found, list):
        raise DataError(_at(place, name), f"is a {type(found).__name__}", "a list")
    return found


def text(value: Mapping[str, Any], name: str, place: Place, limits: Limits = LIMITS) -> str:
    """A text that is not empty and that any file can store; white space around it is dropped.

    Raises:
        DataError: it is missing, empty, too long, or no text.
    """
    return clean(value.get(name), place, limits.field_chars, name)


def clean(found: Any, place: Place, most: int = LIMITS.field_chars, name: str = "") -> str:
    """As `text`, of a value by itself or of the field of a name."""
    kept = found.strip() if isinstance(found, str) else ""
    if kept and len(kept) <= most and not UNSTORABLE.search(kept):
        return kept
    at = _at(place, name) if name else place
    if not isinstance(found, str):
        raise DataError(at, f"is a {type(found).__name__}", "text")
    if not kept:
        raise DataError(at, "is empty", "text that is not empty")
    if len(kept) > most:
        raise DataError(at, f"has {len(kept):,} characters", f"at most {most:,} characters")
    raise DataError(at, "holds half a surrogate pair or NUL", "text that a file can store")


def identifier(value: Mapping[str, Any], name: str, place: Place, limits: Limits = LIMITS) -> str:
    """A name for something: a text or a whole number on one line.

    Raises:
        DataError: it is something else.
    """
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**18:
        found = str(found)
    kept = clean(found, place, limits.id_chars, name)
    if not kept.isprintable():
        raise DataError(_at(place, name), "holds what cannot be seen", "a name on one line")
    return kept


def number(
    value: Mapping[str, Any], name: str, place: Place, *, between: tuple[float, float], step: float = 1.0
) -> str:
    """A number within bounds and in steps, written short: 4 or 3.5; a text that says one is taken as well.

    Raises:
        DataError: it is none.
    """
    low, high = between
    found, accepted = value.get(name), f"a number from {low:g} to {high:g} in steps of {step:g}"
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise DataError(_at(place, name), f"is a {type(found).__name__}", accepted)
    try:
        kept = float(found)
    except (ValueError, OverflowError) as error:
        raise DataError(_at(place, name), f"{str(found)[:40]!r} is no number", accepted) from error
    if not math.isfinite(kept) or not low <= kept <= high or (kept - low) % step:
        raise DataError(_at(place, name), f"{str(found)[:40]!r} is out of range", accepted)
    return f"{kept:g}"


def when(value: Mapping[str, Any], name: str, place: Place) -> datetime:
    """A time; one without a zone is taken as UTC.

    Raises:
        DataError: it is none, or out of range.
    """
    found = value.get(name)
    said = str(found).strip() if isinstance(found, str | int | float) and not isinstance(found, bool) else ""
    kept = _moment(said[:40])
    if kept is None or not EARLIEST <= kept < LATEST:
        raise DataError(_at(place, name), f"{said[:40]!r} is no such time", TIMES)
    return kept


def _moment(said: str) -> datetime | None:
    for parse in (_seconds, _date, datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(said)
        except (ValueError, OverflowError, TypeError, IndexError, OSError):
            continue
        try:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
    return None


def _seconds(said: str) -> datetime:
    """Seconds since 1970; a number of up to four digits is a year."""
    if len(said) <= 4:
        return datetime(int(said), 1, 1, tzinfo=UTC)
    return datetime.fromtimestamp(float(said), UTC)


def _date(said: str) -> datetime:
    """A month, or a day with one digit, as the time-based editions of LaMP have them."""
    parts = [int(part) for part in said.split("-")]
    return datetime(*[*parts, 1][:3], tzinfo=UTC)  # type: ignore[misc, arg-type]


def _at(place: Place, name: str) -> Place:
    return Place(place.file, place.line, f"{place.field}.{name}" if place.field else name)
