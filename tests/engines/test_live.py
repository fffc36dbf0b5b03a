"""One live comparison: arms fill by themselves, can be stopped, fail alone, and are known by an id."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from data.records import Dataset, Task
from engines import live
from engines.errors import EngineError, FailureKind
from engines.live import Column, LiveRun, LiveRuns, Status
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.types import Arm, Config, GenerateRow, Generation
from tests.engines import people
from tests.engines.people import RANK, RATE, REWRITE, WordEncoder

SECONDS = 20
CONFIG = Config(k=3, budget=3000)
COLUMNS = (Column("none", CONFIG), Column("recent-history", CONFIG))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


class Gated(EchoModel):
    """Waits at every word until the gate is open; says when it began."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.began = threading.Event(), threading.Event()

    def generate(self, rows: Sequence[GenerateRow], **named: Any) -> list[Generation]:
        tell, stop = named["listen"], named["stop"]

        def listen(row: int, text: str) -> Any:
            answer = tell(row, text)
            self.began.set()
            while not (self.gate.wait(0.01) or stop()):
                pass
            return answer

        return super().generate(rows, listen=listen, stop=stop)


def a_run(
    data: Dataset,
    task: Task = RATE,
    columns: Sequence[Column] = COLUMNS,
    *,
    model: EchoModel | None = None,
    seed: int = 7,
) -> LiveRun:
    bench = Bench(data, task, model or EchoModel(), WordEncoder(), seed)
    return LiveRun(bench, next(data.examples(task)), columns, list(Arm))


def finished(run: LiveRun) -> live.LiveView:
    run.start()
    assert run.wait(SECONDS)
    view = run.view()
    assert view.done
    return view


@pytest.mark.parametrize("task", [RATE, RANK, REWRITE], ids=lambda task: task.id)
def test_a_run_fills_every_arm_with_scores(data: Dataset, task: Task) -> None:
    names = [name for name in methods if task in people.fitting(name)]
    view = finished(a_run(data, task, [Column(name, CONFIG) for name in names]))
    assert {arm.status for arm in view.arms.values()} == {Status.DONE}
    for (place, _), arm in view.arms.items():
        assert arm.outcome
        assert arm.outcome.seconds > 0
        chooses = task is REWRITE and arm.outcome.chooser is not None
        assert chooses == (task is REWRITE and names[place] in {"reward-best-of-n", "mixture-reward"})
        assert (arm.scores[task.main_metric].value is None) == chooses, "the true text is no draft of theirs"
        assert bool(arm.text) == (task is REWRITE)
    none = names.index("none")
    assert [key for key in view.arms if key[0] == none] == [(none, Arm.NOBODY)]
    assert {arm for _, arm in view.arms} == set(Arm)
    assert bool(view.baselines) == (task is not REWRITE)
    assert all(one.scores[task.main_metric].value is not None for one in view.baselines)


def test_a_view_does_not_change_once_taken(data: Dataset) -> None:
    run = a_run(data)
    before = run.view()
    assert {arm.status for arm in before.arms.values()} == {Status.WAITING}
    finished(run)
    assert {arm.status for arm in before.arms.values()} == {Status.WAITING}


def test_a_failing_method_leaves_the_others(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise EngineError(FailureKind.NO_DATA, "nothing to use")

    monkeypatch.setattr(methods["recent-history"], "prepare", broken)
    columns = [*COLUMNS, Column("persona-prompt", CONFIG)]
    view = finished(a_run(data, columns=columns))
    for (place, _), arm in view.arms.items():
        assert arm.status is (Status.FAILED if place == 1 else Status.DONE)
        assert (arm.failure is not None) == (place == 1)
    assert {arm.failure.message for arm in view.arms.values() if arm.failure} == {"nothing to use"}


def test_an_unknown_method_is_refused_at_once(data: Dataset) -> None:
    with pytest.raises(Exception, match="no method is called 'recent'"):
        a_run(data, columns=[Column("recent", CONFIG)])


def test_a_metric_that_breaks_is_a_failure_of_its_arm(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveRun, "_scores", lambda *_: 1 / 0)
    view = finished(a_run(data))
    assert {arm.status for arm in view.arms.values()} == {Status.FAILED}
    assert all("ZeroDivisionError" in arm.failure.message for arm in view.arms.values() if arm.failure)


def test_baselines_that_break_end_the_run(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "baselines_for", lambda _: 1 / 0)
    view = finished(a_run(data))
    assert {arm.status for arm in view.arms.values()} == {Status.FAILED}


def test_text_streams_and_a_stop_keeps_what_is_there(data: Dataset) -> None:
    model = Gated()
    run = a_run(data, REWRITE, [COLUMNS[1]], model=model)
    run.start()
    assert model.began.wait(SECONDS)
    view = run.view()
    writing = [arm for arm in view.arms.values() if arm.status is Status.WRITING]
    assert writing
    assert not view.done
    assert all(arm.scores["bits-per-byte"].value for arm in writing)
    run.stop()
    assert run.wait(SECONDS)
    view = run.view()
    assert (view.done, view.stopped) == (True, True)
    assert Status.DONE not in {arm.status for arm in view.arms.values()}
    kept = [arm for arm in view.arms.values() if arm.text]
    assert kept
    assert all(arm.scores["bits-per-byte"].value for arm in kept)


def test_a_run_stopped_before_it_starts_is_all_stopped(data: Dataset) -> None:
    run = a_run(data)
    run.stop()
    assert {arm.status for arm in finished(run).arms.values()} == {Status.STOPPED}


def test_equal_runs_are_one_and_known_by_id(data: Dataset) -> None:
    runs, model = LiveRuns(), Gated()
    one = runs.start(a_run(data, REWRITE, model=model))
    assert runs.start(a_run(data, REWRITE, model=model)) is one
    other = runs.start(a_run(data, REWRITE, model=model, seed=8))
    assert other is not one
    model.gate.set()
    assert one.wait(SECONDS)
    assert other.wait(SECONDS)
    assert runs.start(a_run(data, REWRITE)) is one, "an ended run is given again"
    assert runs.get(one.id) is one
    assert runs.get("0" * 16) is None


def test_a_stopped_or_failed_run_is_started_anew(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = LiveRuns()
    stopped = a_run(data)
    stopped.stop()
    runs.start(stopped)
    assert stopped.wait(SECONDS)
    assert runs.start(a_run(data), again=False) is stopped
    again = runs.start(a_run(data))
    assert again is not stopped
    assert again.wait(SECONDS)
    with monkeypatch.context() as patch:
        patch.setattr(methods["recent-history"], "condition", lambda *_: 1 / 0)
        failed = runs.start(a_run(data, seed=9))
        assert failed.wait(SECONDS)
    assert runs.start(a_run(data, seed=9), again=False) is not failed
    assert runs.get(failed.id) is not failed


def test_only_so_many_runs_are_kept(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEPT", 3)
    runs = LiveRuns()
    started = [runs.start(a_run(data, columns=[COLUMNS[0]], seed=seed)) for seed in range(5)]
    assert [runs.get(run.id) is run for run in started] == [False, False, True, True, True]
    assert all(run.wait(SECONDS) for run in started)


def test_the_id_holds_all_that_determines_the_answer(data: Dataset) -> None:
    other = people.dataset(people.crowd(items=11))
    runs = [
        a_run(data),
        a_run(data, seed=8),
        a_run(data, RANK),
        a_run(other),
        a_run(data, columns=COLUMNS[:1]),
        a_run(data, columns=[COLUMNS[0], Column("recent-history", Config(k=4, budget=3000))]),
    ]
    assert len({run.id for run in runs}) == len(runs)
    assert a_run(data).id == runs[0].id
