"""A model in a process of its own answers as one in this process; whatever happens to it, nobody waits for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from data.errors import MissingPackageError
from data.home import ROOT
from engines.errors import EngineError, FailureKind
from engines.models import cores
from engines.models.echo import EchoModel
from engines.models.process import ProcessModel
from engines.types import (
    GenerateRow,
    Generation,
    Message,
    Part,
    Place,
    Scored,
    ScoreRow,
)
from tests.engines.test_modifiers import carried

pytestmark = pytest.mark.alone

SECONDS = 20
MODELS = "tests.engines.child_models"
ODD = "a\x00b \ud800 \u2028 ünï 🙂 <|im_end|>"


def messages(text: str) -> tuple[Message, ...]:
    return (Message("system", (Part("Be brief."),)), Message("user", (Part(text, "item-1", "u1"), Part(" b"))))


def to_write(*texts: str, new: int = 100) -> list[GenerateRow]:
    return [GenerateRow(messages(text), new) for text in texts]


@pytest.fixture(scope="module")
def echo() -> Iterator[ProcessModel]:
    made = ProcessModel("engines.models.echo:EchoModel")
    yield made
    made.child.end()


@pytest.fixture
def slow() -> Iterator[ProcessModel]:
    made = ProcessModel(f"{MODELS}:Slow", 0.05)
    yield made
    if made.loaded:
        made.child.end()


def begun(model: ProcessModel, text: str, **named: Any) -> Future[list[Generation]]:
    """A call in a thread, once its first word was heard."""
    heard, result = threading.Event(), Future[list[Generation]]()

    def call() -> None:
        try:
            result.set_result(model.generate(to_write(text), listen=lambda *_: heard.set(), **named))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    assert heard.wait(SECONDS)
    return result


def test_it_answers_as_the_same_model_in_this_process(echo: ProcessModel) -> None:
    here = EchoModel()
    assert (echo.name, echo.digest, echo.precision) == (here.name, here.digest, here.precision)
    assert (echo.context, echo.capabilities) == (here.context, here.capabilities)
    assert echo.count(messages("a b c")) == here.count(messages("a b c"))
    heard: list[tuple[int, str]] = []
    made = echo.generate(to_write("one two three", "four", new=2), listen=lambda *x: heard.append(x))
    assert [one.text for one in made] == [one.text for one in here.generate(to_write("one two three", "four", new=2))]
    assert dict(heard) == {0: "three b", 1: "four b"}
    asked = [ScoreRow(messages("a b"), ("a", "zzz b"))]
    assert echo.score(asked) == here.score(asked)
    assert echo.generate([]) == echo.score([]) == []


def test_nothing_is_started_before_the_first_use() -> None:
    model = ProcessModel("engines.models.echo:EchoModel")
    assert not model.loaded
    assert model.pace() is None
    assert model.place(lambda: False) is None
    model.forget("u1")
    assert not model.loaded


def test_what_changes_the_model_arrives_there() -> None:
    model = ProcessModel(f"{MODELS}:Modified")
    for modifiers in carried():
        (made,) = model.generate([GenerateRow(messages("a"), 1, modifiers=modifiers)])
        assert made.text == f"{modifiers.digest} {modifiers.contrast}"
    assert model.score([ScoreRow(messages("a"), ("b", "c"))]) == [Scored(2, ((0.1 + 0.2,), (float("-inf"),)))]
    model.child.end()


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("lost", EngineError, "there is no such model"),
        ("lacking", MissingPackageError, "make install"),
        ("dying", EngineError, "ended with code 9 while it loaded the model"),
        ("no_such_function", EngineError, "AttributeError"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_said_each_time(name: str, kind: type[Exception], said: str) -> None:
    model = ProcessModel(f"{MODELS}:{name}")
    for _ in range(2):
        with pytest.raises(kind, match=said):
            model.generate(to_write("a"))
    assert not model.loaded


def test_who_stops_does_not_wait_for_the_model_to_load() -> None:
    model, seconds = ProcessModel(f"{MODELS}:late", 6.0), []
    for _ in range(2):
        start = time.monotonic()
        with pytest.raises(EngineError, match="while the model was being loaded") as caught:
            model.generate(to_write("a b"), stop=lambda: True)
        assert caught.value.kind is FailureKind.STOPPED
        seconds.append(time.monotonic() - start)
    assert max(seconds) < 3
    (made,) = model.generate(to_write("a b"))
    assert made.text
    assert model.loaded
    model.child.end()


def test_an_error_there_is_an_error_here_and_leaves_the_others(slow: ProcessModel) -> None:
    with ThreadPoolExecutor(3) as pool:
        good, bad = pool.submit(slow.generate, to_write("a b c")), pool.submit(slow.generate, to_write("a break"))
        assert good.result(SECONDS)[0].text == "Be brief. a b c b"
        with pytest.raises(EngineError, match="a word that breaks") as caught:
            bad.result(SECONDS)
    assert caught.value.kind is FailureKind.INTERNAL


def test_a_caller_that_stops_takes_only_its_own_rows_out(slow: ProcessModel) -> None:
    stop = threading.Event()
    stopped = begun(slow, "word " * 80, stop=stop.is_set)
    other = ThreadPoolExecutor(1).submit(slow.generate, to_write("x y"))
    stop.set()
    start = time.monotonic()
    (made,) = stopped.result(SECONDS)
    assert made.stopped
    assert time.monotonic() - start < 2
    assert other.result(SECONDS)[0].text == "Be brief. x y b"
    (again,) = slow.generate(to_write("ward " * 80), listen=lambda *_: None, stop=stop.is_set)
    assert again.stopped


def test_a_stop_signal_or_listener_that_breaks_fails_its_own_call(slow: ProcessModel) -> None:
    def broken(*_: Any) -> bool:
        raise RuntimeError("a broken signal")

    with pytest.raises(RuntimeError, match="a broken signal"):
        slow.generate(to_write("word " * 20), stop=broken)
    with pytest.raises(RuntimeError, match="a broken signal"):
        slow.generate(to_write("ward " * 80), listen=broken)
    assert slow.generate(to_write("x"))[0].text == "Be brief. x b"


def test_a_listener_ends_its_row_by_saying_false(slow: ProcessModel) -> None:
    (made,) = slow.generate(to_write("word " * 80), listen=lambda _, text: len(text.split()) < 5)
    assert made.stopped
    assert 5 <= len(made.text.split()) < 40


def test_a_killed_process_is_noticed_and_started_again(slow: ProcessModel) -> None:
    calls = [begun(slow, f"{name} " * 80) for name in "ab"[:1]]
    calls.append(ThreadPoolExecutor(1).submit(slow.generate, to_write("c d")))
    os.kill(slow.child.pid, signal.SIGKILL)
    for call in calls:
        with pytest.raises(EngineError, match="the model's process ended by signal 9") as caught:
            call.result(SECONDS)
        assert caught.value.kind is FailureKind.INTERNAL
    assert not slow.loaded
    assert slow.generate(to_write("x"))[0].text == "Be brief. x b"
    with pytest.raises(EngineError, match="ended with code 7"):
        slow.generate(to_write("die"))
    assert slow.count(messages("a")) == 4


def test_a_place_in_the_queue_is_told(slow: ProcessModel) -> None:
    first = begun(slow, "word " * 40)
    signals = [threading.Event() for _ in range(3)]
    calls = []
    for number, one in enumerate(signals):
        calls.append(ThreadPoolExecutor(1).submit(slow.generate, to_write(f"w{number}"), stop=one.is_set))
        for _ in range(200):
            if slow.place(one.is_set):
                break
            time.sleep(0.01)
    assert [slow.place(one.is_set) for one in signals] == [Place(ahead, 1, None) for ahead in range(3)]
    assert slow.place(threading.Event().is_set) is None
    for call in (first, *calls):
        call.result(SECONDS)
    assert slow.place(signals[0].is_set) is None


def test_known_answers_are_given_again_until_somebody_is_forgotten(slow: ProcessModel) -> None:
    row = to_write("word " * 10)
    seconds = []
    for owner in ("", "u2", "u1"):
        if owner:
            slow.forget(owner)
        start = time.monotonic()
        slow.generate(row)
        seconds.append(time.monotonic() - start)
    slow_again = time.monotonic()
    slow.generate(row)
    assert seconds[0] > 0.5 > seconds[1]
    assert seconds[2] > 0.5 > time.monotonic() - slow_again


def test_many_threads_each_get_their_own(echo: ProcessModel) -> None:
    def ask(number: int) -> str:
        return echo.generate(to_write(f"n{number}", new=2))[0].text

    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(ask, range(96))) == [f"n{number} b" for number in range(96)]


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "from engines.models.process import ProcessModel; import os; "
        "m = ProcessModel('engines.models.echo:EchoModel'); print(m.name, m.child.pid, flush=True); os._exit(1)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    name, pid = done.stdout.split()
    assert name == "echo"
    for _ in range(100):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the model's process lives on")


@pytest.mark.model
def test_a_model_there_leaves_half_of_the_cores_to_trainings_that_begin_before_or_while_it_answers() -> None:
    there = ProcessModel(f"{MODELS}:Threads")
    heard: list[str] = []

    def said(*, until: str, before: int) -> None:
        end = time.monotonic() + SECONDS
        while until not in heard[before:]:
            assert time.monotonic() < end, heard
            time.sleep(0.01)

    def listen(_row: int, text: str) -> bool:
        heard.append(text)
        return True

    with cores.training():
        assert there.generate(to_write("a", new=1))[0].text == "2", "told with the question"
        with cores.training():
            assert there.generate(to_write("b", new=1))[0].text == "2"
    assert there.generate(to_write("c", new=1))[0].text == "4"
    stopped = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(there.generate, to_write("d", new=10_000), listen=listen, stop=stopped.is_set)
        said(until="4", before=0)
        with cores.training():
            said(until="2", before=len(heard))
        said(until="4", before=len(heard))
        stopped.set()
        assert answer.result(SECONDS)[0].text == "4"
    there.child.end()
