"""One worker for all callers: it merges what waits, fails only what is at fault, and leaves nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from engines.errors import EngineError, FailureKind
from engines.models.echo import EchoModel
from engines.models.worker import ModelWorker
from engines.types import GenerateRow, Generation, Listener, Message, Part, Scored, ScoreRow, Stop, never

SECONDS = 10


class Gated(EchoModel):
    """Notes the batches that it gets; the first waits until the gate is opened. The word `bad` breaks a batch."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.batches: list[int] = []
        self.error = error or ValueError("bad row")

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        self._begin(rows)
        assert not stop()
        made = []
        for place, row in enumerate(rows):
            words = self._read(row.messages).split()
            said: list[str] = []
            for word in words[: row.max_new_tokens]:
                said.append(word)
                if listen and listen(place, " ".join(said)) is False:
                    break
            made.append(Generation(" ".join(said), len(words), len(said), 0.0, len(said) < len(words)))
        return made

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        self._begin(rows)
        return super().score(rows, stop=stop)

    def _begin(self, rows: Sequence[Any]) -> None:
        self.batches.append(len(rows))
        self.entered.set()
        assert self.gate.wait(SECONDS)
        if any("bad" in row.messages[0].text for row in rows):
            raise self.error


def messages(text: str) -> tuple[Message, ...]:
    return (Message("user", (Part(text),)),)


def asked(*texts: str) -> list[ScoreRow]:
    return [ScoreRow(messages(text), ("word",)) for text in texts]


def to_write(*texts: str) -> list[GenerateRow]:
    return [GenerateRow(messages(text), 100) for text in texts]


class Crowd:
    """A worker whose model is held at the gate, with callers in threads of their own."""

    def __init__(self, model: Gated, waiting: int = 16) -> None:
        self.model, self.worker = model, ModelWorker(lambda: model, waiting)
        self.pool = ThreadPoolExecutor(16)

    def call(self, what: Callable[[], Any]) -> Future[Any]:
        """Ask in a thread, and wait until it is in the queue or in the model's hands."""
        before = self.worker._jobs.qsize()
        future = self.pool.submit(what)
        for _ in range(1000):
            if self.worker._jobs.qsize() > before or (not before and self.model.entered.is_set()) or future.done():
                break
            time.sleep(0.002)
        return future

    def hold(self) -> Future[Any]:
        """Occupy the worker with one job until the gate is opened."""
        future = self.call(lambda: self.worker.score(asked("first")))
        assert self.model.entered.wait(SECONDS)
        return future


@pytest.fixture
def crowd() -> Crowd:
    return Crowd(Gated())


def test_nothing_is_loaded_before_the_first_use() -> None:
    loaded: list[int] = []
    worker = ModelWorker(lambda: loaded.append(1) or EchoModel())  # type: ignore[func-returns-value]
    assert not worker.loaded
    assert worker.score([]) == worker.generate([]) == []
    assert not loaded
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: worker.name, range(8))) == {"echo"}
    assert loaded == [1]
    assert worker.loaded
    model = EchoModel()
    assert (worker.digest, worker.context, worker.precision) == (model.digest, model.context, model.precision)
    assert worker.capabilities == model.capabilities
    assert worker.count(messages("a b c")) == 3


def test_what_waits_is_computed_in_one_batch_and_given_back_by_caller(crowd: Crowd) -> None:
    first = crowd.hold()
    calls = [
        crowd.call(lambda n=n: crowd.worker.score(asked(*["word " * (n + i) for i in range(n)]))) for n in (1, 2, 3)
    ]
    crowd.model.gate.set()
    assert len(first.result(SECONDS)) == 1
    for n, call in zip((1, 2, 3), calls, strict=True):
        assert [scored.prompt_tokens for scored in call.result(SECONDS)] == [n + i for i in range(n)]
    assert crowd.model.batches == [1, 6]


def test_scoring_and_writing_are_not_mixed_and_each_gets_its_own(crowd: Crowd) -> None:
    crowd.hold()
    heard: dict[str, list[tuple[int, str]]] = {"a": [], "b": []}
    one = crowd.call(lambda: crowd.worker.generate(to_write("a1 a2", "a3"), listen=lambda *x: heard["a"].append(x)))
    two = crowd.call(lambda: crowd.worker.generate(to_write("b1 b2"), listen=lambda *x: heard["b"].append(x)))
    three = crowd.call(lambda: crowd.worker.score(asked("c")))
    crowd.model.gate.set()
    assert [made.text for made in one.result(SECONDS)] == ["a1 a2", "a3"]
    assert [made.text for made in two.result(SECONDS)] == ["b1 b2"]
    assert three.result(SECONDS)[0].prompt_tokens == 1
    assert heard == {"a": [(0, "a1"), (0, "a1 a2"), (1, "a3")], "b": [(0, "b1"), (0, "b1 b2")]}
    assert crowd.model.batches == [1, 3, 1]


@pytest.mark.parametrize("error", [ValueError("x"), MemoryError("x"), SystemExit("x"), KeyboardInterrupt("x")])
def test_a_job_that_fails_leaves_the_others(error: BaseException) -> None:
    crowd = Crowd(Gated(error))
    crowd.hold()
    good, bad, other = (crowd.call(lambda t=t: crowd.worker.score(asked(t))) for t in ("good", "bad", "other"))
    crowd.model.gate.set()
    assert good.result(SECONDS)
    assert other.result(SECONDS)
    said = bad.exception(SECONDS)
    assert type(said) is (type(error) if isinstance(error, Exception) else EngineError)
    assert crowd.call(lambda: crowd.worker.score(asked("later"))).result(SECONDS)


def test_a_listener_that_breaks_fails_its_own_job(crowd: Crowd) -> None:
    crowd.hold()

    def broken(_row: int, _text: str) -> None:
        raise RuntimeError("the page is gone")

    bad = crowd.call(lambda: crowd.worker.generate(to_write("a b"), listen=broken))
    good = crowd.call(lambda: crowd.worker.generate(to_write("c d")))
    crowd.model.gate.set()
    assert good.result(SECONDS)[0].text == "c d"
    assert isinstance(bad.exception(SECONDS), RuntimeError)


def test_a_full_queue_is_busy() -> None:
    crowd = Crowd(Gated(), waiting=2)
    crowd.hold()
    calls = [crowd.call(lambda: crowd.worker.score(asked("x"))) for _ in range(2)]
    with pytest.raises(EngineError, match="2 requests are waiting") as raised:
        crowd.worker.score(asked("y"))
    assert raised.value.kind is FailureKind.BUSY
    crowd.model.gate.set()
    assert all(call.result(SECONDS) for call in calls)


def test_a_caller_that_stops_takes_only_its_rows_out(crowd: Crowd) -> None:
    crowd.hold()
    gone = threading.Event()
    stopped = crowd.call(lambda: crowd.worker.generate(to_write("a b c d"), stop=gone.is_set))
    other = crowd.call(lambda: crowd.worker.generate(to_write("e f g h")))
    gone.set()
    crowd.model.gate.set()
    assert other.result(SECONDS)[0].text == "e f g h"
    assert stopped.result(SECONDS)[0].text == "a"
    assert stopped.result(SECONDS)[0].stopped


def test_scores_that_nobody_waits_for_are_not_computed(crowd: Crowd) -> None:
    crowd.hold()
    stopped = crowd.call(lambda: crowd.worker.score(asked("a", "b"), stop=lambda: True))
    other = crowd.call(lambda: crowd.worker.score(asked("c")))
    crowd.model.gate.set()
    assert other.result(SECONDS)
    error = stopped.exception(SECONDS)
    assert isinstance(error, EngineError)
    assert error.kind is FailureKind.STOPPED
    assert crowd.model.batches == [1, 1]


def test_a_listener_ends_its_row_by_saying_false(crowd: Crowd) -> None:
    crowd.model.gate.set()
    made = crowd.worker.generate(to_write("a b c", "d e f"), listen=lambda row, _text: row != 0)
    assert [one.text for one in made] == ["a", "d e f"]


def test_a_model_that_cannot_be_loaded_is_said_to_each_caller() -> None:
    def load() -> EchoModel:
        raise EngineError(FailureKind.MODEL, "no weights")

    worker = ModelWorker(load)
    for _ in range(2):
        with pytest.raises(EngineError, match="no weights"):
            worker.score(asked("x"))


def test_many_threads_each_get_their_own() -> None:
    worker = ModelWorker(EchoModel)

    def ask(n: int) -> tuple[int, str]:
        scored = worker.score(asked("word " * (n + 1)))
        return scored[0].prompt_tokens, worker.generate(to_write(f"text {n}"))[0].text

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(100))) == [(n + 1, f"text {n}") for n in range(100)]
