"""EASE: a linear model from what a person saw to what a person sees, solved in closed form.

B minimizes |X - X B|^2 + lambda |B|^2 with a diagonal of 0. With P = (X'X + lambda I)^-1, B_ij = -P_ij / P_jj off the
diagonal (Steck, WWW 2019). Scores are the sum of B's rows of the history.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from engines.recommenders import Recommender, RecommenderInfo, recommenders
from engines.topn.crowd import Person, Real, people_matrix
from engines.types import Level

REGULARIZATION = 200.0


@recommenders.register("ease")
class Ease(Recommender):
    """Weights are float32 [items, items]."""

    info = RecommenderInfo(
        name="EASE",
        summary="A linear item-to-item model with a closed-form solution, fitted on everyone before the cut.",
        level=Level.USER,
        after="Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019.",
    )

    def __init__(self, regularization: float = REGULARIZATION) -> None:
        self.regularization = regularization

    def learn(self) -> None:
        """The inverse by Cholesky factors, of which LAPACK fills one triangle."""
        seen = self.crowd.matrix.toarray()
        gram = seen.T @ seen
        gram.flat[:: len(gram) + 1] += self.regularization
        factor, _ = lapack.spotrf(gram.T, lower=1, overwrite_a=1, clean=0)  # positive definite by the regularization
        half, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
        inverse = np.tril(half) + np.tril(half, -1).T
        self.weights: Real = inverse / -np.diag(inverse)
        np.fill_diagonal(self.weights, 0.0)

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:  # noqa: ARG002
        """Histories times weights; nobody, with no history, has no scores."""
        scores: Real = people_matrix(people, len(self.weights)) @ self.weights
        scores[[len(person.seen) == 0 for person in people]] = np.nan
        return scores
