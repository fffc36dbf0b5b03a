"""The three levels of one request: which methods stand for them, what each may see, and their arms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.records import Dataset, Task
from engines.levels import ORDER, Levels, Plan, job, methods_of, sight
from engines.live import Column
from engines.methods import methods
from engines.types import Arm, Config, Level, Reach
from tests.engines import people
from tests.engines.people import RATE, TASKS

CONFIG = Config(k=3, budget=3000)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


def a_plan(data: Dataset, task: Task = RATE) -> Plan:
    example = next(e for e in data.examples(task) if e.user == "u5")
    usual = {level: Column(methods_of(level)[0], CONFIG) for level in ORDER}
    return Plan(people.bench(data, task), example, usual)


def ended(plan: Plan) -> Levels:
    work = job(plan)
    work.start()
    assert work.wait(20)
    result = work.view().result
    assert result is not None, work.view().failure
    return result


def test_methods_stand_for_their_own_level_the_usual_one_first() -> None:
    assert [methods_of(level)[0] for level in ORDER] == ["global-examples", "persona-examples", "recent-history"]
    found = [method for level in ORDER for method in methods_of(level)]
    assert "none" not in found
    assert len(found) == len(set(found))
    assert all(methods[method].info.level is level for level in ORDER for method in methods_of(level))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_all_levels_and_arms_are_computed_at_once(data: Dataset, task: Task) -> None:
    levels = ended(a_plan(data, task))
    expected = {(Level.GLOBAL, Arm.NOBODY), *((level, arm) for level in ORDER[1:] for arm in Arm)}
    assert set(levels.outcomes) == expected
    assert all(outcome.output and not outcome.failure for outcome in levels.outcomes.values())
    assert set(levels.sights) == set(ORDER)
    assert levels.outcomes[Level.USER, Arm.RIGHT].owner == "u5"
    assert levels.outcomes[Level.USER, Arm.WRONG].owner not in {"u5", ""}


def test_what_a_level_may_see_is_counted_before_the_cut_and_without_what_is_held_out(data: Dataset) -> None:
    plan = a_plan(data)
    example, hidden = plan.example, plan.bench.hidden("u5")

    def seen(user: str) -> int:
        return sum(i.at < example.at and i.extra["subject"] not in hidden for i in data.by_id[user].items)

    own = sight(plan.bench, example, methods["recent-history"].info)
    assert (own.reach, own.people, own.items, own.traits) == (Reach.OWN, 1, seen("u5"), 2)
    same = [u.id for u in data.users() if u.persona.cell == data.by_id["u5"].persona.cell and u.id != "u5"]
    mates = sight(plan.bench, example, methods["persona-examples"].info)
    assert mates.people == len([user for user in same if seen(user)])
    assert mates.items == sum(map(seen, same))
    assert mates.group == "age2, woman"
    assert not mates.widened
    everyone = sight(plan.bench, example, methods["global-examples"].info)
    assert 0 < everyone.items <= sum(seen(u.id) for u in data.users() if u.id != "u5")
    assert everyone.people <= len(data.users()) - 1
    assert sight(plan.bench, example, methods["none"].info).items == 0


def test_a_persona_of_one_is_widened(data: Dataset) -> None:
    lone = people.person("u5", data.by_id["u5"].items, age="age9", gender="woman")
    plan = a_plan(people.dataset([lone if user.id == "u5" else user for user in data.users()]))
    mates = sight(plan.bench, plan.example, methods["persona-examples"].info)
    assert mates.widened
    assert mates.group == "woman"


def test_the_id_changes_with_method_settings_and_request(data: Dataset) -> None:
    plan = a_plan(data)
    others = [
        replace(plan, methods={**plan.methods, Level.USER: Column("rag-bm25", CONFIG)}),
        replace(plan, methods={**plan.methods, Level.USER: Column("recent-history", replace(CONFIG, k=1))}),
        replace(plan, example=replace(plan.example, target="")),
    ]
    assert len({job(one).id for one in (plan, *others)}) == 4
    assert job(plan).id == job(a_plan(data)).id
