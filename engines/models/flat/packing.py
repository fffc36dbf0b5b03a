"""Many token sequences in one forward pass: a prefix forest, where what is shared is computed once.

Sequences are sorted; each adds only the tokens that its predecessor does not share, and a tree attention mask lets a
token see just its own ancestors. So candidates share their prompt, a user's examples share the profile, and unrelated
prompts sit side by side without padding.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """Split sequences into passes: lists of (sequence, tokens shared with its predecessor in the pass).

    A family, whose members share at least half of their tokens, gets passes of its own with up to four times `limit`
    new tokens; small families stand side by side up to `limit` tokens in all, since what is masked still costs.
    """
    passes: list[list[tuple[int, int]]] = []
    size = 0
    for members in families(sequences):
        tokens = sum(len(sequences[index]) - common for index, common in members)
        if not passes or size + tokens > limit:
            passes += _split(sequences, members, 4 * limit)
            size = sum(len(sequences[index]) - common for index, common in passes[-1])
        else:
            passes[-1] += members
            size += tokens
    return passes


def families(sequences: Sequence[Tokens]) -> list[list[tuple[int, int]]]:
    """Sorted sequences in runs where each shares at least half of its tokens with the one before."""
    order = sorted(range(len(sequences)), key=lambda i: sequences[i])
    found: list[list[tuple[int, int]]] = []
    for place, index in enumerate(order):
        common = shared(sequences[order[place - 1]], sequences[index]) if place else 0
        if place and common * 2 >= len(sequences[index]):
            found[-1].append((index, common))
        else:
            found.append([(index, 0)])
    return found


def _split(sequences: Sequence[Tokens], members: list[tuple[int, int]], limit: int) -> list[list[tuple[int, int]]]:
    """A family in passes of at most `limit` tokens beyond the first sequence; each pass starts from its root."""
    passes: list[list[tuple[int, int]]] = []
    room = 0
    for index, common in members:
        new = len(sequences[index]) - common
        if not passes or new > room:
            passes.append([(index, 0)])
            room = limit
        else:
            passes[-1].append((index, common))
            room -= new
    return passes


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
