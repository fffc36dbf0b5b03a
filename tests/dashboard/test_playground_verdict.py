"""The verdict of a run: the right mark and one clear sentence in every case."""

from __future__ import annotations

import pytest

from dashboard.parts.playground_columns import verdict as drawn
from dashboard.parts.playground_notice import BUSY, CAUTION, Kind, Verdict, busy, notice, verdict
from dashboard.parts.playground_results import MARKS
from dashboard.parts.playground_rows import BITS, PLACES, STARS, ArmRow, ColumnRow
from engines.live import Status
from engines.methods import methods
from engines.types import Arm


def row(arm: Arm, loss: float | None, failure: str = "", status: Status = Status.DONE) -> ArmRow:
    status = Status.FAILED if failure else status
    return ArmRow(arm, arm.value, status, loss=loss, failure=failure)


def column(method: str, *arms: ArmRow) -> ColumnRow:
    return ColumnRow(0, method, methods[method].info, arms, (), "")


def recent(**losses: float | None) -> ColumnRow:
    return column("recent-history", *(row(arm, losses[arm.value]) for arm in Arm if arm.value in losses))


PLAIN = column("none", row(Arm.NOBODY, 2.7))


@pytest.mark.parametrize(
    ("losses", "kind", "sentence"),
    [
        (
            {"right": 0.6, "wrong": 2.9},
            Kind.PERSONAL,
            "Recent history moved 2.1 stars towards the truth; with a wrong user's data it did not.",
        ),
        (
            {"right": 0.6, "wrong": 2.7},
            Kind.PERSONAL,
            "Recent history moved 2.1 stars towards the truth; with a wrong user's data it did not.",
        ),
        (
            {"right": 0.6, "wrong": 1.7},
            Kind.PERSONAL,
            "Recent history moved 2.1 stars towards the truth; with a wrong user's data it moved 1.0 stars, the rest "
            "is this user's own.",
        ),
        (
            {"right": 0.6, "wrong": 0.6},
            Kind.ANYONES,
            "Recent history moved 2.1 stars towards the truth, but a wrong user's data does so as well: this is not "
            "personalization.",
        ),
        (
            {"right": 0.6, "wrong": 0.2},
            Kind.ANYONES,
            "Recent history moved 2.1 stars towards the truth, but a wrong user's data does so even more: this is not "
            "personalization.",
        ),
        (
            {"right": 2.7, "wrong": 2.9},
            Kind.NONE,
            "No method came nearer to the truth: Recent history, the nearest, is as far from it as with no "
            "personalization (2.7 stars off, 2.7 stars off).",
        ),
        (
            {"right": 3.0, "wrong": 2.9},
            Kind.WORSE,
            "No method came nearer to the truth: Recent history, the nearest, is further from it than with no "
            "personalization (3.0 stars off, 2.7 stars off).",
        ),
        (
            {"right": 0.6},
            Kind.UNMEASURABLE,
            "Recent history moved 2.1 stars towards the truth; it was not run with a wrong user's data, so nobody can "
            "tell whether that is personal.",
        ),
    ],
)
def test_the_mark_and_the_sentence(losses: dict[str, float], kind: Kind, sentence: str) -> None:
    said = verdict([PLAIN, recent(**losses)], [], STARS)
    assert (said.kind, said.sentence) == (kind, sentence)


@pytest.mark.parametrize(
    ("losses", "kind", "words"),
    [
        ({"right": 1.0, "wrong": 2.0}, Kind.PERSONAL, "is 1.0 stars nearer to the truth with the right user's data"),
        ({"right": 2.0, "wrong": 1.0}, Kind.WORSE, "is 1.0 stars further from the truth with the right user's data"),
        ({"right": 2.0, "wrong": 2.0}, Kind.NONE, "as near to the truth with a wrong user's data"),
        ({"right": 2.0}, Kind.UNMEASURABLE, "has nothing to be compared with"),
        ({"right": 1.0, "wrong": 2.0, "nobody": 2.0}, Kind.PERSONAL, "moved 1.0 stars towards the truth"),
        ({"right": 1.0, "wrong": 2.0, "nobody": float("nan")}, Kind.PERSONAL, "nearer to the truth with the right"),
    ],
)
def test_without_the_column_of_none(losses: dict[str, float], kind: Kind, words: str) -> None:
    said = verdict([recent(**losses)], [], STARS)
    assert said.kind is kind
    assert words in said.sentence


FAILED_RIGHT = column("recent-history", row(Arm.RIGHT, None, "too-long: the request is long"), row(Arm.WRONG, 1.0))
NO_WRONG = column("recent-history", row(Arm.RIGHT, 0.6), row(Arm.WRONG, None, "no-wrong-user: nobody differs"))
WRONG_FAILED = column("recent-history", row(Arm.RIGHT, 0.6), row(Arm.WRONG, None, "model: it broke"))
BUSY_COLUMN = column("recent-history", row(Arm.RIGHT, None, "busy: 256 requests are waiting"))
STOPPED = column("recent-history", row(Arm.RIGHT, None, status=Status.STOPPED))
ODD = recent(right=float("nan"), wrong=1.0)


@pytest.mark.parametrize(
    ("columns", "words", "details"),
    [
        ([PLAIN], "nothing here is about personalization", ""),
        ([PLAIN, column("global-examples", row(Arm.NOBODY, 0.1))], "nothing here is about personalization", ""),
        ([PLAIN, recent(wrong=1.0, nobody=1.0)], "nothing here is about personalization", ""),
        ([PLAIN, FAILED_RIGHT], "No method could answer with the right user's data", "Recent history failed"),
        ([PLAIN, BUSY_COLUMN], BUSY, "Recent history failed"),
        ([PLAIN, STOPPED], "stopped before a method had answered", "The run was stopped"),
        ([PLAIN, ODD], "No answer with the right user's data has a score", ""),
        ([PLAIN, NO_WRONG], "there is no wrong user to compare with, so nobody can tell", "failed, at least in part"),
        ([PLAIN, WRONG_FAILED], "its wrong user's arm has no answer, so nobody can tell", "failed, at least in part"),
        ([], "nothing here is about personalization", ""),
    ],
)
def test_what_cannot_be_measured_says_why(columns: list[ColumnRow], words: str, details: str) -> None:
    said = verdict(columns, [], STARS)
    assert said.kind is Kind.UNMEASURABLE
    assert words in said.sentence
    assert details in said.details


def test_without_a_true_answer_nothing_is_called_nearer() -> None:
    said = verdict([PLAIN, recent(right=0.6, wrong=2.9)], [], STARS, truth=False)
    assert said.kind is Kind.UNMEASURABLE
    assert "no true answer" in said.sentence
    assert "towards" not in said.sentence + said.details


def test_units_of_other_tasks() -> None:
    places = verdict([column("none", row(Arm.NOBODY, 4)), recent(right=3, wrong=4)], [], PLACES)
    assert places.sentence.startswith("Recent history moved 1 place towards the truth")
    bits = verdict([column("none", row(Arm.NOBODY, 2.5)), recent(right=2.0, wrong=2.5)], [], BITS)
    assert bits.sentence.startswith("Recent history moved 0.50 bits per byte towards the truth")


def test_a_full_queue_is_seen_in_any_arm() -> None:
    assert busy([PLAIN, column("recent-history", row(Arm.RIGHT, 1.0), row(Arm.WRONG, None, "busy: wait"))])
    assert not busy([PLAIN, FAILED_RIGHT])


def test_every_kind_has_a_mark_of_its_own_and_the_sentence_is_escaped() -> None:
    assert set(MARKS) == set(Kind)
    assert len({icon for icon, _ in MARKS.values()}) == len(Kind)
    shown = drawn(Verdict(Kind.NONE, "<b>one</b>", "<i>two"), CAUTION)
    assert "&lt;b&gt;one" in shown
    assert "<i>" not in shown
    assert notice([PLAIN], [], STARS).endswith(CAUTION)
