"""What is said of answers without a truth, shaped without a page: gaps in words, and the table of likelihoods."""

from __future__ import annotations

from typing import Any

from dashboard.parts import playground_apart as apart
from dashboard.parts import playground_likelihood as likelihood
from data.importers.campus import REWRITE
from data.importers.movielens import RATING
from data.records import Example
from engines.cross import Likelihood
from engines.outputs import Output
from engines.runs.cells import Cell, Outcome
from engines.types import Arm
from tests.dashboard.playground_data import CUT


def test_what_is_likelier_is_told_with_its_direction() -> None:
    values = {Arm.RIGHT: 1.0, Arm.WRONG: 2.0}
    assert likelihood.likeliest(values, texts=True) is Arm.RIGHT
    assert likelihood.likeliest(values, texts=False) is Arm.WRONG
    assert likelihood.likeliest({Arm.RIGHT: 1.0, Arm.WRONG: 1.001}, texts=True) is None
    assert likelihood.likeliest({Arm.NOBODY: 1.0}, texts=True) is None


def test_how_answers_lie_apart_is_told_in_words() -> None:
    example = Example("x", RATING.id, "ada", "x", "", CUT, candidates={"a": "One", "b": "Two"})

    def row(says: str = "", text: str = "", **output: Any) -> Any:
        outcome = Outcome(Cell("none", Arm.RIGHT, example), output=Output(**output))
        return apart.ArmRow(Arm.RIGHT, "x", apart.Status.DONE, says, text=text, outcome=outcome)

    kind = RATING.kind
    assert apart.told(kind, row("3.0"), row("3.4"), example) == "0.4 stars more"
    assert apart.told(kind, row("3.0"), row("2.0"), example) == "1.0 stars less"
    assert apart.told(kind, row("3.0"), row("3.0"), example) == "the same"
    ranked = apart.TaskKind.RANK
    first, second = row(candidates={"a": 1.0, "b": 0.0}), row(candidates={"a": 0.0, "b": 1.0})
    assert apart.told(ranked, first, second, example) == "puts Two first"
    assert apart.told(ranked, first, first, example) == "the same first"
    assert apart.told(REWRITE.kind, row(text="a b c d"), row(text="a b x y"), example) == "50% of the words in common"
    assert apart.told(REWRITE.kind, row(text="a  b"), row(text="a b"), example) == "the same words"


def test_hostile_answers_are_shown_and_not_obeyed() -> None:
    evil = "<script>alert(1)</script>"

    class View:
        columns = (type("C", (), {"method": "recent-history"})(),)

    example = Example("x", REWRITE.id, "ada", evil, "", CUT)
    shown = likelihood.table([Likelihood(0, Arm.RIGHT, evil, {Arm.RIGHT: 1.0})], View(), REWRITE, example)  # type: ignore[arg-type]
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
