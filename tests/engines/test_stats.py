"""Estimates: intervals resample users, gaps are paired by example, and what has no value is counted."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from engines.runs.stats import DRAWS, Value, averaged, estimate, gap


def per_user(values: dict[str, list[float | None]]) -> list[Value]:
    return [Value(user, f"{user}/{i}", v) for user, row in values.items() for i, v in enumerate(row)]


def test_the_interval_of_a_known_case() -> None:
    """400 users at 0 and 1: the mean's standard error is 0.5/sqrt(400)."""
    made = estimate(per_user({f"u{i}": [float(i % 2)] for i in range(400)}))
    wide = NormalDist().inv_cdf(0.975) * 0.5 / math.sqrt(400)
    assert made.mean == 0.5
    assert made.low == pytest.approx(0.5 - wide, abs=0.004)
    assert made.high == pytest.approx(0.5 + wide, abs=0.004)
    assert (made.users, made.n, made.unscored) == (400, 400, 0)


def test_two_users_in_full() -> None:
    """Resampling two users gives (0, 1/2, 1) with chances (1/4, 1/2, 1/4), so 95 % reach from 0 to 1."""
    made = estimate(per_user({"a": [0.0], "b": [1.0]}))
    assert (made.low, made.mean, made.high) == (0.0, 0.5, 1.0)
    assert estimate(per_user({"a": [0.3, 0.5]})).low == pytest.approx(0.4)


def test_users_are_resampled_not_examples() -> None:
    """A hundred equal examples of a user are worth one: the interval does not shrink."""
    once = estimate(per_user({f"u{i}": [float(i % 2)] for i in range(20)}))
    often = estimate(per_user({f"u{i}": [float(i % 2)] * 100 for i in range(20)}))
    assert (often.users, often.n) == (20, 2000)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_users_with_more_examples_weigh_more() -> None:
    made = estimate(per_user({"a": [1.0] * 9, "b": [0.0]}))
    assert made.mean == pytest.approx(0.9)


def test_a_gap_is_paired_by_example() -> None:
    """Large differences between users fall out; the constant difference inside pairs is seen exactly."""
    rng = np.random.default_rng(1)
    levels = {f"u{i}": list(rng.normal(0, 10, 5)) for i in range(30)}
    right = per_user(levels)
    wrong = per_user({user: [v + 0.25 for v in row] for user, row in levels.items()})
    made = gap(right, wrong)
    assert (made.mean, made.low, made.high) == pytest.approx((-0.25, -0.25, -0.25))
    assert not made.tie
    assert gap(right, list(reversed(wrong))) == made


def test_a_gap_counts_the_users_for_whom_the_first_is_lower() -> None:
    right = per_user({"a": [1.0, 1.0], "b": [3.0, 0.0], "c": [2.0]})
    wrong = per_user({"a": [2.0, 0.5], "b": [1.0, 1.0], "c": [2.0]})
    made = gap(right, wrong)
    assert (made.lower, made.users) == (1, 3)


def test_only_examples_that_both_scored_count() -> None:
    right = [Value("a", "1", 1.0), Value("a", "2", 9.0), Value("b", "3", None), Value("b", "4", 2.0)]
    wrong = [Value("a", "1", 0.0), Value("b", "3", 5.0), Value("b", "4", 2.0), Value("c", "5", 7.0)]
    made = gap(right, wrong)
    assert (made.mean, made.users, made.n, made.unscored) == (0.5, 2, 2, 2)


def test_an_interval_that_holds_zero_is_a_tie() -> None:
    right = per_user({f"u{i}": [float(i % 2)] for i in range(10)})
    wrong = per_user({f"u{i}": [float((i + 1) % 2)] for i in range(10)})
    assert gap(right, wrong).tie
    assert gap(right, right).tie
    assert gap([], []).tie
    assert not gap(per_user({f"u{i}": [1.0] for i in range(10)}), per_user({f"u{i}": [0.0] for i in range(10)})).tie


def test_what_has_no_value_is_counted_not_zero() -> None:
    made = estimate(per_user({"a": [1.0, None], "b": [None]}))
    assert (made.mean, made.users, made.n, made.unscored) == (1.0, 1, 1, 2)
    empty = estimate(per_user({"a": [None]}))
    assert (empty.mean, empty.low, empty.high, empty.n, empty.unscored) == (None, None, None, 0, 1)


def test_the_root_is_taken_of_resampled_means() -> None:
    made = estimate(per_user({"a": [0.0], "b": [4.0]}), math.sqrt)
    assert (made.low, made.mean, made.high) == pytest.approx((0.0, math.sqrt(2), 2.0))
    pair = gap(per_user({"a": [4.0], "b": [4.0]}), per_user({"a": [1.0], "b": [1.0]}), math.sqrt)
    assert (pair.low, pair.mean, pair.high) == pytest.approx((1.0, 1.0, 1.0))


def test_the_seed_decides_the_draws() -> None:
    values = per_user({f"u{i}": [float(i)] for i in range(7)})
    assert estimate(values, seed=1) == estimate(values, seed=1)
    assert estimate(values, seed=1) == estimate(list(reversed(values)), seed=1)
    assert estimate(values, seed=1) != estimate(values, seed=2)
    assert DRAWS == 10_000


def test_draws_of_the_wrong_user_are_averaged_by_example() -> None:
    one = [Value("a", "1", 1.0), Value("a", "2", None), Value("b", "3", None)]
    two = [Value("a", "1", 2.0), Value("a", "2", 4.0), Value("b", "3", None)]
    assert averaged([one, two]) == [Value("a", "1", 1.5), Value("a", "2", 4.0), Value("b", "3", None)]
