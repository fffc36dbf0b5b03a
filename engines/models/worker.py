"""One worker for one model: a bounded queue that all browser sessions and threads share.

Callers block until their rows are done; what waits in the queue at the same time is computed in one batch. A caller
that stops takes only its own rows out.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from engines.errors import EngineError, FailureKind
from engines.types import (
    Capability,
    GenerateRow,
    Generation,
    LanguageModel,
    Listener,
    Message,
    Pace,
    Place,
    Scored,
    ScoreRow,
    Stop,
    never,
)

WAITING = 256
MERGED_ROWS = 96


@dataclass
class Job:
    """Rows of one caller: all to be scored or all to be generated."""

    rows: Sequence[Any]
    generating: bool
    listen: Listener | None
    stop: Stop
    done: Future[list[Any]] = field(default_factory=Future)


class ModelWorker:
    """A `LanguageModel` for many threads over one that is for a single thread.

    Args:
        load: makes the model, in the worker's thread, at the first use.
        waiting: how many jobs may wait before new ones are refused.
    """

    def __init__(self, load: Callable[[], LanguageModel], waiting: int = WAITING) -> None:
        self._load = load
        self._jobs: queue.Queue[Job] = queue.Queue(waiting)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._model: LanguageModel | None = None

    @property
    def model(self) -> LanguageModel:
        """The model itself, loaded if need be; for its facts and for counting tokens, which is thread-safe."""
        with self._start:
            if self._model is None:
                self._model = self._load()
            return self._model

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def digest(self) -> str:
        """What identifies weights and precision."""
        return self.model.digest

    @property
    def precision(self) -> str:
        """The floating point type."""
        return self.model.precision

    @property
    def context(self) -> int:
        """Tokens that fit, answer included."""
        return self.model.context

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can compute."""
        return self.model.capabilities

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        return self.model.count(messages)

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """See `LanguageModel.generate`.

        Raises:
            EngineError: the queue is full (busy), or a row is too long.
        """
        return self._submit(Job(rows, True, listen, stop)) if rows else []

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """See `LanguageModel.score`.

        Raises:
            EngineError: the queue is full (busy), a row is too long, or the caller stopped.
        """
        return self._submit(Job(rows, False, None, stop)) if rows else []

    def place(self, stop: Stop) -> Place | None:  # noqa: ARG002
        """There is no queue here."""
        return None

    def pace(self) -> Pace | None:
        """Not measured here."""
        return None

    def _submit(self, job: Job) -> list[Any]:
        _ = self.model
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="model-worker", daemon=True)
                self._thread.start()
        try:
            self._jobs.put_nowait(job)
        except queue.Full as error:
            raise EngineError(
                FailureKind.BUSY, f"{self._jobs.maxsize} requests are waiting for the model; try again in a minute"
            ) from error
        return job.done.result()

    def _work(self) -> None:
        held: Job | None = None
        while True:
            first = held or self._jobs.get()
            batch, held = self._gather(first)
            batch = [job for job in batch if not self._left(job)]
            try:
                if batch:
                    self._compute(batch)
            except BaseException as error:  # whatever it is, no caller may wait for ever
                self._each_alone(batch, error)

    def _left(self, job: Job) -> bool:
        """Whether the caller stopped before its turn came; what it wanted scored is then not computed."""
        try:
            left = not job.generating and job.stop()
        except BaseException as error:
            job.done.set_exception(_for_callers(error))
            return True
        if left:
            job.done.set_exception(EngineError(FailureKind.STOPPED, "stopped before the scores were complete"))
        return left

    def _gather(self, first: Job) -> tuple[list[Job], Job | None]:
        """The first job with those waiting behind it of its kind, up to the bound; the next of the other kind."""
        batch, rows = [first], len(first.rows)
        while rows < MERGED_ROWS:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job.generating != first.generating:
                return batch, job
            batch.append(job)
            rows += len(job.rows)
        return batch, None

    def _compute(self, batch: list[Job]) -> None:
        """One batch; each job gets its own rows back."""
        rows = [row for job in batch for row in job.rows]
        owners = [job for job in batch for _ in job.rows]
        starts = {id(job): sum(len(b.rows) for b in batch[:i]) for i, job in enumerate(batch)}
        model = self.model

        def all_stopped() -> bool:
            return all(job.stop() for job in batch)

        if batch[0].generating:

            def tell(row: int, text: str) -> bool:
                job = owners[row]
                ended = job.listen is not None and job.listen(row - starts[id(job)], text) is False
                return not ended and not job.stop()

            results: list[Any] = list(model.generate(rows, listen=tell, stop=all_stopped))
        else:
            results = list(model.score(rows, stop=all_stopped))
        for job in batch:
            start = starts[id(job)]
            job.done.set_result(results[start : start + len(job.rows)])

    def _each_alone(self, batch: list[Job], error: BaseException) -> None:
        """When a batch fails, each job is tried by itself, so that only the one at fault fails."""
        for job in batch:
            if len(batch) == 1:
                job.done.set_exception(_for_callers(error))
                continue
            try:
                self._compute([job])
            except BaseException as own:
                job.done.set_exception(_for_callers(own))


def _for_callers(error: BaseException) -> Exception:
    """An error as it may be raised in another thread: what would end a thread or the process becomes a failure."""
    if isinstance(error, Exception):
        return error
    return EngineError(FailureKind.INTERNAL, f"{type(error).__name__} in the model's thread")
