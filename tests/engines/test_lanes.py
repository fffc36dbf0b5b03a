"""A pass in two streams gives what one stream gives, and fails as one."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from engines.models.flat import lanes
from engines.models.local import LocalModel
from engines.modifiers import PLAIN
from engines.types import ActivationRow, GenerateRow, Part, ScoreRow
from tests.engines.test_local import chat, sentences
from tests.engines.test_modifiers import carried, together

pytestmark = pytest.mark.model
TAILS = (" a fine day", " 4", " I do not know")


@pytest.fixture
def streams(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The name of the thread of each stream, of a machine with two threads."""
    names: list[str] = []
    read = model.engine._lanes._read

    def noted(pieces: Any) -> None:
        names.append(threading.current_thread().name)
        read(pieces)

    monkeypatch.setattr(lanes, "threads", lambda: 2)
    monkeypatch.setattr(model.engine._lanes, "_read", noted)
    model.engine.prefixes.clear()
    yield names
    model.engine.prefixes.clear()


def beside(names: Sequence[str]) -> int:
    return sum(name.startswith("model-lane") for name in names)


def rows_of_all_kinds() -> list[Any]:
    """Rows to score, to write and to look into, under everything that a row may carry."""
    notes, rows = sentences(), []
    for place, modifiers in enumerate([*carried(), PLAIN, PLAIN]):
        prompt = chat(" ".join(notes[place * 3 : place * 3 + 3]), system=f"Say {place}.")
        rows += [ScoreRow(prompt, TAILS, modifiers), GenerateRow(prompt, 3, modifiers=modifiers)]
        rows.append(ActivationRow(prompt, Part(" so it was", "", ""), 0.5))
    return rows


def test_two_streams_give_what_one_gives(
    model: LocalModel, streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of_all_kinds()
    both = together(model, rows)
    assert beside(streams) > 3
    model.engine.prefixes.clear()
    monkeypatch.setattr(lanes, "threads", lambda: 1)
    streams.clear()
    alone = together(model, rows)
    assert streams
    assert not beside(streams)
    for row, one, other in zip(rows, both, alone, strict=True):
        if isinstance(row, GenerateRow):
            assert one.text == other.text
        elif isinstance(row, ScoreRow):
            for some, same in zip(one.logprobs, other.logprobs, strict=True):
                assert some == pytest.approx(same, abs=2e-3)
        else:
            assert one.vector == pytest.approx(other.vector, abs=2e-2)


@pytest.mark.parametrize("where", ["MainThread", "model-lane"])
def test_a_stream_that_fails_fails_the_pass_when_both_have_ended(
    where: str, model: LocalModel, streams: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = sentences()
    rows = [ScoreRow(chat(" ".join(notes[i : i + 6]), system=f"{i}."), TAILS) for i in (0, 6)]
    wanted = together(model, rows)
    model.engine.prefixes.clear()
    read, ended = model.engine._lanes._read, []

    def fragile(pieces: Any) -> None:
        read(pieces)
        ended.append(threading.current_thread().name)
        if threading.current_thread().name.startswith(where):
            raise ValueError("broken")

    streams.clear()
    with monkeypatch.context() as patch:
        patch.setattr(model.engine._lanes, "_read", fragile)
        for row in rows:
            model.engine.add(model.open(model.prepare(row), "", finish=lambda _run: None))
        with pytest.raises(ValueError, match="broken"):
            model.engine.step()
    assert len(ended) == 2
    assert beside(ended) == 1
    assert model.engine.recover() == []
    for run in list(model.engine.suspects):
        model.engine.drop(run)
    again = together(model, rows)
    for one, other in zip(again, wanted, strict=True):
        assert one.logprobs[0] == pytest.approx(other.logprobs[0], abs=2e-3)


def test_one_row_alone_is_one_stream_of_larger_chunks(model: LocalModel, streams: list[str]) -> None:
    text = " ".join(sentences()[:40])
    together(model, [ScoreRow(chat(text), (TAILS[0],))])
    assert streams
    assert not beside(streams)


def test_what_a_pass_reads_depends_on_threads_and_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "threads", lambda: 1)
    assert lanes.room(5) == (lanes.CHUNK, lanes.CHUNK)
    monkeypatch.setattr(lanes, "threads", lambda: 2)
    assert lanes.room(1) == (lanes.CHUNK, lanes.CHUNK)
    assert lanes.room(2) == (lanes.LANE, 2 * lanes.LANE)


@pytest.mark.parametrize("seed", range(200))
def test_pieces_are_shared_out_once_and_evenly_or_not_at_all(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    sizes = [draw.choice((1, draw.randint(1, 400))) for _ in range(draw.randint(1, 30))]
    pieces: Any = [(None, SimpleNamespace(tokens=[0] * size)) for size in sizes]
    parts = lanes.shared_out(pieces)
    assert sorted(id(one) for part in parts for one in part) == sorted(map(id, pieces))
    if len(parts) > 1:
        light, heavy = sorted(sum(len(piece.tokens) for _, piece in part) for part in parts)
        assert light >= lanes.WORTH
        assert light * 2 >= heavy - 1
