"""Rows join and leave one running batch: nobody waits for another's answer, and nothing depends on the company."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from engines.models.flat.running import Engine
from engines.models.local import LocalModel
from engines.types import GenerateRow, ScoreRow
from tests.engines.test_local import chat, sentences

pytestmark = pytest.mark.model
SECONDS = 60


def note(place: int, new: int, words: int = 12) -> GenerateRow:
    """A row that writes exactly so many tokens."""
    draw = random.Random(place)  # noqa: S311
    text = " ".join(draw.choices(" ".join(sentences()).split(), k=words))
    return GenerateRow(chat(text, system=f"{place}."), new, ignore_end=True)


class Hand:
    """The model's engine, driven step by step."""

    def __init__(self, model: LocalModel) -> None:
        self.model, self.engine = model, model.engine
        self.steps = 0
        self.done: dict[int, Any] = {}
        self.at: dict[int, int] = {}

    def add(self, row: GenerateRow | ScoreRow, caller: str = "", tell: Callable[[str], bool] | None = None) -> Any:
        prepared, place = self.model.prepare(row), len(self.at)
        self.at[place] = -1

        def finish(run: Any) -> None:
            self.done[place], self.at[place] = self.model.result(prepared, run, 0.0), self.steps

        run = self.model.open(prepared, caller, finish=finish, tell=tell)
        self.engine.add(run)
        return run

    def step(self) -> bool:
        self.steps += 1
        return self.engine.step()

    def finish(self, each: Callable[[], object] = lambda: None) -> list[Any]:
        while self.step():
            each()
        return [self.done[place] for place in sorted(self.done)]


@pytest.fixture
def hand(shallow: LocalModel) -> Iterator[Hand]:
    engine = shallow.engine
    engine.prefixes.clear()
    yield Hand(shallow)
    for run in [*engine.waiting, *engine.running, *engine.suspects]:
        engine.drop(run)


def held(engine: Engine) -> int:
    return sum((page.slots - len(page.free)) * page.capacity for page in engine.pool.pages)


def reading(engine: Engine, patch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of each pass, as they come."""
    passed: list[int] = []
    forward = engine._forward

    def counted(pieces: Sequence[Any]) -> None:
        passed.append(sum(len(piece.tokens) for _, piece in pieces))
        forward(pieces)

    patch.setattr(engine, "_forward", counted)
    return passed


def test_a_newcomer_waits_for_a_step_and_not_for_an_answer(hand: Hand) -> None:
    long = hand.add(note(0, 40), "a")
    while len(long.tokens) < 5:
        hand.step()
    new = hand.add(note(1, 3), "b")
    while new.asks is None or new.reading:
        hand.step()
    read = hand.steps
    while not new.tokens:
        hand.step()
    assert hand.steps - read <= 2
    while 1 not in hand.done:
        hand.step()
    assert len(long.tokens) < 20
    assert 0 not in hand.done
    alone = hand.model.generate([note(0, 40), note(1, 3)])
    assert [one.text for one in hand.finish()] == [one.text for one in alone]


def test_a_long_prompt_holds_up_no_writer(hand: Hand) -> None:
    writer = hand.add(note(0, 30), "a")
    while len(writer.tokens) < 2:
        hand.step()
    reader = hand.add(note(1, 2, words=500), "b")
    before, steps = len(writer.tokens), hand.steps
    while reader.asks is None or reader.reading:
        hand.step()
    assert hand.steps - steps >= 2, "it takes several chunks"
    assert len(writer.tokens) - before == hand.steps - steps
    hand.finish()


def test_what_is_dropped_leaves_the_others_as_they_were(hand: Hand) -> None:
    rows = [note(place, 12) for place in range(4)]
    alone = [made.text for made in hand.model.generate(rows)]
    runs = [hand.add(row, "ab"[place % 2]) for place, row in enumerate(rows)]
    while len(runs[0].tokens) < 4:
        hand.step()
    for run in runs[::2]:
        hand.engine.drop(run)
    newcomer = hand.add(rows[0], "c")
    assert newcomer.asks is None
    assert [made.text for made in hand.finish()] == [alone[1], alone[3], alone[0]]
    assert set(hand.done) == {1, 3, 4}
    assert hand.engine.pool.pages == []


def test_callers_are_served_evenly(hand: Hand) -> None:
    single = note(99, 6)
    hand.add(single, "one")
    hand.finish()
    alone = hand.steps
    hand.engine.prefixes.clear()
    for place in range(60):
        hand.add(note(place, 3, words=40), "class")
    for _ in range(3):
        hand.step()
    start = hand.steps
    hand.add(single, "one")
    hand.finish()
    assert hand.at[61] - start <= alone + 6
    assert sum(at > hand.at[61] for at in list(hand.at.values())[1:61]) > 20, "most of the class came later"


@pytest.mark.parametrize("together", [1, 3])
def test_rows_wait_for_memory_and_all_finish(hand: Hand, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    budget = hand.engine.pool.capacity(60) * together - (together == 1)
    monkeypatch.setattr(hand.engine, "budget", budget)
    rows = [note(place, 3 + place % 3, words=200 if place == 4 else 12) for place in range(9)]
    wanted = [made.text for made in hand.model.generate(rows)]
    hand.engine.prefixes.clear()
    for place, row in enumerate(rows):
        hand.add(row, "abc"[place % 3])
    most: list[int] = []

    def look() -> None:
        most.append(len(hand.engine.running))
        assert held(hand.engine) <= budget or len(hand.engine.running) == 1

    assert [made.text for made in hand.finish(look)] == wanted
    assert max(most) == together
    assert hand.engine.pool.pages == []


def family(count: int, new: int = 1) -> list[GenerateRow]:
    profile = " ".join(sentences()[:9])
    return [GenerateRow(chat(profile, f"Post {n}:"), new, ignore_end=True) for n in range(count)]


def test_what_several_begin_with_is_read_once(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = family(5)
    one = hand.model.count(rows[0].messages)
    assert one > 200
    passed = reading(hand.engine, monkeypatch)
    for place, row in enumerate(rows):
        hand.add(row, f"caller {place}")
    hand.finish()
    assert one <= sum(passed) < 1.3 * one


def test_a_prompt_that_was_scored_is_not_read_again_to_continue_it(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    row = family(1)[0]
    hand.model.score([ScoreRow(row.messages, (" yes", " no"))])
    passed = reading(hand.engine, monkeypatch)
    text = hand.model.generate([row])[0].text
    assert sum(passed) == 1, "the last token alone"
    hand.engine.prefixes.clear()
    assert hand.model.generate([row])[0].text == text


def test_prefixes_keep_to_their_bytes_and_change_no_text(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*family(2, 4), *(note(place, 4, words=60) for place in range(3)), *family(2, 4)]
    wanted = [hand.model.generate([row])[0].text for row in rows]
    hand.engine.prefixes.clear()
    limit = 150 * hand.engine.pool.shape.token_bytes
    monkeypatch.setattr(hand.engine.prefixes, "limit", limit)
    found = []
    for row in rows:
        found.append(hand.model.generate([row])[0].text)
        assert hand.engine.prefixes.held <= limit
    assert found == wanted
    assert hand.engine.prefixes.held > 0


def test_pace_is_measured_for_reading_and_writing(hand: Hand) -> None:
    for paces in hand.engine._paces.values():
        paces.clear()
    assert hand.model.pace() is None
    hand.model.generate(family(1, 4))
    pace = hand.model.pace()
    assert pace
    assert pace.read > 0
    assert pace.write > 0
