"""Turns at a server: a bounded number of requests at once, first come first served, and equal questions asked once."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from engines.errors import EngineError, FailureKind
from engines.models.endpoint_faults import stopped
from engines.types import Place, Stop

TICK = 0.05
KEPT = 2048
Value = TypeVar("Value")


class Slots:
    """At most `many` at once; the others wait in order, at most `waiting` of them."""

    def __init__(self, many: int, waiting: int = 512) -> None:
        self._many, self._waiting = many, waiting
        self._turn = threading.Condition()
        self._queue: deque[tuple[object, Stop]] = deque()
        self._running: list[Stop] = []
        self._seconds: deque[float] = deque(maxlen=50)

    @contextmanager
    def taken(self, stop: Stop) -> Iterator[None]:
        """A turn, waited for.

        Raises:
            EngineError: too many wait (busy), or the caller stopped.
        """
        ticket = object()
        with self._turn:
            if len(self._queue) >= self._waiting:
                raise EngineError(
                    FailureKind.BUSY, f"{self._waiting} requests are waiting for the model; try again in a minute"
                )
            self._queue.append((ticket, stop))
            try:
                while self._queue[0][0] is not ticket or len(self._running) >= self._many:
                    if stop():
                        raise stopped()
                    self._turn.wait(TICK)
            finally:
                self._queue.remove((ticket, stop))
                self._turn.notify_all()
            self._running.append(stop)
        try:
            yield
        finally:
            with self._turn:
                self._running.remove(stop)
                self._turn.notify_all()

    def took(self, seconds: float) -> None:
        """Remember how long a request took, for what is told to those who wait."""
        with self._turn:
            self._seconds.append(seconds)

    def place(self, stop: Stop) -> Place | None:
        """Where the caller with this stop signal stands."""
        with self._turn:
            ahead = next((i for i, (_, own) in enumerate(self._queue) if own == stop), None)
            running = len(self._running)
            if stop in self._running:
                ahead = 0
            elif ahead is None:
                return None
            mine = sum(own == stop for _, own in self._queue) + self._running.count(stop)
            usual = sum(self._seconds) / len(self._seconds) if self._seconds else None
        return Place(ahead, running, None if usual is None else usual * (ahead + mine) / self._many)


class Asked(Generic[Value]):
    """A question that is being answered: its text as it grows, and its end."""

    def __init__(self) -> None:
        self.text = ""
        self.done = threading.Event()
        self.value: Value | None = None
        self.error: EngineError | None = None


class Answers(Generic[Value]):
    """The last answers by what determines them. Equal questions at the same time are asked once.

    Who asks first asks for all, and its failure is that of all; when it stops, the next one asks again.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, Value] = OrderedDict()
        self._asked: dict[Hashable, Asked[Value]] = {}

    def get(
        self,
        key: Hashable,
        ask: Callable[[Asked[Value]], tuple[Value, bool]],
        *,
        hear: Callable[[str], bool],
        stop: Stop,
    ) -> Value:
        """The answer to a question.

        Args:
            key: everything that determines the answer.
            ask: computes it and says whether it may be kept; it may set `text` meanwhile.
            hear: is told the growing text while another caller's question is under way; False ends the waiting.
            stop: the caller's stop signal.

        Raises:
            EngineError: the caller stopped, or `ask` failed for this caller.
        """
        while True:
            with self._lock:
                if key in self._known:
                    self._known.move_to_end(key)
                    return self._known[key]
                other = self._asked.get(key)
                own = self._asked[key] = Asked() if other is None else other
            if other is None:
                return self._ask(key, own, ask)
            self._wait(other, hear, stop)
            if other.error is not None:
                raise other.error
            if other.value is not None:
                return other.value

    def _ask(self, key: Hashable, own: Asked[Value], ask: Callable[[Asked[Value]], tuple[Value, bool]]) -> Value:
        try:
            value, whole = ask(own)
            if whole:
                with self._lock:
                    self._known[key] = own.value = value
                    while len(self._known) > self._kept:
                        self._known.popitem(last=False)
            return value
        except EngineError as error:
            own.error = None if error.kind is FailureKind.STOPPED else error
            raise
        finally:
            with self._lock:
                self._asked.pop(key, None)
            own.done.set()

    @staticmethod
    def _wait(other: Asked[Value], hear: Callable[[str], bool], stop: Stop) -> None:
        told = ""
        while not other.done.wait(TICK):
            if other.text != told:
                told = other.text
                if not hear(told):
                    raise stopped()
            if stop():
                raise stopped()
