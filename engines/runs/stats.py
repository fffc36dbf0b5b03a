"""Estimates with intervals that resample users, and gaps paired by example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 10_000
CHUNK = 1_000
LOW, HIGH = 2.5, 97.5


@dataclass(frozen=True)
class Value:
    """One per-example value of a metric; None where it is absent."""

    user: str
    example: str
    value: float | None


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over users (percentile, Efron and Tibshirani, 1993).

    Attributes:
        mean: None where nothing could be scored.
        n: scored examples; `unscored` those without a value.
        lower: of a gap, for how many users the first figure is the lower one.
    """

    mean: float | None
    low: float | None
    high: float | None
    users: int
    n: int
    unscored: int
    lower: int = 0

    @property
    def tie(self) -> bool:
        """Whether the interval of a gap holds 0."""
        return self.low is None or self.high is None or self.low <= 0.0 <= self.high


Finish = Callable[[float], float]


def estimate(values: Sequence[Value], finish: Finish = float, seed: int = 7) -> Estimate:
    """The mean over examples, finished (for example by a square root), with an interval that resamples users."""
    sums, counts = _by_user(values)
    missing = sum(v.value is None for v in values)
    if not len(sums):
        return Estimate(None, None, None, 0, 0, missing)
    means = _resampled(sums[None], counts, seed)[0]
    finished = np.array([finish(float(mean)) for mean in means])
    low, high = np.percentile(finished, [LOW, HIGH])
    mean = finish(float(sums.sum() / counts.sum()))
    return Estimate(mean, float(low), float(high), len(sums), int(counts.sum()), missing)


def gap(one: Sequence[Value], other: Sequence[Value], finish: Finish = float, seed: int = 7) -> Estimate:
    """The figure of `one` minus that of `other` over the examples that both scored, users resampled together."""
    theirs = {v.example: v.value for v in other if v.value is not None}
    pairs = [(v, theirs[v.example]) for v in one if v.value is not None and v.example in theirs]
    unscored = len(one) - len(pairs)
    if not pairs:
        return Estimate(None, None, None, 0, 0, unscored)
    mine, counts = _by_user([v for v, _ in pairs])
    yours, _ = _by_user([Value(v.user, v.example, value) for v, value in pairs])
    draws = _resampled(np.stack([mine, yours]), counts, seed)
    finished = np.array([finish(float(a)) - finish(float(b)) for a, b in draws.T])
    low, high = np.percentile(finished, [LOW, HIGH])
    total = counts.sum()
    mean = finish(float(mine.sum() / total)) - finish(float(yours.sum() / total))
    lower = int((mine < yours).sum())
    return Estimate(mean, float(low), float(high), len(mine), int(total), unscored, lower)


def averaged(draws: Sequence[Sequence[Value]]) -> list[Value]:
    """Values of several draws of the wrong user as one: the mean over the draws that have a value, by example."""
    found: dict[str, list[float]] = defaultdict(list)
    users: dict[str, str] = {}
    for values in draws:
        for v in values:
            users[v.example] = v.user
            if v.value is not None:
                found[v.example].append(v.value)
    return [
        Value(user, example, sum(found[example]) / len(found[example]) if found[example] else None)
        for example, user in users.items()
    ]


def _by_user(values: Sequence[Value]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Sums and counts of present values by user, in the order of user ids."""
    table: Mapping[str, list[float]] = defaultdict(list)
    for v in values:
        if v.value is not None:
            table[v.user].append(v.value)
    users = sorted(table)
    return np.array([sum(table[u]) for u in users]), np.array([float(len(table[u])) for u in users])


def _resampled(sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64], seed: int) -> npt.NDArray[np.float64]:
    """Means [k, DRAWS] of k sums [k, users] under the same resampled users, weighted by their examples."""
    size = len(counts)
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, DRAWS, CHUNK):
        weights = rng.multinomial(size, np.full(size, 1 / size), size=min(CHUNK, DRAWS - start)).astype(float)
        parts.append((sums @ weights.T) / (counts @ weights.T))
    return np.concatenate(parts, axis=1)
