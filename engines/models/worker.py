"""One worker for one model: all browser sessions and threads share its running batch.

Callers block until their rows are done. Rows join the batch at any step and leave when they end; equal rows are
computed once and known answers are given at once. A caller that stops takes only its own rows out.
"""

from __future__ import annotations

import atexit
import logging
import threading
import weakref
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from engines.errors import EngineError, FailureKind
from engines.models.answers import Answer, Job, Known, caller_of, owners_of, stopped
from engines.models.passed_on import PassedOn
from engines.models.whole import Whole
from engines.rows import (
    Activation,
    ActivationRow,
    GenerateRow,
    Generation,
    LanguageModel,
    Listener,
    Place,
    Scored,
    ScoreRow,
    Stop,
    never,
)

LOG = logging.getLogger("attune.models")
WAITING = 1024
LOOK = 1.0
ENDS = 10.0  # seconds; a step takes less than one


class ModelWorker(PassedOn):
    """A `LanguageModel` for many threads over one that is for a single thread.

    Args:
        load: makes the model, in the caller's thread, at the first use.
        waiting: how many rows may wait before new ones are refused.
    """

    def __init__(self, load: Callable[[], LanguageModel], waiting: int = WAITING) -> None:
        self._load, self._limit = load, waiting
        self._start = threading.Lock()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._model: LanguageModel | None = None
        self._steps: Any = None
        self._answers: dict[Hashable, Answer] = {}
        self._new: list[Answer] = []
        self._known = Known()
        self._forgotten = self._ended = False
        atexit.register(_end, weakref.ref(self))

    @property
    def model(self) -> LanguageModel:
        """The model itself, loaded if need be; for its facts and for counting tokens, which is thread-safe."""
        with self._start:
            if self._model is None:
                made = self._load()
                self._steps = made if hasattr(made, "engine") else Whole(made)
                self._model = made
            return self._model

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    def place(self, stop: Stop) -> Place | None:
        """Where the caller with this stop signal stands; None if it waits for nothing.

        The expected time supposes that callers are served evenly: nobody's work counts for more than one's own.
        """
        caller = caller_of(stop)
        with self._changed:
            answers = list(self._answers.values())
            mine = [one for one in answers if any(job.caller == caller for job, _ in one.waiting)]
            if not mine:
                return None
            first = next((place for place, one in enumerate(answers) if one in mine and not one.begun), len(answers))
            queued = first < len(answers) and not any(one.begun for one in mine)
            ahead = sum(one not in mine and not one.begun for one in answers[:first]) if queued else 0
            work: dict[Hashable, float] = {}
            for one in answers:
                key = caller if one in mine else one.waiting[0][0].caller if one.waiting else None
                work[key] = work.get(key, 0.0) + self._work_of(one)
        seconds = sum(min(each, work[caller]) for each in work.values()) if self.pace() else None
        return Place(ahead, sum(one.begun for one in answers), seconds)

    def _work_of(self, answer: Answer) -> float:
        """Expected seconds of an answer; half of them for one that runs."""
        if (pace := self.pace()) is None:
            return 0.0
        row = answer.prepared.row
        new = row.max_new_tokens if isinstance(row, GenerateRow) else 0
        seconds: float = answer.prepared.tokens / pace.read + (new / pace.write if pace.write else 0.0)
        return seconds / 2 if answer.begun else seconds

    def forget(self, owner: str) -> None:
        """Drop every known answer that somebody's data went into, and all prompts that were read."""
        with self._changed:
            self._known.forget(owner)
            for answer in self._answers.values():
                answer.forgotten |= owner in answer.owners or not (owner or answer.owners)
            self._forgotten = True
            self._changed.notify_all()

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """See `LanguageModel.generate`.

        Raises:
            EngineError: the queue is full (busy), or a row is too long.
        """
        return self._submit(Job(rows, listen, stop, caller_of(stop))) if rows else []

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """See `LanguageModel.score`.

        Raises:
            EngineError: the queue is full (busy), a row is too long, or the caller stopped.
        """
        return self._submit(Job(rows, None, stop, caller_of(stop))) if rows else []

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """See `LanguageModel.activations`; raises as `score` does."""
        return self._submit(Job(rows, None, stop, caller_of(stop))) if rows else []

    def _submit(self, job: Job) -> list[Any]:
        _ = self.model
        prepared = [self._steps.prepare(row) for row in job.rows]
        with self._changed:
            self._enter(job, prepared)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="model-worker", daemon=True)
                self._thread.start()
            thread = self._thread
            self._changed.notify_all()
        while True:
            try:
                return job.done.result(LOOK)
            except NotYet:
                if job.done.done():
                    raise  # the job's own error is a timeout
                if not thread.is_alive():
                    self._mourn(thread)

    def _enter(self, job: Job, prepared: Sequence[Any]) -> None:
        """Give what is known, join what is computed, and queue the rest; equal beginnings side by side."""
        unknown = [one for one in prepared if one.key not in self._answers and self._known.get(one.key) is None]
        queued = sum(not one.begun for one in self._answers.values())
        if queued and queued + len(unknown) > self._limit:
            raise EngineError(
                FailureKind.BUSY, f"{queued} answers are waiting for the model, no more fit; try again in a minute"
            )
        fresh: list[Answer] = []
        for place, one in enumerate(prepared):
            known = self._known.get(one.key)
            if known is not None:
                if isinstance(known, Generation):
                    job.hear(place, known.text)
                job.give(place, known)
                continue
            answer = self._answers.get(one.key)
            if answer is None:
                answer = self._answers[one.key] = Answer(one.key, one, [], owners_of(one.row))
                fresh.append(answer)
            elif answer.text:
                job.hear(place, answer.text)
            answer.waiting.append((job, place))
        self._new += sorted(fresh, key=lambda one: one.prepared.prompts)

    def _work(self) -> None:
        """The worker's thread."""
        try:
            while True:
                with self._changed:
                    while not (self._new or self._answers or self._forgotten or self._ended):
                        self._changed.wait()
                    if self._ended:
                        return
                    new, self._new = self._new, []
                    forgotten, self._forgotten = self._forgotten, False
                    answers = list(self._answers.values())
                if forgotten and hasattr(self._steps.engine, "prefixes"):
                    self._steps.engine.prefixes.clear()
                for answer in new:
                    self._open(answer)
                self._let_go(answers)
                self._step()
        except BaseException as error:  # whatever it is, no caller may wait for ever
            LOG.exception("the model's worker died")
            self._lost(f"the model's worker died of {type(error).__name__}; press Run again, it starts anew")

    def end(self) -> None:
        """Have the thread end behind its present step, and wait for it."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            thread = self._thread
        if thread and thread is not threading.current_thread():
            thread.join(ENDS)

    def _open(self, answer: Answer) -> None:
        def finish(run: Any) -> None:
            result = self._steps.result(answer.prepared, run, answer.seconds)
            with self._changed:
                if self._answers.get(answer.key) is answer:
                    del self._answers[answer.key]
                if answer.waiting and not answer.forgotten and not getattr(result, "stopped", False):
                    self._known.put(answer.key, result, answer.owners)
                self._forgotten |= answer.forgotten
                answer.finish(result)

        def tell(text: str) -> bool:
            with self._changed:
                more = answer.grow(text)
                if not more and self._answers.get(answer.key) is answer:
                    del self._answers[answer.key]
                return more

        caller = answer.waiting[0][0].caller if answer.waiting else None
        try:
            answer.run = self._steps.open(answer.prepared, caller, finish=finish, tell=tell)
            self._steps.engine.add(answer.run)
        except Exception as error:
            with self._changed:
                self._answers.pop(answer.key, None)
                answer.fail(error)

    def _let_go(self, answers: Sequence[Answer]) -> None:
        """Take out those who stopped or failed, and rows for which nobody waits any more."""
        with self._changed:
            jobs = {id(job): job for one in answers for job, _ in one.waiting}
            gone = {key for key, job in jobs.items() if stopped(job)}
            for one in answers:
                for job, place in [each for each in one.waiting if id(each[0]) in gone]:
                    one.leave(job, place)
                if not one.waiting and self._answers.pop(one.key, None) is not None:
                    self._steps.engine.drop(one.run)

    def _step(self) -> None:
        engine = self._steps.engine
        try:
            engine.step()
        except BaseException as error:
            guilty = engine.recover()
            LOG.exception("a pass of the model failed; %s at fault", f"{len(guilty)} rows" if guilty else "nobody yet")
            with self._changed:
                for answer in [one for one in self._answers.values() if one.run in guilty]:
                    del self._answers[answer.key]
                    answer.fail(error)

    def _mourn(self, thread: threading.Thread) -> None:
        """A thread that ended without a word: everybody who waits for it is told."""
        with self._changed:
            if self._thread is thread:
                self._thread = None
        self._lost("the model's worker died; press Run again, it starts anew")

    def _lost(self, said: str) -> None:
        """Fail all that waits, and leave nothing running for the next thread."""
        with self._changed:
            answers, self._answers, self._new = list(self._answers.values()), {}, []
            if self._thread is threading.current_thread():
                self._thread = None
            for one in answers:
                one.fail(EngineError(FailureKind.INTERNAL, said))
            for one in answers:
                if one.run is not None:
                    self._steps.engine.drop(one.run)


def _end(worker: weakref.ref[ModelWorker]) -> None:
    """Before the interpreter ends: a thread that is inside PyTorch then would abort the process."""
    if known := worker():
        known.end()
