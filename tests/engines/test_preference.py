"""The task preference, the seam for methods that choose, and rewards learnt from choices."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from data.importers import datasets
from data.records import Example, Split, TaskKind
from engines.choosing import Chooses, Sample, first_best
from engines.errors import EngineError, FailureKind
from engines.methods import make_method, methods
from engines.metrics import metrics
from engines.outputs import Output
from engines.preferences.bradley_terry import fit
from engines.preferences.mixture import learn, weigh
from engines.runs.cells import Cell, condition, generate, score
from engines.types import Arm, GenerateRow, Generation, ScoreRow
from tests.engines import people
from tests.engines.people import CHOOSE, RATE, REWRITE, ROOMY, TASKS

REWARDS = ("reward-best-of-n", "mixture-reward")
CAMPUS = datasets["campus"]()
PREFERENCE = CAMPUS.task("preference")


def test_campus_holds_out_eight_choices_a_person_after_all_that_is_given() -> None:
    examples = list(CAMPUS.examples(PREFERENCE))
    assert set(Counter(e.user for e in examples).values()) == {8}
    assert len({e.user for e in examples}) == 12
    for example in examples:
        held = next(i for i in CAMPUS.by_id[example.user].items if f"preference/{i.id}" == example.id)
        assert example.at <= held.at
        assert example.candidates[example.target] == held.extra["chosen"]
    earlier = {e.id for e in CAMPUS.examples(PREFERENCE, Split.EARLIER)}
    assert len(earlier) == 96
    assert not earlier & {e.id for e in examples}


def test_the_order_of_the_answers_says_nothing_about_the_choice() -> None:
    examples = [e for split in Split for e in CAMPUS.examples(PREFERENCE, split)]
    first = sum(e.target == "first" for e in examples)
    assert abs(first - len(examples) / 2) < 1.96 * math.sqrt(len(examples)) / 2
    by_prompt: dict[str, set[tuple[str, ...]]] = {}
    for example in examples:
        by_prompt.setdefault(example.input, set()).add(tuple(example.candidates.values()))
    shared = [orders for prompt, orders in by_prompt.items() if sum(e.input == prompt for e in examples) > 1]
    assert shared
    assert all(len(orders) == 1 for orders in shared), "whoever chose, the pair stands in one order"


def value(output: Output, target: str, metric: str = "choice-accuracy") -> float | None:
    example = Example("e", "t", "u", "", target, datetime(2025, 1, 1, tzinfo=UTC))
    return metrics[metric]().score(output, example).value


def test_a_tie_is_half_a_choice_and_what_is_absent_is_not_zero() -> None:
    assert value(Output(candidates={"a": 1.0, "b": 0.5}), "a") == 1
    assert value(Output(candidates={"a": 1.0, "b": 0.5}), "b") == 0
    assert value(Output(candidates={"a": 1.0, "b": 1.0}), "b") == 0.5
    assert value(Output(reason="no list"), "b") is None
    assert value(Output(candidates={"a": 1.0, "b": 0.5}), "a", "choice-accuracy-plain") is None
    both = Output(candidates={"a": 1.0, "b": 0.5}, likelihoods={"a": -9.0, "b": -8.0})
    assert value(both, "a", "choice-accuracy-plain") == 0


@pytest.fixture(scope="module")
def data() -> people.Dataset:
    return people.dataset(people.crowd())


def outcome(data: people.Dataset, method: str, arm: Arm, task: people.Task = CHOOSE) -> people.Any:
    example = next(e for e in data.examples(task) if e.user == "u4")
    bench = people.bench(data, task)
    return score(bench, condition(bench, [Cell(method, arm, example, ROOMY)]))[0]


def test_an_answer_scores_what_the_method_adds_to_the_request_alone(data: people.Dataset) -> None:
    given, nobody = outcome(data, "recent-history", Arm.RIGHT), outcome(data, "recent-history", Arm.NOBODY)
    assert set(nobody.output.candidates.values()) == {0.0}, "nobody's data adds nothing, so the split is even"
    for name, gain in given.output.candidates.items():
        expected = given.output.likelihoods[name] - nobody.output.likelihoods[name]
        assert gain == pytest.approx(expected)
    assert given.output.candidates["merry"] > given.output.candidates["dry"], "the history is full of merry answers"


def test_modifiers_reach_the_scores_and_the_texts(data: people.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    from engines.modifiers import Contrast, Modifiers

    changed = Modifiers(contrast=Contrast(()))
    plain = methods["none"].condition
    monkeypatch.setattr(methods["none"], "condition", lambda *a: replace(plain(*a), modifiers=changed))
    seen: list[GenerateRow | ScoreRow] = []
    for task in (CHOOSE, REWRITE):
        bench = people.bench(data, task)
        for name in ("score", "generate"):
            real = getattr(bench.model, name)
            monkeypatch.setattr(bench.model, name, lambda rows, real=real, **k: (seen.extend(rows), real(rows, **k))[1])
        found = condition(bench, [Cell("none", Arm.NOBODY, next(data.examples(task)), ROOMY)])
        generate(bench, score(bench, found))
    assert [row.modifiers == changed for row in seen].count(False) == 1, "only the request alone is without them"


@pytest.mark.parametrize("method", REWARDS)
def test_a_reward_takes_the_place_of_likelihoods_and_is_shown(data: people.Dataset, method: str) -> None:
    assert isinstance(make_method(method), Chooses)
    right, nobody = outcome(data, method, Arm.RIGHT), outcome(data, method, Arm.NOBODY)
    assert right.failure is None
    assert right.prompt_tokens == 0, "no language model was asked"
    assert right.output.candidates["merry"] > right.output.candidates["dry"]
    texts = right.conditioning.evidence.texts
    assert [(one.text, one.chosen) for one in texts] == [
        (text, name == "merry") for name, text in right.cell.example.candidates.items()
    ]
    assert all("log-odds" in one.measure for one in texts)
    if method == "reward-best-of-n":
        assert set(nobody.output.candidates.values()) == {0.0}
        assert not any(one.chosen for one in nobody.conditioning.evidence.texts)


@pytest.mark.parametrize("method", REWARDS)
def test_drafts_are_drawn_by_seed_judged_and_the_best_is_given(
    data: people.Dataset, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = people.bench(data, REWRITE)
    said = ["a dry answer", "a merry answer", "a dry note", "a dry film"]
    rows: list[GenerateRow] = []

    def write(asked: list[GenerateRow], **_: object) -> list[Generation]:
        rows.extend(asked)
        return [Generation(text, 5, 3, 0.1) for text in (said * 2)[: len(asked)]]

    monkeypatch.setattr(bench.model, "generate", write)
    example = next(e for e in data.examples(REWRITE) if e.user == "u4")
    cells = [Cell(method, Arm.RIGHT, example, ROOMY), Cell("none", Arm.NOBODY, example, ROOMY)]
    made = [one for cell in cells for one in score(bench, condition(bench, [cell]))]
    best = generate(bench, made[:1])[0]
    assert len({row.seed for row in rows}) == 4
    assert all(row.temperature > 0 for row in rows)
    assert best.output
    assert best.output.generation
    assert best.output.generation.text == "a merry answer"
    assert best.output.generation.new_tokens == 12, "all drafts are paid for"
    assert best.conditioning
    assert [one.chosen for one in best.conditioning.evidence.texts] == [False, True, False, False]
    both = generate(bench, [made[1], made[0]])
    assert [len(o.conditioning.evidence.texts) for o in both if o.conditioning] == [0, 4], "each keeps its own rows"


def test_without_choices_in_the_data_it_is_absent_with_the_reason() -> None:
    data = people.dataset(people.crowd(), TASKS[:3])
    bench = people.bench(data, REWRITE)
    for method in REWARDS:
        failed = condition(bench, [Cell(method, Arm.RIGHT, next(data.examples(REWRITE)), ROOMY)])[0].failure
        assert failed
        assert failed.kind is FailureKind.UNABLE
        assert "choices between two answers" in failed.message
        assert methods[method].info.why_unfit(TaskKind.RATE)
    with pytest.raises(EngineError):
        people.bench(people.dataset(people.crowd(), [RATE]), RATE).reads(methods[REWARDS[0]].info)


def test_the_first_of_equal_rewards_is_given() -> None:
    assert first_best([Sample("a", 1.0), Sample("b", 2.0), Sample("c", 2.0)]) == 1


def test_bradley_terry_finds_the_optimum_and_its_certainty_grows() -> None:
    rng = np.random.default_rng(1)
    true = np.array([2.0, -1.0, 0.0, 0.0])
    asked = rng.normal(size=(400, 4))
    chosen = np.where(rng.random(400) < 1 / (1 + np.exp(-asked @ true)), 1, -1)[:, None] * asked
    reward = fit(chosen, strength=1.0)
    slope = reward.weights - chosen.T @ (1 / (1 + np.exp(chosen @ reward.weights)))
    assert np.abs(slope).max() < 1e-6, "the gradient of the penalized loss is 0"
    assert np.abs(reward.weights - true).max() < 0.5
    probe = np.array([1.0, 1.0, 0.0, 0.0])
    spreads = [fit(chosen[:n], strength=1.0).spread(probe) for n in (0, 5, 50, 400)]
    assert spreads[0] == pytest.approx(math.sqrt(2)), "the prior's"
    assert spreads == sorted(spreads, reverse=True)
    share = 1 / (1 + np.exp(-chosen @ reward.weights))
    exact = np.linalg.inv(np.eye(4) + chosen.T @ np.diag(share * (1 - share)) @ chosen)
    assert reward.spread(probe) == pytest.approx(math.sqrt(probe @ exact @ probe))
    assert fit(chosen[:0]).probability(probe) == 0.5


def test_a_mixture_weighs_the_prototype_that_a_person_shares() -> None:
    rng = np.random.default_rng(2)
    ways = np.eye(6)[:2] * 3
    groups = []
    for person in range(8):
        asked = rng.normal(size=(30, 6))
        groups.append(np.sign(asked @ ways[person % 2])[:, None] * asked)
    prototypes = learn(groups, 7, count=2)
    even, odd = (weigh(prototypes, groups[person][:6]) for person in (0, 1))
    assert even.sum() == pytest.approx(1)
    probe = np.array([1.0, -1.0, 0, 0, 0, 0])
    assert even @ prototypes @ probe > 0 > odd @ prototypes @ probe
    assert np.allclose(weigh(prototypes, groups[0][:0]), 0.5)
    assert np.array_equal(prototypes, learn(groups, 7, count=2)), "the seed decides"
