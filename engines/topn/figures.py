"""What is said about a list: where the liked held-out things stand, and what the list is like without knowing them.

With places 1, 2, ... over all candidates and the set L of liked held-out things:
NDCG@10 = sum of 1 / log2(1 + place) over L within ten, over the same sum of the best possible list;
recall@10 = share of L within ten; MRR = 1 / place of the first of L.
Novelty = mean over the ten of -log2(share of people who saw it before the cut), in bits; popularity = mean share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from engines.topn.crowd import Crowd, Whole

TOP = 10


@dataclass(frozen=True)
class List:
    """A list that a recommender gave a person in an arm.

    Attributes:
        top: the first ten columns.
        places: of each liked held-out thing, from 1; `places_all` of each held-out one by subject.
        shares: for each of the ten, which part of all people with a history saw it.
    """

    recommender: str
    arm: str
    user: str
    top: tuple[int, ...]
    places: tuple[int, ...]
    places_all: Mapping[str, int]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Figure:
    """A figure of a list; `entry` is the catalog's key."""

    id: str
    name: str
    unit: str
    entry: str
    higher_is_better: bool | None
    of: Callable[[List], float]


def ndcg(made: List) -> float:
    """The discounted gain of the liked things within ten, over that of the ideal list."""
    gain = sum(1 / math.log2(1 + place) for place in made.places if place <= TOP)
    return gain / sum(1 / math.log2(1 + place) for place in range(1, min(TOP, len(made.places)) + 1))


def recall(made: List) -> float:
    """The share of the liked things within ten."""
    return sum(place <= TOP for place in made.places) / len(made.places)


def reciprocal_rank(made: List) -> float:
    """1 over the place of the first liked thing."""
    return 1 / min(made.places)


def novelty(made: List) -> float:
    """The mean self-information of the ten, in bits."""
    return sum(-math.log2(share) for share in made.shares) / len(made.shares)


def popularity(made: List) -> float:
    """The mean share of people who saw one of the ten."""
    return sum(made.shares) / len(made.shares)


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        one.id: one
        for one in (
            Figure("ndcg@10", "NDCG@10", "", "ndcg@k", True, ndcg),
            Figure("recall@10", "Recall@10", "", "recall@k", True, recall),
            Figure("mrr", "MRR", "", "mrr", True, reciprocal_rank),
            Figure("novelty@10", "Novelty@10", "bits", "novelty", None, novelty),
            Figure("popularity@10", "Popularity@10", "share of people", "", None, popularity),
        )
    }
)


def shares(crowd: Crowd, columns: Sequence[int]) -> tuple[float, ...]:
    """Which part of the people with a history saw each thing; one that nobody saw counts as seen by one."""
    people = max(1, len(np.unique(crowd.user)))
    return tuple(max(1.0, float(crowd.popularity[column])) / people for column in columns)


def places(order: Whole, columns: Sequence[int]) -> tuple[int, ...]:
    """The places, from 1, of some columns in an order."""
    where = np.empty(len(order), np.int64)
    where[order] = np.arange(1, len(order) + 1)
    return tuple(int(where[column]) for column in columns)


def overlap(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of the ten that two lists have in common."""
    return len(set(one) & set(other)) / max(1, len(one), len(other))
