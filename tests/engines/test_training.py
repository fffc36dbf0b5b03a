"""Examples, states on disk, and training in a process of its own with the embedded model."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.forgetting import Named, erase
from data.importer import SESSION
from data.records import Dataset
from engines.errors import EngineError, FailureKind
from engines.models.echo import EchoModel
from engines.models.embedded import identity
from engines.models.local import LocalModel
from engines.models.weights import ensure_weights
from engines.modifiers import PLAIN
from engines.runs.cells import Cell, condition
from engines.training import store
from engines.training.adapters import OWN, task_adapter
from engines.training.examples import samples_of
from engines.training.loading import training_precision
from engines.training.make import adapter_of, modifiers_of, trained, trainer_of, training_of
from engines.training.process import MOST_BYTES, ProcessTrainer, samples_out
from engines.training.recipe import Recipe, Sample, Trained, Training
from engines.training.trainer import Learnt, Progress
from engines.types import Arm, Config, Message, Part, Reach, ScoreRow
from engines.world import World
from tests.engines import people
from tests.engines.people import REWRITE, ROOMY


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without any state; weights are those of all tests."""
    from data.home import home as usual

    (tmp_path / "weights").symlink_to(usual() / "weights")
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    return tmp_path


def world(data: Dataset, person: str = "u3") -> World:
    bench = people.bench(data, REWRITE)
    examples = [e for e in data.examples(REWRITE) if e.user == person]
    return bench.world(Reach.EVERYONE, *examples)


def training(owners: Sequence[str] = "ab", *, method: str = "test", base: Trained | None = None) -> Training:
    prompt = (Message("system", (Part("Say the colour."),)), Message("user", (Part("sky"),)))
    samples = tuple(Sample(prompt, (" blue",), owner, f"{owner}/1", "d1") for owner in owners)
    return Training(method, 1, "model-1", Recipe(), samples, base)


def learnt(size: int = 4) -> Learnt:
    return Learnt({"a:x": np.ones((1, size), np.float32), "b:x": np.ones((2, 1), np.float32)}, (2.0, 1.0), 0.5, 7)


def test_examples_are_the_own_earlier_items_as_requests_with_answers() -> None:
    data = people.dataset(people.crowd())
    around = world(data)
    samples = samples_of(around, data.by_id["u3"], ROOMY, most=4)
    visible = around.visible(data.by_id["u3"]).items
    assert [sample.item for sample in samples] == [item.id for item in visible[-4:]]
    assert {sample.owner for sample in samples} == {"u3"}
    first, item = samples[0], visible[-4]
    assert first.answers == (f" {item.extra['canary']} {item.extra['rating']}\n",)
    assert first.messages[-1].text == f"Note: {item.extra['note']}\nPost:"
    assert "canary" not in first.messages[1].text, "no item stands in the prompt"
    with_context = samples_of(around, data.by_id["u3"], ROOMY, most=4, context=2)
    for sample, place in zip(with_context, range(len(visible) - 4, len(visible)), strict=True):
        before = {one.extra["canary"] for one in visible[:place]}
        seen = {word for word in sample.messages[1].text.split() if word.startswith("canary")}
        assert seen <= before, "only items before the item"
        assert len(seen) == min(2, place)
    assert samples_of(around, data.by_id["u3"], Config(budget=5), most=4) == []


def test_the_task_adapter_is_the_same_under_all_arms_and_knows_nothing_of_the_target() -> None:
    data = people.dataset(people.crowd())
    bench = people.bench(data, REWRITE)
    examples = [e for e in data.examples(REWRITE) if e.user == "u3"]
    notes, tasks = {}, {}
    for arm in Arm:
        made = condition(bench, [Cell("user-lora", arm, example, ROOMY) for example in examples])
        conditioning = made[0].conditioning
        assert conditioning is not None, made[0].failure
        notes[arm] = conditioning.evidence.notes
        tasks[arm] = conditioning.modifiers
    assert tasks[Arm.NOBODY].digest == "", "the base model"
    assert "u3" in tasks[Arm.RIGHT].owners
    assert "u3" not in tasks[Arm.WRONG].owners
    assert len(tasks[Arm.WRONG].owners) > 1
    task = task_adapter(world(data), ROOMY)
    assert "u3" not in task.owners
    assert notes[Arm.NOBODY] == ()


def test_a_state_is_named_by_all_that_determines_it() -> None:
    one = training()
    changed = [
        replace(one, version=2),
        replace(one, dataset="other"),
        replace(one, model="model-2"),
        replace(one, recipe=Recipe(rate=0.5)),
        training("abc"),
        replace(one, samples=(replace(one.samples[0], item_digest="d2"), *one.samples[1:])),
        training(base=Trained("other", {}, frozenset("z"))),
    ]
    assert len({one.digest, *(each.digest for each in changed)}) == 8
    assert training().digest == one.digest
    assert changed[-1].owners == {"a", "b", "z"}


def test_a_vector_is_named_by_what_it_was_made_of() -> None:
    """Its last digits depend on what was encoded beside it, and the state is found again all the same."""

    def of(profile: float, made_of: str) -> str:
        one = training()
        return replace(one, samples=(replace(one.samples[0], profile=(profile,), made_of=made_of),)).digest

    assert of(0.1, "texts") == of(0.1000001, "texts")
    assert len({of(0.1, "texts"), of(0.1, "others"), of(0.1, ""), of(0.1000001, "")}) == 4


def test_states_are_kept_with_their_inputs_and_deleted_with_whoever_went_in(home: Path) -> None:
    base = store.keep(training("a", method="base"), learnt())
    mine = store.keep(training("b", base=base), learnt())
    other = store.keep(training("c"), learnt())
    inputs = json.loads((home / "state" / mine.digest / "inputs.json").read_text())
    assert inputs["users"] == {"b": {"b/1": "d1"}}
    assert inputs["owners"] == ["a", "b"]
    assert "blue" not in (home / "state" / mine.digest / "inputs.json").read_text(), "no text of anybody's"
    found = store.find(mine.digest)
    assert found is not None
    assert found.kept
    assert found.peak == mine.peak == 7
    assert (found.arrays["a:x"] == 1).all()
    assert store.used_bytes() == 3 * mine.bytes
    assert store.forget("a") == 2, "the base, and what stands on it"
    assert store.find(mine.digest) is None
    assert store.find(other.digest) is not None
    kept_for = store.keep(replace(training("d"), dataset="notes"), learnt())
    assert store.forget_dataset("notes") == 1
    assert store.find(kept_for.digest) is None
    assert store.find(other.digest) is not None
    assert not any("/a/" in str(path) or path.name == base.digest for path in home.rglob("*"))


def test_deleting_a_person_of_a_saved_set_deletes_what_they_taught_there(home: Path) -> None:
    base = store.keep(replace(training("a", method="base"), dataset="notes"), learnt())
    gone = store.keep(replace(training("b", base=base), dataset="notes"), learnt())
    others = store.keep(replace(training("b"), dataset="notes"), learnt())
    elsewhere = store.keep(replace(training("a"), dataset="letters"), learnt())
    assert erase(Named(frozenset({"notes"}), "a"))
    assert {path.parent.name for path in (home / "state").glob("*/*.safetensors")} == {others.digest, elsewhere.digest}
    assert not any(name in str(path) for path in home.rglob("*") for name in (base.digest, gone.digest))


def test_what_was_used_longest_ago_leaves_first_and_damage_is_made_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_STATE_GB", "0.01")
    made = [store.keep(training(owner), learnt(1_000_000)) for owner in "ab"]
    for age, state in zip((100, 200), made, strict=True):
        os.utime(home / "state" / state.digest, (age, age))
    store.find(made[0].digest)
    store.keep(training("c"), learnt(1_000_000))
    assert store.find(made[0].digest)
    assert store.find(made[1].digest) is None
    with pytest.raises(EngineError, match="ATTUNE_STATE_GB allows 10 MB"):
        store.keep(training("d"), learnt(3_000_000))
    (home / "state" / made[0].digest / "state.safetensors").write_bytes(b"short")
    assert store.find(made[0].digest) is None
    monkeypatch.setenv("ATTUNE_STATE_GB", "much")
    with pytest.raises(EngineError, match="a number of gigabytes"):
        store.limit_bytes()


def test_adapters_add_up_and_rows_carry_whose_data_went_in() -> None:
    rng = np.random.default_rng(1)
    states = [
        Trained(
            str(rank),
            {"a:x": rng.normal(size=(rank, 4)).astype("f4"), "b:x": rng.normal(size=(3, rank)).astype("f4")},
            frozenset({f"u{rank}"}),
        )
        for rank in (1, 2)
    ]
    joined = adapter_of(*states)
    assert joined is not None
    down, up = joined.factors["x"]
    np.testing.assert_allclose(up @ down, sum(s.arrays["b:x"] @ s.arrays["a:x"] for s in states), rtol=1e-5)
    assert modifiers_of(*states).owners == {"u1", "u2"}
    assert not modifiers_of(Trained("empty", {}))


@pytest.mark.parametrize("value", ["float16", "yes"])
def test_a_precision_that_is_not_known_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_TRAIN_DTYPE", value)
    with pytest.raises(EngineError, match="accepted: float32, bfloat16"):
        training_precision()


def test_a_lora_is_trained_apart_kept_and_serves_what_it_learnt(
    home: Path, model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real model: progress with an estimate, a falling loss, the adapter served, a stop that keeps nothing."""
    monkeypatch.setenv("ATTUNE_TRAIN_DTYPE", "float32")
    monkeypatch.setattr(model, "digest", identity(ensure_weights(), "float32"))
    data = people.dataset(people.crowd())
    around = replace(world(data), model=model)
    samples = samples_of(around, data.by_id["u3"], ROOMY, most=4)
    told: list[Progress] = []
    files: set[str] = set()

    def report(news: Progress) -> None:
        told.append(news)
        files.update(path.name for path in (home / "state").rglob("*"))

    around = replace(around, report=report)
    recipe = replace(OWN, layers=4, epochs=3, batch=2, rate=2e-3)
    asked = training_of(around, ("test", 1), recipe, samples)
    made = trained(around, asked, "a test")
    assert files - {".keeping", ".training", "pace.json"} <= {made.digest, store.STATE, store.INPUTS}, "only when kept"
    assert told[0].waiting
    begun = next(one.expected for one in told if one.expected and not one.waiting)
    assert told[0].expected == pytest.approx(begun, rel=0.25), "by the words while it waits, then by the tokens"
    assert [len(one.losses) for one in told if one.losses][:3] == [1, 2, 3]
    assert made.losses[-1] < made.losses[0]
    assert made.bytes > 100_000
    weights = sum(path.stat().st_size for path in ensure_weights().glob("*.safetensors"))
    assert weights < (made.peak or 0) < MOST_BYTES, "the weights are among it"
    assert told[-1].peak == made.peak
    again = trained(around, asked, "a test")
    assert again.kept
    assert again.peak == made.peak
    assert told[-1].done
    rows = [ScoreRow(one.messages, one.answers, modifiers_of(made)) for one in samples]
    served = [row.totals()[0] for row in model.score(rows)]
    plain = [row.totals()[0] for row in model.score([replace(row, modifiers=PLAIN) for row in rows])]
    trainer = trainer_of(model)
    assert isinstance(trainer, ProcessTrainer)
    request = {"do": "evaluate", "samples": samples_out(tuple(samples))}
    inside = trainer.arrange(request, made.arrays, stop=lambda: False)["logprobs"]
    assert served == pytest.approx(inside, abs=0.02)
    assert sum(served) > sum(plain) + 1
    other = training_of(around, ("test", 2), recipe, samples)
    stopping = replace(around, stop=lambda: bool(told[-1].losses) and not told[-1].done)
    with pytest.raises(EngineError) as raised:
        trained(stopping, other, "a stopped test")
    assert raised.value.kind is FailureKind.STOPPED
    assert store.find(other.digest) is None
    trainer.close()


def test_methods_of_a_served_model_say_that_nothing_can_be_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_MODEL", "http://127.0.0.1:9/v1")
    served = EchoModel()
    del served.trainer
    with pytest.raises(EngineError, match="nothing can be learnt in it here"):
        trainer_of(served)


@pytest.mark.parametrize(("set_id", "owner"), [("", "me-1a2b"), (f"{SESSION}notes", "u1")])
def test_what_a_session_alone_holds_teaches_in_memory_alone_until_it_is_released(
    set_id: str, owner: str, home: Path
) -> None:
    data = people.dataset(people.crowd())
    around = replace(world(data), model=Keeping())
    held = replace(data, info=replace(data.info, id=set_id or data.info.id))
    inside = replace(around, dataset=held)
    made = trained(inside, training_of(inside, ("test", 1), OWN, training([owner]).samples), "of a session")
    assert store.find(made.digest) is not None
    assert not [path for path in home.rglob("*") if path.is_file() and "weights" not in path.parts]
    assert store.release("another") == 0
    assert store.release(owner) == 1
    assert store.find(made.digest) is None
    assert not list((home / "state").glob("*/*.safetensors"))
    known = trained(around, training_of(around, ("test", 1), OWN, training(["u1"]).samples), "known")
    assert [path.parent.name for path in (home / "state").glob("*/*.safetensors")] == [known.digest]


class Keeping(EchoModel):
    """A stand-in whose trained states are kept like those of a real model."""

    def __init__(self) -> None:
        super().__init__()
        self.trainer.keeps = True
