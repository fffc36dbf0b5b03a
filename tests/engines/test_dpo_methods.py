"""Adapters learnt from choices: which pairs teach them, whose they are, and how a soup is an average."""

from __future__ import annotations

import numpy as np
import pytest

from engines.folds import near
from engines.methods import make_method
from engines.preferences.dpo import pairs_to_learn
from engines.runs.cells import Cell, condition
from engines.training import make
from engines.training.adapters import said_of
from engines.training.recipe import Objective, Trained, Training
from engines.types import Arm, Config, Reach
from tests.engines import people
from tests.engines.people import CHOOSE, REWRITE, ROOMY

METHODS = ("user-dpo", "global-dpo", "persona-soup")


@pytest.fixture(scope="module")
def data() -> people.Dataset:
    return people.dataset(people.crowd())


def test_a_choice_is_a_prompt_with_the_chosen_answer_first(data: people.Dataset) -> None:
    example = next(data.examples(REWRITE))
    bench = people.bench(data, REWRITE)
    world = bench.world(Reach.OWN, example, reads=bench.reads(make_method("user-dpo").info))
    user = data.by_id[example.user]
    items = world.visible(user).items
    pairs = pairs_to_learn(world, items, Config())
    assert [pair.item for pair in pairs] == [item.id for item in items]
    for pair, item in zip(pairs, items, strict=True):
        assert pair.answers == (f" {item.extra['chosen']}", f" {item.extra['rejected']}")
        assert pair.messages[-1].text == CHOOSE.input_template.format_map(item.extra), "asked as a choice, not a post"
        assert not any(item.extra["canary"] in message.text for message in pair.messages)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("arm", list(Arm))
def test_whose_choices_teach(data: people.Dataset, method: str, arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Training] = []

    def trained(_world: object, training: Training, _name: str) -> Trained:
        asked.append(training)
        return Trained(training.digest, {}, training.owners)

    module = type(make_method(method)).__module__
    monkeypatch.setattr(f"{module}.trained", trained)
    example = next(e for e in data.examples(CHOOSE) if e.user == "u4")
    bench = people.bench(data, CHOOSE)
    done = condition(bench, [Cell(method, arm, example, ROOMY)])[0]
    assert done.failure is None
    owners = {sample.owner for training in asked for sample in training.samples}
    around = bench.world(Reach.EVERYONE, example, reads=bench.reads(make_method(method).info))
    outside = {other.id for other in around.outsiders()}
    assert outside
    assert not outside & near(data, CHOOSE, "u4", seed=7)
    assert all(training.recipe.objective is Objective.DPO for training in asked)
    if method == "user-dpo":
        assert owners == {done.owner} - {""}
    elif method == "global-dpo":
        assert owners == outside
    else:
        assert bool(owners) == (arm is not Arm.NOBODY)
        assert not owners & {"u4", done.owner}
        traits = data.by_id[done.owner].persona.traits if done.owner else {}
        for training, pole in zip(asked, traits.values(), strict=False):
            members = {user.id for user in data.users() if pole in user.persona.traits.values()}
            assert {sample.owner for sample in training.samples} == members & outside - {done.owner}


def test_a_soup_is_the_average_of_its_adapters() -> None:
    from engines.methods.persona_soup import averaged

    rng = np.random.default_rng(1)
    states = [
        Trained(str(i), {"a:x": rng.normal(size=(2, 5)), "b:x": rng.normal(size=(4, 2))}, frozenset()) for i in range(3)
    ]
    adapter = make.adapter_of(*averaged(states))
    assert adapter
    a, b = adapter.factors["x"]
    wanted = sum(state.arrays["b:x"] @ state.arrays["a:x"] for state in states) / 3
    assert np.allclose(b @ a, wanted)
    assert averaged([]) == ()


def test_a_loss_is_told_by_its_unit_and_by_quarters() -> None:
    state = Trained("d", {"a:x": np.ones((1, 1))}, losses=(0.7, 0.5, 0.4, 0.4, 0.4, 0.3, 0.2, 0.2), bytes=1000)
    assert said_of(state, "a choice", "pair").endswith("training loss 0.60 to 0.20 nats a pair.")
