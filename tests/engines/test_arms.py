"""The wrong user: someone who differs in every trait, with as much to give, drawn by the seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from data.records import Dataset, Example, User
from engines.arms import TOLERANCE, Case, Given, give
from engines.errors import EngineError, FailureKind
from engines.folds import differs
from engines.types import Arm
from tests.engines import people
from tests.engines.people import RATE, START, item, person


def given(
    data: Dataset, arm: Arm = Arm.WRONG, *, user: str = "me", hidden: frozenset[str] = frozenset(), draw: int = 7
) -> Given:
    example = next(e for e in data.examples(RATE) if e.user == user)
    return give(Case(data, RATE, example, hidden | {example.subject}), arm, draw=draw)


def someone(key: str, count: int, *, word: str = "word", **traits: str) -> User:
    """A person with `count` visible items and three held-out ones."""
    items = [item(key, i, day=i, film=100 + i, title=word) for i in range(count)]
    items += [item(key, count + i, day=500 + i, film=200 + i) for i in range(people.HELD_OUT)]
    return person(key, items, **traits)


ME = someone("me", 6, age="young", gender="woman")


def test_the_wrong_user_differs_in_every_trait() -> None:
    twins = [someone(f"half{i}", 6, age="young", gender="man") for i in range(5)]
    twins += [someone(f"same{i}", 6, age="young", gender="woman") for i in range(5)]
    other = someone("other", 6, age="old", gender="man")
    data = people.dataset([ME, *twins, other])
    assert {given(data, draw=draw).owner for draw in range(20)} == {"other"}
    assert differs(ME, other)
    assert not differs(ME, twins[0])
    assert not differs(ME, ME)


def test_nobody_who_differs_is_a_typed_failure() -> None:
    data = people.dataset([ME, someone("half", 6, age="young", gender="man")])
    with pytest.raises(EngineError, match="nobody differs in every declared trait") as raised:
        given(data)
    assert raised.value.kind is FailureKind.NO_WRONG_USER


def test_item_counts_are_equal_and_the_newest_are_given() -> None:
    data = people.dataset([ME, someone("rich", 40, age="old", gender="man")])
    wrong, right = given(data), given(data, Arm.RIGHT)
    assert len(wrong.user.items) == len(right.user.items) == 6
    assert [i.id for i in wrong.user.items] == [f"rich/{n}" for n in range(34, 40)]
    assert wrong.note == right.note == ""


def test_someone_with_enough_items_is_taken_before_someone_with_less() -> None:
    poor = [someone(f"poor{i}", 2, age="old", gender="man") for i in range(8)]
    data = people.dataset([ME, *poor, someone("rich", 9, age="old", gender="man")])
    assert {given(data, draw=draw).owner for draw in range(10)} == {"rich"}


def test_too_few_items_are_said() -> None:
    data = people.dataset([ME, *(someone(f"poor{i}", i, age="old", gender="man") for i in range(1, 4))])
    found = given(data)
    assert found.owner == "poor3"
    assert found.note == "the wrong user has 3 items, the right user 6"


def test_somebody_whose_text_is_as_long_is_taken() -> None:
    long = [someone(f"long{i}", 6, word="word " * 50, age="old", gender="man") for i in range(12)]
    data = people.dataset([ME, *long, someone("alike", 6, word="ward", age="old", gender="man")])
    found = {given(data, draw=draw) for draw in range(10)}
    assert {one.owner for one in found} == {"alike"}
    mine, theirs = (
        sum(len(RATE.write_item(i)) for i in u.items) for u in (ME.before(START + timedelta(400)), found.pop().user)
    )
    assert abs(mine - theirs) / mine <= TOLERANCE


def test_where_nobody_is_as_long_the_nearest_is_taken() -> None:
    long = [someone(f"long{i}", 6, word="word " * (10 * i), age="old", gender="man") for i in range(1, 6)]
    assert given(people.dataset([ME, *long])).owner == "long1"


def test_the_draw_decides_and_repeats() -> None:
    crowd = [someone(f"o{i}", 6, age="old", gender="man") for i in range(12)]
    data = people.dataset([ME, *crowd])
    owners = [given(data, draw=draw).owner for draw in range(60)]
    assert owners == [given(data, draw=draw).owner for draw in range(60)]
    assert len(set(owners)) > 8
    assert max(Counter(owners).values()) < 20


def test_items_about_hidden_subjects_are_taken_out() -> None:
    other = someone("other", 8, age="old", gender="man")
    data = people.dataset([ME, other])
    hidden = frozenset({"film-107", "film-106"})
    wrong = given(data, hidden=hidden)
    assert not {i.extra["subject"] for i in wrong.user.items} & hidden
    assert len(wrong.user.items) == 6
    mine = given(data, Arm.RIGHT, hidden=frozenset({"film-101"}))
    assert len(mine.user.items) == 5


def test_both_cuts_bind() -> None:
    """The wrong user's items end before that user's own cut and before the example's."""
    early = person("early", [item("early", i, day=i, film=i) for i in range(9)], age="old", gender="man")
    late = person("late", [item("late", i, day=i * 100, film=i) for i in range(12)], age="old", gender="man")
    for other in (early, late):
        data = people.dataset([ME, other])
        example = next(e for e in data.examples(RATE) if e.user == "me")
        cut = min(example.at, data.cut(RATE, other.id))
        wrong = given(data)
        assert wrong.user.items
        assert all(i.at < cut for i in wrong.user.items)


def test_items_of_other_kinds_are_not_given() -> None:
    mixed = replace(ME, items=tuple(replace(i, kind="choice") if n % 2 else i for n, i in enumerate(ME.items)))
    data = people.dataset([mixed, someone("other", 6, age="old", gender="man")])
    assert {i.kind for i in given(data, Arm.RIGHT).user.items} == {"thing"}


def test_a_user_without_items_gets_a_wrong_user_without_items() -> None:
    empty = someone("me", 0, age="young", gender="woman")
    data = people.dataset([empty, someone("other", 6, age="old", gender="man")])
    found = given(data)
    assert (found.owner, found.user.items) == ("other", ())


def test_nobody_has_nothing() -> None:
    data = people.dataset([ME])
    found = given(data, Arm.NOBODY)
    assert (found.owner, found.user.items, dict(found.user.persona.traits)) == ("", (), {})


def test_an_example_needs_no_persona() -> None:
    plain = [someone("me", 6), someone("other", 6)]
    data = people.dataset(plain)
    example: Example = next(data.examples(RATE))
    assert give(Case(data, RATE, example, frozenset()), Arm.WRONG, draw=1).owner == "other"
