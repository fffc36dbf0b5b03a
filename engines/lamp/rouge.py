"""ROUGE-1 and ROUGE-L F-measure by the rouge-score package without a stemmer, for LaMP-4 to LaMP-7.

The mean over questions is plain. LaMP's script takes the middle of bootstrap means, which is that mean up to chance.
"""

from __future__ import annotations

from collections.abc import Sequence

from engines.rouge import scorer

Pairs = Sequence[tuple[str, str]]


def rouge(pairs: Pairs, kind: str) -> float:
    """The mean F-measure of rouge1 or rougeL."""
    made = scorer("rouge1", "rougeL", stemmed=False)
    found = (made.score(gold.strip(), said.strip())[kind].fmeasure for said, gold in pairs)
    return float(sum(found)) / len(pairs)
