"""Mean absolute and root mean squared error of ratings that are read from text, for LaMP-3."""

from __future__ import annotations

import math
from collections.abc import Sequence

LOW, HIGH = 1.0, 5.0
Pairs = Sequence[tuple[str, str]]


def rating_of(said: str, gold: float) -> float:
    """The number that a text is; of one that is none, the farther of 1 and 5, which for a gold rating of 3 is 5.

    A text such as nan or inf is none either; LaMP's script stops there.
    """
    try:
        value = float(said.strip())
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    return LOW if abs(LOW - gold) > abs(HIGH - gold) else HIGH


def errors(pairs: Pairs) -> list[float]:
    """Predicted minus gold."""
    return [rating_of(said, float(gold)) - float(gold) for said, gold in pairs]


def mae(pairs: Pairs) -> float:
    """The mean of |predicted - gold|."""
    return sum(map(abs, errors(pairs))) / len(pairs)


def rmse(pairs: Pairs) -> float:
    """The root of the mean of (predicted - gold)^2."""
    return math.sqrt(sum(error * error for error in errors(pairs)) / len(pairs))
