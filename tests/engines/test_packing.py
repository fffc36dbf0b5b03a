"""A prefix forest computes what sequences share once, and each token sees just its own ancestors."""

from __future__ import annotations

import random

import numpy as np
import pytest

from engines.models.decoding import BATCH_TOKENS, Row, batches
from engines.models.packing import Pack, Tokens, packs, shared


def check(sequences: list[Tokens], made: list[Pack]) -> None:
    """Every sequence stands once, whole and in order, and its tokens see what stands before them in it only."""
    assert sorted(index for one in made for index in one.paths) == list(range(len(sequences)))
    for one in made:
        size = len(one.tokens)
        ancestors: dict[int, set[int]] = {}
        for index, path in one.paths.items():
            assert tuple(one.tokens[path]) == sequences[index]
            assert list(one.positions[path]) == list(range(len(path)))
            for depth, place in enumerate(path):
                seen = {int(p) for p in path[: depth + 1]}
                assert ancestors.setdefault(int(place), seen) == seen, "a place has one history"
        assert set(ancestors) == set(range(size)), "no place is unused"
        for place, seen in ancestors.items():
            assert {int(p) for p in np.flatnonzero(one.mask[place])} == seen
        assert all(path[i] == i for path in one.paths.values() for i in range(one.trunk))


def test_candidates_share_their_prompt() -> None:
    sequences: list[Tokens] = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (1, 2, 3)]
    made = list(packs(sequences, 100))
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [6]
    assert made[0].trunk == 3


def test_equal_sequences_are_computed_once() -> None:
    sequences: list[Tokens] = [(7, 8, 9)] * 5
    made = list(packs(sequences, 100))
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [3]


def test_one_sequence_is_a_plain_causal_pass() -> None:
    made = list(packs([(5, 6, 7)], 100))
    check([(5, 6, 7)], made)
    assert (made[0].mask == np.tri(3, dtype=bool)).all()


def test_strangers_do_not_see_each_other() -> None:
    sequences: list[Tokens] = [(1, 1, 1), (2, 2), (3,)]
    made = list(packs(sequences, 100))
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [6]


@pytest.mark.parametrize("seed", range(60))
def test_random_sequences_of_random_families(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    roots = [tuple(draw.choices(range(4), k=draw.randrange(1, 12))) for _ in range(4)]
    sequences: list[Tokens] = [
        draw.choice(roots)[: draw.randrange(1, 12)] + tuple(draw.choices(range(3), k=draw.randrange(6)))
        for _ in range(draw.randrange(1, 25))
    ]
    limit = draw.choice([4, 16, 64, 1000])
    made = list(packs(sequences, limit))
    check(sequences, made)
    longest = max(len(sequence) for sequence in sequences)
    assert all(len(one.tokens) <= 4 * limit + longest for one in made)


def test_shared() -> None:
    assert shared((), ()) == shared((1,), ()) == shared((1,), (2,)) == 0
    assert shared((1, 2, 3), (1, 2)) == 2


@pytest.mark.parametrize("seed", range(30))
def test_batches_hold_every_row_once_within_the_bound(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    roots = [tuple(draw.choices(range(5), k=draw.randrange(50, 900))) for _ in range(3)]
    prompts = [(*draw.choice(roots)[: draw.randrange(1, 900)], draw.randrange(9)) for _ in range(40)]
    rows = [Row(place, prompt, draw.randrange(1, 200), 0.0, 0) for place, prompt in enumerate(prompts)]
    found = list(batches(rows))
    assert sorted(row.place for batch in found for row in batch) == list(range(40))
    for batch in found:
        widest = max(len(row.prompt) + row.new for row in batch)
        assert len(batch) * widest <= BATCH_TOKENS or len(batch) == 1
        assert [row.prompt for row in batch] == sorted(row.prompt for row in batch)
