"""Equal rows share one answer, and nothing that differs does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engines.models.answers import Known
from engines.models.echo import EchoModel
from engines.models.whole import Whole
from engines.modifiers import Contrast, Modifiers
from engines.types import GenerateRow, Generation, Message, Part, ScoreRow
from tests.engines.test_worker import SECONDS, Crowd, Gated, messages, to_write


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(Gated())


def test_equal_rows_are_computed_once_within_a_call_and_between_callers(crowd: Crowd) -> None:
    crowd.hold()
    calls = [crowd.call(lambda: crowd.worker.generate(to_write("a b", "c", "a b"))) for _ in range(4)]
    crowd.model.gate.set()
    for call in calls:
        assert [made.text for made in call.result(SECONDS)] == ["a b", "c", "a b"]
    assert crowd.model.computed == ["first", "a b", "c"]


def test_a_known_answer_is_given_at_once_and_heard(crowd: Crowd) -> None:
    crowd.model.gate.set()
    made = crowd.worker.generate(to_write("a b"))
    heard: list[tuple[int, str]] = []
    assert crowd.worker.generate(to_write("a b"), listen=lambda *x: heard.append(x)) == made
    assert heard == [(0, "a b")]
    assert crowd.model.computed == ["a b"]


@pytest.mark.parametrize(
    "other",
    [
        GenerateRow(messages("a b"), 99),
        GenerateRow(messages("a b"), 100, temperature=1.0),
        GenerateRow(messages("a b"), 100, until="b"),
        GenerateRow(messages("a b"), 100, ignore_end=True),
        GenerateRow((Message("assistant", (Part("a b"),)),), 100),
        GenerateRow((*messages("a"), *messages("b")), 100),
        GenerateRow(messages("a\nuser: b"), 100),
        ScoreRow(messages("a b"), ("a",)),
        ScoreRow(messages("a b"), ("a", "b")),
        ScoreRow(messages("a b"), ("a b",)),
    ],
)
def test_what_differs_in_anything_is_not_the_same_answer(other: GenerateRow | ScoreRow) -> None:
    rows = [*to_write("a b"), ScoreRow(messages("a b"), ("b",)), GenerateRow((*messages("a"), *messages("b")), 98)]
    keys = {Whole(EchoModel()).prepare(row).key for row in [*rows, other]}
    assert len(keys) == 4


def test_messages_are_told_apart_by_more_than_their_text_in_a_row() -> None:
    whole = Whole(EchoModel())
    two = GenerateRow((*messages("a"), *messages("b")), 9)
    one = GenerateRow(messages("a\nuser: b"), 9)
    assert whole.prepare(one).key != whole.prepare(two).key


def test_the_weight_of_a_contrast_belongs_to_the_answer() -> None:
    whole = Whole(EchoModel())
    rows = [
        GenerateRow(messages("a"), 9, modifiers=Modifiers(contrast=Contrast(messages("b"), weight)))
        for weight in (0.5, 1.0)
    ]
    assert len({whole.prepare(row).key for row in rows}) == 2


def test_who_joins_a_row_that_another_has_just_left_gets_the_whole_text(crowd: Crowd) -> None:
    """The first caller wants one word; the second asks for the same row before the worker has taken it out."""
    crowd.model.gate.set()
    worker, left, joined = crowd.worker, threading.Event(), threading.Event()
    result = worker.model and worker._steps.result

    def slow(prepared: Any, run: Any, seconds: float, **more: Any) -> Any:
        left.set()
        assert joined.wait(SECONDS)
        return result(prepared, run, seconds, **more)

    worker._steps.result = slow
    first = crowd.pool.submit(worker.generate, to_write("a b c"), listen=lambda _row, _text: False)
    assert left.wait(SECONDS)
    late = crowd.call(lambda: worker.generate(to_write("a b c")))
    joined.set()
    assert first.result(SECONDS)[0].text == "a"
    assert late.result(SECONDS)[0].text == "a b c"
    assert worker.generate(to_write("a b c"))[0].text == "a b c"


def owned(text: str, owner: str) -> list[GenerateRow]:
    return [GenerateRow((Message("user", (Part("the profile says: "), Part(text, "i1", owner))),), 100)]


def test_what_is_forgotten_is_computed_anew_and_the_rest_stays_known(crowd: Crowd) -> None:
    crowd.model.gate.set()
    for text, owner in (("a", "ann"), ("b", "ben")):
        crowd.worker.generate(owned(text, owner))
    crowd.worker.forget("ann")
    for text, owner in (("a", "ann"), ("b", "ben")):
        crowd.worker.generate(owned(text, owner))
    assert [text[-1] for text in crowd.model.computed] == ["a", "b", "a"]


def test_a_contrast_has_an_owner_too(crowd: Crowd) -> None:
    crowd.model.gate.set()
    contrast = Modifiers(contrast=Contrast(owned("a", "ann")[0].messages))
    rows = [GenerateRow(messages("b"), 100, modifiers=contrast)]
    crowd.worker.generate(rows)
    crowd.worker.forget("ann")
    crowd.worker.generate(rows)
    assert crowd.model.computed == ["b", "b"]


def test_what_is_forgotten_while_it_is_computed_is_not_kept(crowd: Crowd) -> None:
    first = crowd.call(lambda: crowd.worker.generate(owned("a", "ann")))
    assert crowd.model.entered.wait(SECONDS)
    crowd.worker.forget("ann")
    crowd.model.gate.set()
    assert first.result(SECONDS)[0].text.endswith("a"), "who asked for it gets it"
    assert len(crowd.worker._known) == 0


def test_what_was_used_longest_ago_leaves_first() -> None:
    known = Known(2)
    for key in ("a", "b"):
        known.put(key, Generation(key, 1, 1, 0.0), frozenset())
    assert known.get("a")
    known.put("c", Generation("c", 1, 1, 0.0), frozenset())
    assert [key for key in "abc" if known.get(key)] == ["a", "c"]
    assert len(known) == 2
