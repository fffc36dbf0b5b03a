"""Accuracy and macro F1 over a task's labels, for LaMP-1 and LaMP-2."""

from __future__ import annotations

from collections.abc import Sequence

Pairs = Sequence[tuple[str, str]]


def accuracy(pairs: Pairs) -> float:
    """The share of predictions that are the gold label, white space around them aside."""
    return sum(said.strip() == gold.strip() for said, gold in pairs) / len(pairs)


def macro_f1(pairs: Pairs, labels: Sequence[str]) -> float:
    """The mean over all labels of 2 tp / (2 tp + fp + fn).

    A label that is neither predicted nor gold counts with 0. A prediction that is no label is wrong and in no class: it
    is a false negative of its gold label and a false positive of none.
    """
    total = 0.0
    for label in labels:
        found = [(said.strip() == label, gold.strip() == label) for said, gold in pairs]
        hits = sum(said and gold for said, gold in found)
        misses = sum(said != gold for said, gold in found)
        total += 2 * hits / (2 * hits + misses) if hits else 0.0
    return total / len(labels)
