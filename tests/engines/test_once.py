"""A run scores a prompt in which nothing of anybody stands once, and everything else each time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from engines.modifiers import Modifiers, Steering
from engines.rows import Message, Part
from engines.runs.compare import Plan, rows, run
from engines.runs.once import Once
from engines.types import Arm, Config, Scored, ScoreRow
from tests.engines import people
from tests.engines.people import CHOOSE, RATE

BARE = ScoreRow((Message("user", (Part("Rate it."),)),), ("1", "2"))
OTHER = replace(BARE, continuations=("3",))
PERSONAL = replace(BARE, messages=(Message("user", (Part("I liked it.", "u1/1", "u1"), Part("Rate it."))),))
STEERED = replace(BARE, modifiers=Modifiers(steer=Steering(1, np.ones(4, np.float32))))


class Counting:
    """A model of its own that knows how often it was asked for each row."""

    def __init__(self) -> None:
        self.asked: list[ScoreRow] = []

    def __call__(self, rows: Sequence[ScoreRow]) -> list[Scored]:
        self.asked += rows
        return [Scored(len(self.asked), tuple((0.5,) for _ in row.continuations)) for row in rows]


def test_only_what_is_nobodys_is_kept() -> None:
    once, model = Once(), Counting()
    first = once.score([BARE, PERSONAL, OTHER, STEERED], model)
    again = once.score([STEERED, OTHER, PERSONAL, BARE], model)
    assert len(model.asked) == 4 + 2
    assert [row for row in model.asked[4:]] == [STEERED, PERSONAL]  # noqa: C416 - read as a list
    assert (again[1], again[3]) == (first[2], first[0])
    assert once.score([], model) == []


def test_a_row_twice_in_one_batch_is_computed_once() -> None:
    once, model = Once(), Counting()
    assert len({id(one) for one in once.score([BARE, BARE, BARE], model)}) == 1
    assert model.asked == [BARE]


def test_what_is_spared_is_told_once_and_by_thread() -> None:
    once = Once()

    def slow(rows: Sequence[ScoreRow]) -> list[Scored]:
        threading.Event().wait(0.2)
        return Counting()(rows)

    once.score([BARE], slow)
    assert once.spared() == 0
    once.score([BARE, BARE], slow)
    assert once.spared() == pytest.approx(0.4, rel=0.5)
    assert once.spared() == 0
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(once.spared).result() == 0


def test_threads_wait_for_each_other_and_a_failure_is_tried_again() -> None:
    once, model, begun, go = Once(), Counting(), threading.Event(), threading.Event()

    def held(_rows: Sequence[ScoreRow]) -> list[Scored]:
        begun.set()
        go.wait(10)
        raise ValueError("the model is gone")

    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(once.score, [BARE], held)
        assert begun.wait(10)
        waiting = pool.submit(once.score, [BARE], model)
        go.set()
        with pytest.raises(ValueError, match="gone"):
            failing.result(10)
        assert waiting.result(10)[0].logprobs == ((0.5,), (0.5,))
    assert once.score([BARE], model)
    assert len(model.asked) == 2


@pytest.mark.parametrize("task", [RATE, CHOOSE], ids=["rate", "choose"])
def test_a_comparison_has_the_same_figures_and_asks_less(task: people.Task) -> None:
    data = people.dataset(people.crowd(6))
    methods = ("none", "recent-history", "rag-bm25", "persona-prompt")
    plan = Plan(methods, (Arm.RIGHT, Arm.WRONG, Arm.NOBODY), 6, Config(k=4, budget=900))
    bench = people.bench(data, task)
    asked: list[ScoreRow] = []

    class Heard(type(bench.model)):  # type: ignore[misc]
        def score(self, rows: Sequence[ScoreRow], **given: object) -> object:
            asked.extend(rows)
            return super().score(rows, **given)

    bench.model.__class__ = Heard
    comparison = run(bench, plan)
    assert not comparison.failures
    plain = [row for row in asked if not any(part.owner for message in row.messages for part in message.parts)]
    assert len(plain) == len(set(plain)), "nobody's prompts are scored once"
    found = {(r.method, r.metric): r for r in rows(bench, comparison) if (r.kind, r.arm) == ("score", "nobody")}
    for (method, metric), row in found.items():
        if method in methods:
            assert row.estimate.mean == found["none", metric].estimate.mean
            assert row.seconds > 0
