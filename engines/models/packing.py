"""Many token sequences in one forward pass: a prefix forest, where what is shared is computed once.

Sequences are sorted; each adds only the tokens that its predecessor does not share, and a tree attention mask lets a
token see just its own ancestors. So candidates share their prompt, a user's examples share the profile, and unrelated
prompts sit side by side without padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Pack:
    """One forward pass.

    Attributes:
        tokens: int64 [n].
        positions: int64 [n], depth of each token in its own sequence.
        mask: bool [n, n]; row t holds the tokens that token t may see.
        paths: index of a sequence to the places [length] of its tokens in the pack.
    """

    tokens: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    mask: npt.NDArray[np.bool_]
    paths: dict[int, npt.NDArray[np.int64]]


def shared(one: Tokens, other: Tokens) -> int:
    """How many leading tokens two sequences share."""
    limit = min(len(one), len(other))
    return next((i for i in range(limit) if one[i] != other[i]), limit)


def plan(sequences: Sequence[Tokens], limit: int) -> list[list[tuple[int, int]]]:
    """Split sequences into passes of about `limit` tokens: lists of (sequence, tokens shared with its predecessor).

    A sequence longer than the limit gets a pass; what follows may join it while the new tokens stay few.
    """
    order = sorted(range(len(sequences)), key=lambda i: sequences[i])
    groups: list[list[tuple[int, int]]] = []
    size = 0
    for place, index in enumerate(order):
        common = shared(sequences[order[place - 1]], sequences[index]) if place else 0
        new = len(sequences[index]) - common
        related = common * 2 >= len(sequences[index])
        if not groups or (size + new > limit and not (related and size + new <= 2 * limit)):
            groups.append([(index, 0)])
            size = len(sequences[index])
        else:
            groups[-1].append((index, common))
            size += new
    return groups


def pack(sequences: Sequence[Tokens], group: Sequence[tuple[int, int]]) -> Pack:
    """Lay a group out as one pass."""
    size = sum(len(sequences[index]) - common for index, common in group)
    tokens, positions = np.empty(size, np.int64), np.empty(size, np.int64)
    mask = np.zeros((size, size), np.bool_)
    paths: dict[int, npt.NDArray[np.int64]] = {}
    start, path = 0, np.empty(0, np.int64)
    for index, common in group:
        added = np.arange(start, start + len(sequences[index]) - common)
        tokens[added] = sequences[index][common:]
        positions[added] = np.arange(common, len(sequences[index]))
        mask[start : start + len(added), path[:common]] = True
        mask[start : start + len(added), start : start + len(added)] = np.tri(len(added), dtype=np.bool_)
        path = np.concatenate([path[:common], added])
        paths[index] = path
        start += len(added)
    return Pack(tokens, positions, mask, paths)


def packs(sequences: Sequence[Tokens], limit: int) -> Iterator[Pack]:
    """All passes for these sequences, each of about `limit` tokens."""
    for group in plan(sequences, limit):
        yield pack(sequences, group)
