"""One live comparison on one example, for a page: columns fill while it runs, and it can be stopped at any time.

A run belongs to the process, not to a browser session: it is known by its id, goes on through reloads, and its view
is an immutable snapshot that any thread may read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from data.digest import digest
from data.records import Example, TaskKind
from engines.baselines import baselines_for
from engines.keeping import forget_dataset
from engines.metrics import Score, metrics_for
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, Outcome, arms_of, as_failure, condition, generate, score
from engines.training.trainer import Progress
from engines.types import Arm, Config, Failure

KEPT = 64


class Status(StrEnum):
    """Where an arm of a column stands."""

    WAITING = "waiting"
    PREPARING = "preparing"
    TRAINING = "training"
    SCORING = "scoring"
    WRITING = "writing"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


ENDED = frozenset({Status.DONE, Status.FAILED, Status.STOPPED})


@dataclass(frozen=True)
class Column:
    """A method with its settings, as asked for."""

    method: str
    config: Config


@dataclass(frozen=True)
class ArmView:
    """What one arm of a column shows now; `text` grows while it is written, and `trainings` while it is prepared."""

    status: Status = Status.WAITING
    text: str = ""
    outcome: Outcome | None = None
    failure: Failure | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    trainings: tuple[Progress, ...] = ()


@dataclass(frozen=True)
class BaselineView:
    """The prediction of a baseline and its scores by metric id."""

    name: str
    summary: str
    arm: Arm
    output: Output
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class LiveView:
    """A snapshot of a run: arms by (place of the column, arm), and the baselines."""

    id: str
    columns: tuple[Column, ...]
    arms: Mapping[tuple[int, Arm], ArmView]
    baselines: tuple[BaselineView, ...]
    done: bool
    stopped: bool
    seconds: float


class LiveRun:
    """A comparison on one example, computed in a thread of its own.

    Args:
        bench: dataset, task, model, encoder and seed; its stop signal is replaced by this run's.
        example: the held-out example.
        columns: two to six methods with their settings.
        arms: which arms to compute.
    """

    def __init__(self, bench: Bench, example: Example, columns: Sequence[Column], arms: Sequence[Arm]) -> None:
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._news = 1
        self.bench = replace(bench, stop=self._stop.is_set)
        self.example, self.columns, self.arms = example, tuple(columns), tuple(arms)
        self.id = digest(
            [bench.dataset.digest, bench.task.id, bench.model.digest, bench.seed, example.id, columns, arms]
        )
        self._arms = {(i, arm): ArmView() for i, c in enumerate(self.columns) for arm in arms_of(c.method, arms)}
        self._baselines: tuple[BaselineView, ...] = ()
        self._started, self._ended = time.monotonic(), 0.0
        self._thread = threading.Thread(target=self._run, name=f"live-{self.id}", daemon=True)

    def start(self) -> None:
        """Begin computing."""
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; what is done stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        if self._thread.ident is None:
            return False  # it begins this very moment
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def news(self, seen: int, seconds: float) -> tuple[int, bool]:
        """Wait until there are other news than `seen`, or the end, but not longer.

        Returns:
            How many news there were so far, from 1: texts that grew and arms that ended; and whether the run has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._news != seen or self._ended, seconds)
            return self._news, bool(self._ended)

    def view(self) -> LiveView:
        """The run as it stands now."""
        with self._changed:
            seconds = (self._ended or time.monotonic()) - self._started
            done = bool(self._ended)
            return LiveView(
                self.id, self.columns, dict(self._arms), self._baselines, done, self._stop.is_set(), seconds
            )

    def _run(self) -> None:
        try:
            self._baselines = self._predict()
            self._compute()
        except Exception as error:
            failure = as_failure(error)
            for key, view in self.view().arms.items():
                if view.status not in {Status.DONE, Status.FAILED}:
                    self._set(key, replace(view, status=Status.FAILED, failure=failure))
        finally:
            for key, view in self.view().arms.items():
                if view.status not in {Status.DONE, Status.FAILED}:
                    self._set(key, replace(view, status=Status.STOPPED))
            with self._changed:
                self._ended = time.monotonic()
                self._changed.notify_all()

    def _predict(self) -> tuple[BaselineView, ...]:
        task, example = self.bench.task, self.example
        found = []
        for one in baselines_for(task.kind).values():
            output = one.predict(self.bench.dataset, task, example)
            scores = {m.info.id: m.score(output, example) for m in metrics_for(task.kind)}
            found.append(BaselineView(one.info.name, one.info.summary, one.info.arm, output, scores))
        return tuple(found)

    def _compute(self) -> None:
        """Every arm by itself: columns are conditioned and scored in threads, so that a slow one holds up none."""
        threads = [threading.Thread(target=self._arm, args=(key,), daemon=True) for key in self._arms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _arm(self, key: tuple[int, Arm]) -> None:
        try:
            self._set(key, self._computed(key))
        except Exception as error:
            self._set(key, ArmView(Status.FAILED, failure=as_failure(error)))

    def _computed(self, key: tuple[int, Arm]) -> ArmView:
        place, arm = key
        column = self.columns[place]
        self._set(key, ArmView(Status.PREPARING))
        start = time.monotonic()
        bench = replace(self.bench, report=lambda news: self._trained(key, news))
        outcome = condition(bench, [Cell(column.method, arm, self.example, column.config)])[0]
        if outcome.conditioning:
            self._set(key, ArmView(Status.SCORING, outcome=outcome))
            outcome = score(self.bench, [outcome])[0]
        if outcome.output and not outcome.failure and self.bench.task.kind in {TaskKind.REWRITE, TaskKind.GENERATE}:
            scored = ArmView(Status.WRITING, outcome=outcome, scores=self._scores(outcome))
            self._set(key, scored)
            outcome = generate(
                self.bench, [outcome], listen=lambda _row, text: self._set(key, replace(scored, text=text))
            )[0]
        outcome = replace(outcome, seconds=time.monotonic() - start)
        return self._finished(outcome)

    def _finished(self, outcome: Outcome) -> ArmView:
        generation = outcome.output.generation if outcome.output else None
        text = generation.text if generation else ""
        if outcome.failure:
            status = Status.STOPPED if self._stop.is_set() else Status.FAILED
            return ArmView(status, text, outcome, outcome.failure)
        status = Status.STOPPED if generation and generation.stopped else Status.DONE
        return ArmView(status, text, outcome, scores=self._scores(outcome))

    def _scores(self, outcome: Outcome) -> dict[str, Score]:
        if outcome.output is None:
            return {}
        return {m.info.id: m.score(outcome.output, self.example) for m in metrics_for(self.bench.task.kind)}

    def _trained(self, key: tuple[int, Arm], news: Progress) -> None:
        """A training of an arm as it stands; it replaces what was known of it."""
        with self._changed:
            known = [one for one in self._arms[key].trainings if one.digest != news.digest]
        self._set(key, ArmView(Status.TRAINING, trainings=(*known, news)))

    def _set(self, key: tuple[int, Arm], view: ArmView) -> None:
        with self._changed:
            before = self._arms[key]
            view = view if view.trainings else replace(view, trainings=before.trainings)
            told = view.status in ENDED or view.text != before.text or view.trainings != before.trainings
            self._arms[key] = view
            if told:
                self._news += 1
                self._changed.notify_all()


def _to_start(view: LiveView, again: bool) -> bool:
    """Whether a known run has to begin anew: an arm failed and may succeed the next time, or a stop is taken back."""
    failed = view.done and any(arm.status is Status.FAILED for arm in view.arms.values())
    return again if view.stopped else failed


class LiveRuns:
    """The runs of this process by id: asking again for the same run gives the one that is there."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, LiveRun] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, run: LiveRun, *, again: bool = True) -> LiveRun:
        """Start a run, or give the equal one that runs or has ended well; a failed one is started anew.

        Args:
            run: what is to run.
            again: whether one that was stopped is started anew too.
        """
        with self._lock:
            known = self._runs.get(run.id)
            if known and not _to_start(known.view(), again):
                self._runs.move_to_end(run.id)
                return known
            self._runs[run.id] = run
            while len(self._runs) > KEPT:
                self._runs.popitem(last=False)[1].stop()
        run.start()
        return run

    def forget(self, run_id: str) -> None:
        """Stop a run and drop it with all that it holds."""
        with self._lock:
            run = self._runs.pop(run_id, None)
        if run:
            run.stop()

    def forget_dataset(self, digest: str) -> list[LiveRun]:
        """Stop and drop every run on a data set, and what is remembered of it elsewhere; the runs, which end soon."""
        with self._lock:
            about = {key: run for key, run in self._runs.items() if run.bench.dataset.digest == digest}
        for key in about:
            self.forget(key)
        forget_dataset(digest)
        return list(about.values())

    def get(self, run_id: str) -> LiveRun | None:
        """The run with this id, if it is still kept."""
        return self._runs.get(run_id)
