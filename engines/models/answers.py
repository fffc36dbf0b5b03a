"""What a worker keeps of its callers: their jobs, the answers that are being computed, and those that are known.

Rows that are equal in all that determines their answer share one computation, whoever asked for them; each caller hears
it grow, and a caller that leaves takes away only itself.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from engines.errors import EngineError, FailureKind
from engines.rows import Activation, ActivationRow, GenerateRow, Generation, Listener, Message, Scored, Stop, never

KNOWN = 16384
Result = Generation | Scored | Activation


@dataclass(eq=False)
class Job:
    """Rows of one call, all of one kind.

    Attributes:
        caller: who calls; threads of one run share their stop signal and count as one.
    """

    rows: Sequence[Any]
    listen: Listener | None
    stop: Stop
    caller: Hashable
    results: list[Result | None] = field(default_factory=list)
    done: Future[list[Any]] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.results = [None] * len(self.rows)

    def hear(self, place: int, text: str) -> bool:
        """Tell the caller how a text grows; whether it wants more. A listener that breaks fails its job."""
        if self.done.done():
            return False
        try:
            return self.listen is None or self.listen(place, text) is not False
        except BaseException as error:  # whatever it is, it is this caller's own
            self.fail(error)
            return False

    def give(self, place: int, result: Result) -> None:
        """One row's result; the call returns with the last."""
        self.results[place] = result
        if None not in self.results and not self.done.done():
            self.done.set_result(list(self.results))

    def fail(self, error: BaseException) -> None:
        """The call raises this; what would end a thread or the process becomes a failure."""
        if not self.done.done():
            self.done.set_exception(for_callers(error))


def for_callers(error: BaseException) -> Exception:
    """An error as it may be raised in another thread."""
    if isinstance(error, Exception):
        return error
    return EngineError(FailureKind.INTERNAL, f"{type(error).__name__} in the model's thread")


@dataclass(eq=False)
class Answer:
    """A computation with those who wait for it: (job, place of the row in it)."""

    key: Hashable
    prepared: Any
    waiting: list[tuple[Job, int]]
    owners: frozenset[str]
    run: Any = None
    text: str = ""
    forgotten: bool = False
    began: float = field(default_factory=time.perf_counter)
    _joined: bool = False

    @property
    def begun(self) -> bool:
        """Whether its row has joined the batch; what was seen there once has begun, also while it is leaving."""
        self._joined = self._joined or (self.run is not None and self.run.asks is not None)
        return self._joined

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.perf_counter() - self.began

    def grow(self, text: str) -> bool:
        """Tell everybody; whether anybody wants more. A row that was started again is silent up to where it was."""
        if len(text) < len(self.text):
            return bool(self.waiting)
        self.text = text
        for job, place in list(self.waiting):
            if not job.hear(place, text):
                self.leave(job, place)
        return bool(self.waiting)

    def leave(self, job: Job, place: int) -> None:
        """A caller takes one row out: a text stays as far as it is, scores are not given in part."""
        self.waiting.remove((job, place))
        if isinstance(self.prepared.row, GenerateRow):
            tokens = len(self.run.tokens) if self.run is not None else 0
            prompt = len(self.prepared.prompts[0])
            job.give(place, Generation(self.text, prompt, tokens, self.seconds, stopped=True))
        else:
            job.fail(EngineError(FailureKind.STOPPED, "stopped before the scores were complete"))

    def finish(self, result: Result) -> None:
        """Give the result to all who wait."""
        for job, place in self.waiting:
            if isinstance(result, Generation) and result.text != self.text:
                job.hear(place, result.text)
            job.give(place, result)
        self.waiting.clear()

    def fail(self, error: BaseException) -> None:
        """All who wait get this error."""
        for job, _ in self.waiting:
            job.fail(error)
        self.waiting.clear()


def owners_of(row: Any) -> frozenset[str]:
    """Whose data stand in a row's prompts and answer, or in what changes the model for it."""
    contrast = row.modifiers.contrast
    messages: Iterable[Message] = (*row.messages, *(contrast.messages if contrast else ()))
    named = {part.owner for message in messages for part in message.parts if part.owner}
    answer = {row.answer.owner} - {""} if isinstance(row, ActivationRow) else set()
    return frozenset({*named, *answer, *row.modifiers.owners})


def caller_of(stop: Stop) -> Hashable:
    """Who calls: calls with one stop signal, such as the threads of one run, are one caller."""
    return "nobody in particular" if stop is never else stop


def stopped(job: Job) -> bool:
    """Whether a caller has left; a stop signal that breaks fails its job."""
    try:
        return job.done.done() or job.stop()
    except BaseException as error:  # it is this caller's own
        job.fail(error)
        return True


class Known:
    """Answers by all that determines them, those used longest ago leave first. Not safe for threads by itself.

    Args:
        limit: how many are kept.
    """

    def __init__(self, limit: int = KNOWN) -> None:
        self._limit = limit
        self._held: OrderedDict[Hashable, tuple[Result, frozenset[str]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> Result | None:
        """What is known; its `seconds` say what it cost when it was computed."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return replace(found[0])

    def put(self, key: Hashable, result: Result, owners: frozenset[str]) -> None:
        """Remember a whole result."""
        self._held[key] = (result, owners)
        while len(self._held) > self._limit:
            self._held.popitem(last=False)

    def forget(self, owner: str) -> None:
        """Drop everything that somebody's data went into; no name at all drops what nobody's data went into."""
        for key in [key for key, (_, owners) in self._held.items() if owner in owners or not (owner or owners)]:
            del self._held[key]
