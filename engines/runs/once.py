"""Scores of prompts in which nothing of anybody stands, computed once a run.

Every method has the arm nobody, in which most ask the same; and on a choice between answers each cell is compared with
the request alone. A score that is there already counts with the seconds that it took when it was computed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from engines.types import Message, Scored, ScoreRow

Score = Callable[[Sequence[ScoreRow]], Sequence[Scored]]
Timed = tuple[Scored, float]
Key = tuple[tuple[Message, ...], tuple[str, ...]]


class Once:
    """What was scored so far; safe to share between threads, which wait for each other's rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Key, Future[Timed]] = {}
        self._here = threading.local()

    def spared(self) -> float:
        """Seconds that this thread would have taken since it asked last, had it computed what was there."""
        seconds: float = getattr(self._here, "seconds", 0.0)
        self._here.seconds = 0.0
        return seconds

    def score(self, rows: Sequence[ScoreRow], compute: Score) -> list[Scored]:
        """The scores of rows, of which only those are computed that are somebody's or new."""
        places: dict[int, Future[Timed]] = {}
        claimed: dict[int, tuple[Key, Future[Timed]]] = {}
        with self._lock:
            for place, row in enumerate(rows):
                if (key := key_of(row)) is None:
                    continue
                if key in self._found:
                    places[place] = self._found[key]
                else:
                    self._found[key] = Future()
                    claimed[place] = key, self._found[key]
        new = [place for place in range(len(rows)) if place not in places]
        made = self._computed(rows, new, claimed, compute)
        return [made[i] if i in made else self._known(row, places[i], compute) for i, row in enumerate(rows)]

    def _computed(
        self,
        rows: Sequence[ScoreRow],
        new: Sequence[int],
        claimed: dict[int, tuple[Key, Future[Timed]]],
        compute: Score,
    ) -> dict[int, Scored]:
        if not new:
            return {}
        start = time.perf_counter()
        try:
            made = dict(zip(new, compute([rows[place] for place in new]), strict=True))
        except BaseException as error:
            with self._lock:
                for key, future in claimed.values():
                    del self._found[key]
                    future.set_exception(error)
            raise
        seconds = (time.perf_counter() - start) / len(new)
        for place, (_, future) in claimed.items():
            future.set_result((made[place], seconds))
        return made

    def _known(self, row: ScoreRow, known: Future[Timed], compute: Score) -> Scored:
        """A score that was or is being computed; where that failed, it is tried here."""
        start = time.perf_counter()
        try:
            scored, seconds = known.result()
        except Exception:
            return compute([row])[0]
        waited = time.perf_counter() - start
        self._here.seconds = getattr(self._here, "seconds", 0.0) + max(0.0, seconds - waited)
        return scored


def key_of(row: ScoreRow) -> Key | None:
    """What names a row in which nothing of anybody stands and nothing changes the model; None of any other."""
    if row.modifiers or any(part.owner for message in row.messages for part in message.parts):
        return None
    return row.messages, row.continuations
