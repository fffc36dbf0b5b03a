"""What came out of a conditioned row, before any metric looks at it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engines.types import Generation


@dataclass(frozen=True)
class Output:
    """The outputs that a task's kind gives; what was not computed is None or empty.

    Attributes:
        labels: label to probability, over the closed set, for `rate`.
        point: a rating predicted without a distribution (baselines), in stars.
        candidates: candidate id to score, higher is better, for `rank` and `choose`.
        truth_logprobs: natural-log probabilities of the tokens of the true text.
        generation: the generated text with its cost.
        similarity: cosine between embeddings of the generated and the true text.
        answered: the label that was read from the generated text, where the model gives no distribution.
        measure: what the candidates' scores are, where they are not the model's log-probabilities in nats.
        likelihoods: candidate id to log-probability in nats, for `choose`, where candidates hold something else.
        reason: why an answer in words gave no rating or ranking.
    """

    labels: Mapping[str, float] = field(default_factory=dict)
    point: float | None = None
    candidates: Mapping[str, float] = field(default_factory=dict)
    truth_logprobs: Sequence[float] = ()
    generation: Generation | None = None
    similarity: float | None = None
    answered: str = ""
    reason: str = ""
    measure: str = ""
    likelihoods: Mapping[str, float] = field(default_factory=dict)

    @property
    def rating(self) -> float | None:
        """The predicted rating: the expectation over the labels, the one rule for all methods; else answer or point."""
        if self.labels:
            return sum(float(label) * p for label, p in self.labels.items())
        return float(self.answered) if self.answered else self.point


def distribution(labels: Sequence[str], logprobs: Sequence[float]) -> dict[str, float]:
    """Probabilities over a closed set of labels from their log-probabilities (natural log)."""
    top = max(logprobs)
    weights = [math.exp(value - top) for value in logprobs]
    total = sum(weights)
    return {label: weight / total for label, weight in zip(labels, weights, strict=True)}
