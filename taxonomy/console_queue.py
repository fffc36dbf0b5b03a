"""Whose statement runs next: whoever has used the least time lately; those who use much never fill all places."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_WAITING = 64
HALF_LIFE = 20.0  # seconds after which used time counts half
HEAVY = 3.0  # seconds of lately used time; above it one place is left to others


@dataclass(eq=False)
class Waiting:
    """A statement that waits."""

    caller: str
    number: int


class Queue:
    """Places for statements that run at once, and the order of those that wait."""

    def __init__(self, places: int) -> None:
        self._places, self._running, self._number = places, 0, 0
        self._waiting: list[Waiting] = []
        self._used: dict[str, tuple[float, float]] = {}
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self, caller: str, stop: Callable[[], bool]) -> Iterator[bool]:
        """Hold a place; false where too many wait. A stop ends the wait, and the holder looks for it."""
        mine = self._join(caller)
        if mine is None:
            yield False
            return
        self._wait(mine, stop)
        begun = time.monotonic()
        try:
            yield True
        finally:
            self._leave(caller, begun)

    def place(self, caller: str) -> int:
        """How many statements stand before the caller's; 0 where none waits."""
        with self._changed:
            order = self._order()
            return next((at + 1 for at, each in enumerate(order) if each.caller == caller), 0)

    def _join(self, caller: str) -> Waiting | None:
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                return None
            self._number += 1
            mine = Waiting(caller, self._number)
            self._waiting.append(mine)
            return mine

    def _wait(self, mine: Waiting, stop: Callable[[], bool]) -> None:
        with self._changed:
            while self._next() is not mine and not stop():
                self._changed.wait(0.05)
            self._waiting.remove(mine)
            self._running += 1
            self._changed.notify_all()

    def _leave(self, caller: str, begun: float) -> None:
        with self._changed:
            now = time.monotonic()
            self._running -= 1
            self._used[caller] = (self._lately(caller, now) + now - begun, now)
            self._used = {who: used for who, used in self._used.items() if now - used[1] < 10 * HALF_LIFE}
            self._changed.notify_all()

    def _order(self) -> list[Waiting]:
        now = time.monotonic()  # one for all: of equal callers the first to come is the first
        return sorted(self._waiting, key=lambda each: (self._lately(each.caller, now), each.number))

    def _next(self) -> Waiting | None:
        """The statement that may begin now."""
        free = self._places - self._running
        if free <= 0:
            return None
        order = self._order()
        if order and self._places > 1 and free == 1 and self._lately(order[0].caller, time.monotonic()) > HEAVY:
            return None
        return order[0] if order else None

    def _lately(self, caller: str, now: float) -> float:
        """The seconds that a caller has used, less the longer ago it was."""
        seconds, at = self._used.get(caller, (0.0, now))
        return seconds * math.exp2((at - now) / HALF_LIFE)
