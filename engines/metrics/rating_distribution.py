"""Proper scores of a distribution over ratings: log-loss in bits and the ranked probability score (Epstein, 1969)."""

from __future__ import annotations

import math

from data.records import Example
from engines.metrics import NO_TRUTH, RATE, MetricInfo, Score, metrics
from engines.outputs import Output

NO_DISTRIBUTION = "predicts one number, not a distribution"


@metrics.register("log-loss")
class LogLoss:
    """-log2 of the probability that the true label got, in bits."""

    info = MetricInfo("log-loss", "Log-loss", "bits", "logloss", higher_is_better=False, kinds=RATE)

    def score(self, output: Output, example: Example) -> Score:
        """The surprise of one true rating."""
        if not example.target:
            return Score(None, NO_TRUTH)
        if not output.labels:
            return Score(None, NO_DISTRIBUTION)
        return Score(-math.log2(max(output.labels[example.target], 1e-12)))


@metrics.register("rps")
class RankedProbabilityScore:
    """The sum over the four thresholds of (cumulative predicted - cumulative true)^2, divided by 4; 0 is perfect."""

    info = MetricInfo("rps", "Ranked probability score", "", "", higher_is_better=False, kinds=RATE)

    def score(self, output: Output, example: Example) -> Score:
        """The score of one distribution; it rewards mass near the true label."""
        if not example.target:
            return Score(None, NO_TRUTH)
        if not output.labels:
            return Score(None, NO_DISTRIBUTION)
        below, total = 0.0, 0.0
        labels = list(output.labels)
        for place, label in enumerate(labels[:-1]):
            below += output.labels[label]
            total += (below - (labels.index(example.target) <= place)) ** 2
        return Score(total / (len(labels) - 1))
