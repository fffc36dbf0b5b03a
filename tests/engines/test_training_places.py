"""How many trainings run at once on a machine: one, or two where the setting says so, in whatever processes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from engines.errors import EngineError, FailureKind
from engines.training import process
from engines.training.loading import at_once
from engines.training.process import ProcessTrainer
from engines.types import Stop

PATIENCE = 20.0


class Busy:
    """Stands for a process that trains until all that are meant to train beside it do."""

    gone = ""
    made = 0

    def __init__(self, *_: Any, **__: Any) -> None:
        Busy.made += 1
        self.working = threading.Semaphore(1)

    def meet(self, _stop: Stop) -> dict[str, Any]:
        return {"digest": ""}

    def ask(self, head: dict[str, Any], *_: Any) -> dict[str, Any]:
        assert self.working.acquire(blocking=False), "a process trains one thing at a time"
        try:
            head["met"].wait(PATIENCE)
        finally:
            self.working.release()
        return {"together": head["met"].parties}


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    monkeypatch.setattr(process, "Child", Busy)
    monkeypatch.setattr(Busy, "made", 0)
    monkeypatch.setattr(ProcessTrainer, "_end_idle", lambda *_: None)


@pytest.mark.parametrize("most", [1, 2])
def test_so_many_run_beside_each_other_and_no_more(most: int) -> None:
    made = ProcessTrainer("nobody:asks", at_once=most)
    together = [threading.Barrier(most) for _ in range(2)]
    with ThreadPoolExecutor(most) as pool:
        for met in together:  # each round ends only when all of it are at work at the same time
            running = [pool.submit(made.arrange, {"met": met}, {}, stop=lambda: False) for _ in range(most)]
            assert [one.result(PATIENCE)["together"] for one in running] == [most] * most
    assert Busy.made == most, "each place keeps its process"
    too_many = threading.Barrier(most + 1)
    with ThreadPoolExecutor(most + 1) as pool:
        running = [pool.submit(made.arrange, {"met": too_many}, {}, stop=lambda: False) for _ in range(most + 1)]
        threading.Timer(0.5, too_many.abort).start()
        broken = [one.exception(PATIENCE) for one in running]
    assert [type(one) for one in broken] == [threading.BrokenBarrierError] * (most + 1), "they never were so many"


@pytest.mark.parametrize("most", [1, 2])
def test_where_all_places_are_taken_one_waits_until_it_is_stopped(tmp_path: Path, most: int) -> None:
    (tmp_path / "state").mkdir()
    names = (".training", ".training-1")[:most]
    stopped = threading.Event()
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(FileLock(tmp_path / "state" / name))
        threading.Timer(0.4, stopped.set).start()
        with pytest.raises(EngineError, match="before the training began") as raised:
            ProcessTrainer("nobody:asks", at_once=most).arrange({}, {}, stop=stopped.is_set)
    assert raised.value.kind is FailureKind.STOPPED
    assert Busy.made == 0


def test_the_setting_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTUNE_TRAININGS", raising=False)
    assert at_once() == 1
    monkeypatch.setenv("ATTUNE_TRAININGS", "2")
    assert at_once() == 2
    monkeypatch.setenv("ATTUNE_TRAININGS", "many")
    with pytest.raises(EngineError, match="ATTUNE_TRAININGS is 'many'; accepted: 1 or 2"):
        at_once()
