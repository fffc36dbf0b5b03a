"""Choices between two answers as differences of sentence embeddings: all that a linear reward can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.records import ProfileItem, TaskKind
from engines.types import Encoder, Unfit

Floats = npt.NDArray[np.float64]
UNFIT = (
    Unfit((TaskKind.RATE, TaskKind.RANK), "a reward for the words of an answer says nothing about a rating or a list."),
)


@dataclass(frozen=True, eq=False)
class Pairs:
    """A person's choices in time order.

    Attributes:
        differences: embedding of the chosen answer minus that of the rejected one, [n, d]; [0, 1] without a choice.
    """

    items: tuple[ProfileItem, ...]
    differences: Floats

    def __len__(self) -> int:
        return len(self.items)


def pairs_of(items: Sequence[ProfileItem], encoder: Encoder) -> Pairs:
    """The choices among some items; what was asked is left out, since it is the same for both answers."""
    choices = tuple(item for item in items if {"chosen", "rejected"} <= item.extra.keys())
    vectors = encoded(encoder, [str(item.extra[side]) for item in choices for side in ("chosen", "rejected")])
    return Pairs(choices, vectors[0::2] - vectors[1::2])


def encoded(encoder: Encoder, texts: Sequence[str]) -> Floats:
    """Unit vectors [n, d] in double precision, since an optimizer works on them; [0, 1] without a text."""
    if not texts:
        return np.zeros((0, 1))
    found: Any = encoder.encode(list(texts))
    return np.asarray(found, dtype=np.float64)
