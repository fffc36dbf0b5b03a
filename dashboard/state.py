"""The address bar is the state: typed fields that are read from and written to the query of the address.

A page declares its fields once, reads them all at its start, and binds its widgets to them. The address always wins:
Back, Forward and a copied link restore a view because every run sets the widgets from the address. A value that cannot
be used gives the default and a note for the reader, never an error.

    TASK = choice("pg_task", accepted=("movie-rating", "post-rewrite"), default="movie-rating")
    seen = state.here(TASK, SEED)             # values and notes
    st.selectbox("Task", TASK.accepted, **state.bound(TASK, seen[TASK]))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from dashboard import safe

T = TypeVar("T")
LONGEST = 2000
LIST_MARK = ","


@dataclass(frozen=True)
class Field(Generic[T]):
    """One value of the address.

    Attributes:
        name: its name there, with the prefix of its page: `br_` for Browse, `pg_` for the Playground.
        parse: text to value; raises ValueError with a text that says what is accepted.
        show: value to text.
        accepted: the values to choose from, empty where any text or number will do.
        longest: how many characters the address may give; more cannot be used.
    """

    name: str
    default: T
    parse: Callable[[str], T]
    show: Callable[[T], str]
    accepted: tuple[Any, ...] = ()
    longest: int = LONGEST


class Values:
    """The values of an address, one for each field that was asked, and notes on those that could not be used."""

    def __init__(self, values: Mapping[str, Any], notes: tuple[str, ...]) -> None:
        self._values, self.notes = dict(values), notes

    def __getitem__(self, field: Field[T]) -> T:
        return cast("T", self._values[field.name])


def text(name: str, default: str = "", *, longest: int = 200) -> Field[str]:
    """Any text, on one line, cut to a length."""

    def parse(given: str) -> str:
        return safe.plain(given)[:longest]

    return Field(name, default, parse, str)


def integer(name: str, default: int, *, low: int, high: int) -> Field[int]:
    """A whole number within limits."""

    def parse(given: str) -> int:
        digits = given.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 12 and low <= int(given) <= high):
            raise ValueError(f"a whole number from {low} to {high}")
        return int(given)

    return Field(name, default, parse, str)


def choice(name: str, default: str, *, accepted: Iterable[str]) -> Field[str]:
    """One of a closed list of values."""
    known = tuple(accepted)

    def parse(given: str) -> str:
        if given not in known:
            raise ValueError(_list(known))
        return given

    return Field(name, default, parse, str, known)


def choices(
    name: str, default: tuple[str, ...] = (), *, accepted: Iterable[str], most: int = 100
) -> Field[tuple[str, ...]]:
    """Several values of a closed list, in the order given and without repetition; commas part them."""
    known = tuple(accepted)

    def parse(given: str) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(value for value in given.split(LIST_MARK) if value))
        if any(value not in known for value in values):
            raise ValueError(_list(known))
        if len(values) > most:
            raise ValueError(f"at most {most} values")
        return values

    return Field(name, default, parse, LIST_MARK.join, known)


def flag(name: str, *, default: bool = False) -> Field[bool]:
    """Yes or no, written as 1 or 0."""

    def parse(given: str) -> bool:
        if given not in {"0", "1"}:
            raise ValueError("0 or 1")
        return given == "1"

    return Field(name, default, parse, lambda value: "1" if value else "0")


def read(query: Mapping[str, str], *fields: Field[Any]) -> Values:
    """The values of an address; a value that cannot be used gives the field's default and a note."""
    values: dict[str, Any] = {}
    notes: list[str] = []
    for field in fields:
        values[field.name] = field.default
        given = query.get(field.name)
        if given is None:
            continue
        try:
            if len(given) > field.longest:
                raise ValueError(f"at most {field.longest} characters")
            values[field.name] = field.parse(given)
        except ValueError as error:
            notes.append(
                f"The address says {field.name}={safe.plain(given, 60)}, which cannot be used here "
                f"(accepted: {error}). The default is shown instead."
            )
    return Values(values, tuple(notes))


def write(query: MutableMapping[str, str], field: Field[T], value: T) -> None:
    """Put a value into an address; the default is left out, to keep the address short."""
    if value == field.default:
        query.pop(field.name, None)
    elif query.get(field.name) != field.show(value):
        query[field.name] = field.show(value)


def here(*fields: Field[Any]) -> Values:
    """The values of the address that the reader sees."""
    return read(st.query_params, *fields)


def put(field: Field[T], value: T, *cleared: Field[Any]) -> None:
    """Change the reader's address; fit for a callback. `cleared` fields go back to their default."""
    change({field: value}, *cleared)


def change(values: Mapping[Field[Any], Any], *cleared: Field[Any]) -> None:
    """Change several fields of the reader's address in one step, which one click on Back takes back."""
    query = st.query_params.to_dict()
    for other in cleared:
        write(query, other, other.default)
    for field, value in values.items():
        write(query, field, value)
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)


def clear(*fields: Field[Any]) -> None:
    """Take fields out of the reader's address; fit for a callback."""
    change({}, *fields)


def bound(field: Field[Any], value: Any, *cleared: Field[Any]) -> dict[str, Any]:
    """The arguments that bind a widget to a field: `st.selectbox("Task", options, **bound(TASK, seen[TASK]))`.

    Give the widget no value of its own. What the reader chooses goes into the address, and `cleared` fields, such as
    the number of the page, go back to their default.
    """
    st.session_state[field.name] = list(value) if isinstance(value, tuple) else value
    return {"key": field.name, "on_change": _keep, "args": (field, *cleared)}


def confirm() -> None:
    """Make the reader's address say what this run shows: a link from a page to itself leaves the old address there."""
    st.query_params.from_dict(st.query_params.to_dict())


def show_notes(seen: Values) -> None:
    """Tell the reader what of the address could not be used."""
    for note in seen.notes:
        st.warning(safe.markdown(note), icon=":material/link_off:")


def _keep(field: Field[Any], *cleared: Field[Any]) -> None:
    value = st.session_state[field.name]
    if isinstance(value, list | set):
        value = tuple(value)
    put(field, field.default if value is None else value, *cleared)


def _list(known: tuple[str, ...]) -> str:
    listed = ", ".join(known)
    return listed if len(listed) <= 160 else f"one of {len(known)} values"
