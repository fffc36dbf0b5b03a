"""Counterfactuals: a changed history is what the method sees, all else is equal, and what took a place is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.records import Task, TaskKind
from engines.counterfactual import (
    CHANGED,
    NOBODY,
    ORIGINAL,
    WRONG,
    Changes,
    bits_of,
    conditioned,
    edit,
    own_field,
    readable_history,
    run_again,
)
from engines.errors import FailureKind
from engines.models.echo import EchoModel
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, condition
from engines.types import Arm, Capability, Config
from tests.engines.people import RANK, RATE, ROOMY, TASKS, bench, canary, crowd, dataset, prompt


def made(task: Task = RATE, method: str = "recent-history") -> tuple[Bench, Cell]:
    found = bench(dataset(crowd()), task)
    example = next(iter(found.dataset.examples(task)))
    return found, Cell(method, Arm.RIGHT, example, ROOMY)


@pytest.mark.parametrize("method", ["recent-history", "rag-bm25", "rag-dense", "persona-prompt", "persona-examples"])
@pytest.mark.parametrize("arm", list(Arm))
def test_without_a_change_it_conditions_as_every_run_does(method: str, arm: Arm) -> None:
    found, cell = made(method=method)
    cell = replace(cell, arm=arm)
    one, other = conditioned(found, cell), condition(found, [cell])[0]
    assert one.conditioning == other.conditioning
    assert one.conditioning is not None
    assert (one.owner, one.note) == (other.owner, other.note)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_removed_item_leaves_the_prompt_and_the_next_takes_its_place(task: Task) -> None:
    found, cell = made(task)
    newest = readable_history(found, cell)
    gone = newest[0]
    result = run_again(found, cell, Changes(frozenset({gone.id})))
    assert not any(outcome.failure for outcome in result.outcomes.values())
    assert gone.extra["canary"] in text(result.outcomes[ORIGINAL])
    assert gone.extra["canary"] not in text(result.outcomes[CHANGED])
    assert result.left() == (gone,)
    assert result.entered() == (newest[ROOMY.k],)
    assert [one.item.id for one in result.used(CHANGED)] == [one.id for one in newest[1 : ROOMY.k + 1]]


def text(outcome: object) -> str:
    return prompt(outcome.conditioning)  # type: ignore[attr-defined]


def test_an_edited_item_is_read_with_its_new_value_and_nothing_else_changes() -> None:
    found, cell = made()
    newest = readable_history(found, cell)[0]
    value = "5" if newest.extra["rating"] != "5" else "1"
    result = run_again(found, cell, Changes(edited={newest.id: value}))
    before, after = text(result.outcomes[ORIGINAL]), text(result.outcomes[CHANGED])
    old, new = RATE.write_item(newest), RATE.write_item(edit(newest, RATE, value))
    assert old != new
    assert before.replace(old, new) == after
    assert result.left() == result.entered() == ()


def test_the_reference_arms_do_not_see_the_change() -> None:
    found, cell = made()
    everything = frozenset(one.id for one in readable_history(found, cell))
    result = run_again(found, cell, Changes(everything))
    assert text(result.outcomes[CHANGED]) == text(result.outcomes[NOBODY])
    assert result.outcomes[CHANGED].output == result.outcomes[NOBODY].output
    for name, arm in ((WRONG, Arm.WRONG), (NOBODY, Arm.NOBODY)):
        usual = condition(found, [replace(cell, arm=arm)])[0]
        assert result.outcomes[name].conditioning == usual.conditioning
    assert result.outcomes[WRONG].owner not in {"", cell.example.user}


def test_an_item_that_is_not_used_changes_nothing() -> None:
    found, cell = made()
    oldest = readable_history(found, cell)[-1]
    result = run_again(found, cell, Changes(frozenset({oldest.id})))
    assert result.outcomes[CHANGED].output == result.outcomes[ORIGINAL].output
    assert result.left() == result.entered() == ()


def test_texts_are_written_and_scored_in_all_four() -> None:
    found, cell = made(TASKS[2])
    result = run_again(found, cell, Changes(frozenset({readable_history(found, cell)[0].id})))
    for outcome in result.outcomes.values():
        assert outcome.output
        assert outcome.output.generation
        assert outcome.output.generation.text
        assert bits_of(TaskKind.REWRITE, outcome.output, cell.example.target) is not None


def test_a_request_without_a_truth_is_answered_without_a_score() -> None:
    found, cell = made(TASKS[2])
    cell = replace(cell, example=replace(cell.example, target=""))
    result = run_again(found, cell, Changes(frozenset({readable_history(found, cell)[0].id})))
    output = result.outcomes[CHANGED].output
    assert output
    assert output.generation
    assert bits_of(TaskKind.REWRITE, output, "") is None


def test_a_model_without_likelihoods_still_writes_texts() -> None:
    class Writer(EchoModel):
        capabilities = frozenset({Capability.GENERATE})

        def score(self, *_args: object, **_named: object) -> list[object]:  # type: ignore[override]
            raise AssertionError("asked for a likelihood")

    found, cell = made(TASKS[2])
    result = run_again(replace(found, model=Writer()), cell, Changes(frozenset({"u0/0"})))
    assert all(one.output and one.output.generation and not one.failure for one in result.outcomes.values())
    assert bits_of(TaskKind.REWRITE, result.outcomes[CHANGED].output, cell.example.target) is None


def test_a_request_over_the_budget_fails_in_words_and_the_others_go_on() -> None:
    found, cell = made()
    result = run_again(found, replace(cell, config=Config(budget=1)), Changes(frozenset({"u0/0"})))
    assert {one.failure.kind for one in result.outcomes.values() if one.failure} == {FailureKind.TOO_LONG}


def test_own_fields_and_digests() -> None:
    assert own_field(RATE) == "rating"
    assert own_field(RANK) == "canary"
    assert not Changes()
    one = Changes(frozenset({"a", "b"}), {"c": "1"})
    assert one.digest() == Changes(frozenset({"b", "a"}), {"c": "1"}).digest()
    assert one.digest() != Changes(frozenset({"a", "b"}), {"c": "2"}).digest()


def test_the_history_is_the_readable_one_newest_first() -> None:
    found, cell = made()
    history = readable_history(found, cell)
    assert all(one.at < cell.example.at for one in history)
    assert list(history) == sorted(history, key=lambda one: one.at, reverse=True)
    assert canary("u0", 9) not in {one.extra["canary"] for one in history}


def test_bits_of_candidates_and_labels() -> None:
    assert bits_of(TaskKind.RANK, Output(candidates={"a": 0.0, "b": 0.0}), "a") == pytest.approx(1.0)
    assert bits_of(TaskKind.RATE, Output(labels={"1": 0.25, "2": 0.75}), "1") == pytest.approx(2.0)
    assert bits_of(TaskKind.RATE, Output(labels={"1": 0.25}), "4") is None
    assert bits_of(TaskKind.RATE, None, "1") is None
