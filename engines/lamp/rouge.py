"""ROUGE-1 and ROUGE-L F-measure by the rouge-score package without a stemmer, for LaMP-4 to LaMP-7.

The mean over questions is plain. LaMP's script takes the middle of bootstrap means, which is that mean up to chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Pairs = Sequence[tuple[str, str]]


@lru_cache(maxsize=1)
def _scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rouge1", "rougeL"], use_stemmer=False)


def rouge(pairs: Pairs, kind: str) -> float:
    """The mean F-measure of rouge1 or rougeL."""
    found = (_scorer().score(gold.strip(), said.strip())[kind].fmeasure for said, gold in pairs)
    return float(sum(found)) / len(pairs)
