"""Repeats: what a seed changes is drawn anew, what it does not touch is computed once, and the counts are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from data.importers import datasets
from engines.live import Column
from engines.models.echo import EchoModel
from engines.repeats import Plan, Repeats, Stability, job, likeness, seeds_from, spread, stability
from engines.runs.cells import Bench
from engines.types import Arm, Config, GenerateRow, Generation
from tests.dashboard.playground_data import CountingEncoder


class Counting(EchoModel):
    """Echo that counts its rows and lets a sampled text depend on its seed."""

    def __init__(self) -> None:
        super().__init__()
        self.scored, self.written = 0, list[GenerateRow]()

    def score(self, rows: Sequence[Any], **named: Any) -> Any:
        self.scored += len(rows)
        return super().score(rows, **named)

    def generate(self, rows: Sequence[GenerateRow], **_named: Any) -> list[Generation]:
        self.written += rows
        return [Generation(f"text {row.seed if row.temperature else 0}", 1, 2, 0.0) for row in rows]


def run(task: str, names: Sequence[str], seeds: Sequence[int], temperature: float = 0.0) -> tuple[Repeats, Counting]:
    data = datasets["campus"]() if task == "headline" else datasets["movielens-100k"]()
    model = Counting()
    bench = Bench(data, data.task(task), model, CountingEncoder(), seeds[0])
    example = next(iter(data.examples(data.task(task), seed=seeds[0])))
    columns = tuple(Column(name, Config(k=3)) for name in names)
    made = job(Plan(bench, example, columns, tuple(Arm), tuple(seeds), temperature))
    made.start()
    assert made.wait(60)
    view = made.view()
    assert view.failure is None
    assert view.done == view.steps == len(seeds)
    assert view.result is not None
    return view.result, model


def test_a_seed_draws_the_wrong_user_and_the_examples_of_everyone() -> None:
    found, model = run("movie-rating", ("none", "global-examples", "recent-history"), seeds_from(7, 4))
    owners = [trial.outcome.owner for trial in found.trials[2, Arm.WRONG]]
    assert len(set(owners)) > 1
    assert {trial.outcome.owner for trial in found.trials[2, Arm.RIGHT]} == {found.plan.example.user}
    shared = [
        trial.outcome.conditioning.messages for trial in found.trials[1, Arm.NOBODY] if trial.outcome.conditioning
    ]
    assert len(set(shared)) == 4
    ratings = {trial.outcome.output.rating for trial in found.trials[2, Arm.RIGHT] if trial.outcome.output}
    assert len(ratings) == 1
    assert found.seeds == 4
    # none and the empty arm share a prompt; the right user's is the same for all seeds
    assert model.scored == 1 + 1 + 4 + len(set(owners))


def test_a_trial_is_what_the_page_shows_for_its_seed() -> None:
    from engines.live import LiveRun

    found, _ = run("movie-rating", ("none", "recent-history"), (7, 8, 9))
    bench = found.plan.bench
    page = LiveRun(
        bench, found.plan.example, [Column(c.method, Config(k=3, seed=7)) for c in found.plan.columns], tuple(Arm)
    )
    page.start()
    assert page.wait(30)
    for key, view in page.view().arms.items():
        first = found.trials[key][0]
        assert view.outcome is not None
        assert (first.outcome.owner, first.outcome.output) == (view.outcome.owner, view.outcome.output)
        assert first.scores == view.scores


def test_greedy_texts_are_written_once_and_sampled_ones_for_each_seed() -> None:
    greedy, model = run("headline", ("none", "recent-history"), (7, 8, 9))
    assert {row.temperature for row in model.written} == {0.0}
    texts = {
        t.outcome.output.generation.text
        for t in greedy.trials[0, Arm.NOBODY]
        if t.outcome.output and t.outcome.output.generation
    }
    assert texts == {"text 0"}
    sampled, model = run("headline", ("none", "recent-history"), (7, 8, 9), 0.7)
    assert {(row.temperature, row.seed) for row in model.written} == {(0.7, 7), (0.7, 8), (0.7, 9)}
    texts = {
        t.outcome.output.generation.text
        for t in sampled.trials[1, Arm.RIGHT]
        if t.outcome.output and t.outcome.output.generation
    }
    assert texts == {"text 7", "text 8", "text 9"}
    assert all(trial.scores["rouge-1"].value is not None for trial in sampled.trials[1, Arm.RIGHT])


def test_a_failing_arm_leaves_the_others() -> None:
    data = datasets["movielens-100k"]()
    task = data.task("movie-rating")
    bench = Bench(data, task, Counting(), CountingEncoder(), 7)
    example = next(iter(data.examples(task, seed=7)))
    columns = (Column("none", Config()), Column("recent-history", Config(budget=3)))
    made = job(Plan(bench, example, columns, (Arm.RIGHT, Arm.NOBODY), (7, 8, 9)))
    made.start()
    assert made.wait(60)
    result = made.view().result
    assert result is not None
    assert {t.outcome.failure.kind.value for t in result.trials[1, Arm.RIGHT] if t.outcome.failure} == {"too-long"}
    assert all(t.outcome.output for t in result.trials[0, Arm.NOBODY])


def test_a_stop_keeps_whole_seeds() -> None:
    data = datasets["movielens-100k"]()
    task = data.task("movie-rating")

    class Stopping(Counting):
        def score(self, rows: Sequence[Any], **named: Any) -> Any:
            if self.scored:
                made.stop()
            return super().score(rows, **named)

    bench = Bench(data, task, Stopping(), CountingEncoder(), 7)
    example = next(iter(data.examples(task, seed=7)))
    made = job(Plan(bench, example, (Column("recent-history", Config()),), tuple(Arm), seeds_from(7, 5)))
    made.start()
    assert made.wait(60)
    view = made.view()
    assert view.stopped
    assert view.result is not None
    assert {len(trials) for trials in view.result.trials.values()} == {1}
    assert all(t.outcome.failure is None for trials in view.result.trials.values() for t in trials)


def test_the_same_question_is_the_same_job_and_another_is_not() -> None:
    found, _ = run("movie-rating", ("none",), (7, 8, 9))
    from dataclasses import replace

    plan = found.plan
    assert job(plan).id == job(replace(plan, seeds=(7, 8, 9))).id
    for other in (replace(plan, seeds=(7, 8)), replace(plan, temperature=0.7), replace(plan, arms=(Arm.RIGHT,))):
        assert job(other).id != plan.id


def test_spread_and_agreement() -> None:
    made = spread([2.61, 2.58, 3.0, 2.64], 1)
    assert made is not None
    assert (made.n, made.commonest) == (4, 3)
    assert made.mean == pytest.approx(2.7075)
    assert made.deviation == pytest.approx(0.19657, abs=1e-4)
    assert made.agreement == pytest.approx(3 / 6)
    assert spread([], 1) is None
    one = spread([1.0], 1)
    assert one is not None
    assert (one.deviation, one.agreement) == (None, None)


def test_likeness_of_texts() -> None:
    assert likeness(["a b c", "a b c", "a b c"]) == 1
    assert likeness(["a b", "c d"]) == 0
    assert likeness(["the cat sat", "the cat sat", "the dog sat"]) == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert likeness(["alone"]) is None


def test_stability_counts_ties() -> None:
    pairs = [(0.5, 1.0), (1.0, 1.04), (1.0, 0.96), (2.0, 1.0)]
    assert stability(pairs, 0.05) == Stability(1, 2, 1)
    assert stability([], 0.05).seeds == 0
