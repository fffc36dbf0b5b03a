"""One request with several users' data: who is given, what stays hidden, cells that fail alone, Stop, and the id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from data.records import Dataset, Example, ProfileItem, Task
from engines import matrix
from engines.errors import EngineError, FailureKind
from engines.live import Column
from engines.matrix import EVERYBODY, Grid, Plan, first_users, given_to, job
from engines.models.echo import EchoModel
from engines.runs.cells import Bench, Cell, condition
from engines.types import Arm, Capability, Config
from tests.engines import people
from tests.engines.people import RANK, RATE, REWRITE, TASKS, WordEncoder

CANARY = re.compile(r"canary(\w+?)n(\d{5})z")
CONFIG = Config(k=3, budget=3000)
METHODS = ("none", "global-examples", "recent-history", "persona-examples", "persona-prompt")
USERS = ("u2", "u7", "u0", "u9")


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


def a_plan(data: Dataset, task: Task = RATE, methods: Sequence[str] = METHODS, **named: Any) -> Plan:
    bench = named.get("bench") or people.bench(data, task)
    example = named.get("example") or next(e for e in data.examples(task) if e.user == "u2")
    return Plan(bench, example, tuple(Column(method, CONFIG) for method in methods), named.get("users", USERS))


def ended(plan: Plan) -> Grid:
    work = job(plan)
    work.start()
    assert work.wait(20)
    view = work.view()
    assert view.failure is None
    assert view.result is not None
    return view.result


def prompt_of(grid: Grid, row: int, user: str) -> str:
    made = grid.outcomes[row, user].conditioning
    assert made is not None
    return people.prompt(made)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_every_user_has_a_cell_and_methods_without_user_data_have_one(data: Dataset, task: Task) -> None:
    grid = ended(a_plan(data, task))
    assert set(grid.outcomes) == {(0, EVERYBODY), (1, EVERYBODY), *((row, user) for row in (2, 3, 4) for user in USERS)}
    for (row, user), outcome in grid.outcomes.items():
        assert outcome.failure is None
        assert outcome.output is not None
        assert outcome.owner == (user if row > 1 else "")


def test_a_cell_holds_only_what_its_user_had_before_both_cuts(data: Dataset) -> None:
    plan = a_plan(data, methods=("recent-history",))
    grid = ended(plan)
    for user in USERS:
        cut = min(plan.example.at, data.cut(RATE, user))
        allowed = {i.extra["canary"] for i in data.by_id[user].items if i.at < cut}
        found = {match[0] for match in CANARY.finditer(prompt_of(grid, 0, user))}
        assert found
        assert found <= allowed


def test_nothing_about_what_is_asked_is_given_whoever_rated_it(data: Dataset) -> None:
    asked = next(e for e in data.examples(RATE) if e.user == "u2")
    twin = people.item("u7", 77, day=0.1, film=int(asked.subject.removeprefix("film-")))
    users = [replace(u, items=tuple(sorted((*u.items, twin), key=_at))) if u.id == "u7" else u for u in data.users()]
    plan = a_plan(people.dataset(users), methods=("recent-history",), users=("u2", "u7"))
    assert twin not in given_to(plan.bench.case(plan.example), "u7").user.items
    assert twin in users[7].items


def _at(item: ProfileItem) -> object:
    return item.at


@pytest.mark.parametrize("method", ["recent-history", "persona-examples", "persona-prompt"])
def test_the_own_column_is_the_right_arm_and_the_wrong_users_column_the_wrong_arm(data: Dataset, method: str) -> None:
    example = next(e for e in data.examples(RATE) if e.user == "u2")
    bench = people.bench(data, RATE)
    right, wrong = (condition(bench, [Cell(method, arm, example, CONFIG)])[0] for arm in (Arm.RIGHT, Arm.WRONG))
    grid = ended(a_plan(data, methods=(method,), users=("u2", wrong.owner)))
    assert grid.outcomes[0, "u2"].conditioning == right.conditioning
    assert grid.outcomes[0, wrong.owner].conditioning == wrong.conditioning


def test_only_the_truths_owner_is_computed_with_a_target(data: Dataset) -> None:
    grid = ended(a_plan(data, REWRITE, ("none", "recent-history")))
    for (row, user), outcome in grid.outcomes.items():
        own = user in {"u2", EVERYBODY}
        assert bool(outcome.cell.example.target) == own
        assert outcome.output is not None
        assert bool(outcome.output.truth_logprobs) == own, (row, user)
        assert (outcome.output.similarity is not None) == own
        assert outcome.output.generation


def test_a_text_is_written_where_the_model_cannot_score(data: Dataset) -> None:
    class Mute(EchoModel):
        capabilities = frozenset({Capability.GENERATE})

        def score(self, *_args: object, **_named: object) -> list[Any]:
            raise EngineError(FailureKind.MODEL, "gives no log-probabilities")

    bench = Bench(data, REWRITE, Mute(), WordEncoder())
    grid = ended(a_plan(data, REWRITE, ("none", "recent-history"), bench=bench))
    assert all(o.output and o.output.generation and not o.output.truth_logprobs for o in grid.outcomes.values())
    rated = ended(a_plan(data, RATE, ("none",), bench=Bench(data, RATE, Mute(), WordEncoder())))
    output = rated.outcomes[0, EVERYBODY].output
    assert output
    assert not output.labels


def test_a_method_that_the_model_cannot_run_fails_for_every_user(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.runs.cells.lacking", lambda _info, _model: "it needs activations")
    grid = ended(a_plan(data, methods=("recent-history",)))
    assert {o.failure.kind for o in grid.outcomes.values() if o.failure} == {FailureKind.UNABLE}
    assert len([o for o in grid.outcomes.values() if o.failure]) == len(USERS)


def test_a_failing_cell_leaves_the_others(data: Dataset) -> None:
    class Broken(WordEncoder):
        def encode(self, _texts: Sequence[str]) -> Any:
            raise EngineError(FailureKind.MODEL, "the encoder is gone")

    bench = Bench(data, RATE, EchoModel(), Broken())
    grid = ended(a_plan(data, RATE, ("recent-history", "rag-dense"), bench=bench))
    failed = {place for place, outcome in grid.outcomes.items() if outcome.failure}
    assert failed == {(1, user) for user in USERS}


def test_a_stopped_matrix_says_so_in_each_cell_that_is_not_done(data: Dataset) -> None:
    bench = people.bench(data, RATE, stop=lambda: True)
    found = matrix.together(bench, a_plan(data).places(), lambda _step: None)
    assert {o.failure.kind for o in found.values() if o.failure} == {FailureKind.STOPPED}
    assert len([o for o in found.values() if o.failure]) == len(found)


def test_the_id_holds_all_that_determines_the_answers(data: Dataset) -> None:
    plan = a_plan(data)
    own = replace(plan.example, input="other words", fields={"title": "other", "note": "", "canary": ""})
    others = [
        replace(plan, users=USERS[:2]),
        replace(plan, rows=plan.rows[:2]),
        replace(plan, rows=(Column("none", replace(CONFIG, k=1)), *plan.rows[1:])),
        replace(plan, example=own),
        replace(plan, bench=replace(plan.bench, seed=8)),
        replace(plan, bench=replace(plan.bench, dataset=people.dataset(people.crowd(items=11)))),
    ]
    ids = {job(one).id for one in (plan, *others)}
    assert len(ids) == len(others) + 1
    assert job(a_plan(data)).id == job(plan).id


def test_progress_grows_to_its_end_with_partial_results(data: Dataset) -> None:
    steps: list[matrix.Step[matrix.Place]] = []
    plan = a_plan(data, RATE, ("none", "recent-history"))
    matrix.together(plan.bench, plan.places(), steps.append)
    assert [step.done for step in steps[:5]] == [1, 2, 3, 4, 5]
    assert steps[0].outcomes
    assert steps[-1].done == steps[-1].steps == 6


def an_example(data: Dataset, task: Task = RATE) -> Example:
    return next(e for e in data.examples(task) if e.user == "u2")


def test_the_first_users_are_the_asker_the_wrong_one_and_the_farthest_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "ENOUGH", 4)
    data = people.dataset(people.crowd())
    bench, example = people.bench(data, RATE), an_example(data)
    case = bench.case(example)
    found = first_users(case, 7)
    assert found == first_users(case, 7)
    assert found[0] == "u2"
    assert found[1] == condition(bench, [Cell("recent-history", Arm.WRONG, example, CONFIG)])[0].owner
    assert len(set(found)) == 4

    def mean(user: str) -> float:
        items = [i for i in data.by_id[user].items if i.at < data.cut(RATE, user)]
        return sum(int(i.extra["rating"]) for i in items) / len(items)

    enough = [u.id for u in data.users() if len(given_to(case, u.id).user.items) >= 4 and u.id not in found[:2]]
    assert mean(found[2]) == min(map(mean, enough))
    assert mean(found[3]) == max(map(mean, enough))


def test_with_one_person_alone_there_is_one_column() -> None:
    data = people.dataset(people.crowd()[2:3])
    assert first_users(people.bench(data, RANK).case(an_example(data, RANK)), 7) == ("u2",)
