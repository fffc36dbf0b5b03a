"""FPMC: a factorized first-order Markov chain with a personal part (Rendle et al., WWW 2010), baskets of one thing.

score(u, l, i) = U_u . V_i + L_l . W_i for a person u whose last thing is l. The four tables minimize the BPR loss
-ln sigmoid(score of the next thing - score of an unseen one) over all pairs of successive things, by Adam.
What is drawn against a next thing is unseen by the person; RecBole, whose sequential models draw all but the next thing
itself, is met with `repeats` (NDCG@10 on MovieLens-100K 0.089 in place of 0.100, as RecBole's own).
A person who was not fitted with exactly this history gets a U of the same loss over the given history, the rest fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from engines.errors import EngineError, FailureKind
from engines.recommenders import Recommender, RecommenderInfo, recommenders, unseen
from engines.topn.crowd import Person, Real, Whole
from engines.types import Level

FACTORS, EPOCHS, BATCH, RATE = 64, 15, 2048, 0.003
FOLD_STEPS, FOLD_RATE = 60, 0.05


@dataclass(frozen=True)
class Steps:
    """Successive pairs: whose they are, the thing before, the next thing; int64 [n] each."""

    user: Whole
    last: Whole
    next: Whole


class Adam:
    """Adam's update of one float32 array in place (Kingma and Ba, 2015), with the usual decay rates."""

    def __init__(self, values: Real, rate: float) -> None:
        self.values, self.rate, self.count = values, rate, 0
        self.mean, self.square, self.scratch = np.zeros_like(values), np.zeros_like(values), np.empty_like(values)

    def step(self, gradient: Real) -> None:
        """One update; the gradient is used up."""
        self.count += 1
        self.mean *= 0.9
        np.multiply(gradient, 0.1, out=self.scratch)
        self.mean += self.scratch
        np.square(gradient, out=gradient)
        gradient *= 0.001
        self.square *= 0.999
        self.square += gradient
        np.sqrt(self.square, out=gradient)
        gradient *= 1.0 / np.sqrt(1.0 - 0.999**self.count)
        gradient += 1e-8
        np.divide(self.mean, gradient, out=gradient)
        gradient *= self.rate / (1.0 - 0.9**self.count)
        self.values -= gradient


@recommenders.register("fpmc")
class Fpmc(Recommender):
    """One table holds the rows of U, V, L and W below each other, float32 [people + 3 items, factors]."""

    info = RecommenderInfo(
        name="FPMC (sequential)",
        summary="A factorized Markov chain from the last film to the next one, plus a personal part, trained with BPR.",
        level=Level.USER,
        after="Rendle et al., Factorizing Personalized Markov Chains for Next-Basket Recommendation, WWW 2010. "
        "Unlike RecBole's, it learns against films that the person has not seen; its lists are better for that.",
        slow=True,
        seeded=True,
    )

    def __init__(
        self,
        factors: int = FACTORS,
        epochs: int = EPOCHS,
        *,
        rate: float = RATE,
        batch: int = BATCH,
        repeats: bool = False,
    ) -> None:
        self.factors, self.epochs, self.rate, self.batch, self.repeats = factors, epochs, rate, batch, repeats

    def learn(self) -> None:
        """Train all tables; a stop raises.

        Raises:
            EngineError: the tools' stop signal came (kind stopped).
        """
        self.rng = np.random.default_rng(self.tools.seed)
        people, items = len(self.crowd.people), len(self.crowd.items.ids)
        self.starts = np.array([0, people, people + items, people + 2 * items])
        sizes = (people, items, items, items)
        self.table = np.concatenate([self._drawn(size) for size in sizes])
        self.seen = np.zeros((people, items), bool)
        self.seen[self.crowd.user, self.crowd.item] = True
        steps, optimizer = successive(self.crowd.user, self.crowd.item), Adam(self.table, self.rate)
        for epoch in range(self.epochs):
            self.tools.tell("Fitting FPMC", epoch, self.epochs)
            if self.tools.stop():
                raise EngineError(FailureKind.STOPPED, "stopped while FPMC was fitted")
            order = self.rng.permutation(len(steps.user))
            for start in range(0, len(order), self.batch):
                part = order[start : start + self.batch]
                optimizer.step(self._gradient(Steps(steps.user[part], steps.last[part], steps.next[part])))

    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:  # noqa: ARG002
        """The score of each thing as the next one; nobody, with no last thing, has no scores."""
        _, own, last, after = np.split(self.table, self.starts[1:])
        scores = np.full((len(people), len(own)), np.nan, np.float32)
        some = [row for row, person in enumerate(people) if len(person.seen)]
        if some:
            asked = [people[row] for row in some]
            ends = last[[person.seen[-1] for person in asked]]
            scores[some] = self.personal(asked) @ own.T + ends @ after.T
        return scores

    def personal(self, people: Sequence[Person]) -> Real:
        """U for each person: as fitted where the history is the fitted one, else folded in."""
        rows = [self._fitted(person) for person in people]
        found: Real = self.table[[max(0, row) for row in rows]]
        new = [place for place, row in enumerate(rows) if row < 0]
        if new:
            found[new] = self._folded([people[place] for place in new])
        return found

    def _drawn(self, size: int) -> Real:
        spread = np.sqrt(2.0 / (size + self.factors))
        drawn: Real = (self.rng.standard_normal((size, self.factors), np.float32) * spread).astype(np.float32)
        return drawn

    def _fitted(self, person: Person) -> int:
        """The row of a person who was fitted with this very history; -1 for any other."""
        row = self.crowd.row.get(person.id, -1)
        return row if row >= 0 and np.array_equal(self.crowd.history(person.id), person.seen) else -1

    def _gradient(self, steps: Steps) -> Real:
        """The gradient of the mean loss of some steps over the whole table."""
        user, own, last, after = self.starts
        other = self._other(steps)
        rows = [user + steps.user, own + steps.next, own + other, last + steps.last, after + steps.next, after + other]
        u, v, v2, left, w, w2 = (self.table[row] for row in rows)
        near, chain = v - v2, w - w2
        slope = _slope(np.einsum("nf,nf->n", u, near) + np.einsum("nf,nf->n", left, chain))[:, None]
        near *= slope
        chain *= slope
        u *= slope
        left *= slope
        return scattered(np.concatenate(rows), np.concatenate([near, u, -u, chain, left, -left]), len(self.table))

    def _other(self, steps: Steps) -> Whole:
        """What is drawn against each next thing."""
        if not self.repeats:
            return negatives(self.rng, self.seen, steps.user)
        drawn: Whole = self.rng.integers(0, self.seen.shape[1] - 1, len(steps.next))
        return drawn + (drawn >= steps.next)

    def _folded(self, people: Sequence[Person]) -> Real:
        """U of the given histories alone, everything else fixed; begins at 0, in a fixed draw of unseen things."""
        rng = np.random.default_rng([self.tools.seed, 1])
        _, own, last, after = np.split(self.table, self.starts[1:])
        owner = np.repeat(np.arange(len(people)), [len(person.seen) for person in people])
        steps = successive(owner, np.concatenate([person.seen for person in people]))
        seen = ~unseen(people, len(own))
        found = np.zeros((len(people), self.factors), np.float32)
        optimizer = Adam(found, FOLD_RATE)
        counts = np.maximum(1, np.bincount(steps.user, minlength=len(people)))[:, None].astype(np.float32)
        for _ in range(FOLD_STEPS if len(steps.user) else 0):
            other = negatives(rng, seen, steps.user)
            near = own[steps.next] - own[other]
            chain = np.einsum("nf,nf->n", last[steps.last], after[steps.next] - after[other])
            slope = _slope(np.einsum("nf,nf->n", found[steps.user], near) + chain)[:, None] * len(steps.user)
            gradient = scattered(steps.user, near * slope, len(found))
            gradient /= counts
            optimizer.step(gradient)
        return found


def successive(user: Whole, item: Whole) -> Steps:
    """All pairs of things that follow each other in one person's history, by person and time."""
    order = np.argsort(user, kind="stable")
    user, item = user[order], item[order]
    same = user[1:] == user[:-1]
    return Steps(user[1:][same], item[:-1][same], item[1:][same])


def negatives(rng: np.random.Generator, seen: npt.NDArray[np.bool_], users: Whole) -> Whole:
    """A uniformly drawn thing for each of some users that the user has not seen; drawn again at most ten times."""
    drawn: Whole = rng.integers(0, seen.shape[1], len(users))
    for _ in range(10):
        taken = np.flatnonzero(seen[users, drawn])
        if not len(taken):
            break
        drawn[taken] = rng.integers(0, seen.shape[1], len(taken))
    return drawn


def scattered(rows: Whole, values: Real, size: int) -> Real:
    """The sum of `values` [n, factors] by row, float32 [size, factors]."""
    places = sparse.csr_array((np.ones(len(rows), np.float32), (rows, np.arange(len(rows)))), shape=(size, len(rows)))
    total: Real = places @ values
    return total


def _slope(margin: Real) -> Real:
    """The derivative of the mean BPR loss by each margin: -sigmoid(-margin) / n."""
    slope: Real = (-1.0 / (1.0 + np.exp(np.minimum(margin, 80.0))) / max(1, len(margin))).astype(np.float32)
    return slope
