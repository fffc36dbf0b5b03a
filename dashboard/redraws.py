"""Redraws of running comparisons are spread over time, so that many readers leave the processor to the model."""

from __future__ import annotations

import threading
import time

APART = 0.2
LONGEST = 6.0


class Redraws:
    """One for the process. Each redraw has a turn, `APART` seconds after the one before, but waits at most `LONGEST`.

    A reader who is alone never waits: the page asks less often than there are turns.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def turn(self) -> float:
        """Wait for a turn; the seconds that were waited."""
        with self._lock:
            now = time.monotonic()
            at = min(max(self._next, now), now + LONGEST)
            self._next = at + APART
        time.sleep(at - now)
        return at - now
