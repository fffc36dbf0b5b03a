"""A comparison from the cells to the rows of scores and gaps."""

from __future__ import annotations

import threading
from dataclasses import replace
from statistics import mean

import pytest

from data.errors import MissingPackageError
from data.records import Dataset, Split, TaskKind
from engines.baselines import baselines_for
from engines.errors import EngineError, FailureKind
from engines.methods import methods
from engines.metrics import metrics, metrics_for
from engines.runs import compare, stats
from engines.runs.cells import Bench, Cell, Outcome
from engines.runs.compare import Comparison, Plan, pick, rows, run
from engines.types import Arm, Config
from tests.engines import people
from tests.engines.people import RATE, REWRITE, TASKS

ALL = tuple(Arm)
CONFIG = Config(k=3, budget=3000)
TAKES_A_DRAFT = {"reward-best-of-n", "mixture-reward"}


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals are tested elsewhere; fewer draws make these tests quick."""
    monkeypatch.setattr(stats, "DRAWS", 200)


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


def plan(*names: str, users: int = 5, arms: tuple[Arm, ...] = ALL, wrong_draws: int = 1) -> Plan:
    return Plan(names, arms, users, CONFIG, wrong_draws)


def test_every_method_and_arm_gets_its_rows(data: Dataset) -> None:
    for task in TASKS:
        bench = people.bench(data, task)
        names = tuple(name for name in methods if task in people.fitting(name))
        comparison = run(bench, plan(*names, users=4))
        found = rows(bench, comparison)
        assert not comparison.failures
        keys = [(row.kind, row.method, row.arm, row.metric) for row in found]
        assert len(set(keys)) == len(keys)
        for metric in metrics_for(task.kind):
            name = metric.info.id
            assert {("gap", "recent-history", gap, name) for gap in ("right-wrong", "right-nobody")} <= set(keys)
            assert {("score", "recent-history", arm, name) for arm in Arm} <= set(keys)
            assert [k for k in keys if k[1] == "none" and k[3] == name] == [("score", "none", "nobody", name)]
            assert {k[1] for k in keys} == {*names, *baselines_for(task.kind)}
        main = [row for row in found if row.metric == task.main_metric or task is REWRITE]
        scored = [row for row in main if not (row.metric.startswith("bits") and row.method in TAKES_A_DRAFT)]
        assert all(row.estimate.mean is not None for row in scored)
        assert all(row.estimate.n == 12 and row.estimate.users == 4 for row in scored)
        assert not any(row.estimate.n for row in main if row not in scored), "the true text is no draft of theirs"


def test_a_mean_is_that_of_the_cells(data: Dataset) -> None:
    bench = people.bench(data, RATE)
    comparison = run(bench, plan("recent-history", users=6))
    scored = {
        arm: {
            o.cell.example.id: metrics["mae"]().score(o.output, o.cell.example).value
            for o in comparison.outcomes
            if o.cell.arm is arm and o.output
        }
        for arm in Arm
    }
    mine = [row for row in rows(bench, comparison) if (row.method, row.metric) == ("recent-history", "mae")]
    found = {(row.kind, row.arm): row.estimate for row in mine}
    for arm in Arm:
        assert found["score", arm].mean == pytest.approx(mean(v for v in scored[arm].values() if v is not None))
    differences = [scored[Arm.RIGHT][key] - scored[Arm.WRONG][key] for key in scored[Arm.RIGHT]]  # type: ignore[operator]
    assert found["gap", "right-wrong"].mean == pytest.approx(mean(differences))


def test_the_same_seed_gives_the_same_rows(data: Dataset) -> None:
    def figures(seed: int) -> list[object]:
        bench = replace(people.bench(data, RATE), seed=seed)
        return [(r.kind, r.method, r.arm, r.metric, r.estimate) for r in rows(bench, run(bench, plan("rag-bm25")))]

    assert figures(3) == figures(3)
    assert figures(3) != figures(4)


def test_several_wrong_users_are_averaged(data: Dataset) -> None:
    bench = people.bench(data, RATE)
    comparison = run(bench, plan("recent-history", users=4, wrong_draws=3))
    wrong = [o for o in comparison.outcomes if o.cell.arm is Arm.WRONG]
    assert len(wrong) == 3 * 12
    assert len({(o.cell.example.user, o.owner) for o in wrong}) > 4
    row = next(r for r in rows(bench, comparison) if (r.kind, r.arm, r.metric) == ("score", Arm.WRONG, "mae"))
    assert row.estimate.n == 12


def test_users_are_drawn_by_the_seed_and_keep_the_dataset_order(data: Dataset) -> None:
    picked = {
        seed: [e.user for e in pick(replace(people.bench(data, RATE), seed=seed), plan(users=4))] for seed in range(9)
    }
    order = [user.id for user in data.users()]
    assert all(users == sorted(users, key=order.index) and len(set(users)) == 4 for users in picked.values())
    assert len({tuple(users) for users in picked.values()}) > 3
    assert len(pick(people.bench(data, RATE), plan(users=999))) == 36


def test_earlier_examples_can_be_compared(data: Dataset) -> None:
    bench = people.bench(data, RATE)
    comparison = run(bench, replace(plan("recent-history", users=3), split=Split.EARLIER))
    assert len(comparison.examples) == 9
    assert all(e.at < data.cut(RATE, e.user) for e in comparison.examples)


def test_failures_are_counted_and_not_zero() -> None:
    """Two people who share a trait have no wrong user: no value in that arm, and a reason."""
    twins = [replace(u, persona=people.crowd(1)[0].persona) for u in people.crowd(2)]
    bench = people.bench(people.dataset(twins), RATE)
    comparison = run(bench, plan("recent-history", users=2))
    reason = "recent-history, wrong: nobody differs in every declared trait and has items before the cut"
    assert dict(comparison.failures) == {reason: 6}
    mine = [r for r in rows(bench, comparison) if (r.method, r.metric) == ("recent-history", "mae")]
    found = {(r.kind, r.arm): r.estimate for r in mine}
    assert (found["score", "wrong"].mean, found["score", "wrong"].unscored) == (None, 6)
    assert (found["gap", "right-wrong"].mean, found["gap", "right-wrong"].n) == (None, 0)
    assert found["score", "right"].n == 6


def test_a_stopped_run_keeps_what_is_done(data: Dataset) -> None:
    done: list[int] = []
    bench = people.bench(data, RATE, stop=lambda: bool(done))
    comparison = run(bench, plan("none", "recent-history", "rag-bm25", users=12), lambda n, _: done.append(n))
    assert 0 < len(comparison.outcomes) == done[-1] < 36 * 7
    assert not comparison.failures
    assert all(outcome.output for outcome in comparison.outcomes)
    assert rows(bench, comparison)


def test_progress_ends_at_the_total(data: Dataset) -> None:
    told: list[tuple[int, int]] = []
    run(people.bench(data, RATE), plan("none", "recent-history"), lambda *step: told.append(step))
    assert told[-1] == (60, 60)
    assert told == sorted(told)


def failing(bench: Bench, error: Exception) -> Bench:
    class Broken(type(bench.model)):  # type: ignore[misc]
        def score(self, *_: object, **__: object) -> object:
            raise error

    return replace(bench, model=Broken())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EngineError(FailureKind.BUSY, "busy"), FailureKind.BUSY),
        (MissingPackageError("torch", "a demo"), FailureKind.NOT_INSTALLED),
        (RuntimeError("secret detail"), FailureKind.INTERNAL),
    ],
)
def test_a_model_that_fails_is_a_failure_of_each_cell(data: Dataset, error: Exception, kind: FailureKind) -> None:
    comparison: Comparison = run(failing(people.bench(data, RATE), error), plan("none", users=1))
    assert {o.failure.kind for o in comparison.outcomes if o.failure} == {kind}
    assert all(o.output is None for o in comparison.outcomes)
    assert not any("secret" in reason for reason in comparison.failures)


def test_text_may_be_scored_without_being_written(data: Dataset) -> None:
    bench = people.bench(data, REWRITE)
    comparison = run(bench, replace(plan("recent-history", users=2), texts=False))
    assert all(o.output and o.output.generation is None for o in comparison.outcomes)
    found = {r.metric: r.estimate for r in rows(bench, comparison) if (r.kind, r.arm) == ("score", "right")}
    assert found["bits-per-byte"].n == 6
    assert (found["rouge-1"].mean, found["rouge-1"].unscored) == (None, 6)


def test_baselines_stand_beside_rating_and_choice() -> None:
    assert set(baselines_for(TaskKind.RATE)) == {"commonest-rating", "item-mean", "user-mean", "user-item-bias"}
    assert set(baselines_for(TaskKind.RANK)) == {"popularity"}


def test_groups_that_wait_for_trainings_hold_up_no_others(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """More groups that learn than run at once come first in the plan, and learn nothing until all others are done."""
    bench, names = people.bench(data, REWRITE), ("user-lora", "global-lora", "none")
    users = 5
    others, all_done, real = list[str](), threading.Event(), compare._computed

    def watched(bench: Bench, cells: list[Cell], *, texts: bool) -> list[Outcome]:
        if cells[0].method == "none":
            made = real(bench, cells, texts=texts)
            others.append(cells[0].example.user)
            if len(others) == users:
                all_done.set()
            return made
        assert all_done.wait(30), "a training holds up what learns nothing"
        return [Outcome(cell) for cell in cells]

    monkeypatch.setattr(compare, "_computed", watched)
    asked = plan(*names, users=users)
    heard: list[tuple[int, int]] = []
    made = run(bench, asked, lambda done, total: heard.append((done, total)))
    groups = [(one.cell.example.user, one.cell.method, one.cell.arm) for one in made.outcomes]
    assert len(set(groups)) == users * (3 + 1 + 1) > compare.GROUPS_AT_ONCE
    assert [method for user, method, _ in dict.fromkeys(groups) if user == groups[0][0]][:3] == ["user-lora"] * 3
    assert heard[-1] == (len(made.outcomes), len(made.outcomes))
