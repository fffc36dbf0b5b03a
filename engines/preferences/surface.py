"""Plain features of a text, and how a reward goes with them: words for a direction in embedding space.

A weight of the reward is one of 384 numbers that mean nothing by themselves. What can be said of the whole direction
is with what it goes: the correlation, over many answers, of the reward with a feature that anybody can count. A feature
that goes with the reward need not be its cause, and most of what the embedding holds has no such feature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from engines.preferences.pairs import Floats

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
LONG = 8


def words(text: str) -> list[str]:
    """The words of a text; an apostrophe stands inside one."""
    return WORD.findall(text)


def length(text: str) -> float:
    """Words."""
    return float(len(words(text)))


def marks(text: str) -> float:
    """Commas, semicolons, colons, exclamation marks, question marks and brackets, a hundred words."""
    return 100 * sum(text.count(mark) for mark in ",;:!?(") / max(1, len(words(text)))


def formality(text: str) -> float:
    """The share of words with eight or more letters, a plain stand-in for formal and technical wording."""
    found = words(text)
    return sum(len(word) >= LONG for word in found) / max(1, len(found))


def figures(text: str) -> float:
    """Digits, a hundred words."""
    return 100 * sum(sign.isdigit() for sign in text) / max(1, len(words(text)))


def sentence_length(text: str) -> float:
    """Words a sentence."""
    return len(words(text)) / max(1, len(SENTENCE.findall(text)))


FEATURES: Mapping[str, Callable[[str], float]] = {
    "length in words": length,
    "punctuation a 100 words": marks,
    "formality: share of long words": formality,
    "figures a 100 words": figures,
    "words a sentence": sentence_length,
}


def going_with(rewards: Floats, texts: Sequence[str]) -> dict[str, float]:
    """Pearson's correlation of a reward with each feature over some texts; 0 where one of both does not vary."""
    return {name: correlation(rewards, np.array([each(text) for text in texts])) for name, each in FEATURES.items()}


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's r; 0 where one side does not vary."""
    first, second = one - one.mean(), other - other.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else 0.0


def likeness(one: Floats, other: Floats) -> float:
    """The cosine of two directions of reward; 0 where one of them is nothing."""
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 0 else 0.0
