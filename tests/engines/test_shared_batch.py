"""One worker, one running batch, many callers: equal rows are shared, and each caller loses only what is its own."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engines.errors import EngineError
from engines.models.local import LocalModel
from engines.models.worker import ModelWorker
from engines.types import GenerateRow, Message, Part
from tests.engines.test_batching import SECONDS, note
from tests.engines.test_local import chat

pytestmark = pytest.mark.model


@pytest.fixture
def worker(shallow: LocalModel) -> ModelWorker:
    shallow.engine.prefixes.clear()
    made = ModelWorker(lambda: shallow)
    assert made.name == shallow.name
    return made


def counted(worker: ModelWorker, patch: pytest.MonkeyPatch) -> tuple[list[Any], list[int]]:
    """The rows that reach the engine, and its steps."""
    model: Any = worker.model
    opened, steps = [], []
    start, step = model.open, model.engine.step
    patch.setattr(model, "open", lambda *given, **more: opened.append(given[0]) or start(*given, **more))
    patch.setattr(model.engine, "step", lambda: steps.append(1) or step())
    return opened, steps


def test_thirty_callers_of_one_row_cost_one_computation(worker: ModelWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, steps = counted(worker, monkeypatch)
    row, barrier = note(7, 10), threading.Barrier(30)
    heard: dict[int, list[str]] = {place: [] for place in range(30)}

    def ask(place: int) -> Any:
        barrier.wait(SECONDS)
        return worker.generate([row], listen=lambda _row, text: heard[place].append(text))[0]

    with ThreadPoolExecutor(30) as pool:
        made = list(pool.map(ask, range(30)))
    assert len(opened) == 1
    assert len({(one.text, one.new_tokens, one.stopped) for one in made}) == 1
    for texts in heard.values():
        assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
        assert texts[-1] == made[0].text
    assert max(map(len, heard.values())) >= 5, "it is heard while it is written"
    taken = len(steps)
    assert worker.generate([row])[0].text == made[0].text
    assert len(steps) == taken, "a known answer takes no step"
    assert len(opened) == 1


def test_stop_takes_out_one_caller(worker: ModelWorker) -> None:
    rows, gone = [note(place, 25) for place in range(3)], threading.Event()
    wanted = [made.text for made in worker.model.generate(rows)]
    with ThreadPoolExecutor(2) as pool:
        stopped = pool.submit(
            worker.generate, rows[:2], listen=lambda _row, text: len(text) < 20 or gone.set(), stop=gone.is_set
        )
        other = pool.submit(worker.generate, rows[1:])
        assert [made.text for made in other.result(SECONDS)] == wanted[1:]
        for made, text in zip(stopped.result(SECONDS), wanted, strict=False):
            assert made.stopped
            assert 0 < made.new_tokens < 25
            assert text.startswith(made.text)
    assert worker.model.engine.running == []  # type: ignore[attr-defined]


def test_place_falls_to_nobody_ahead_and_then_to_none(worker: ModelWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.model.engine, "budget", 1)  # type: ignore[attr-defined]

    def mine() -> bool:
        return False

    assert worker.place(mine) is None
    with ThreadPoolExecutor(2) as pool:
        pool.submit(worker.generate, [note(place, 8) for place in range(5)], stop=lambda: False)
        while not any(answer.begun for answer in list(worker._answers.values())):
            time.sleep(0.002)
        last = pool.submit(worker.generate, [note(9, 8)], stop=mine)
        places = []
        while not last.done():
            places.append(worker.place(mine))
            time.sleep(0.002)
    assert worker.place(mine) is None
    seen = [place for place in places if place]
    ahead = [place.ahead for place in seen]
    assert ahead == sorted(ahead, reverse=True)
    assert ahead[0] > 0
    assert ahead[-1] == 0
    assert all(place.running <= 1 for place in seen)
    assert all(place.seconds is None or place.seconds > 0 for place in seen)


def test_forgetting_somebody_drops_answers_and_prefixes(worker: ModelWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, _ = counted(worker, monkeypatch)
    rows = [
        GenerateRow((Message("user", (Part(f"{owner} likes tea and a long walk", "i", owner),)),), 2)
        for owner in ("ann", "ben")
    ]
    worker.generate(rows)
    prefixes = worker.model.engine.prefixes  # type: ignore[attr-defined]
    assert prefixes.held > 0
    worker.forget("ann")
    for _ in range(1000):
        if not prefixes.held:
            break
        time.sleep(0.005)
    assert prefixes.held == 0
    worker.generate(rows)
    assert [one.row for one in opened] == [*rows, rows[0]]


def test_a_pass_that_fails_fails_only_the_row_at_fault(worker: ModelWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = worker.model
    good, bad = [note(place, 12) for place in range(3)], GenerateRow(chat("zebra"), 12)
    wanted = [made.text for made in model.generate(good)]
    known = {token for row in good for token in model.encode(row.messages)}
    mark = next(token for token in model.encode(bad.messages) if token not in known)
    forward = model.engine._forward

    def fragile(pieces: Sequence[Any]) -> None:
        if any(mark in piece.tokens for _, piece in pieces):
            raise ValueError("these weights hate zebras")
        forward(pieces)

    monkeypatch.setattr(model.engine, "_forward", fragile)
    begun = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(worker.generate, [row], listen=lambda *_: begun.set()) for row in good]
        assert begun.wait(SECONDS)
        with pytest.raises(ValueError, match="zebras"):
            worker.generate([bad])
        assert [call.result(SECONDS)[0].text for call in calls] == wanted
    assert model.engine.pool.pages == []
    assert worker.generate([note(5, 2)])[0].new_tokens == 2


def test_a_worker_that_dies_says_so_and_the_next_call_works(
    worker: ModelWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> bool:
        raise SystemExit("out of everything")

    with monkeypatch.context() as patch:
        patch.setattr(worker.model.engine, "step", die)  # type: ignore[attr-defined]
        patch.setattr(worker.model.engine, "recover", die)  # type: ignore[attr-defined]
        with ThreadPoolExecutor(3) as pool:
            for call in [pool.submit(worker.generate, [note(place, 3)]) for place in range(3)]:
                with pytest.raises(EngineError, match=r"worker died.*press Run again"):
                    call.result(SECONDS)
    assert worker.generate([note(1, 3)])[0].new_tokens == 3
