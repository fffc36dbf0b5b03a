"""Each fault of a model server is a failure of its kind within its deadline, and the other columns go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from data.digest import digest
from engines.errors import EngineError, FailureKind
from engines.live import Column, LiveRun, Status
from engines.runs.cells import Bench
from engines.types import Arm, Config, GenerateRow
from tests.engines import people
from tests.engines.fault_behaviours import BEHAVIOURS, KEY, TEXT
from tests.engines.fault_server import SHORT, Server, closed_port, meet, model_at, prompt, serving
from tests.engines.people import REWRITE, WordEncoder

pytestmark = pytest.mark.alone

SLACK = 1.5
KINDS: dict[str, FailureKind | None] = {
    "refused": FailureKind.UNREACHABLE,
    "silent": FailureKind.TIMEOUT,
    "headers then silence": FailureKind.TIMEOUT,
    "slow drip": FailureKind.TIMEOUT,
    "closed mid-body": FailureKind.BAD_ANSWER,
    "stream closed early": FailureKind.BAD_ANSWER,
    "HTML": FailureKind.BAD_ANSWER,
    "broken JSON": FailureKind.BAD_ANSWER,
    "not UTF-8": FailureKind.BAD_ANSWER,
    "missing choices": FailureKind.BAD_ANSWER,
    "empty text": FailureKind.BAD_ANSWER,
    "null text": FailureKind.BAD_ANSWER,
    "wrong type": FailureKind.BAD_ANSWER,
    "50 MB": FailureKind.TOO_LARGE,
    "400 too long": FailureKind.TOO_LONG,
    "400 with the key": FailureKind.MODEL,
    "401": FailureKind.REFUSED_KEY,
    "404": FailureKind.NO_SUCH_MODEL,
    "408": FailureKind.TIMEOUT,
    "413": FailureKind.TOO_LONG,
    "429 wait 1": None,
    "429 wait 99999": FailureKind.BUSY,
    "500 twice": None,
    "500 always": FailureKind.MODEL,
    "503 always": FailureKind.BUSY,
    "redirect": FailureKind.REDIRECTED,
    "error in the stream": FailureKind.MODEL,
    "another's answer": FailureKind.BAD_ANSWER,
    "prompt cut": FailureKind.TRUNCATED,
    "slow first call": None,
    "not in one piece": None,
    "picky": FailureKind.BAD_ANSWER,
}
TAKES = {"silent": SHORT.later, "headers then silence": SHORT.later, "slow drip": SHORT.total, "429 wait 1": 1.0}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def test_every_behaviour_has_an_expectation() -> None:
    assert set(KINDS) == {"refused", *BEHAVIOURS}
    assert len(KINDS) >= 30


@pytest.mark.parametrize(("behaviour", "kind"), KINDS.items(), ids=list(KINDS))
def test_a_fault_is_a_failure_of_its_kind_in_time(
    behaviour: str, kind: FailureKind | None, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    met = meet(closed_port() if behaviour == "refused" else server.address(behaviour))
    least = TAKES.get(behaviour, 0.0)
    assert met.kind == kind, met.text
    assert least <= met.seconds + 0.05
    assert met.seconds < least + SLACK
    assert KEY not in met.text + caplog.text
    if kind is None:
        assert met.text.strip() == TEXT
    else:
        assert met.text.startswith("The model server at 127.0.0.1:")
        assert met.text.endswith(".")
        assert "/v1/chat" not in met.text


def test_a_redirect_is_not_followed(server: Server) -> None:
    meet(server.address("redirect"))
    assert server.asked["elsewhere"] == 0


def test_a_passing_fault_is_asked_three_times_and_a_lasting_one_once(server: Server) -> None:
    for behaviour, times in (("500 always", 3), ("401", 1), ("HTML", 1)):
        model = model_at(server.address(behaviour))
        model.probed()
        before = server.asked[behaviour]
        with pytest.raises(EngineError):
            model.generate([GenerateRow(prompt(), 12)])
        assert server.asked[behaviour] - before == times


def test_the_first_call_may_take_longer_than_later_ones() -> None:
    with serving() as server:
        address = server.address("slow first call")
        with pytest.raises(EngineError, match="ATTUNE_MODEL_FIRST_SECONDS") as caught:
            model_at(address, replace(SHORT, first=0.4, later=0.4)).probed()
        assert caught.value.kind is FailureKind.TIMEOUT
    with serving() as server:
        model = model_at(server.address("slow first call"))
        start = time.monotonic()
        model.probed()
        assert time.monotonic() - start > SHORT.later


def test_a_failed_probe_is_tried_again() -> None:
    model = model_at(closed_port())
    for _ in range(2):
        with pytest.raises(EngineError, match="refuses connections"):
            _ = model.capabilities
    assert model.known is None


def test_a_caller_who_stops_does_not_wait_for_a_silent_server(server: Server) -> None:
    model = model_at(server.address("silent"), replace(SHORT, later=15.0))
    model.probed()
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    start = time.monotonic()
    made = model.generate([GenerateRow(prompt(), 12)], stop=stop.is_set)[0]
    assert made.stopped
    assert time.monotonic() - start < 5


def test_the_key_is_sent_and_shown_nowhere(server: Server) -> None:
    model = model_at(server.address("good"))
    model.generate([GenerateRow(prompt(), 12)])
    assert server.seen[-1]["key"] == f"Bearer {KEY}"
    shown = [repr(model), str(model), model.digest, digest([model.digest]), repr(vars(model)), repr(model.known)]
    shown += [repr(vars(model._wire)), repr(model.why_not), model.name]
    assert not any(KEY in text for text in shown)


def test_where_one_column_fails_the_others_finish(server: Server) -> None:
    """The server answers the short prompts of `none`, and gives a page for those with a history."""
    data = people.dataset(people.crowd())
    bench = Bench(data, REWRITE, model_at(server.address("picky")), WordEncoder())
    config = Config(k=8, budget=3000)
    columns = [Column("none", config), Column("recent-history", config), Column("profile-summary", config)]
    run = LiveRun(bench, next(data.examples(REWRITE)), columns, [Arm.RIGHT, Arm.NOBODY])
    run.start()
    assert run.wait(20)
    arms = run.view().arms
    assert arms[0, Arm.NOBODY].status is Status.DONE
    assert arms[0, Arm.NOBODY].text.strip() == TEXT
    assert arms[1, Arm.NOBODY].status is Status.DONE
    failed = arms[1, Arm.RIGHT].failure
    assert failed
    assert failed.kind is FailureKind.BAD_ANSWER
    unable = arms[2, Arm.RIGHT].failure
    assert unable
    assert unable.kind is FailureKind.UNABLE
    assert "Profile summary needs log-probabilities" in unable.message
    assert arms[0, Arm.NOBODY].scores["bits-per-byte"].value is None
    assert arms[0, Arm.NOBODY].scores["rouge-l"].value is not None
