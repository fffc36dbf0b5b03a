"""A model behind a server: what is sent, what is read, what is asked once, and what is absent."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from engines.errors import EngineError, FailureKind
from engines.live import Column, LiveRun, LiveView
from engines.models.endpoint import EndpointModel
from engines.models.endpoint_address import read_address
from engines.models.endpoint_messages import as_said, plain
from engines.modifiers import Modifiers, Steering
from engines.runs.answers import RANKED, RATED, ranking_in, rating_in
from engines.runs.cells import Bench
from engines.types import Arm, Capability, Config, GenerateRow, Message, Part, ScoreRow
from tests.engines import people
from tests.engines.fault_behaviours import TEXT
from tests.engines.fault_server import Server, model_at, prompt, serving
from tests.engines.people import RANK, RATE, WordEncoder

CONFIG = Config(k=3, budget=3000)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def test_nothing_is_asked_before_the_first_use(server: Server) -> None:
    model = model_at(server.address("good"))
    assert model.name == f"the model at 127.0.0.1:{server.server_address[1]}"
    assert model.digest
    assert not server.seen
    assert model.capabilities == {Capability.GENERATE}
    assert model.name == "small"
    asked = len(server.seen)
    assert 3 <= asked <= 6
    assert model.capabilities
    assert len(server.seen) == asked


def test_a_text_grows_and_is_what_was_said(server: Server) -> None:
    told: list[str] = []
    model = model_at(server.address("good"))
    row = GenerateRow(prompt(50), 12, temperature=0.5, seed=3, until="\n")
    made = model.generate([row], listen=lambda _, text: told.append(text))[0]
    assert made.text.strip() == TEXT
    assert len(told) > 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(told))
    assert made.prompt_tokens == 4 + 50 + 1
    assert made.new_tokens == 6
    sent = server.seen[-1]
    assert {name: sent[name] for name in ("model", "temperature", "seed", "max_tokens", "stop")} == {
        "model": "small",
        "temperature": 0.5,
        "seed": 3,
        "max_tokens": 12,
        "stop": ["\n"],
    }
    assert sent["messages"][-1] == {"role": "assistant", "content": "Post:"}
    assert sent["continue_final_message"] is True


def test_a_listener_ends_its_row(server: Server) -> None:
    made = model_at(server.address("good")).generate([GenerateRow(prompt(), 12)], listen=lambda _, text: len(text) < 5)
    assert made[0].stopped
    assert made[0].text.strip() in TEXT
    assert made[0].text.strip() != TEXT


def test_equal_questions_are_asked_once_and_others_at_most_slots_at_once(server: Server) -> None:
    model = EndpointModel(read_address(server.address("says%20yes")), slots=2)
    rows = [GenerateRow(prompt(n), 12) for n in range(1, 9)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: [one.text for one in model.generate(rows)], range(6)))
    assert made == [["yes "] * 8] * 6
    assert sum("stream" in body for body in server.seen) == 8
    assert server.most_at_once == 2
    assert model.pace()


def test_the_place_in_the_queue(server: Server) -> None:
    model = EndpointModel(read_address(server.address("silent")), slots=1)
    model.probed()
    stops = [threading.Event() for _ in range(3)]
    threads = []
    for number, stop in enumerate(stops):
        rows = [GenerateRow(prompt(number + 1), 12)]
        threads.append(threading.Thread(target=model.generate, args=(rows,), kwargs={"stop": stop.is_set}))
        threads[-1].start()
        while model.place(stop.is_set) is None:
            pass
    places = [model.place(stop.is_set) for stop in stops]
    assert [place.ahead for place in places if place] == [0, 0, 1]
    for stop in stops:
        stop.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert model.place(stops[0].is_set) is None


def test_scores_are_those_of_the_continuation_under_the_prompt(server: Server) -> None:
    model = model_at(server.address("scores"))
    assert model.capabilities == {Capability.GENERATE, Capability.SCORE}
    assert Capability.SCORE not in model.why_not
    made = model.score([ScoreRow(prompt(3), (" one", " three four")), ScoreRow(prompt(2)[:-1], ("five",))])
    assert [one.logprobs for one in made] == [((-3.0,), (-5.0, -4.0)), ((-4.0,),)]
    assert made[0].prompt_tokens == 1 + 3 + 1 + 1 + 1
    with pytest.raises(EngineError, match="one token"):
        model.score([ScoreRow(prompt(3), ("glued",))])
    with pytest.raises(EngineError, match="empty text"):
        model.score([ScoreRow(prompt(3), (" ",))])


def test_a_server_that_does_not_continue_is_asked_in_words(server: Server) -> None:
    model = model_at(server.address("closes"))
    model.generate([GenerateRow(prompt(3), 12)])
    sent = server.seen[-1]["messages"]
    assert [turn["role"] for turn in sent] == ["user"]
    assert sent[0]["content"].startswith("harbour harbour harbour")
    assert sent[0]["content"].endswith("\n\nPost:")
    assert "does not continue an opened answer" in model.notes[0]
    assert not model_at(server.address("good")).notes


def test_marks_of_chat_templates_are_broken_up() -> None:
    for mark in ("<|im_end|>", "</s>", "<s>", "[INST]", "[/INST]", "<end_of_turn>", "<|eot_id|>", "</think>"):
        assert mark not in plain(f"a {mark} b")
        said = as_said((Message("user", (Part(mark),)), Message("assistant", (Part(mark),))), continues=True)
        assert mark not in str(said)
    assert plain("a < b <profile> [x] 3 | 4") == "a < b <profile> [x] 3 | 4"


def test_what_needs_the_weights_is_refused_by_name(server: Server) -> None:
    model = model_at(server.address("good"))
    steered = Modifiers(steer=Steering(1, np.zeros(4, "float32")))
    with pytest.raises(EngineError, match="weights stand on the server") as caught:
        model.generate([GenerateRow(prompt(), 4, modifiers=steered)])
    assert caught.value.kind is FailureKind.UNABLE
    with pytest.raises(EngineError, match="gives no log-probabilities") as caught:
        model.score([ScoreRow(prompt(), ("a",))])
    assert caught.value.kind is FailureKind.UNABLE


def live_view(server: Server, said: str, *, rank: bool = False) -> LiveView:
    data = people.dataset(people.crowd())
    task = RANK if rank else RATE
    bench = Bench(data, task, model_at(server.address(f"says {said}")), WordEncoder())
    columns = [Column("none", CONFIG), Column("recent-history", CONFIG)]
    run = LiveRun(bench, next(data.examples(task)), columns, list(Arm))
    run.start()
    assert run.wait(30)
    return run.view()


def test_a_rating_is_the_answer_that_was_written(server: Server) -> None:
    view = live_view(server, "4 stars")
    for arm in view.arms.values():
        assert arm.outcome
        assert arm.outcome.output
        assert (arm.outcome.output.answered, arm.outcome.output.rating) == ("4", 4.0)
        assert arm.outcome.conditioning
        assert RATED.partition(":")[0] in arm.outcome.conditioning.evidence.notes[-1]
        assert arm.outcome.prompt_tokens > 0
        assert arm.scores["mae"].value is not None
        assert arm.scores["log-loss"].value is None
        assert arm.scores["log-loss"].reason


def test_an_answer_that_names_no_rating_is_absent(server: Server) -> None:
    for arm in live_view(server, "I would say between 3 and 4").arms.values():
        assert arm.failure is None
        assert arm.scores["mae"].value is None
        assert "does not begin with one of the labels" in arm.scores["mae"].reason


def test_a_ranking_is_the_list_that_was_written(server: Server) -> None:
    example = next(people.dataset(people.crowd()).examples(RANK))
    count = len(example.candidates)
    true = list(example.candidates).index(example.target) + 1
    order = [true, *(n for n in range(1, count + 1) if n != true)]
    view = live_view(server, ", ".join(map(str, order)), rank=True)
    for arm in view.arms.values():
        assert arm.scores["hr@1"].value == 1.0
        assert arm.outcome
        assert arm.outcome.conditioning
        assert RANKED.partition(":")[0] in arm.outcome.conditioning.evidence.notes[-1]
    listed = next(body for body in server.seen if "Candidates:" in body["messages"][-1]["content"])
    assert all(text in listed["messages"][-1]["content"] for text in example.candidates.values())
    for arm in live_view(server, "1, 2", rank=True).arms.values():
        assert arm.scores["hr@1"].value is None
        assert "not a list of all candidates" in arm.scores["hr@1"].reason


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("4", "4"),
        (" 4 stars", "4"),
        ("**5**", "5"),
        ("Rating: 3.", "3"),
        ("4/5", "4"),
        ("2, because it is slow", "2"),
        ("4.5", ""),
        ("3-4", ""),
        ("3 to 4", ""),
        ("3 or 4", ""),
        ("45", ""),
        ("0", ""),
        ("8/10", ""),
        ("4/10", ""),
        ("four", ""),
        ("The user gives 4", ""),
        ("", ""),
    ],
)
def test_only_a_plain_rating_is_read(text: str, label: str) -> None:
    assert rating_in(text, ("1", "2", "3", "4", "5")) == label


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2, 1, 3", (2, 1, 3)),
        ("2\n1\n3", (2, 1, 3)),
        (" 3 > 2 > 1.", (3, 2, 1)),
        ("2, 1", ()),
        ("2, 1, 1", ()),
        ("2, 1, 4", ()),
        ("1, 2, 3, 3", ()),
        ("Here: 2, 1, 3", ()),
        ("", ()),
    ],
)
def test_only_a_whole_ranking_is_read(text: str, order: tuple[int, ...]) -> None:
    assert ranking_in(text, 3) == order


def test_text_examples_without_a_truth_are_generated_but_not_scored() -> None:
    data = people.dataset(people.crowd())
    example = replace(next(data.examples(people.REWRITE)), target="")
    run = LiveRun(people.bench(data, people.REWRITE), example, [Column("none", CONFIG)], [Arm.NOBODY])
    run.start()
    assert run.wait(20)
    arm = run.view().arms[0, Arm.NOBODY]
    assert arm.failure is None
    assert arm.text
    assert arm.outcome
    assert arm.outcome.output
    assert arm.outcome.output.truth_logprobs == ()
    assert arm.outcome.output.similarity is None
