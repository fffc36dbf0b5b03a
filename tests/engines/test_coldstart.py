"""Quality against history length: cut histories, the same wrong user, paired gaps, and honest crossovers."""

from __future__ import annotations

from collections import Counter

import pytest

from data.records import Example, Task
from engines import coldstart
from engines.arms import give
from engines.coldstart import ALL, Crossing, Curves, Plan, better, crossing, drawn, reverse
from engines.coldstart_run import cut_to, job
from engines.live import Column
from engines.metrics import metrics
from engines.models.echo import EchoModel
from engines.runs.bench import Bench
from engines.runs.stats import Estimate
from engines.types import Arm, Config
from tests.engines import people
from tests.engines.people import RATE, REWRITE, WordEncoder

DATA = people.dataset(people.crowd())
USERS = ("u3", "u5", "u8")


def plan(task: Task, *names: str, lengths: tuple[int, ...] = (0, 2, ALL), model: EchoModel | None = None) -> Plan:
    bench = Bench(DATA, task, model or EchoModel(), WordEncoder())
    return Plan(bench, tuple(Column(name, Config(k=16, budget=3000)) for name in names), USERS, lengths, examples=2)


def measured(asked: Plan) -> Curves:
    made = job(asked)
    made.start()
    assert made.wait(60)
    view = made.view()
    assert view.failure is None
    assert view.result is not None
    return view.result


def gap(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2, low, high, 3, 6, 0)


def test_each_length_gives_so_many_last_items_of_right_and_wrong_and_nothing_held_out() -> None:
    model = EchoModel()
    found = measured(plan(RATE, "recent-history", lengths=(2,), model=model))
    spot = found.lines[0].spots[0]
    assert (spot.items, spot.right.users, spot.right.n) == (2.0, 3, 6)
    asked = [text for text in model.prompts if "canary" in text]
    given: Counter[str] = Counter()
    for text in asked:
        own = {item.user: item for user in DATA.users() for item in user.items if item.extra["canary"] in text}
        count = sum(item.extra["canary"] in text for user in DATA.users() for item in user.items)
        assert len(own) == 1
        assert count == 2
        given[next(iter(own))] += 1
    wrong = {give(found.plan.bench.case(example(user)), Arm.WRONG, draw=7).owner for user in USERS}
    assert set(given) == {*USERS, *wrong}
    newest = [item.extra["canary"] for item in DATA.by_id["u3"].items[:-3][-2:]]
    assert any(all(word in text for word in newest) for text in asked)
    held = [item.extra["canary"] for user in USERS for item in DATA.by_id[user].items[-3:]]
    assert not any(word in text for word in held for text in asked)


def test_without_items_all_arms_are_the_same_and_their_gaps_are_ties() -> None:
    spot = measured(plan(RATE, "recent-history")).lines[0].spots[0]
    assert spot.length == 0
    assert spot.right == spot.wrong
    assert spot.over_nobody.mean == spot.over_wrong.mean == 0
    assert spot.over_nobody.tie


def test_who_is_the_wrong_user_does_not_depend_on_the_length() -> None:
    bench = plan(RATE, "none").bench
    case = bench.case(example("u3"))
    owners = {cut_to(length, Arm.WRONG, 7)(case).owner for length in (0, 1, ALL)}
    assert owners == {give(case, Arm.WRONG, draw=7).owner}
    assert len(cut_to(1, Arm.RIGHT, 7)(case).user.items) == 1
    assert cut_to(ALL, Arm.RIGHT, 7)(case) == give(case, Arm.RIGHT, draw=7)


def example(user: str) -> Example:
    return next(one for one in DATA.examples(RATE) if one.user == user)


def test_a_method_that_uses_nothing_of_the_user_has_one_figure_and_is_compared_all_the_same() -> None:
    found = measured(plan(REWRITE, "none", "recent-history"))
    assert found.lines[0].spots == ()
    assert [spot.length for spot in found.lines[1].spots] == [0, 2, ALL]
    assert set(found.between) == {(0, 1, 0), (0, 1, 2), (0, 1, ALL)}
    last = found.lines[1].spots[-1]
    between = found.between[0, 1, ALL]
    assert between.mean is not None
    assert last.right.mean is not None
    assert found.lines[0].nobody.mean is not None
    assert between.mean == pytest.approx(found.lines[0].nobody.mean - last.right.mean)
    assert last.over_nobody.mean == pytest.approx(last.right.mean - found.lines[1].nobody.mean)  # type: ignore[operator]


def test_a_stop_keeps_the_lengths_that_are_done() -> None:
    class Stopping(EchoModel):
        def score(self, rows, **named):  # type: ignore[no-untyped-def]
            scored = super().score(rows, **named)
            made.stop() if len(self.prompts) > 20 else None
            return scored

    made = job(plan(RATE, "recent-history", lengths=(0, 1, 2, 3, 4), model=Stopping()))
    made.start()
    assert made.wait(60)
    view = made.view()
    assert view.stopped
    assert view.result is not None
    assert len(view.result.lines[0].spots) < 5


def test_a_method_that_fails_is_named_and_leaves_the_others() -> None:
    asked = plan(RATE, "style-vector", "recent-history")
    found = measured(asked)
    assert found.lines[0].nobody.mean is None
    assert found.lines[1].spots[-1].right.mean is not None
    assert any("Style vector" in what for what in found.failures)


def test_crossovers_are_the_first_parted_interval_on_the_good_side() -> None:
    mae, accuracy = metrics["mae"](), metrics["choice-accuracy"]()
    assert better(mae, gap(-0.5, -0.1))
    assert not better(mae, gap(0.1, 0.5))
    assert better(accuracy, gap(0.1, 0.5))
    assert not better(mae, gap(-0.5, -1e-16)), "rounding parts nothing"
    assert not better(mae, Estimate(None, None, None, 0, 0, 4))
    gaps = {0: gap(0, 0), 1: gap(-0.2, 0.1), 2: gap(-0.3, -0.1), 4: gap(-0.3, 0.0), ALL: gap(-0.4, -0.2)}
    assert crossing(mae, gaps) == Crossing(2, (4,))
    assert crossing(accuracy, gaps) == Crossing(None)
    assert crossing(accuracy, {length: reverse(one) for length, one in gaps.items()}) == Crossing(2, (4,))


def test_users_are_drawn_by_the_seed_among_those_with_a_history() -> None:
    examples = {user.id: () for user in DATA.users()}
    one, other = (drawn(DATA, RATE, examples, seed=seed, count=4) for seed in (1, 2))
    assert len(set(one)) == 4
    assert one == drawn(DATA, RATE, examples, seed=1, count=4)
    assert one != other
    assert coldstart.ENOUGH > 7, "nobody here has so many, so all may be drawn"
