"""What a user's items can be ranked by for a request: recency, BM25, sentence embeddings, and the last two fused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from data.records import ProfileItem
from engines.ranked import best, compared
from engines.types import Used
from engines.world import World

# The constant of reciprocal rank fusion: how little the first places count for more than the next ones.
FUSED = 60

Scores = list[float]
Scorer = Callable[[World, Sequence[str], str], Scores]


def bm25_scores(texts: Sequence[str], query: str) -> Scores:
    """BM25 of every text for a query (bm25s, Lucene's variant, English stop words); zeros where nothing matches."""
    import bm25s

    tokens = bm25s.tokenize([*texts, query], stopwords="en", return_ids=False, show_progress=False)
    corpus, asked = tokens[:-1], tokens[-1]
    known = {word for row in corpus for word in row}
    words = [word for word in asked if word in known]
    if not words:
        return [0.0] * len(texts)
    index: Any = bm25s.BM25()
    index.index(corpus, show_progress=False)
    return [float(value) for value in index.get_scores(words)]


def dense_scores(world: World, texts: Sequence[str], query: str) -> Scores:
    """The cosine of every text's sentence embedding with the query's."""
    vectors = world.encoder.encode([*texts, query])
    return [float(value) for value in np.asarray(vectors[:-1] @ vectors[-1])]


def fused(rankings: Sequence[Scores]) -> Scores:
    """Reciprocal rank fusion: the sum over rankings of 1 / (60 + place), places from 1 by score, ties by recency.

    What a ranking scores 0, such as a text without any word of the query, has no place in it.
    """
    total = np.zeros(len(rankings[0]))
    for scores in rankings:
        order = sorted((i for i, score in enumerate(scores) if score), key=lambda i: (-scores[i], -i))
        total[order] += 1.0 / (FUSED + np.arange(1, len(order) + 1))
    return [float(value) for value in total]


def _recent(world: World, texts: Sequence[str], query: str) -> Scores:  # noqa: ARG001 - whatever the request is
    return [float(place) for place in range(1, len(texts) + 1)]


def _bm25(world: World, texts: Sequence[str], query: str) -> Scores:  # noqa: ARG001
    return bm25_scores(texts, query)


def hybrid_scores(world: World, texts: Sequence[str], query: str) -> Scores:
    """BM25 and sentence embeddings, fused by reciprocal rank."""
    return fused([bm25_scores(texts, query), dense_scores(world, texts, query)])


RETRIEVERS: Mapping[str, tuple[Scorer, str]] = {
    "recent": (_recent, "recency"),
    "bm25": (_bm25, "BM25"),
    "dense": (dense_scores, "cosine"),
    "hybrid": (hybrid_scores, "reciprocal rank"),
}


def retrieve(name: str, world: World, items: Sequence[ProfileItem], *, query: str, k: int) -> list[Used]:
    """The k best of some items in time order for a query, the best first."""
    if not items:
        return []
    scorer, measure = RETRIEVERS[name]
    return best(items, scorer(world, compared(world.task, items), query), k, measure=measure)
