"""How many threads multiply here: fewer while a training runs beside, since both would wait for each other's threads.

Measured on two cores in bfloat16, a soft prompt trained while prompts were scored: with two threads each, training took
38 s and scoring 92 s; with one thread each 30 s and 75 s, about what either takes alone on one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol
from weakref import WeakSet

_lock, _telling = threading.Lock(), threading.Lock()
_trainings = 0
_all = 0  # threads of a process that has the machine to itself; 0 until the first pass


class Elsewhere(Protocol):
    """A model in another process, which sees no training of this one by itself."""

    def beside(self, trainings: int) -> None:
        """That so many trainings run now."""
        ...


_told: WeakSet[Elsewhere] = WeakSet()


def watched_by(model: Elsewhere) -> None:
    """Have a model in another process told when a training begins or ends."""
    with _lock:
        _told.add(model)


def trainings() -> int:
    """How many trainings run that this process knows of."""
    return _trainings


def beside(count: int) -> None:
    """So many trainings run in other processes, as whoever started them says."""
    global _trainings  # noqa: PLW0603 - see above
    _trainings = count


def half(threads: int) -> int:
    """What a training may use of some threads, and what it leaves to whoever answers beside it."""
    return max(1, threads // 2)


@contextmanager
def training() -> Iterator[None]:
    """A process that this one has started trains while the context lasts."""
    _changed(1)
    try:
        yield
    finally:
        _changed(-1)


def _changed(by: int) -> None:
    global _trainings  # noqa: PLW0603 - one machine, one number
    with _lock:
        _trainings += by
        models = list(_told)
    with _telling:  # one after another, so that what is told last is the newest
        for model in models:
            with suppress(Exception):  # one that has ended learns it with its next question
                model.beside(_trainings)


@contextmanager
def shared() -> Iterator[None]:
    """A pass of the model, with all threads or with those that a training leaves."""
    import torch

    wanted = threads()
    if torch.get_num_threads() != wanted:
        torch.set_num_threads(wanted)
    yield


def threads() -> int:
    """How many threads a pass may use now."""
    import torch

    global _all  # noqa: PLW0603 - see above
    _all = _all or torch.get_num_threads()
    return half(_all) if _trainings else _all


@contextmanager
def narrowed() -> Iterator[None]:
    """Half of the threads for what this thread computes while the context lasts: another computes beside it."""
    import torch

    before, wanted = torch.get_num_threads(), half(threads())
    if before != wanted:
        torch.set_num_threads(wanted)
    try:
        yield
    finally:
        if before != wanted:
            torch.set_num_threads(before)
