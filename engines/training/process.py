"""Training in a process of its own: one at a time on a machine, with progress, an estimate, and a stop at any time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from typing import Any

from filelock import FileLock, Timeout

from data.atomic import write_json
from engines.errors import EngineError, FailureKind
from engines.models.cores import training as training_beside
from engines.models.process_link import Call, Child
from engines.models.process_wire import messages_out
from engines.rows import Stop
from engines.stopwatch import aside
from engines.training import store
from engines.training.loading import layers
from engines.training.recipe import Sample, Training
from engines.training.trainer import Learnt, Progress, Tell
from engines.training.work import expected

CHILD = "engines.training.child"
# Blocks of the same sizes come and go in each step; giving them back to the system cost a fifth of the time. Between
# the small operations of a step threads wait for each other awake, for some microseconds: asleep at once took 1.4 times
# as long.
SETTINGS = {"GOMP_SPINCOUNT": "10000", "MALLOC_ARENA_MAX": "2"}
LOOK, IDLE = 0.1, 60.0
MOST_BYTES = 3_500_000_000
USUAL_PACE = 15_000.0  # tokens times layers a second, where nothing was measured on this machine yet


class Slot:
    """A place for one training on this machine: the lock that says who has it, and this trainer's process there."""

    def __init__(self, place: int) -> None:
        self.name = f".training-{place}" if place else ".training"
        self.child: Child | None = None
        self.timer: threading.Timer | None = None

    def lock(self) -> FileLock:
        """Held by whoever trains there, in whatever process; made anew, since each thread holds its own."""
        return FileLock(store.state_folder() / self.name)


class ProcessTrainer:
    """Trains in a process that is started at the first use and ends when it was idle for a minute.

    Args:
        function: `module:function` that makes the model there, a `LocalModel`.
        arguments: what the function takes; plain values.
        most: bytes of data that a process may have, the model's weights among them.
        at_once: how many trainings may run beside each other, each in a process of its own.
    """

    keeps = True

    def __init__(self, function: str, *arguments: Any, most: int = MOST_BYTES, at_once: int = 1) -> None:
        self._command = (function, json.dumps(arguments), str(most))
        self._lock = threading.RLock()
        self._slots = tuple(map(Slot, range(at_once)))

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        """See `Trainer.train`; while all places are taken, by whomever on this machine, it waits."""
        about = expected(training, layers()) / pace()
        seen = Progress(name, training.digest, expected=about, waiting=True, per=training.recipe.per)
        tell(seen)
        with self._turn(stop) as child:
            self._same(child.meet(stop), training.model)
            start, work, took = time.perf_counter(), 0.0, 0.0
            peak: int | None = None

            def listen(_step: int, text: str) -> bool:
                nonlocal seen, work, took, peak
                news = json.loads(text)
                if "took" in news:
                    took, peak = news["took"], news["peak"]
                    return True
                if "work" in news:
                    work = news["work"]
                    seen = replace(seen, waiting=False, steps=news["steps"], expected=work / pace())
                else:
                    seen = replace(seen, losses=(*seen.losses, news["loss"]))
                seen = replace(seen, seconds=time.perf_counter() - start)
                tell(seen)
                return True

            sent = {"do": "train", "recipe": asdict(training.recipe), "samples": samples_out(training.samples)}
            sent["around"] = training.digest if training.passing else str(store.era())
            base = training.base.arrays if training.base else {}
            arrays = child.ask(sent, Call(stop, listen), base)
            learnt = Learnt(arrays, seen.losses, took, peak)
            _remember(work / max(took, 1e-3))
        tell(replace(seen, done=True, losses=learnt.losses, seconds=learnt.seconds, peak=peak))
        return learnt

    def arrange(self, request: Mapping[str, Any], arrays: Mapping[str, Any], *, stop: Stop) -> dict[str, Any]:
        """See `Trainer.arrange`."""
        with self._turn(stop) as child:
            with aside():
                child.meet(stop)
            made: dict[str, Any] = child.ask(dict(request), Call(stop), arrays)
            return made

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            children = [slot.child for slot in self._slots]
            for slot in self._slots:
                slot.child = None
        for child in children:
            if child and not child.gone:
                child.end()

    @contextmanager
    def _turn(self, stop: Stop) -> Iterator[Child]:
        """The process of a place that is free."""
        store.state_folder().mkdir(parents=True, exist_ok=True)
        with aside():
            slot, lock = _acquire(self._slots, stop)
        try:
            with self._lock:
                if slot.timer:
                    slot.timer.cancel()
                if slot.child is None or slot.child.gone:
                    slot.child = Child(self._command, CHILD, settings=SETTINGS)
                child = slot.child
            with training_beside():
                yield child
        finally:
            with self._lock:
                slot.timer = threading.Timer(IDLE, self._end_idle, [slot, slot.child])
                slot.timer.daemon = True
                slot.timer.start()
            lock.release()

    def _end_idle(self, slot: Slot, child: Child | None) -> None:
        try:
            with slot.lock().acquire(timeout=0), self._lock:
                if child is not None and slot.child is child:
                    slot.child = None
                    child.end()
        except (Timeout, OSError):
            return  # somebody trains; the next end starts a new timer

    def _same(self, facts: Mapping[str, Any], digest: str) -> None:
        if digest and facts["digest"] != digest:
            raise EngineError(
                FailureKind.MODEL, "the model's settings have changed since the server started; restart it, then train"
            )


def _acquire(slots: Sequence[Slot], stop: Stop) -> tuple[Slot, FileLock]:
    """The first place that is free or becomes free, and its lock."""
    while True:
        if stop():
            raise EngineError(FailureKind.STOPPED, "stopped before the training began")
        for slot in slots:
            with suppress(Timeout):
                lock = slot.lock()
                lock.acquire(timeout=LOOK / len(slots))
                return slot, lock


def samples_out(samples: tuple[Sample, ...]) -> list[Any]:
    """Samples as plain values, without whose they are."""
    return [[messages_out(one.messages), list(one.answers), list(one.profile)] for one in samples]


def pace() -> float:
    """Tokens times layers a second, as the last training on this machine had it."""
    try:
        return max(100.0, float(json.loads((store.state_folder() / "pace.json").read_text("utf-8"))["pace"]))
    except (OSError, ValueError, KeyError, TypeError):
        return USUAL_PACE


def _remember(found: float) -> None:
    write_json(store.state_folder() / "pace.json", {"pace": found, "unit": "tokens times layers a second"})
