"""The map of users: the right components, nothing held out in it, and personas compared with lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from data.records import Dataset, Task, User
from engines import usermap
from engines.usermap import Ground, UserMap
from tests.engines import people
from tests.engines.people import RATE, REWRITE, WordEncoder


def tastes(count: int = 16) -> list[User]:
    """Half like the even films and half the odd ones; the last three ratings of each are held out."""
    made = []
    for number in range(count):
        likes = number % 2
        stars = {film: 5 if film % 2 == likes else 1 for film in range(12)}
        items = [people.item(f"u{number}", film, day=film, film=film, rating=str(stars[film])) for film in stars]
        made.append(people.person(f"u{number}", items, taste="odd" if likes else "even"))
    return made


def mapped(data: Dataset, task: Task, encoder: Any = None) -> UserMap:
    hidden: dict[str, set[str]] = {}
    for example in data.examples(task):
        hidden.setdefault(example.user, set()).add(example.subject)
    known = {user: frozenset(subjects) for user, subjects in hidden.items()}
    job = usermap.job(data, task, encoder, hidden=known, seed=7)
    job.start()
    assert job.wait(30)
    assert job.view().failure is None
    made: UserMap = job.view().result
    return made


@pytest.mark.parametrize("dense", [usermap.DENSE, 0])
def test_the_axes_are_the_first_principal_components(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usermap, "DENSE", dense)
    matrix = np.random.default_rng(3).normal(size=(30, 12)) * np.linspace(3, 0.2, 12) + 5
    places, loadings, shares = usermap.components(sparse.csr_array(matrix))
    values, vectors = np.linalg.eigh(np.cov(matrix.T))
    assert shares == pytest.approx(values[::-1][:2] / values.sum())
    for at in range(2):
        assert abs(loadings[at] @ vectors[:, -1 - at]) == pytest.approx(1)
        assert places[:, at] == pytest.approx((matrix - matrix.mean(0)) @ loadings[at])
        assert loadings[at][np.abs(loadings[at]).argmax()] > 0


def test_people_of_two_tastes_lie_on_two_sides_and_the_ends_name_the_films() -> None:
    found = mapped(people.dataset(tastes()), RATE)
    assert found.ground is Ground.RATINGS
    side = {cell: {point.x > 0 for point in found.points if point.cell == cell} for cell in ("even", "odd")}
    assert len(side["even"]) == len(side["odd"]) == 1
    assert side["even"] != side["odd"]
    evens = [int(title.split()[-1]) % 2 == 0 for title in found.axes[0].high]
    assert all(evens) or not any(evens)
    assert found.axes[0].share > 0.9
    assert found.between == pytest.approx(1, abs=1e-6)
    assert found.by_chance is not None
    assert found.by_chance < 0.5


def test_nothing_held_out_moves_anybody() -> None:
    users = tastes()
    changed = [replace(user, items=(*user.items[:-3], *(_other(item) for item in user.items[-3:]))) for user in users]
    assert mapped(people.dataset(users), RATE).points == mapped(people.dataset(changed), RATE).points
    assert all(point.items == 9 for point in mapped(people.dataset(users), RATE).points)


def _other(item: Any) -> Any:
    return replace(item, extra={**item.extra, "rating": "3", "title": "Another"})


def test_texts_are_encoded_only_from_before_the_cut() -> None:
    task, encoder = replace(REWRITE, answer_template=" {canary}"), WordEncoder()
    data = people.dataset(people.crowd(people=8), (task,))
    found = mapped(data, task, encoder)
    assert found.ground is Ground.TEXTS
    assert len(found.points) == 8
    assert found.dimensions == 16
    later = {item.extra["canary"] for user in data.users() for item in user.items[-people.HELD_OUT :]}
    assert len(encoder.seen) == sum(point.items for point in found.points)
    assert all(text.startswith("canary") for text in encoder.seen)
    assert not any(word in text for word in later for text in encoder.seen)
    assert {name for name, _ in found.axes[0].goes_with} >= {"length in words", "items before the cut"}


def test_too_few_people_give_no_map() -> None:
    found = mapped(people.dataset(people.crowd(people=2)), RATE)
    assert found.points == ()
    assert found.axes == ()


def test_ratings_of_things_that_nobody_shares_are_compared_by_their_texts() -> None:
    def own(number: int) -> User:
        items = [people.item(f"u{number}", at, day=at, film=100 * number + at) for at in range(6)]
        return people.person(f"u{number}", items)

    found = mapped(people.dataset([own(number) for number in range(5)]), RATE, WordEncoder())
    assert found.ground is Ground.TEXTS
    assert found.between is None, "nobody has a persona"


def test_the_share_between_personas_is_that_of_the_variance() -> None:
    places = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [12.0, 0.0]])
    between, chance = usermap.apart(places, ["a", "a", "b", "b"])
    assert between == pytest.approx(100 / 104)
    assert chance == pytest.approx(100 / 104), "four people fall so by lot in a third of all ways"
    alone: Sequence[str] = ["a", "b", "c", "d"]
    assert usermap.apart(places, alone) == (None, None)
