"""Rewards as mixtures of prototypes: what others like in a few directions, and one person's weights over them.

Every person's reward is sum_k v_k (p_k . e) with weights v on the simplex (a softmax). Prototypes and the weights of
those who teach them minimize the loss of Bradley and Terry's model together, with a Gaussian prior on prototypes and
on logits; a new person's weights are then fitted to a few choices while the prototypes stay.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engines.preferences.pairs import Floats

# Chosen on the earlier split of Campus, by accuracy over 2 to 8 prototypes and 0.01 to 0.3 of strength (0.52 to 0.66).
PROTOTYPES, STRENGTH = 6, 0.3
LOGITS = 0.1
STEPS = 300


def learn(groups: Sequence[Floats], seed: int, count: int = PROTOTYPES, strength: float = STRENGTH) -> Floats:
    """The prototypes [count, d] of people's choices, each [n, d] of chosen minus rejected; none without a choice."""
    from scipy.optimize import minimize

    known = [group for group in groups if len(group)]
    if not known:
        return np.zeros((0, 1))
    choices = np.concatenate(known)
    owner = np.repeat(np.arange(len(known)), [len(group) for group in known])
    size, people = count * choices.shape[1], len(known)

    def loss(point: Floats) -> tuple[float, Floats]:
        prototypes, logits = point[:size].reshape(count, -1), point[size:].reshape(people, count)
        weights = softmax(logits)
        scores = choices @ prototypes.T
        margins = (scores * weights[owner]).sum(1)
        pull = -_wrong(margins)
        by_person = np.zeros_like(logits)
        np.add.at(by_person, owner, scores * pull[:, None])
        turn = weights * (by_person - (weights * by_person).sum(1, keepdims=True)) + LOGITS * logits
        move = (weights[owner] * pull[:, None]).T @ choices + strength * prototypes
        prior = (strength * (prototypes**2).sum() + LOGITS * (logits**2).sum()) / 2
        return float(np.logaddexp(0, -margins).sum() + prior), np.concatenate([move.ravel(), turn.ravel()])

    rng = np.random.default_rng(seed)
    start = np.concatenate([0.5 * rng.standard_normal(size), rng.standard_normal(people * count)])
    found = np.asarray(
        minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x, dtype=np.float64
    )
    learnt: Floats = found[:size].reshape(count, -1)
    return learnt


def weigh(prototypes: Floats, differences: Floats) -> Floats:
    """One person's weights [count] over prototypes, from their choices [n, d]; equal without a choice."""
    from scipy.optimize import minimize

    scores = differences @ prototypes.T if len(differences) else np.zeros((0, len(prototypes)))

    def loss(logits: Floats) -> tuple[float, Floats]:
        weights = softmax(logits[None])[0]
        margins = scores @ weights
        slope = scores.T @ -_wrong(margins)
        turn = weights * (slope - weights @ slope) + LOGITS * logits
        return float(np.logaddexp(0, -margins).sum() + LOGITS / 2 * (logits**2).sum()), turn

    found = np.asarray(minimize(loss, np.zeros(len(prototypes)), jac=True, method="L-BFGS-B").x, dtype=np.float64)
    weights: Floats = softmax(found[None])[0]
    return weights


def softmax(logits: Floats) -> Floats:
    """Weights on the simplex, row by row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Floats = raised / raised.sum(axis=1, keepdims=True)
    return found


def _wrong(margins: Floats) -> Floats:
    """1 - sigmoid of each margin."""
    found: Floats = 0.5 * (1 - np.tanh(margins / 2))
    return found
