"""People who are deleted while something is learnt or computed of them: what ends afterwards names nobody of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data import saved
from data.forgetting import forget
from data.home import ROOT, home
from data.importer import SESSION, named, run
from data.importers import datasets, importers
from data.records import Dataset
from data.registry import UnknownNameError
from data.sources import Source
from engines.errors import EngineError, FailureKind
from engines.models.echo import EchoModel, EchoTrainer
from engines.runs import compare
from engines.runs.cells import Bench, Cell, Outcome
from engines.runs.compare import Plan
from engines.runs.journal import Journal
from engines.training import store
from engines.training.adapters import OWN
from engines.training.examples import samples_of
from engines.training.make import trained, training_of
from engines.training.recipe import Trained, Training
from engines.training.trainer import Learnt, Tell
from engines.types import Arm, Config, Reach, Stop
from engines.world import World
from tests.data.samples import SETTINGS, write_table
from tests.engines import people
from tests.engines.people import ROOMY


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Dataset:
    """A saved set."""
    source = Source(write_table(tmp_path))
    saved.save(named(run(importers["table"], source, SETTINGS["table"]), "mine", "Mine"))
    made: Dataset = datasets["mine"]()
    return made


class Ending(EchoTrainer):
    """A trainer in whose last step something happens."""

    keeps = True

    def __init__(self, last: Callable[[], object]) -> None:
        super().__init__([])
        self.last = last

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        made = super().train(training, name, tell=tell, stop=stop)
        self.last()
        return made


def around(data: Dataset, last: Callable[[], object] = lambda: None) -> World:
    """What a method of the first example's user may use, with a trainer of ours."""
    model = EchoModel()
    model.trainer = Ending(last)
    bench = Bench(data, data.tasks[0], model, people.WordEncoder())
    return bench.world(Reach.EVERYONE, next(data.examples(data.tasks[0])))


def learn(world: World, person: str = "p1") -> Trained:
    samples = samples_of(world, world.dataset.by_id[person], ROOMY, most=4)
    assert samples
    return trained(world, training_of(world, ("test", 1), OWN, samples), "a test")


def states() -> list[str]:
    return [path.parent.name for path in home().glob("state/*/inputs.json")]


def trace_of(person: str) -> list[str]:
    """The files that name a person."""
    files = [path for path in home().rglob("*") if path.is_file()]
    return [str(path.relative_to(home())) for path in files if f'"{person}"'.encode() in path.read_bytes()]


def elsewhere(*arguments: str) -> None:
    """Delete as another process does."""
    command = [sys.executable, "-m", "data", "delete", "mine", *arguments]
    subprocess.run(command, cwd=ROOT, env=dict(os.environ), check=True, capture_output=True)


@pytest.mark.parametrize("user", ["", "p1"])
@pytest.mark.parametrize("apart", [False, True], ids=["here", "in another process"])
def test_a_training_that_ends_after_the_deletion_keeps_nothing(mine: Dataset, user: str, apart: bool) -> None:
    def delete() -> None:
        if apart:
            elsewhere(*(["--user", user] if user else []))
        else:
            forget("mine", user)

    with pytest.raises(EngineError, match="deleted meanwhile") as raised:
        learn(around(mine, delete))
    assert raised.value.kind is FailureKind.NO_DATA
    assert states() == []
    assert trace_of("p1") == []


def test_a_set_of_the_same_name_that_came_meanwhile_is_another(mine: Dataset, tmp_path: Path) -> None:
    def exchange() -> None:
        forget("mine")
        table = write_table(tmp_path)
        table.write_text(table.read_text().replace("p2,", "p2,other "))
        saved.save(named(run(importers["table"], Source(table), SETTINGS["table"]), "mine", "Mine"))

    with pytest.raises(EngineError, match="deleted meanwhile"):
        learn(around(mine, exchange))
    assert states() == []


def test_a_deletion_that_comes_while_a_state_is_written_waits_and_erases_it(
    mine: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, began = store.make_folder, threading.Event()
    deleting = threading.Thread(target=lambda: (began.set(), forget("mine", "p1")))

    def slowly(path: Path, fill: Any) -> None:
        deleting.start()
        assert began.wait(10)
        deleting.join(0.3)
        assert deleting.is_alive(), "it waits"
        real(path, fill)

    monkeypatch.setattr(store, "make_folder", slowly)
    made = learn(around(mine))
    deleting.join(30)
    assert not deleting.is_alive()
    assert made.arrays
    assert states() == []
    assert trace_of("p1") == []


def test_what_was_learnt_from_others_stays_when_somebody_goes(mine: Dataset) -> None:
    made = learn(around(mine, lambda: forget("mine", "p2")))
    assert states() == [made.digest]
    assert trace_of("p2") == []
    inputs = json.loads((home() / "state" / made.digest / "inputs.json").read_text())
    assert inputs["owners"] == ["p1"]


def test_a_damaged_set_counts_as_gone_where_it_has_changed(mine: Dataset) -> None:
    def damage() -> None:
        forget("mine", "p2")
        (saved.folder() / "mine" / saved.PEOPLE).write_bytes(b"{}")

    with pytest.raises(EngineError, match="deleted meanwhile"):
        learn(around(mine, damage))
    with mine.holding(frozenset({"p1"})) as there:
        assert not there


def test_a_stop_in_the_last_step_keeps_nothing(mine: Dataset) -> None:
    stopped = threading.Event()
    world = replace(around(mine, stopped.set), stop=stopped.is_set)
    with pytest.raises(EngineError) as raised:
        learn(world)
    assert raised.value.kind is FailureKind.STOPPED
    assert states() == []


def test_what_a_session_released_is_not_held_afterwards(mine: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session stops its runs and then releases; a training that was past its last look at the stop ends then."""
    stopped = threading.Event()
    uploaded = replace(mine, info=replace(mine.info, id=f"{SESSION}mine"))
    world = replace(around(uploaded), stop=stopped.is_set)
    looked: list[bool] = []
    ask = store.ask

    def late(stop: Stop) -> None:
        ask(stop)
        looked.append(True)
        if len(looked) == 1:
            stopped.set()
            store.release("p1")

    monkeypatch.setattr(store, "ask", late)
    with pytest.raises(EngineError) as raised:
        learn(world)
    assert raised.value.kind is FailureKind.STOPPED
    assert len(looked) == 1
    assert store.release("p1") == 0


@pytest.mark.parametrize("user", ["", "p1"])
def test_a_comparison_writes_nothing_down_of_who_was_deleted_meanwhile(
    mine: Dataset, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, path, gone = compare._computed, home() / "kept.jsonl", threading.Event()
    inside = threading.Lock()

    def deleting(bench: Bench, cells: list[Cell], *, texts: bool) -> list[Outcome]:
        made = real(bench, cells, texts=texts)
        with inside:
            if cells[0].example.user == "p1" and not gone.is_set():
                gone.set()
                forget("mine", user)
        return made

    monkeypatch.setattr(compare, "_computed", deleting)
    bench = Bench(mine, mine.tasks[0], EchoModel(), people.WordEncoder())
    mine.users()
    compare.run(bench, Plan(("none", "recent-history"), tuple(Arm), 4, Config(k=3)), journal=Journal(path))
    assert gone.is_set()
    assert trace_of("p1") == []
    lines = path.read_text().splitlines()[1:] if path.exists() else []
    assert {json.loads(line)["user"] for line in lines} <= ({"p0", "p2", "p3"} if user else set())
    with pytest.raises(UnknownNameError):
        forget("mine", "p1")


def test_a_line_of_a_finished_comparison_goes_with_its_people(mine: Dataset) -> None:
    path = home() / "kept.jsonl"
    bench = Bench(mine, mine.tasks[0], EchoModel(), people.WordEncoder())
    compare.run(bench, Plan(("none", "recent-history"), tuple(Arm), 4, Config(k=3)), journal=Journal(path))
    assert trace_of("p1")
    before = len(Journal(path))
    forget("mine", "p1")
    assert trace_of("p1") == []
    assert 0 < len(Journal(path)) < before
    forget("mine")
    assert not path.exists()
