"""A method's own options: their limits, their way through settings, cells and records, and tasks that it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from data.digest import digest
from data.records import TaskKind, User
from engines.ask import Question, ask_line, question_of, settings_of
from engines.errors import FailureKind
from engines.live import Column, LiveRun
from engines.methods import methods
from engines.prompts import Block, compose
from engines.runs.cells import Cell, condition
from engines.runs.export import records, table
from engines.settings import config_of, parse_settings, show_settings
from engines.types import Arm, Conditioning, Config, Option, Request, Unfit
from engines.world import World
from tests.engines import people

LOUD = Option("loudness", "Loudness", -1, 4, 1, 0.1, "More of it is louder.")
USUAL_DIGEST = "1a1ee0812a8eac2f"


class Loud(methods["none"]):  # type: ignore[misc]
    """Says in the prompt how loud it is set."""

    info = replace(methods["none"].info, options=(LOUD,), unfit=(Unfit((TaskKind.RATE,), "stars make no sound."),))

    def prepare(self, user: User, world: World) -> World:  # noqa: ARG002
        return world

    def condition(self, state: World, request: Request) -> Conditioning:
        said = f"loud {self.config.option(LOUD)}"
        return compose(request, [Block(said)], count=state.model.count, config=self.config)


@pytest.fixture
def loud() -> Iterator[str]:
    methods.register("loud")(Loud)
    yield "loud"
    del methods._entries["loud"]


def test_a_configuration_without_options_keeps_its_digest() -> None:
    assert digest(Config()) == digest(Config(options={})) == USUAL_DIGEST
    assert len({digest(Config(options={"loudness": value})) for value in (1.5, 2.0)} | {USUAL_DIGEST}) == 3
    assert Config(options={"b": 1.0, "a": 2.0}) == Config(options={"a": 2.0, "b": 1.0})
    assert len({Config(options={"a": 2.0}), Config(options={"a": 2.0}), Config()}) == 2


@pytest.mark.parametrize(
    ("given", "shown", "value"),
    [
        ("loud.loudness=2.5", "loud.loudness=2.5", 2.5),
        ("loud.k4.loudness=-0.25.plain", "loud.k4.plain.loudness=-0.25", -0.25),
        ("loud.k4,loud.loudness=4.0000", "loud.k4.loudness=4", 4.0),
        ("loud.loudness=3,loud.loudness=1", "", 1.0),
    ],
)
def test_options_go_through_the_short_form_and_back(loud: str, given: str, shown: str, value: float) -> None:
    settings = parse_settings(given, [loud])
    assert show_settings(settings) == shown
    assert parse_settings(shown, [loud]) == settings
    assert config_of(settings, loud, 7).option(LOUD) == value


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("loud.loudness=5", "loudness from -1 to 4"),
        ("loud.volume=1", "options of loud: loudness"),
        ("none.loudness=1", "none has no options"),
        ("loud.loudness=", "settings of methods"),
        ("loud.loudness=1e3", "settings of methods"),
        ("loud.loudness=nan", "settings of methods"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_with_what_is_accepted(loud: str, given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_settings(given, [loud, "none"])


def test_options_reach_prompt_record_and_command(loud: str) -> None:
    data = people.dataset(people.crowd(4))
    bench = people.bench(data, data.task("rewrite"))
    example = next(data.examples(bench.task))
    run = LiveRun(bench, example, [Column(loud, config_of(settings_of("loud.loudness=2.5"), loud, 7))], [Arm.NOBODY])
    run.start()
    assert run.wait(20)
    found = records(bench, example, run.view())
    assert "loud 2.5" in found[0]["messages"][1]["parts"][1]["text"]
    assert found[0]["config"]["options"] == {"loudness": 2.5}
    assert "loudness=2.5" in table(found)
    assert question_of(run).settings == settings_of("loud.loudness=2.5")
    assert "--set loud.loudness=2.5" in ask_line(question_of(run))
    assert "--set" not in ask_line(Question("made-up", "rewrite", "u0", example.id, (loud,), (Arm.NOBODY,)))


def test_a_task_that_a_method_is_not_for_fails_with_the_reason(loud: str) -> None:
    data = people.dataset(people.crowd(4))
    bench = people.bench(data, data.task("rate"))
    outcome = condition(bench, [Cell(loud, Arm.NOBODY, next(data.examples(bench.task)))])[0]
    assert outcome.failure
    assert outcome.failure.kind is FailureKind.UNABLE
    assert outcome.failure.message == "None does not run on Rate: stars make no sound."
    assert not Loud.info.why_unfit(TaskKind.RANK)
