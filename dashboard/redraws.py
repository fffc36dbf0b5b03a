"""Redraws of running comparisons are spread over time, so that many readers leave the processor to the model."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

APART = 0.2
LONGEST = 6.0
STILL = 1.5
EACH_STILL, EACH_NEW = 1.0, 0.4
PRESENT = 30.0


@dataclass(frozen=True)
class Pace:
    """Seconds after which a run is drawn again: with news, and without any, to tell that it goes on."""

    new: float
    still: float


class Redraws:
    """One for the process. Each redraw has a turn, `APART` seconds after the one before, but waits at most `LONGEST`.

    The more runs there are, the more seldom each is drawn. A reader who is alone sees all news at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._seen: dict[str, float] = {}

    def turn(self) -> float:
        """Wait for a turn; the seconds that were waited."""
        with self._lock:
            now = time.monotonic()
            at = min(max(self._next, now), now + LONGEST)
            self._next = at + APART
        time.sleep(at - now)
        return at - now

    def pace(self, run: str) -> Pace:
        """How often a run is drawn, given those that were drawn lately."""
        with self._lock:
            now = time.monotonic()
            self._seen[run] = now
            self._seen = {key: at for key, at in self._seen.items() if now - at < PRESENT}
            others = len(self._seen) - 1
        return Pace(EACH_NEW * others, STILL + EACH_STILL * others)
