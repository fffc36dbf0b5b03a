"""Seconds of work for one user: trainings, which tell their own, and the waiting for others' are put aside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopwatch:
    """Seconds since it was started, without those that were put aside; they stand still once it has ended."""

    def __init__(self) -> None:
        self._begun, self._aside = time.perf_counter(), 0.0
        self._ended: float | None = None

    @property
    def seconds(self) -> float:
        """What counts so far."""
        return max(0.0, (self._ended or time.perf_counter()) - self._begun - self._aside)

    def end(self) -> None:
        """Count no further."""
        self._ended = time.perf_counter()

    def put_aside(self, seconds: float) -> None:
        """Leave some seconds out."""
        self._aside += seconds


_running: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Time a block of this thread."""
    made = Stopwatch()
    token = _running.set(made)
    try:
        yield made
    finally:
        made.end()
        _running.reset(token)


@contextmanager
def aside() -> Iterator[None]:
    """What is done in the block does not count; blocks within it are put aside once."""
    running, start = _running.get(), time.perf_counter()
    token = _running.set(None)
    try:
        yield
    finally:
        _running.reset(token)
        if running:
            running.put_aside(time.perf_counter() - start)
