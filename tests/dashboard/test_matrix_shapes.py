"""What the matrix of methods by users shows: how far answers lie apart, whose the truth is, and the table itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dashboard.parts import playground_matrix as shapes
from dashboard.parts import playground_matrix_table as drawn
from dashboard.parts.playground_cells import as_cell, cell_row, noticed, same_answer, spread
from dashboard.parts.playground_rows import ArmRow
from data.records import Task, TaskKind
from engines.errors import EngineError, FailureKind
from engines.live import Column, Status
from engines.matrix import Grid, Plan, job
from engines.models.echo import EchoModel
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, Outcome, as_failure
from engines.types import Arm, Config, Generation
from tests.dashboard.playground_data import CountingEncoder, tiny

CONFIG = Config(k=3, budget=3000)
METHODS = ("none", "global-examples", "recent-history", "persona-examples")


def a_plan(task: str = "movie-rating", methods: Sequence[str] = METHODS, *, target: str | None = None) -> Plan:
    data = tiny()
    example = next(e for e in data.examples(data.task(task)) if e.user == "ada")
    example = example if target is None else replace(example, target=target)
    bench = Bench(data, data.task(task), EchoModel(), CountingEncoder())
    return Plan(bench, example, tuple(Column(method, CONFIG) for method in methods), ("ada", "bob"))


def filled(plan: Plan) -> Grid:
    work = job(plan)
    work.start()
    assert work.wait(20)
    result = work.view().result
    assert result is not None, work.view().failure
    return result


def cells_of(plan: Plan, *outputs: Output) -> list[ArmRow]:
    """The asker's cell, then others, as if they had been computed."""
    made = []
    for place, output in enumerate(outputs):
        example = plan.example if place == 0 else replace(plan.example, target="")
        outcome = Outcome(Cell("recent-history", Arm.RIGHT, example), f"u{place}", output=output)
        made.append(cell_row(outcome, label=f"u{place}", text="", task=plan.bench.task, example=plan.example))
    return made


def rated(**labels: float) -> Output:
    return Output(labels={label: labels.get(f"s{label}", 0.0) for label in "12345"})


def written(text: str) -> Output:
    return Output(generation=Generation(text, 10, 3, 0.1))


def test_the_spread_of_ratings_places_and_texts() -> None:
    plan = a_plan()
    one = cells_of(plan, rated(s1=0.5, s3=0.5), rated(s1=0.0, s5=1.0), rated(s4=1.0))
    assert spread(one, TaskKind.RATE, plan.example) == pytest.approx(3.0)
    assert spread(one[:1], TaskKind.RATE, plan.example) is None
    plan = a_plan("choose")
    ranked = [Output(candidates=dict(zip("abc", scores, strict=True))) for scores in ((1, 2, 0), (3, 1, 2))]
    assert spread(cells_of(plan, *ranked), TaskKind.RANK, plan.example) == 2
    plan = a_plan("post-rewrite")
    texts = cells_of(plan, written("a b c d"), written("a b c d"), written("x y z w"))
    assert spread(texts, TaskKind.REWRITE, plan.example) == pytest.approx(2 / 3)


def test_equal_answers_are_equal_as_they_read() -> None:
    plan = a_plan()
    one, near, far = cells_of(plan, rated(s1=1.0), rated(s1=0.99, s2=0.01), rated(s2=1.0))
    assert same_answer(one, near, TaskKind.RATE)
    assert not same_answer(one, far, TaskKind.RATE)
    unread = cells_of(plan, Output(reason="not a rating"), Output(reason="not a rating"))
    assert not same_answer(*unread, TaskKind.RATE)
    orders = [Output(candidates=dict(zip("abc", scores, strict=True))) for scores in ((3, 2, 1), (9, 5, 1), (2, 3, 1))]
    first, same, other = cells_of(a_plan("choose"), *orders)
    assert same_answer(first, same, TaskKind.RANK)
    assert not same_answer(first, other, TaskKind.RANK)


def test_a_truth_is_held_against_its_owner_alone() -> None:
    rows = shapes.matrix_rows(filled(a_plan()))
    for row in rows:
        assert row.cells[0].loss is not None
        assert all(cell.loss is None for cell in row.cells[1:])
    assert [row.shared for row in rows] == [True, True, False, False]
    table = shapes.numbers(rows, filled(a_plan()))
    assert [one["stars from the truth of ada"] == "" for one in table if one["user"] == "bob"] == [True, True]
    others = drawn.rating(rows[2].cells[1], a_plan().bench.task, level="user")
    assert "outline" not in others
    assert "outline" in drawn.rating(rows[2].cells[0], a_plan().bench.task, level="user", truth="1")


def test_what_to_notice_names_who_differs_who_does_not_and_whose_the_truth_is() -> None:
    plan = a_plan()
    said = " ".join(shapes.notice(shapes.matrix_rows(filled(plan)), plan))
    assert "Recent history depends most on whose data it is given: 1.2 stars between 2 users." in said
    assert "It says 2.4 for ada and 3.6 for bob." in said
    assert "None and Global examples: one answer for everybody" in said
    assert "The truth is known for ada alone:" in said


def test_without_a_truth_nothing_is_said_about_who_is_right() -> None:
    plan = a_plan(target="")
    rows = shapes.matrix_rows(filled(plan))
    assert all(cell.loss is None for row in rows for cell in row.cells)
    said = " ".join(shapes.notice(rows, plan))
    assert "Nobody knows the true answer" in said
    for task in ("choose", "post-rewrite"):
        empty = a_plan(task, target="")
        assert shapes.notice(shapes.matrix_rows(filled(empty)), empty)
        view = drawn.View(empty, shapes.persons(empty), None, marks=False, opens=True)
        assert "true film" not in drawn.table(shapes.matrix_rows(filled(empty)), view)


def test_a_failed_and_a_stopped_cell_are_named_and_keep_their_row() -> None:
    plan, grid = a_plan(), filled(a_plan())
    broken = EngineError(FailureKind.MODEL, "<b>it</b> broke")
    outcomes = dict(grid.outcomes)
    outcomes[2, "bob"] = replace(outcomes[2, "bob"], output=None, failure=as_failure(broken))
    rows = shapes.matrix_rows(replace(grid, outcomes=outcomes))
    assert rows[2].cells[1].status is Status.FAILED
    assert not rows[2].same
    assert "Recent history failed, at least in part." in " ".join(shapes.notice(rows, plan))
    view = drawn.View(plan, shapes.persons(plan), None, marks=False, opens=True)
    assert "&lt;b&gt;it&lt;/b&gt; broke" in drawn.table(rows, view)
    waiting = shapes.matrix_rows(Grid(plan))
    assert all(cell.status is Status.WAITING for row in waiting for cell in row.cells)
    assert "waiting" in drawn.table(waiting, view)


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_every_cell_opens_to_its_evidence_and_nothing_of_it_is_obeyed(task: str) -> None:
    plan = a_plan(task)
    rows = shapes.matrix_rows(filled(plan))
    view = drawn.View(plan, shapes.persons(plan), rows[0].cells[0], marks=True, opens=True)
    made = drawn.table(rows, view)
    opened, panels = re.findall(r'popovertarget="([^"]+)" style', made), re.findall(r'popover id="([^"]+)"', made)
    assert len(panels) == len(set(panels)) == 1 + 1 + 2 + 2
    assert set(opened) >= set(panels)
    assert made.count("The final prompt") == len(panels)
    assert not any(tag in made for tag in ("<img", "<script", "<a href"))
    closed = drawn.table(rows, replace(view, opens=False))
    assert "popover" not in closed


def test_words_that_the_plain_text_lacks_are_marked() -> None:
    made = drawn.marked_words("a red house", "a <b>blue</b> house")
    assert made.count("<mark") == 1
    assert "&lt;b&gt;blue&lt;/b&gt;</mark> house" in made
    assert "<mark" not in drawn.marked_words("a red house", "a red house")


def test_a_table_cell_is_no_formula() -> None:
    assert as_cell("=cmd|x") == "'=cmd|x"
    assert as_cell("  @x").startswith("'")
    assert as_cell("a film") == "a film"
    assert "Nothing was answered." in noticed([])


def test_an_answer_in_words_stands_without_a_distribution() -> None:
    plan = a_plan()
    read, unread = cells_of(
        plan, Output(answered="4", generation=Generation("4 <i>stars", 9, 2, 0.1)), Output(reason="why")
    )
    task: Task = plan.bench.task
    assert "4.0 stars, as written" in drawn.rating(read, task, level="user")
    assert "&lt;i&gt;" in drawn.rating(read, task, level="user")
    assert "no rating: why" in drawn.rating(unread, task, level="user")
