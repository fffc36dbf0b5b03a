"""Who is left out together, what people outside teach, and that a wrong user's state is that user's right one."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.importers import datasets
from data.records import Example, Split, Task, TaskKind
from engines.folds import PEOPLE, dealt, differs, fold_of, near
from engines.methods import methods
from engines.models.echo import EchoTrainer
from engines.redaction import EVERYTHING, Detector, Redaction
from engines.runs.cells import Bench, Cell, condition
from engines.runs.compare import Plan, pick
from engines.training import store
from engines.training.recipe import Learns, Trained, Training
from engines.types import Arm, Capability, Config, Reach
from tests.engines import people

CANARY = re.compile(r"canary\w+")
CAMPUS = datasets["campus"]()
TASKS = [CAMPUS.task(name) for name in ("post-rewrite", "preference")]
TRAINED = [name for name in methods if Capability.ADAPTERS in methods[name].info.needs and name != "style-vector"]
UNFIT = [name for name in methods if any(methods[name].info.why_unfit(task.kind) for task in TASKS)]
STATES = {
    "global-lora": 2,
    "global-dpo": 2,
    "user-embedding": 2,
    "user-lora": 2 + 12,
    "user-soft-prompt": 12,
    "user-full-finetune": 12,
    "user-dpo": 12,
    "persona-lora": 12,
    "persona-soup": 2 * 4,
    "lora-pieces": 2 * 5 * 2,
}


@pytest.mark.parametrize("name", ["campus", "movielens-100k"])
def test_everyone_with_an_example_is_in_one_fold_with_people_of_about_the_same_cut(name: str) -> None:
    data = datasets[name]()
    for task in data.tasks:
        folds = dealt(data, task, seed=7)
        everyone = [user for fold in folds for user in fold]
        assert len(everyone) == len(set(everyone))
        assert set(everyone) == {example.user for example in data.examples(task)}
        fewest, most = (len(everyone) // 2,) * 2 if len(everyone) <= PEOPLE else (PEOPLE - 1, PEOPLE + 1)
        assert all(fewest <= len(fold) <= most for fold in folds)
        cuts = sorted(data.cut(task, user) for user in everyone)
        spans = [max(found) - min(found) for fold in folds if (found := [data.cut(task, user) for user in fold])]
        if len(folds) > 2:
            assert sorted(spans)[len(spans) // 2] < (cuts[-1] - cuts[0]) / 12
        assert all(any(differs(data.by_id[u], data.by_id[other]) for other in f) for f in folds for u in f)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 40])
def test_a_data_set_of_any_size_is_dealt(count: int) -> None:
    data = people.dataset(people.crowd(count))
    folds = dealt(data, people.RATE, seed=7)
    assert sorted(user for fold in folds for user in fold) == sorted(data.by_id)
    assert len(folds) == min(count, max(2, round(count / PEOPLE)))


def test_another_seed_deals_others() -> None:
    """So over seeds everyone who differs in all traits is somebody's wrong user."""
    task = TASKS[0]
    for user, one in CAMPUS.by_id.items():
        other = {other.id for other in CAMPUS.users() if differs(one, other)}
        assert set().union(*(near(CAMPUS, task, user, seed=seed) & other for seed in range(20))) == other


def test_someone_without_an_example_is_alone() -> None:
    assert near(CAMPUS, TASKS[0], "nobody-known", seed=7) == {"nobody-known"}
    assert fold_of(CAMPUS, TASKS[0], "nobody-known", seed=7) is None


@pytest.mark.parametrize("split", list(Split))
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_what_people_outside_teach_is_the_same_for_a_fold_and_holds_nothing_of_it(task: Task, split: Split) -> None:
    bench = people.bench(CAMPUS, task)
    for fold in dealt(CAMPUS, task, seed=7):
        given, cuts = [], []
        for user in fold:
            around = bench.world(Reach.EVERYONE, *_of(bench, user, split))
            cuts.append(around.cut)
            given.append({other.id: [item.id for item in other.items] for other in around.outsiders()})
        assert all(one == given[0] for one in given)
        assert set(given[0]) == set(CAMPUS.by_id) - set(fold)
        start = min(cuts)
        held = {example.subject for example in CAMPUS.examples(task) if example.user in fold}
        known = {item.id: item for user in CAMPUS.users() for item in user.items}
        taught = [known[item] for items in given[0].values() for item in items]
        assert taught
        assert all(item.at < start and item.extra.get("subject") not in held for item in taught)


def test_the_fold_binds_time_and_subjects() -> None:
    """Where cuts lie apart, items between the fold's earliest and the target's are not taught."""
    data = people.dataset(people.crowd())
    task = people.RATE
    fold = fold_of(data, task, "u0", seed=7)
    assert fold is not None
    bench = people.bench(data, task)
    around = bench.world(Reach.EVERYONE, *_of(bench, "u0"))
    start = sorted(i.at for u in data.users() for i in u.items)[20]
    tight = replace(fold, starts=(start,), hidden=frozenset({"film-3"}))
    found = [item for user in replace(around, fold=tight).outsiders() for item in user.items]
    assert found
    assert all(item.at < start and item.extra["subject"] != "film-3" for item in found)
    alone = {user.id for user in replace(around, fold=None).outsiders()}
    assert alone == {user.id for user in around.others()}


def test_where_all_is_redacted_nobody_teaches() -> None:
    bench = people.bench(CAMPUS, TASKS[0])
    around = bench.world(Reach.EVERYONE, next(CAMPUS.examples(TASKS[0])))
    assert list(around.outsiders())
    shut = Redaction(around.task, frozenset({EVERYTHING}), Detector(frozenset(), {})).world(around)
    assert list(shut.outsiders()) == []


def test_a_comparison_takes_whole_folds() -> None:
    data = datasets["movielens-100k"]()
    task = data.task("movie-rating")
    bench = people.bench(data, task)
    plan = Plan(("none",), (Arm.NOBODY,), 24)
    users = {example.user for example in pick(bench, plan)}
    folds = [fold for fold in dealt(data, task, seed=7) if set(fold) & users]
    assert len(users) == 24
    assert len(folds) <= 3
    others = {example.user for example in pick(replace(bench, seed=8), plan)}
    assert users != others


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize("method", TRAINED)
def test_a_wrong_users_state_is_that_users_right_one(method: str, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _recorded(monkeypatch)
    bench = people.bench(CAMPUS, task)
    found: dict[tuple[str, Arm], set[str]] = {}
    owner: dict[str, str] = {}
    for user in CAMPUS.by_id:
        for arm in (Arm.RIGHT, Arm.WRONG) if methods[method].info.personal else (Arm.NOBODY,):
            asked.clear()
            made = condition(bench, [Cell(method, arm, one, Config()) for one in _of(bench, user)[:2]])
            assert all(one.failure is None for one in made), made[0].failure
            found[user, arm] = {training.digest for training in asked}
            owner[user] = made[0].owner
            left_out = {user} if method == "persona-lora" else near(CAMPUS, task, user, seed=7)
            taught = frozenset[str]().union(*(training.owners for training in asked)) - {made[0].owner}
            assert asked
            assert not taught & left_out
    for user, other in owner.items():
        if other:
            assert other in near(CAMPUS, task, user, seed=7)
            assert found[user, Arm.WRONG] == found[other, Arm.RIGHT]
    assert len(set().union(*found.values())) == STATES[method], "every state is built once"


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize("method", [name for name in methods if methods[name].info.builds])
def test_what_a_wrong_users_state_asks_the_model_was_asked_for_that_users_right_one(method: str, task: Task) -> None:
    """So all of it is known, and nothing is computed for the arm of the wrong user alone."""
    asked: dict[tuple[str, Arm], list[str]] = {}
    owner: dict[str, str] = {}
    for user in CAMPUS.by_id:
        for arm in (Arm.RIGHT, Arm.WRONG):
            bench = people.bench(CAMPUS, task)
            made = condition(bench, [Cell(method, arm, one, Config()) for one in _of(bench, user)[:2]])
            assert all(one.failure is None for one in made), made[0].failure
            asked[user, arm], owner[user] = list(bench.model.prompts), made[0].owner  # type: ignore[attr-defined]
    for user, other in owner.items():
        assert other in near(CAMPUS, task, user, seed=7) - {user}
        assert asked[user, Arm.WRONG]
        assert asked[user, Arm.WRONG] == asked[other, Arm.RIGHT]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
@pytest.mark.parametrize("method", [n for n in methods if n not in TRAINED and n not in UNFIT])
def test_a_method_that_asks_the_model_before_the_request_says_so(method: str, task: Task) -> None:
    """Else a wrong user's state would be worked out for that arm alone."""
    bench = people.bench(CAMPUS, task)
    (made,) = condition(bench, [Cell(method, Arm.RIGHT, next(CAMPUS.examples(task)), Config())])
    assert made.failure is None, made.failure
    assert bool(bench.model.prompts) is methods[method].info.builds  # type: ignore[attr-defined]


FOLD_STATES = {
    "global-lora": 1,
    "user-embedding": 1,
    "user-lora": 1 + 12,
    "user-soft-prompt": 12,
    "user-full-finetune": 12,
    "lora-pieces": 5 * 2,
}


@pytest.mark.parametrize("method", [name for name in TRAINED if not methods[name].info.why_unfit(TaskKind.RATE)])
def test_so_it_is_where_people_have_many_items_or_few(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one fold of MovieLens; a group's adapter is learnt once for all of the group in the fold."""
    data, asked = datasets["movielens-100k"](), _recorded(monkeypatch)
    task = data.task("movie-rating")
    bench = people.bench(data, task)
    fold = dealt(data, task, seed=7)[30]
    found: dict[tuple[str, Arm], set[str]] = {}
    for user in fold:
        for arm in (Arm.RIGHT, Arm.WRONG) if methods[method].info.personal else (Arm.NOBODY,):
            asked.clear()
            made = condition(bench, [Cell(method, arm, one, Config()) for one in _of(bench, user)])
            assert all(one.failure is None for one in made), made[0].failure
            found[user, arm] = {training.digest for training in asked}
            taught = frozenset[str]().union(*(training.owners for training in asked)) - {made[0].owner}
            assert asked
            assert not taught & set(fold)
            if arm is Arm.WRONG:
                assert made[0].owner in fold
                found[user, arm] ^= found.get((made[0].owner, Arm.RIGHT), found[user, arm])
    assert not any(differing for (_, arm), differing in found.items() if arm is Arm.WRONG)
    if method == "persona-lora":
        assert len(set().union(*found.values())) < len(fold)
    else:
        assert len(set().union(*found.values())) == FOLD_STATES[method]


def _of(bench: Bench, user: str, split: Split = Split.HELD_OUT) -> list[Example]:
    return [one for one in bench.dataset.examples(bench.task, split, bench.seed) if one.user == user]


def _recorded(monkeypatch: pytest.MonkeyPatch) -> list[Training]:
    """Stands in for training, and tells what was to be trained."""
    asked: list[Training] = []

    def trained(_world: object, training: Training, _name: str) -> Trained:
        asked.append(training)
        if training.recipe.learns is Learns.PROJECTOR:
            return Trained(training.digest, {}, training.owners)
        some = {"a:model.layers.29.self_attn.q_proj": np.zeros((1, 1), np.float32)}
        factors = {**some, "b:model.layers.29.self_attn.q_proj": np.zeros((1, 1), np.float32)}
        return Trained(training.digest, factors, training.owners)

    for name, module in list(sys.modules.items()):
        if name.startswith("engines.") and hasattr(module, "trained") and hasattr(module, "training_of"):
            monkeypatch.setattr(module, "trained", trained)
    return asked


class Keeping(EchoTrainer):
    """Learns nothing, and has what it returns kept as what was learnt."""

    keeps = True


@pytest.mark.parametrize("method", TRAINED)
def test_what_is_kept_of_a_method_names_whose_it_is_and_holds_no_text(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all arms of everyone; and with a person goes each state that their data went into."""
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    data = people.dataset(people.crowd())
    taught: set[str] = set()
    for task in people.fitting(method):
        for user in list(data.by_id)[:5]:
            for arm in Arm if methods[method].info.personal else (Arm.NOBODY,):
                bench = people.bench(data, task)
                bench.model.trainer = Keeping(bench.model.prompts)  # type: ignore[attr-defined]
                made = condition(bench, [Cell(method, arm, one, people.ROOMY) for one in _of(bench, user)])
                assert not any(one.failure for one in made)
                taught |= {word for text in bench.model.prompts for word in CANARY.findall(text)}  # type: ignore[attr-defined]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 2
    assert taught
    for path in files:
        assert not CANARY.search(path.read_bytes().decode("latin-1")), path
        assert not CANARY.search(str(path))
    inputs = [json.loads(path.read_text()) for path in tmp_path.rglob("inputs.json")]
    assert all(one["owners"] for one in inputs)
    gone = inputs[0]["owners"][-1]
    store.forget(gone)
    left = [json.loads(path.read_text()) for path in tmp_path.rglob("inputs.json")]
    assert len(left) == sum(gone not in one["owners"] for one in inputs) < len(inputs)
    assert not any(f'"{gone}"' in path.read_text() for path in tmp_path.rglob("inputs.json"))
