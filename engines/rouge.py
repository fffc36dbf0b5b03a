"""ROUGE by the rouge-score package (Lin, 2004), for all who compare words with words."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def scorer(*kinds: str, stemmed: bool) -> Any:
    """A scorer of some of the package's variants, as `rouge1` or `rougeL`, with or without Porter's stemmer.

    It is given the package's own tokenizer: where it makes that itself it says so through absl, which configures
    logging for the whole process, so that other packages' debugging lines would be printed from then on.
    """
    from rouge_score.rouge_scorer import RougeScorer
    from rouge_score.tokenizers import DefaultTokenizer

    return RougeScorer(list(kinds), tokenizer=DefaultTokenizer(stemmed))
