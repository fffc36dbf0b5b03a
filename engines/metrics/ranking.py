"""Where the one true candidate stands in a ranking: HR@1, NDCG@10 and MRR, averaged over the places of a tie."""

from __future__ import annotations

import math
from collections.abc import Callable

from data.records import Example
from engines.metrics import NO_TRUTH, RANK, MetricInfo, Score, metrics
from engines.outputs import Output


def over_ties(output: Output, example: Example, gain: Callable[[int], float]) -> Score:
    """The mean gain of the places (from 1) that the true candidate may take among those of equal score."""
    if not example.target:
        return Score(None, NO_TRUTH)
    if example.target not in output.candidates:
        return Score(None, output.reason or "the true candidate was not ranked")
    own = output.candidates[example.target]
    ahead = sum(score > own for score in output.candidates.values())
    tied = sum(score == own for score in output.candidates.values())
    return Score(sum(gain(ahead + place) for place in range(1, tied + 1)) / tied)


@metrics.register("hr@1")
class HitRateAtOne:
    """1 if the true candidate is first."""

    info = MetricInfo("hr@1", "HR@1", "", "hit@k", higher_is_better=True, kinds=RANK)

    def score(self, output: Output, example: Example) -> Score:
        """Whether it is first; a share of 1 when tied for it."""
        return over_ties(output, example, lambda place: float(place == 1))


@metrics.register("ndcg@10")
class NdcgAtTen:
    """1 / log2(1 + place) within the first ten, else 0; with one relevant candidate the ideal is 1."""

    info = MetricInfo("ndcg@10", "NDCG@10", "", "ndcg@k", higher_is_better=True, kinds=RANK)

    def score(self, output: Output, example: Example) -> Score:
        """The discounted gain of the true candidate's place."""
        return over_ties(output, example, lambda place: 1 / math.log2(1 + place) if place <= 10 else 0.0)


@metrics.register("mrr")
class MeanReciprocalRank:
    """1 / place."""

    info = MetricInfo("mrr", "MRR", "", "mrr", higher_is_better=True, kinds=RANK)

    def score(self, output: Output, example: Example) -> Score:
        """The reciprocal of the true candidate's place."""
        return over_ties(output, example, lambda place: 1 / place)
