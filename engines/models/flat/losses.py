"""What is made smaller: functions of the log-probabilities of answers' tokens.

Each takes, for every sample of a batch, the token log-probabilities of its answers, and the sums of the same under the
model as it was before; it gives the batch's loss in parts, one a sample, which add up to the mean over the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from engines.training.recipe import Objective, Recipe

Answers = Sequence[Tensor]
Loss = Callable[[Answers, Sequence[float], float], Tensor]


def cross_entropy(answers: Answers, before: Sequence[float], share: float) -> Tensor:
    """Negative log-probability of the answers' tokens, times a share: 1 over all answer tokens of the batch."""
    del before
    return -torch.cat(list(answers)).sum() * share


def dpo(beta: float) -> Loss:
    """-log sigmoid(beta * ((chosen - rejected) - (chosen - rejected before))), in nats (arXiv 2305.18290, eq. 7)."""

    def loss(answers: Answers, before: Sequence[float], share: float) -> Tensor:
        chosen, rejected = (answer.sum() for answer in answers)
        return -nn.functional.logsigmoid(beta * ((chosen - rejected) - (before[0] - before[1]))) * share

    return loss


def loss_of(recipe: Recipe) -> Loss:
    """The loss that a recipe asks for."""
    return dpo(recipe.beta) if recipe.objective is Objective.DPO else cross_entropy


def shares(recipe: Recipe, counts: Sequence[Sequence[int]]) -> float:
    """The share of each token, or of each pair, in the mean over a batch; `counts` are the answers' tokens."""
    pairs = recipe.objective is Objective.DPO
    return 1.0 / max(1, len(counts) if pairs else sum(sum(each) for each in counts))
