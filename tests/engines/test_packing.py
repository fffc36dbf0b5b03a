"""A prefix forest computes what sequences share once, and each token sees just its own ancestors."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from engines.models.flat.packing import Pack, Tokens, families, pack, plan, shared


def packed(sequences: Sequence[Tokens], limit: int) -> list[Pack]:
    return [pack(sequences, group) for group in plan(sequences, limit)]


def check(sequences: Sequence[Tokens], made: Sequence[Pack]) -> None:
    """Every sequence stands once, whole and in order, and its tokens see what stands before them in it only."""
    assert sorted(index for one in made for index in one.paths) == list(range(len(sequences)))
    for one in made:
        size = len(one.tokens)
        assert one.mask.shape == (size, size)
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


def test_candidates_share_their_prompt() -> None:
    sequences: list[Tokens] = [(1, 2, 3, 4), (1, 2, 3, 5, 6), (1, 2, 3)]
    made = packed(sequences, 100)
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [6]


def test_equal_sequences_are_computed_once() -> None:
    sequences: list[Tokens] = [(7, 8, 9)] * 5
    made = packed(sequences, 100)
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [3]


def test_empty_sequences_take_no_place() -> None:
    """Candidates of one token are picked from the prompt's own state and read nothing."""
    sequences: list[Tokens] = [(), (4,), (), ()]
    made = packed(sequences, 100)
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [1]
    assert [len(one.tokens) for one in packed([(), ()], 100)] == [0]


def test_one_sequence_is_a_plain_causal_pass() -> None:
    made = packed([(5, 6, 7)], 100)
    check([(5, 6, 7)], made)
    assert (made[0].mask == np.tri(3, dtype=bool)).all()


def test_strangers_do_not_see_each_other() -> None:
    sequences: list[Tokens] = [(1, 1, 1), (2, 2), (3,)]
    made = packed(sequences, 100)
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [6]


def test_strangers_beyond_the_limit_get_passes_of_their_own() -> None:
    sequences: list[Tokens] = [(n,) * 8 for n in range(6)]
    made = packed(sequences, 16)
    check(sequences, made)
    assert [len(one.tokens) for one in made] == [16, 16, 16]


@pytest.mark.parametrize("seed", range(60))
def test_random_sequences_of_random_families(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    roots = [tuple(draw.choices(range(4), k=draw.randrange(1, 12))) for _ in range(4)]
    sequences: list[Tokens] = [
        draw.choice(roots)[: draw.randrange(1, 12)] + tuple(draw.choices(range(3), k=draw.randrange(6)))
        for _ in range(draw.randrange(1, 25))
    ]
    limit = draw.choice([4, 16, 64, 1000])
    made = packed(sequences, limit)
    check(sequences, made)
    longest = max(len(sequence) for sequence in sequences)
    assert all(len(one.tokens) <= 4 * limit + longest for one in made)


def test_a_family_shares_at_least_half() -> None:
    sequences: list[Tokens] = [(1, 2, 3, 4), (9, 9), (1, 2, 3, 5), (1, 2, 7, 7, 7, 7)]
    assert families(sequences) == [[(0, 0), (2, 3)], [(3, 0)], [(1, 0)]]


def test_shared() -> None:
    assert shared((), ()) == shared((1,), ()) == shared((1,), (2,)) == 0
    assert shared((1, 2, 3), (1, 2)) == 2
