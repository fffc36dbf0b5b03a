"""The address bar is the state: what can be written can be read, and garbage gives the default and a note."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dashboard import state
from dashboard.state import Field
from tests.dashboard.hostile import HOSTILE

TEXT = state.text("t_text", longest=20)
NUMBER = state.integer("t_number", 7, low=1, high=99)
ONE = state.choice("t_one", "a", accepted=("a", "b"))
MANY = state.choices("t_many", accepted=("a", "b", "c"), most=2)
FLAG = state.flag("t_flag", default=True)
FIELDS: tuple[Field[Any], ...] = (TEXT, NUMBER, ONE, MANY, FLAG)


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        (TEXT, "user profile", "user profile"),
        (NUMBER, 12, "12"),
        (ONE, "b", "b"),
        (MANY, ("c", "a"), "c,a"),
        (FLAG, False, "0"),
    ],
)
def test_what_is_written_is_read(field: Field[Any], value: object, written: str) -> None:
    query: dict[str, str] = {}
    state.write(query, field, value)
    assert query == {field.name: written}
    seen = state.read(query, field)
    assert seen[field] == value
    assert not seen.notes


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_default_is_not_written(field: Field[Any]) -> None:
    query = {field.name: "anything", "other": "kept"}
    state.write(query, field, field.default)
    assert query == {"other": "kept"}
    assert state.read(query, field)[field] == field.default


@pytest.mark.parametrize(
    ("field", "given", "accepted"),
    [
        (NUMBER, "0", "from 1 to 99"),
        (NUMBER, "100", "from 1 to 99"),
        (NUMBER, "1e1", "from 1 to 99"),
        (NUMBER, "٣", "from 1 to 99"),
        (NUMBER, "9" * 5000, "2000 characters"),
        (NUMBER, "", "from 1 to 99"),
        (ONE, "A", "a, b"),
        (MANY, "a,x", "a, b, c"),
        (MANY, "a,b,c", "at most 2"),
        (FLAG, "yes", "0 or 1"),
    ],
)
def test_garbage_gives_the_default_and_a_note(field: Field[Any], given: str, accepted: str) -> None:
    seen = state.read({field.name: given}, *FIELDS)
    assert all(seen[each] == each.default for each in FIELDS)
    (note,) = seen.notes
    assert field.name in note
    assert accepted in note
    assert len(note) < 400


def test_no_value_of_an_address_raises() -> None:
    draw = random.Random(7)  # noqa: S311 - test data
    for _ in range(300):
        query = {field.name: draw.choice(HOSTILE)[: draw.randrange(40)] for field in FIELDS}
        seen = state.read(query, *FIELDS)
        assert len(seen[TEXT]) <= 20
        assert 1 <= seen[NUMBER] <= 99
        assert seen[ONE] in ONE.accepted


def test_a_long_list_of_accepted_values_is_counted() -> None:
    field = state.choice("t", "0", accepted=map(str, range(500)))
    assert "one of 500 values" in state.read({"t": "x"}, field).notes[0]
