"""Timings of the two sides of a measurement, their ratio, and how both are written as JSON and as a table."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TARGETS: Mapping[str, float] = {
    "plain_ratio": 0.30,
    "llamacpp_ratio": 0.9,
    "rank_ratio": 0.15,
    "rating_ratio": 0.40,
    "staggered_last_ratio": 0.7,
    "staggered_p95_ratio": 0.7,
}


@dataclass(frozen=True)
class Timing:
    """The same work some times over.

    Attributes:
        name: what did it.
        version: of the library that did it.
        seconds: of each repeat.
        tokens: prompt tokens, and new or scored ones, of one repeat.
        n: prompts, candidates or clicks of one repeat.
    """

    name: str
    version: str
    seconds: tuple[float, ...]
    tokens: int
    n: int

    @property
    def median(self) -> float:
        """Seconds of the repeat in the middle."""
        return statistics.median(self.seconds)

    def as_json(self) -> dict[str, Any]:
        """With the smallest, middle and largest number of seconds."""
        return {
            "name": self.name,
            "version": self.version,
            "seconds": {
                "min": round(min(self.seconds), 4),
                "median": round(self.median, 4),
                "max": round(max(self.seconds), 4),
            },
            "tokens": self.tokens,
            "n": self.n,
        }


@dataclass(frozen=True)
class Ratio:
    """Our seconds over the rival's, median over median; without both there is a reason instead of a value."""

    name: str
    ours: Timing | None = None
    rival: Timing | None = None
    reason: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> float:
        """What the ratio is to be at most."""
        return TARGETS[self.name]

    @property
    def value(self) -> float | None:
        """Below 1 where ours is faster; None where one side is missing."""
        return self.ours.median / self.rival.median if self.ours and self.rival else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is no value."""
        return None if self.value is None else self.value <= self.target

    def as_json(self) -> dict[str, Any]:
        """Value, target, both sides, and notes or the reason."""
        made: dict[str, Any] = {
            "value": None if self.value is None else round(self.value, 4),
            "target": self.target,
            "met": self.met,
            "ours": self.ours.as_json() if self.ours else None,
            "rival": self.rival.as_json() if self.rival else None,
        }
        return made | ({"reason": self.reason} if self.reason else {}) | dict(self.notes)
