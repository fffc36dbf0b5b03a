"""The limit of a training's memory, in a process of its own: with a tiny random model, and with the embedded one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from data.importers import datasets
from engines.errors import EngineError, FailureKind
from engines.methods.user_soft_prompt import SOFT
from engines.models.echo import EchoModel
from engines.models.embedded import identity
from engines.models.local import LocalModel
from engines.models.weights import ensure_weights, weights_folder
from engines.training import store
from engines.training.child import begin_peak, explained, peak
from engines.training.examples import samples_of
from engines.training.make import trained, training_of
from engines.training.process import MOST_BYTES, ProcessTrainer
from engines.training.recipe import Learns, Recipe, Training
from engines.training.trainer import Progress
from engines.types import Reach
from engines.world import World
from tests.engines import people
from tests.engines.people import REWRITE, ROOMY

MOST = 1_500_000_000
SMALL = Recipe(learns=Learns.PROJECTOR, epochs=1, batch=2, tokens=2)
LARGE = replace(SMALL, tokens=150_000)  # one of its tables alone has 2.5 GB


@pytest.fixture
def trainer() -> Iterator[ProcessTrainer]:
    made = ProcessTrainer("tests.engines.child_models:Tiny", most=MOST)
    yield made
    made.close()


@pytest.fixture
def around(trainer: ProcessTrainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    data = people.dataset(people.crowd())
    example = next(e for e in data.examples(REWRITE) if e.user == "u3")
    bench = people.bench(data, REWRITE)
    bench.model.trainer, bench.model.digest = trainer, "tiny-1"  # type: ignore[attr-defined, misc]
    assert isinstance(bench.model, EchoModel)
    return bench.world(Reach.EVERYONE, example)


def asked(world: World, recipe: Recipe, version: int = 1) -> Training:
    samples = samples_of(world, world.dataset.by_id["u3"], ROOMY, most=2)
    made = [replace(one, profile=(0.5,) * 8) for one in samples]
    return training_of(world, ("test", version), recipe, made)


def test_a_training_over_the_limit_is_told_so_keeps_nothing_and_the_next_one_works(
    around: World, tmp_path: Path
) -> None:
    first = trained(around, asked(around, SMALL), "within")
    with pytest.raises(EngineError) as raised:
        trained(around, asked(around, LARGE), "over")
    assert raised.value.kind is FailureKind.TOO_LARGE
    assert str(raised.value).startswith("the training needs more than 1.5 GB of memory; use a smaller model")
    states = {path.name for path in (tmp_path / "state").iterdir() if path.is_dir()}
    assert states == {first.digest}, "nothing half-written either"
    assert store.find(asked(around, LARGE).digest) is None
    again = trained(around, asked(around, SMALL, version=2), "within again")
    assert again.arrays
    assert not again.kept


def test_what_was_resident_at_most_is_kept_beside_the_state(around: World, tmp_path: Path) -> None:
    told: list[Progress] = []
    made = trained(replace(around, report=told.append), asked(around, SMALL), "within")
    assert told[0].waiting
    assert told[0].expected, "about, before its turn has come"
    assert made.peak is not None
    assert 50_000_000 < made.peak < MOST, "with the code of PyTorch"
    inputs = json.loads((tmp_path / "state" / made.digest / store.INPUTS).read_text())
    assert inputs["peak"] == made.peak


@pytest.mark.model
def test_what_is_learnt_in_all_layers_from_the_longest_posts_keeps_well_within_the_limit(
    model: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts what is reserved, a little more than what is resident; and a process trains many, one by one."""
    (tmp_path / "weights").symlink_to(weights_folder().parent)
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    monkeypatch.setenv("ATTUNE_TRAIN_DTYPE", "float32")
    monkeypatch.setattr(model, "digest", identity(ensure_weights(), "float32"))
    data = datasets["campus"]()
    task = data.task("post-rewrite")
    world = replace(people.bench(data, task).world(Reach.OWN, next(data.examples(task))), model=model)
    samples = [one for user in data.users() for one in samples_of(world, user, ROOMY, most=32)]
    longest = sorted(samples, key=lambda one: len(one.messages[1].text) + len(one.answers[0]))[-4:]
    made = trained(world, training_of(world, ("test", 1), replace(SOFT, epochs=1), longest), "long posts")
    assert len(made.losses) == 1
    assert made.peak is not None
    assert made.peak < 0.74 * MOST_BYTES


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried ..."),
        RuntimeError("unable to mmap 538090408 bytes: Cannot allocate memory (12)"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_a_failed_allocation_says_what_the_limit_is(error: Exception) -> None:
    made = explained(error, 3_500_000_000)
    assert isinstance(made, EngineError)
    assert made.kind is FailureKind.TOO_LARGE
    assert "more than 3.5 GB" in str(made)
    other = ValueError("something else")
    assert explained(other, 1) is other


def test_a_peak_counts_what_was_held_since_it_began() -> None:
    block = b"x" * 200_000_000
    before = peak()
    assert before > len(block)
    del block
    begin_peak()
    assert peak() < before - 100_000_000
