"""A reward taught by clicks: what is asked, what each click changes, and predictions made before learning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from data.importers import datasets
from engines.preferences.surface import FEATURES, correlation, going_with
from engines.preferences.teach import (
    ASKED,
    EVEN,
    EVERYONE,
    NOBODY,
    PERSONA,
    RANKED,
    WRONG,
    YOURS,
    Pool,
    learn,
    make_pool,
    pair_of,
    wilson,
)
from tests.engines.people import WordEncoder

CAMPUS = datasets["campus"]()


@pytest.fixture(scope="module")
def pool() -> Pool:
    return make_pool(CAMPUS, WordEncoder())


def test_ten_pairs_are_asked_and_others_are_ranked(pool: Pool) -> None:
    assert len(pool.asked) == len(set(pool.asked)) == ASKED
    assert len(pool.ranked) == RANKED
    assert not {pair.request for pair in pool.asked} & {pair.request for pair in pool.ranked}
    assert len(pool.personas) == 4
    for cell in pool.personas:
        assert pool.opposite(pool.opposite(cell)) == cell
        assert all(pool.traits[pool.opposite(cell)][name] != value for name, value in pool.traits[cell].items())


def test_what_is_asked_taught_nobody(pool: Pool) -> None:
    asked = set(pool.asked)
    left = sum(pair_of(i) not in asked for u in CAMPUS.users() for i in u.items if i.kind == "choice")
    total = sum(i.kind == "choice" for u in CAMPUS.users() for i in u.items)
    assert pool.everyone.count == left == total - 12 * ASKED
    assert sum(reward.count for reward in pool.personas.values()) == left


def test_before_the_first_click_nothing_is_known(pool: Pool) -> None:
    lesson = learn(pool, ())
    assert lesson.persona == ""
    assert lesson.sureness() == [EVEN]
    assert lesson.doubt() == [1.0]
    assert set(lesson.projected(lesson.now).values()) == {0.0}


def test_each_click_is_predicted_by_what_was_known_before_it(pool: Pool) -> None:
    clicks = (0, 1, 1, 0, 0, 1)
    whole = learn(pool, clicks)
    assert whole.predicted[0][YOURS] == whole.predicted[0][PERSONA] == whole.predicted[0][WRONG] == EVEN
    for count in range(1, len(clicks) + 1):
        part = learn(pool, clicks[:count])
        assert part.predicted == whole.predicted[:count], "a later click changes no earlier guess"
    for place, side in enumerate(clicks):
        before = learn(pool, clicks[:place]).now
        expected = before.probability(pool.difference(pool.asked[place], side)) if place else EVEN
        assert whole.predicted[place][YOURS] == pytest.approx(expected)
        assert whole.predicted[place][NOBODY] == EVEN
    turned = learn(pool, (1, *clicks[1:]))
    assert turned.predicted[0][EVERYONE] == pytest.approx(1 - whole.predicted[0][EVERYONE])
    assert whole.hits(NOBODY) == len(clicks) / 2


def test_certainty_grows_with_every_click(pool: Pool) -> None:
    left = learn(pool, (0, 1) * 5).doubt()
    assert len(left) == ASKED + 1
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.95


def test_who_chooses_as_a_persona_does_is_taken_for_it(pool: Pool) -> None:
    for cell, reward in pool.personas.items():
        clicks = [0 if reward.odds(pool.difference(pair, 0)) > 0 else 1 for pair in pool.asked]
        lesson = learn(pool, clicks)
        assert lesson.persona == cell
        assert lesson.hits(PERSONA) > lesson.hits(WRONG)
        assert lesson.projected(lesson.now)[f"like {cell}"] == max(
            value for name, value in lesson.projected(lesson.now).items() if name.startswith("like ")
        )


def test_features_are_what_anybody_can_count() -> None:
    text = "Dough rises slowly, doesn't it? Wait 40 minutes; the temperature matters."
    found = {name: each(text) for name, each in FEATURES.items()}
    assert found["length in words"] == 10
    assert found["punctuation a 100 words"] == pytest.approx(30)
    assert found["figures a 100 words"] == pytest.approx(20)
    assert found["words a sentence"] == 5
    assert found["formality: share of long words"] == pytest.approx(0.1)
    assert all(each("") == 0 for each in FEATURES.values())
    texts = ["a", "a b", "a b c"]
    assert going_with(np.array([1.0, 2.0, 3.0]), texts)["length in words"] == pytest.approx(1)
    assert correlation(np.array([1.0, 1.0]), np.array([0.0, 1.0])) == 0


def test_an_interval_of_few_clicks_is_wide() -> None:
    low, high = wilson(8, 10)
    assert (low, high) == (pytest.approx(0.490, abs=1e-3), pytest.approx(0.943, abs=1e-3))
    assert wilson(0, 0) == (0, 1)
    assert wilson(10, 10)[1] == 1
    assert math.isclose(sum(wilson(5, 10)), 1)
