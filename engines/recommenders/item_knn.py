"""Item-kNN: things that were seen by the same people as what this person saw (cosine of implicit feedback).

sim(i, j) = |people of both| / sqrt(|people of i| |people of j|); the score of i is the sum of its `NEIGHBOURS` largest
similarities to things that the person saw. After Deshpande and Karypis, as LensKit's `ItemKNNScorer` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from engines.recommenders import Recommender, RecommenderInfo, recommenders
from engines.topn.crowd import Person, Real
from engines.types import Level

NEIGHBOURS = 50
LEAST = 1e-6
THREADS = 2


@recommenders.register("item-knn")
class ItemKnn(Recommender):
    """Similarities are kept whole, float32 [items, items], with a diagonal of 0."""

    info = RecommenderInfo(
        name="Item-kNN",
        summary="Films seen by the same people as the films of this history: the sum of the 50 largest cosines.",
        level=Level.USER,
        after="Deshpande and Karypis, item-based top-N recommendation, in the form of LensKit's ItemKNNScorer.",
    )

    def __init__(self, neighbours: int = NEIGHBOURS) -> None:
        self.neighbours = neighbours

    def learn(self) -> None:
        """The similarities of all pairs: one product of the matrix of unit columns with itself."""
        seen = self.crowd.matrix.toarray()
        seen /= np.sqrt(np.maximum(seen.sum(axis=0), 1.0))
        self.similarity: Real = seen.T @ seen
        np.fill_diagonal(self.similarity, 0.0)
        self.similarity[self.similarity < LEAST] = 0.0

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:  # noqa: ARG002
        """The sums for each person; a thing without a neighbour in the history has no score."""
        scores = np.empty((len(people), len(self.similarity)), np.float32)
        with ThreadPoolExecutor(THREADS) as pool:  # numpy sorts without the interpreter's lock
            for row, one in enumerate(pool.map(self._score, people)):
                scores[row] = one
        scores[scores == 0.0] = np.nan
        return scores

    def _score(self, person: Person) -> Real:
        near = self.similarity.take(person.seen, axis=1)
        if near.shape[1] > self.neighbours:
            near.partition(near.shape[1] - self.neighbours, axis=1)
            near = near[:, -self.neighbours :]
        total: Real = near.sum(axis=1)
        return total
