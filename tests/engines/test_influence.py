"""Leave-one-out influence: each item of the prompt, taken out alone, in one call, ranked, beside a wrong user's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from data.records import Task, TaskKind
from engines.counterfactual import conditioned
from engines.influence import NO_ITEMS, NO_SCORE, NO_TRUTH, Influence, measure, without
from engines.models.echo import EchoModel
from engines.runs.cells import Bench, Cell, Outcome, condition, score
from engines.types import Arm, Capability, Scored, ScoreRow
from tests.engines.people import RATE, ROOMY, TASKS, bench, crowd, dataset, prompt


class CallCounter(EchoModel):
    """Remembers how many rows each score call had."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []

    def score(self, rows: Sequence[ScoreRow], **named: object) -> list[Scored]:
        self.calls.append(len(rows))
        return super().score(rows, **named)  # type: ignore[arg-type]


def made(task: Task = RATE, method: str = "recent-history") -> tuple[Bench, Cell]:
    found = replace(bench(dataset(crowd()), task), model=CallCounter())
    example = next(iter(found.dataset.examples(task)))
    return found, Cell(method, Arm.RIGHT, example, ROOMY)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_every_used_item_is_measured_in_one_call_and_ranked(task: Task) -> None:
    found, cell = made(task)
    result = measure(found, cell)
    for side in (result.right, result.wrong):
        assert len(side.items) == ROOMY.k
        sizes = [one.size for one in side.items]
        assert sizes == sorted(sizes, reverse=True)
        assert {one.item.user for one in side.items} == {side.owner}
    assert result.right.owner == cell.example.user != result.wrong.owner
    alone = 2 if task.kind is TaskKind.CHOOSE else 1  # an answer is scored under the request alone as well
    assert found.model.calls == [alone * 2 * (ROOMY.k + 2)]  # type: ignore[attr-defined]
    assert result.absent == ""


def test_an_influence_is_the_score_without_the_item_minus_the_score_with_all() -> None:
    found, cell = made()
    full = condition(found, [cell])[0]
    assert full.conditioning
    truth = float(cell.example.target)
    one = full.conditioning.evidence.used[1].item
    less = replace(full, conditioning=without(full.conditioning, frozenset({one.id})))
    a, b = (outcome.output.rating for outcome in score(found, [full, less]) if outcome.output)
    assert a is not None and b is not None  # noqa: PT018
    found_one = next(each for each in measure(found, cell).right.items if each.item.id == one.id)
    assert found_one.answer == pytest.approx(b - a)
    assert found_one.loss == pytest.approx(abs(b - truth) - abs(a - truth))
    assert found_one.answer != 0


def test_only_the_items_own_text_leaves_the_prompt() -> None:
    found, cell = made()
    made_of = conditioned(found, cell).conditioning
    assert made_of
    item = made_of.evidence.used[2].item
    less = without(made_of, frozenset({item.id}))
    assert prompt(less) == prompt(made_of).replace(RATE.write_item(item) + "\n", "")
    assert prompt(less) != prompt(made_of)
    assert [one.item.id for one in less.evidence.used] == [
        one.item.id for one in made_of.evidence.used if one.item is not item
    ]


def test_an_unused_item_has_no_influence() -> None:
    found, cell = made()
    full = condition(found, [cell])[0]
    assert full.conditioning
    same = without(full.conditioning, frozenset({"u0/0", "nothing"}))
    assert same is full.conditioning
    one, other = score(found, [full, replace(full, conditioning=same)])
    assert one.output == other.output


def test_without_all_items_the_prompt_is_nobodys() -> None:
    found, cell = made()
    full = condition(found, [cell])[0].conditioning
    nobody = condition(found, [replace(cell, arm=Arm.NOBODY)])[0].conditioning
    assert full and nobody  # noqa: PT018
    assert prompt(without(full, frozenset(one.item.id for one in full.evidence.used))) == prompt(nobody)
    result = measure(found, cell)
    outputs = [one.output for one in score(found, condition(found, [cell]) + _nobody(found, cell))]
    assert outputs[0] and outputs[1]  # noqa: PT018
    assert result.right.bare[0] == pytest.approx((outputs[1].rating or 0) - (outputs[0].rating or 0))
    assert result.right.total() == pytest.approx(sum(one.loss or 0 for one in result.right.items))
    assert result.right.together() == result.right.bare[1]


def _nobody(found: Bench, cell: Cell) -> list[Outcome]:
    return condition(found, [replace(cell, arm=Arm.NOBODY)])


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_without_a_truth_only_the_answer_is_measured(task: Task) -> None:
    found, cell = made(task)
    result = measure(found, replace(cell, example=replace(cell.example, target="")))
    assert result.absent == NO_TRUTH
    assert not result.truth
    assert len(result.right.items) == ROOMY.k
    assert all(one.loss is None and one.answer is not None and not one.verdict for one in result.right.items)
    # Without a truth nothing about a candidate is given; echo sees shared words only, so its ranking stays as it is.
    assert any(one.answer for one in result.right.items) == (task.kind is not TaskKind.RANK)


def test_a_model_without_likelihoods_says_so() -> None:
    class Writer(EchoModel):
        capabilities = frozenset({Capability.GENERATE})

    found, cell = made()
    result = measure(replace(found, model=Writer()), cell)
    assert result.absent == NO_SCORE
    assert result.right.items == ()
    assert result.right.total() is result.right.mean_size() is None


def test_a_method_without_items_says_so() -> None:
    found, cell = made(method="persona-prompt")
    assert measure(found, cell).absent == NO_ITEMS


def test_the_verdict_follows_the_sign() -> None:
    item = crowd()[0].items[0]
    assert Influence(item, -0.2, 0.1).verdict == "helps"
    assert Influence(item, 0.2, -0.1).verdict == "hurts"
    assert Influence(item, 0.2, 0.0).verdict == "no difference"
    assert Influence(item, -0.3, None).verdict == ""
    assert Influence(item, -0.3, None).size == pytest.approx(0.3)
