"""One worker for all callers: equal rows are computed once, only what is at fault fails, and nobody is left waiting.

The model here has no steps, so the worker computes it row by row.
"""

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

pytestmark = pytest.mark.alone

SECONDS = 10


class Gated(EchoModel):
    """Notes the rows that it gets, one a call; they wait until the gate is opened. The word `bad` breaks its row."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__()
        self.gate, self.entered = threading.Event(), threading.Event()
        self.computed: list[str] = []
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
                if (listen and listen(place, " ".join(said)) is False) or stop():
                    break
            made.append(Generation(" ".join(said), len(words), len(said), 0.0, len(said) < len(words)))
        return made

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        self._begin(rows)
        return super().score(rows, stop=stop)

    def _begin(self, rows: Sequence[Any]) -> None:
        assert len(rows) == 1
        self.computed.append(rows[0].messages[0].text)
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
        before = self.waiting()
        future = self.pool.submit(what)
        for _ in range(1000):
            if self.waiting() != before or future.done():
                break
            time.sleep(0.002)
        return future

    def waiting(self) -> int:
        """How many rows of callers wait for an answer."""
        with self.worker._changed:
            return sum(len(answer.waiting) for answer in self.worker._answers.values())

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


def test_each_caller_gets_its_own_rows_in_its_own_order(crowd: Crowd) -> None:
    first = crowd.hold()
    calls = [
        crowd.call(lambda n=n: crowd.worker.score(asked(*["word " * (n + i) for i in range(n)][::-1])))
        for n in (1, 2, 3)
    ]
    crowd.model.gate.set()
    assert len(first.result(SECONDS)) == 1
    for n, call in zip((1, 2, 3), calls, strict=True):
        assert [scored.prompt_tokens for scored in call.result(SECONDS)] == [n + i for i in range(n)][::-1]


def test_scores_and_texts_of_one_prompt_are_two_answers(crowd: Crowd) -> None:
    crowd.hold()
    heard: dict[str, list[tuple[int, str]]] = {"a": [], "b": []}
    one = crowd.call(lambda: crowd.worker.generate(to_write("a1 a2", "a3"), listen=lambda *x: heard["a"].append(x)))
    two = crowd.call(lambda: crowd.worker.generate(to_write("b1 b2"), listen=lambda *x: heard["b"].append(x)))
    three = crowd.call(lambda: crowd.worker.score(asked("b1 b2")))
    crowd.model.gate.set()
    assert [made.text for made in one.result(SECONDS)] == ["a1 a2", "a3"]
    assert [made.text for made in two.result(SECONDS)] == ["b1 b2"]
    assert three.result(SECONDS)[0].prompt_tokens == 2
    assert heard == {"a": [(0, "a1"), (0, "a1 a2"), (1, "a3")], "b": [(0, "b1"), (0, "b1 b2")]}
    assert crowd.model.computed == ["first", "a1 a2", "a3", "b1 b2", "b1 b2"]


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


def test_a_full_queue_is_busy_and_the_limit_counts_rows() -> None:
    crowd = Crowd(Gated(), waiting=3)
    crowd.hold()
    calls = [crowd.call(lambda: crowd.worker.score(asked("x1", "x2")))]
    with pytest.raises(EngineError, match="2 answers are waiting for the model") as raised:
        crowd.worker.score(asked("y1", "y2"))
    assert raised.value.kind is FailureKind.BUSY
    calls.append(crowd.call(lambda: crowd.worker.score(asked("x1", "x2"))))  # rows that wait already take no room
    calls.append(crowd.call(lambda: crowd.worker.score(asked("y1"))))
    with pytest.raises(EngineError, match="3 answers are waiting for the model"):
        crowd.worker.score(asked("y2"))
    crowd.model.gate.set()
    assert all(call.result(SECONDS) for call in calls)
    assert crowd.worker.score(asked("y2"))


def test_a_call_that_is_larger_than_the_limit_is_computed_where_nobody_waits() -> None:
    crowd = Crowd(Gated(), waiting=2)
    crowd.model.gate.set()
    assert len(crowd.worker.score(asked("a", "b", "c", "d"))) == 4


def test_a_caller_that_stops_takes_only_its_rows_out(crowd: Crowd) -> None:
    crowd.hold()
    gone = threading.Event()
    stopped = crowd.call(lambda: crowd.worker.generate(to_write("a b c d", "e f"), stop=gone.is_set))
    other = crowd.call(lambda: crowd.worker.generate(to_write("e f", "g h")))
    gone.set()
    crowd.model.gate.set()
    assert [made.text for made in other.result(SECONDS)] == ["e f", "g h"]
    assert [(made.text, made.stopped) for made in stopped.result(SECONDS)] == [("", True), ("", True)]
    assert crowd.model.computed == ["first", "e f", "g h"]


def test_scores_that_nobody_waits_for_are_not_computed(crowd: Crowd) -> None:
    crowd.hold()
    stopped = crowd.call(lambda: crowd.worker.score(asked("a", "b"), stop=lambda: True))
    other = crowd.call(lambda: crowd.worker.score(asked("c")))
    crowd.model.gate.set()
    assert other.result(SECONDS)
    error = stopped.exception(SECONDS)
    assert isinstance(error, EngineError)
    assert error.kind is FailureKind.STOPPED
    assert crowd.model.computed == ["first", "c"]


def test_a_stop_signal_that_breaks_fails_its_own_call(crowd: Crowd) -> None:
    crowd.hold()

    def broken() -> bool:
        raise SystemExit("the session is gone")

    bad = crowd.call(lambda: crowd.worker.generate(to_write("a b"), stop=broken))
    good = crowd.call(lambda: crowd.worker.generate(to_write("c d")))
    crowd.model.gate.set()
    assert good.result(SECONDS)[0].text == "c d"
    said = bad.exception(SECONDS)
    assert isinstance(said, EngineError)
    assert said.kind is FailureKind.INTERNAL
    assert crowd.worker.generate(to_write("e"))[0].text == "e"


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


def test_the_call_after_a_death_works_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that dies tells its callers first; who asks again then must not be left to it."""
    worker = ModelWorker(EchoModel)
    assert worker.name == "echo"
    lost = worker._lost

    def die() -> bool:
        raise SystemExit("out of everything")

    def slowly(said: str) -> None:
        lost(said)
        time.sleep(0.3)

    with monkeypatch.context() as patch:
        patch.setattr(worker._steps.engine, "step", die)
        patch.setattr(worker._steps.engine, "recover", die)
        patch.setattr(worker, "_lost", slowly)
        with pytest.raises(EngineError, match=r"worker died of SystemExit; press Run again") as raised:
            worker.score(asked("dead"))
    assert raised.value.kind is FailureKind.INTERNAL
    assert worker.score(asked("alive"))


def test_a_thread_that_ends_without_a_word_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = ModelWorker(EchoModel)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_work", lambda: None)
        with pytest.raises(EngineError, match="the model's worker died; press Run again") as raised:
            worker.score(asked("x"))
        assert raised.value.kind is FailureKind.INTERNAL
    assert worker.score(asked("x"))
