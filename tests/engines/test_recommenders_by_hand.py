"""Recommenders' numbers by hand on a tiny crowd; closed forms, normal equations, gradients and what falls."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engines.recommenders import Recommender
from engines.recommenders.als import Als
from engines.recommenders.ease import Ease
from engines.recommenders.fpmc import Fpmc, negatives, successive
from engines.recommenders.item_knn import ItemKnn
from engines.topn.crowd import Crowd, Person
from tests.engines import people
from tests.engines.people import item, person
from tests.engines.test_recommenders import crowd_of, dataset, fitted, listed, tools

# A tiny crowd: films 0 to 3 (columns in the order of their ids), who saw what in which order.
SAW = {"a": [0, 1], "b": [0, 1, 2], "c": [1, 2], "d": [3]}


def tiny() -> Crowd:
    users = [
        person(key, [item(key, n, day=n, film=film) for n, film in enumerate(films)], age="1", gender="w")
        for key, films in SAW.items()
    ]
    return crowd_of(dataset(users))


def one_of(*columns: int) -> Person:
    return Person("new", np.array(columns, np.int64))


def scores(made: Recommender, one: Person) -> list[float]:
    found: list[float] = made.scores([one], np.ones((1, 4), bool))[0].tolist()
    return found


def test_popularity_and_ties_by_id() -> None:
    made = fitted("popularity", tiny())
    assert made.crowd.popularity.tolist() == [2, 3, 2, 1]
    assert listed(made, one_of(3)) == [(1, 3.0), (0, 2.0), (2, 2.0)]


def test_persona_popularity_is_damped_towards_everyone() -> None:
    made = fitted("persona-popularity", tiny())
    share = [2 / 4, 3 / 4, 2 / 4, 1 / 4]
    assert scores(made, replace(one_of(), cell="1, w")) == pytest.approx([(4 * s + 20 * s) / 24 for s in share])
    assert scores(made, one_of()) == pytest.approx(share)


def test_item_knn_by_hand() -> None:
    """cos(0, 1) = 2/sqrt(2 3), cos(0, 2) = 1/2, cos(1, 2) = 2/sqrt(3 2); film 3 has no neighbour."""
    made, near = fitted("item-knn", tiny()), 2 / 6**0.5
    assert scores(made, one_of(0))[1:3] == pytest.approx([near, 0.5])
    assert scores(made, one_of(0, 2))[1] == pytest.approx(2 * near)
    assert np.isnan(scores(made, one_of(0, 2))[3])
    one = ItemKnn(neighbours=1).fit(tiny(), tools())
    assert scores(one, one_of(0, 1))[2] == pytest.approx(near), "only the nearest neighbour counts"


def test_ease_is_the_closed_form() -> None:
    seen = np.zeros((4, 4))
    for row, films in enumerate(SAW.values()):
        seen[row, films] = 1
    inverse = np.linalg.inv(seen.T @ seen + 0.5 * np.eye(4))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    made = Ease(regularization=0.5).fit(tiny(), tools())
    assert made.weights == pytest.approx(weights, abs=1e-6)  # type: ignore[attr-defined]
    assert scores(made, one_of(0, 1)) == pytest.approx(weights[[0, 1]].sum(axis=0), abs=1e-6)


def test_als_lowers_its_objective_at_each_half_step_and_solves_rows_exactly() -> None:
    """Rows shorter and longer than the factors take different ways to the same normal equations."""
    made = Als(factors=6, epochs=1).fit(crowd_of(dataset(people.crowd(people=16, items=12))), tools())
    assert isinstance(made, Als)
    seen, fall = made.crowd.matrix, []
    left, right = made.people, made.items
    for _ in range(3):
        left = made.solve(seen, right)
        fall.append(made.objective(left, right))
        right = made.solve(seen.T.tocsr(), left)
        fall.append(made.objective(left, right))
    assert all(after < before * (1 + 1e-6) for before, after in pairwise(fall))
    assert fall[-1] < 0.99 * fall[0]
    dense, base = seen.toarray(), right.T @ right + made.regularization * np.eye(6)
    for row in range(len(dense)):
        near = right[dense[row] > 0]
        exact = np.linalg.solve(base + made.weight * near.T @ near, (1 + made.weight) * near.sum(axis=0))
        assert made.solve(seen, right)[row] == pytest.approx(exact, rel=1e-3, abs=1e-4)
    lengths = np.diff(seen.indptr)
    assert lengths.max() > 8, "some rows are solved in the factors"


def test_fpmc_learns_what_follows_what() -> None:
    """Everyone sees 0, 1, 2, 3 in circles: after each film the next one stands first."""
    users = []
    for number in range(20):
        films = [(number + step) % 8 for step in range(7)]
        users.append(
            person(f"p{number:02}", [item(f"p{number:02}", n, day=n, film=f) for n, f in enumerate(films)], age="1")
        )
    made = Fpmc(factors=16, epochs=200, rate=0.02, batch=64).fit(crowd_of(dataset(users)), tools())
    right = [listed(made, one_of((film - 2) % 8, (film - 1) % 8, film), 1)[0][0] == (film + 1) % 8 for film in range(8)]
    assert sum(right) >= 7
    pairs = successive(np.array([1, 0, 1, 0]), np.array([5, 6, 7, 8]))
    assert [pairs.user.tolist(), pairs.last.tolist(), pairs.next.tolist()] == [[0, 1], [6, 5], [8, 7]]


def test_what_fpmc_draws_against_the_next_thing() -> None:
    """Things that the person has not seen; like RecBole, all but the next thing itself."""
    films = [[(number + step) % 12 for step in range(3)] for number in range(12)]
    users = [
        person(f"p{number}", [item(f"p{number}", n, day=n, film=film) for n, film in enumerate(some)], age="1")
        for number, some in enumerate(films)
    ]
    crowd = crowd_of(dataset(users))
    steps = successive(crowd.user, crowd.item)
    for repeats in (False, True):
        made = Fpmc(factors=2, epochs=0, repeats=repeats).fit(crowd, tools())
        assert isinstance(made, Fpmc)
        drawn = np.stack([made._other(steps) for _ in range(200)])
        assert not (drawn == steps.next).any()
        assert made.seen[steps.user, drawn].any() == repeats
        others = [set(drawn[:, place].tolist()) for place in range(len(steps.next))]
        whole, unseen = made.seen.shape[1], (~made.seen[steps.user]).sum(1).tolist()
        assert [len(some) for some in others] == ([whole - 1] * len(others) if repeats else unseen)


def test_the_gradient_of_fpmc_is_that_of_its_loss() -> None:
    made = Fpmc(factors=4, epochs=0).fit(tiny(), tools())
    assert isinstance(made, Fpmc)
    steps = successive(made.crowd.user, made.crowd.item)
    made.table = made.table.astype(np.float64)  # type: ignore[assignment]

    def loss() -> float:
        made.rng = np.random.default_rng(3)
        user, own, last, after = made.starts
        other, t = negatives(made.rng, made.seen, steps.user), made.table
        margin = (t[user + steps.user] * (t[own + steps.next] - t[own + other])).sum(axis=1)
        margin += (t[last + steps.last] * (t[after + steps.next] - t[after + other])).sum(axis=1)
        return float(np.log1p(np.exp(-margin)).mean())

    made.rng = np.random.default_rng(3)
    gradient = made._gradient(steps)
    for place in [(0, 0), (1, 2), (5, 1), (9, 3), (14, 0)]:
        kept = made.table[place]
        made.table[place] = kept + 1e-4
        high = loss()
        made.table[place] = kept - 1e-4
        low = loss()
        made.table[place] = kept
        assert gradient[place] == pytest.approx((high - low) / 2e-4, abs=1e-5)
