"""ALS for implicit feedback: factors of people and things whose product is near 1 where something was seen.

Minimizes sum_ui c_ui (p_ui - x_u . y_i)^2 + lambda (sum |x_u|^2 + sum |y_i|^2), with p 1 where seen and else 0, and
confidence c = 1 + w p (Hu, Koren and Volinsky, 2008). People and things are solved in turns, each row exactly.

A row with n seen things Q [n, f] solves (M + w Q'Q) x = (1 + w) Q'1 with M = Y'Y + lambda I; where n < f, the same x is
M^-1 Q' (I + w Q M^-1 Q')^-1 (1 + w) 1, a system of n equations instead of f. Rows of like length are solved together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from scipy import sparse

from engines.recommenders import Recommender, RecommenderInfo, recommenders
from engines.topn.crowd import Person, Real, Whole, people_matrix
from engines.types import Level

FACTORS, EPOCHS = 50, 10
WEIGHT, REGULARIZATION = 2.0, 1.0
STEP = 8  # lengths are filled up to a multiple of it
CELLS = 400_000  # numbers of one batch
THREADS = 2


@recommenders.register("als")
class Als(Recommender):
    """Item factors are float32 [items, factors]; a person's are solved from the history that is given."""

    info = RecommenderInfo(
        name="ALS (implicit)",
        summary="Matrix factorization of seen and unseen with confidence weights, by alternating least squares.",
        level=Level.USER,
        after="Hu, Koren and Volinsky, collaborative filtering for implicit feedback, as LensKit's ImplicitMFScorer.",
        seeded=True,
    )

    def __init__(
        self,
        factors: int = FACTORS,
        epochs: int = EPOCHS,
        weight: float = WEIGHT,
        regularization: float = REGULARIZATION,
    ) -> None:
        self.factors, self.epochs, self.weight, self.regularization = factors, epochs, weight, regularization

    def learn(self) -> None:
        """Factors begin as squares of small normal numbers."""
        rng = np.random.default_rng(self.tools.seed)
        seen = self.crowd.matrix
        other = seen.T.tocsr()
        items, people = ((rng.standard_normal((n, self.factors), np.float32) * 0.01) ** 2 for n in seen.shape[::-1])
        for epoch in range(self.epochs):
            self.tools.tell("Fitting ALS", epoch, self.epochs)
            people = self.solve(seen, items)
            items = self.solve(other, people)
        self.people, self.items = people, items

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:  # noqa: ARG002
        """Products of solved and item factors; nobody has no scores."""
        solved = self.solve(people_matrix(people, len(self.items)), self.items)
        scores: Real = solved @ self.items.T
        scores[[len(person.seen) == 0 for person in people]] = np.nan
        return scores

    def solve(self, seen: sparse.csr_array, other: Real) -> Real:
        """The factors of each row, given those of the columns; 0 for empty rows."""
        base = other.T @ other + self.regularization * np.eye(self.factors, dtype=np.float32)
        inverse = np.linalg.inv(base).astype(np.float32)
        padded = np.vstack([other, np.zeros((1, self.factors), np.float32)])
        solved = np.zeros((seen.shape[0], self.factors), np.float32)

        def one(batch: tuple[Whole, Whole]) -> None:
            rows, columns = batch
            near = padded[columns]
            short = columns.shape[1] <= self.factors
            solved[rows] = self._dual(near, inverse) if short else self._primal(near, base)

        _each(one, batches(seen, len(other), self.factors))
        return solved

    def objective(self, people: Real, items: Real) -> float:
        """What the fit minimizes, for some factors."""
        seen = self.crowd.matrix.toarray()
        left = seen - people @ items.T
        loss = ((1.0 + self.weight * seen) * left * left).sum()
        return float(loss + self.regularization * ((people**2).sum() + (items**2).sum()))

    def _primal(self, near: Real, base: Real) -> Real:
        turned = near.transpose(0, 2, 1)
        right = (1.0 + self.weight) * near.sum(axis=1)
        solved: Real = np.linalg.solve(base + self.weight * (turned @ near), right[:, :, None])[:, :, 0]
        return solved

    def _dual(self, near: Real, inverse: Real) -> Real:
        half = near @ inverse
        inner = self.weight * (half @ near.transpose(0, 2, 1))
        inner[:, range(near.shape[1]), range(near.shape[1])] += 1.0
        right = np.full((len(near), near.shape[1], 1), 1.0 + self.weight, np.float32)
        solved: Real = (half.transpose(0, 2, 1) @ np.linalg.solve(inner, right))[:, :, 0]
        return solved


def batches(seen: sparse.csr_array, filler: int, factors: int) -> Iterator[tuple[Whole, Whole]]:
    """Rows of like length with their columns [rows, length], filled up with a column of zeros; empty rows are left."""
    lengths = np.diff(seen.indptr)
    filled = -(-lengths // STEP) * STEP
    order = np.argsort(filled, kind="stable")
    order = order[lengths[order] > 0]
    for length in np.unique(filled[order]):
        rows = order[filled[order] == length]
        most = max(1, CELLS // int(length * max(length, factors)))
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            offsets = np.arange(length)[None, :]
            inside = offsets < lengths[part][:, None]
            columns = np.full(inside.shape, filler, np.int64)
            columns[inside] = seen.indices[(seen.indptr[part][:, None] + offsets)[inside]]
            yield part, columns


def _each(work: Callable[[tuple[Whole, Whole]], None], parts: Iterator[tuple[Whole, Whole]]) -> None:
    """Work on all parts in a few threads; numpy multiplies and solves without the interpreter's lock."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, parts))
