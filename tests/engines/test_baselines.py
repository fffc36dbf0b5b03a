"""Baselines against values computed by hand, from ratings strictly before the cut only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from data.records import Dataset, Example, TaskKind, User
from engines.baselines import baselines, baselines_for
from engines.outputs import Output
from tests.engines import people
from tests.engines.people import RANK, RATE, START, item, person

# (user, film, day, stars); the cut of `a` is day 10
RATINGS = [
    ("a", 1, 1, 5),
    ("a", 2, 2, 4),
    ("b", 1, 3, 3),
    ("b", 3, 4, 2),
    ("c", 1, 5, 4),
    ("c", 3, 6, 4),
]


def made(ratings: Sequence[tuple[str, int, float, int]]) -> Dataset:
    users: dict[str, list[tuple[int, float, int]]] = {}
    for user, film, day, stars in ratings:
        users.setdefault(user, []).append((film, day, stars))
    found: list[User] = []
    for user, rows in users.items():
        items = [item(user, n, day=d, film=f, rating=str(s)) for n, (f, d, s) in enumerate(rows)]
        found.append(person(user, items))
    return people.dataset(found)


def asked(film: int, user: str = "a", day: float = 10) -> Example:
    return people.example(RATE, item(user, 99, day=day, film=film), START + timedelta(days=day))


def point(name: str, data: Dataset, example: Example) -> float:
    output: Output = baselines[name]().predict(data, RATE, example)
    assert output.point is not None
    return output.point


def test_commonest_rating() -> None:
    assert point("commonest-rating", made(RATINGS), asked(3)) == 4.0


def test_item_mean() -> None:
    data = made(RATINGS)
    assert point("item-mean", data, asked(1)) == pytest.approx((5 + 3 + 4) / 3)
    assert point("item-mean", data, asked(3)) == pytest.approx(3.0)
    assert point("item-mean", data, asked(30)) == pytest.approx(22 / 6), "unknown film: the mean of all"


def test_user_mean() -> None:
    data = made(RATINGS)
    assert point("user-mean", data, asked(3)) == pytest.approx(4.5)
    assert point("user-mean", data, asked(3, day=1)) == 3.0, "nothing was known then: the middle of the scale"
    assert point("user-mean", data, asked(3, user="b", day=3)) == pytest.approx(4.5), "no rating yet: the mean of all"


def test_user_and_item_bias() -> None:
    mean = 22 / 6
    item_bias = {1: (12 - 3 * mean) / 8, 2: (4 - mean) / 6, 3: (6 - 2 * mean) / 7}
    user_bias = ((5 - mean - item_bias[1]) + (4 - mean - item_bias[2])) / 7
    data = made(RATINGS)
    assert point("user-item-bias", data, asked(3)) == pytest.approx(mean + item_bias[3] + user_bias)
    assert point("user-item-bias", data, asked(30)) == pytest.approx(mean + user_bias)


def test_biases_stay_on_the_scale() -> None:
    high = [(user, film, 1, 5) for user in "abcdefgh" for film in range(1, 30)]
    low = [(user, 31, 1, 1) for user in "bcdefgh"]
    data = made([*high, *low])
    assert 1.0 <= point("user-item-bias", data, asked(1)) <= 5.0
    assert 1.0 <= point("user-item-bias", data, asked(31)) <= 5.0


def test_popularity() -> None:
    example = people.example(RANK, item("a", 99, day=10, film=3), asked(3).at)
    output = baselines["popularity"]().predict(made(RATINGS), RANK, example)
    assert output.candidates == {"film-0": 0.0, "film-1": 3.0, "film-2": 1.0, "film-3": 2.0, "film-4": 0.0}


@pytest.mark.parametrize("kind", [TaskKind.RATE, TaskKind.RANK])
def test_what_happens_at_or_after_the_cut_changes_nothing(kind: TaskKind) -> None:
    task = {TaskKind.RATE: RATE, TaskKind.RANK: RANK}[kind]
    late = [("b", 3, 10, 1), ("c", 30, 10.5, 1), ("a", 3, 11, 1), ("d", 1, 400, 1)]
    example = people.example(task, item("a", 99, day=10, film=3), asked(3).at)
    for name, one in baselines_for(kind).items():
        assert one.predict(made(RATINGS), task, example) == one.predict(made([*RATINGS, *late]), task, example), name


def test_every_baseline_answers_without_any_data() -> None:
    data = made([("a", 1, 20, 5)])
    for name in baselines_for(TaskKind.RATE):
        assert point(name, data, asked(1)) == 3.0
