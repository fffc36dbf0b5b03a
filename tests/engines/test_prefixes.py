"""The tree of prompts that were read: what it gives back is what was entered, within its bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import torch

from engines.models.flat.prefixes import Ids, Node, Prefixes, shared

PLENTY = 1 << 30
TOKEN_BYTES = 2 * 2 * 3 * 4 * 4


def ids(*tokens: int) -> Ids:
    return np.array(tokens, np.int64)


def states(tokens: Sequence[int], start: int = 0) -> torch.Tensor:
    """Keys and values [2 layers, 2, 3 heads, tokens, 4] that tell of a token all that came before it."""
    told = [hash(tuple(int(t) for t in tokens[: end + 1])) % 100_003 for end in range(start, len(tokens))]
    return torch.tensor(told, dtype=torch.float32)[None, None, None, :, None].expand(2, 2, 3, -1, 4).contiguous()


def enter(tree: Prefixes, tokens: Ids, key: str = "") -> None:
    """As the engine does: only what is not there is given."""
    start = tree.match(key, tokens)
    if start < len(tokens):
        tree.add(key, tokens, states(tokens, start), start)


def nodes(tree: Prefixes) -> Iterator[Node]:
    left = [child for root in tree._roots.values() for child in root.children.values()]
    while left:
        node = left.pop()
        left += node.children.values()
        yield node


def held(tree: Prefixes) -> int:
    """Bytes of memory behind all nodes, not only of what they show of it."""
    return sum(node.kv.untyped_storage().nbytes() for node in nodes(tree) if node.kv is not None)


def check(tree: Prefixes, tokens: Ids, key: str = "") -> int:
    """What is found is as long as what matches, and right; its length."""
    count = tree.match(key, tokens)
    found = tree.find(key, tokens)
    made = torch.cat(found, 3) if found else states(())
    assert made.shape[3] == count
    assert torch.equal(made, states(tokens[:count]))
    return count


def families(seed: int, count: int) -> list[Ids]:
    draw = random.Random(seed)  # noqa: S311
    roots = [draw.choices(range(5), k=draw.randrange(1, 40)) for _ in range(6)]
    return [
        ids(*draw.choice(roots)[: draw.randrange(1, 40)], *draw.choices(range(3), k=draw.randrange(1, 8)))
        for _ in range(count)
    ]


def test_nothing_is_there_at_first() -> None:
    tree = Prefixes(PLENTY)
    assert tree.match("", ids(1, 2)) == 0
    assert tree.find("", ids(1, 2)) == []
    assert tree.held == 0


def test_a_beginning_is_found_and_a_different_end_is_not() -> None:
    tree = Prefixes(PLENTY)
    enter(tree, ids(1, 2, 3, 4))
    assert [check(tree, ids(*tokens)) for tokens in ((1, 2, 3, 4), (1, 2), (1, 2, 9), (1, 2, 3, 4, 5), (9,), ())] == [
        4,
        2,
        2,
        4,
        0,
        0,
    ]


def test_what_two_share_is_held_once() -> None:
    tree = Prefixes(PLENTY)
    enter(tree, ids(1, 2, 3, 4))
    enter(tree, ids(1, 2, 5))
    enter(tree, ids(1, 2, 3))
    enter(tree, ids(1, 2, 3, 4, 6, 7))
    assert sum(len(node.tokens) for node in nodes(tree)) == 7
    assert tree.held == held(tree) == 7 * TOKEN_BYTES
    for tokens in ((1, 2, 3, 4, 6, 7), (1, 2, 5), (1, 2, 3)):
        assert check(tree, ids(*tokens)) == len(tokens)


def test_rows_of_other_modifiers_share_nothing() -> None:
    tree = Prefixes(PLENTY)
    enter(tree, ids(1, 2, 3), key="adapter")
    assert tree.match("", ids(1, 2, 3)) == tree.match("other", ids(1, 2, 3)) == 0
    assert check(tree, ids(1, 2, 3), key="adapter") == 3


def test_what_is_given_is_a_copy_of_its_own() -> None:
    """A view would hold the memory of the whole, and change with it."""
    tree = Prefixes(PLENTY)
    tokens = ids(1, 2, 3, 4)
    whole = states(tokens)
    enter(tree, tokens[:2])
    tree.add("", tokens, whole[:, :, :, 2:], 2)
    whole.zero_()
    assert check(tree, tokens) == 4
    assert tree.held == held(tree)


@pytest.mark.parametrize("seed", range(5))
def test_bytes_are_accounted_for_after_many_sequences(seed: int) -> None:
    tree = Prefixes(PLENTY)
    sequences = families(seed, 500)
    for tokens in sequences:
        enter(tree, tokens)
    assert tree.held == held(tree)
    assert all(check(tree, tokens) == len(tokens) for tokens in sequences)
    distinct = {tuple(tokens[: end + 1]) for tokens in sequences for end in range(len(tokens))}
    assert tree.held == len(distinct) * TOKEN_BYTES, "every beginning is held once"


@pytest.mark.parametrize("seed", range(5))
def test_the_limit_holds_and_what_is_left_is_right(seed: int) -> None:
    limit = 60 * TOKEN_BYTES
    tree = Prefixes(limit)
    for place, tokens in enumerate(sequences := families(seed, 500)):
        enter(tree, tokens)
        assert tree.held == held(tree) <= limit
        check(tree, sequences[place // 2])
        check(tree, tokens)
    assert tree.held > limit // 4, "it is used"


def test_what_was_used_longest_ago_leaves_first() -> None:
    tree = Prefixes(3 * 10 * TOKEN_BYTES)
    for first in (1, 2, 3):
        enter(tree, ids(*[first] * 10))
    assert check(tree, ids(*[1] * 10)) == 10
    enter(tree, ids(*[4] * 10))
    assert [tree.match("", ids(*[first] * 10)) for first in (1, 2, 3, 4)] == [10, 0, 10, 10]


def test_what_is_larger_than_the_limit_is_not_kept() -> None:
    tree = Prefixes(5 * TOKEN_BYTES)
    enter(tree, ids(*range(6)))
    assert tree.held == held(tree) == 0
    assert check(tree, ids(*range(6))) == 0


def test_a_sequence_whose_beginning_has_left_is_not_entered() -> None:
    tree = Prefixes(PLENTY)
    tokens = ids(1, 2, 3, 4)
    tree.add("", tokens, states(tokens, 2), 2)
    assert check(tree, tokens) == 0
    assert tree.held == 0


def test_clear_forgets_everything() -> None:
    tree = Prefixes(PLENTY)
    enter(tree, ids(1, 2, 3))
    enter(tree, ids(1, 2, 3), key="adapter")
    tree.clear()
    assert tree.held == 0
    assert tree.match("", ids(1, 2, 3)) == tree.match("adapter", ids(1, 2, 3)) == 0
    enter(tree, ids(1, 2, 3))
    assert check(tree, ids(1, 2, 3)) == 3


def test_shared() -> None:
    assert shared(ids(), ids()) == shared(ids(1), ids()) == shared(ids(1), ids(2)) == 0
    assert shared(ids(1, 2, 3), ids(1, 2)) == 2
    assert shared(ids(1, 2), ids(1, 2)) == 2
