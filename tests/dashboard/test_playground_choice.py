"""Two answers in a Playground column: which is picked, the user's own choice, scores by arm, and text escaped."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.parts import playground_choice as choice
from dashboard.parts.playground_columns import headline
from dashboard.parts.playground_rows import ArmRow, ColumnRow, distance, gaps, says_of, yardstick
from data.importers.campus import PREFERENCE
from data.records import Example, TaskKind
from engines.live import Status
from engines.methods import methods
from engines.outputs import Output
from engines.runs.cells import Cell, Outcome
from engines.types import Arm

PAIR = {"first": "Oh, the <i>lift</i> sulks.", "second": "The lift is out of order."}
EXAMPLE = Example("e", "preference", "u", "Why?", "first", datetime(2026, 1, 1, tzinfo=UTC), candidates=PAIR)


def row(arm: Arm, first: float, second: float) -> ArmRow:
    output = Output(candidates={"first": first, "second": second}, measure="reward, log-odds")
    loss = distance(TaskKind.CHOOSE, output, scores={}, example=EXAMPLE)
    says = says_of(TaskKind.CHOOSE, output, EXAMPLE)
    outcome = Outcome(Cell("reward-best-of-n", arm, EXAMPLE), output=output)
    return ArmRow(arm, f"{arm.value} user", Status.DONE, says, {}, loss, outcome=outcome)


def test_the_headline_says_whether_the_chosen_answer_is_picked() -> None:
    rows = (row(Arm.RIGHT, 0.4, -0.2), row(Arm.WRONG, -0.4, 0.1), row(Arm.NOBODY, 0.0, 0.0))
    found = [choice.headline(one, EXAMPLE) for one in rows]
    assert found == ["picks the chosen answer", "picks the other answer", "an even split"]
    assert [one.loss for one in rows] == [1, 2, 1.5]
    column = ColumnRow(0, "reward-best-of-n", methods["reward-best-of-n"].info, rows, (), "")
    assert headline(column, PREFERENCE, EXAMPLE) == found[0]
    assert gaps(rows, yardstick(TaskKind.CHOOSE)) == ("wrong user +1.0 places worse", "nobody user +0.5 places worse")


def test_both_answers_stand_with_the_scores_of_every_arm_and_no_markup_lives() -> None:
    rows = (row(Arm.RIGHT, 0.4, -0.2), row(Arm.WRONG, -0.4, 0.1))
    column = ColumnRow(0, "reward-best-of-n", methods["reward-best-of-n"].info, rows, (), "")
    html = choice.cards(column, EXAMPLE)
    assert "<i>lift" not in html
    assert html.count("&lt;i&gt;lift") == 1
    assert html.count("first answer, chosen by the user") == 2, "as text and as its label"
    assert "second answer, chosen" not in html
    assert "reward, log-odds" in html
    assert html.count("font-weight:700") == 2, "the higher score of each arm"
    assert [html.count(text) for text in ("right user 0.40", "right user \u22120.20", "wrong user 0.10")] == [1, 1, 1]
