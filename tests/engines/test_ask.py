"""python -m engines ask: the numbers of the page, the line that the page gives, and one line for each mistake."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.home import ROOT
from data.importers import datasets
from engines import __main__ as command
from engines.ask import Question, ask_line, compare_line, find_example, own_request, question_of
from engines.live import Column, LiveRun
from engines.models import embedded
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.runs.export import MEASURED_ANEW, Record, records
from engines.settings import config_of, parse_settings, show_settings
from engines.types import Arm, Config
from taxonomy import encoder
from tests.conftest import require_model
from tests.dashboard.playground_data import CountingEncoder

NAMES = ("none", "recent-history", "rag-dense")
SETTINGS = (("recent-history", Config(k=2, template="plain")), ("rag-dense", Config(budget=900)))


@pytest.fixture(autouse=True)
def _interrupt_handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def _echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "embedded_model", EchoModel)
    monkeypatch.setattr(encoder, "SentenceEncoder", CountingEncoder)


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["engines", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def page_run(model: Any, encoder_: Any, task: str, arms: tuple[Arm, ...], settings: Any = SETTINGS) -> LiveRun:
    """The run as the Playground makes it."""
    data = datasets["campus"]() if task in {"headline", "post-rewrite"} else datasets["movielens-100k"]()
    bench = Bench(data, data.task(task), model, encoder_, 3)
    example = list(data.examples(data.task(task), seed=3))[5]
    names = NAMES if len(settings) == 2 else NAMES[:2]
    run = LiveRun(bench, example, [Column(name, config_of(settings, name, 3)) for name in names], arms)
    run.start()
    assert run.wait(120)
    return run


def without(found: list[Record]) -> list[Record]:
    return [{name: value for name, value in one.items() if name not in MEASURED_ANEW} for one in found]


@pytest.mark.parametrize("task", ["movie-rating", "movie-choice", "headline"])
@pytest.mark.parametrize("arms", [tuple(Arm), (Arm.RIGHT,)], ids=len)
@pytest.mark.usefixtures("_echo")
def test_the_line_of_the_page_prints_the_records_of_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], task: str, arms: tuple[Arm, ...]
) -> None:
    run = page_run(EchoModel(), CountingEncoder(), task, arms)
    line = shlex.split(ask_line(question_of(run)))
    assert line[:4] == ["python", "-m", "engines", "ask"]
    code, out, err = call(monkeypatch, capsys, *line[3:])
    assert (code, err) == (0, "")
    assert without([json.loads(row) for row in out.splitlines()]) == without(
        records(run.bench, run.example, run.view())
    )


def same(one: Any, other: Any) -> bool:
    """Equal but for the last digits of numbers, which depend on what is computed beside them."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, abs=2e-3)
    return bool(one == other)


def test_the_copied_line_in_a_shell_prints_the_same_with_the_real_model(tmp_path: Path) -> None:
    require_model()
    settings = (("recent-history", Config(k=2)),)
    run = page_run(embedded.embedded_model(), CountingEncoder(), "movie-rating", tuple(Arm), settings)
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    (binaries / "python").chmod(0o755)
    path = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", ask_line(question_of(run))],
        cwd=ROOT,
        env=path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = without([json.loads(row) for row in done.stdout.splitlines()])
    expected = without(records(run.bench, run.example, run.view()))
    assert len(printed) == len(expected) == 8
    assert all(map(same, printed, expected))
    assert printed[1]["output"]["rating"] != printed[2]["output"]["rating"]


HOSTILE_WORDS = ['it\'s $(touch x); `id` "&& rm"\n* ~', "--json", "-x", ""]


@pytest.mark.parametrize("text", HOSTILE_WORDS)
def test_what_a_reader_wrote_is_one_word_of_the_line(text: str) -> None:
    question = Question("campus", "headline", "o'neil; ls", "a b", ("none",), tuple(Arm), text=text)
    words = shlex.split(ask_line(question))
    assert words[words.index("--user") + 1] == "o'neil; ls"
    assert words[words.index("--text" if text else "--example") + 1] == (text or "a b")
    assert words[-1] == "--jsonl"


@pytest.mark.usefixtures("_echo")
def test_an_own_request_has_no_truth_and_absent_scores(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "The canteen's; $(soup)"
    data = datasets["campus"]()
    user = data.users()[0].id
    question = Question("campus", "headline", user, "", ("none", "recent-history"), (Arm.RIGHT,), text=text)
    code, out, _ = call(monkeypatch, capsys, *shlex.split(ask_line(question))[3:])
    assert code == 0
    found = [json.loads(row) for row in out.splitlines()]
    assert [(one["request"], one["truth"]) for one in found] == [(text, None)] * 2
    assert all(one["output"]["text"] for one in found)
    assert all(score["value"] is None and score["reason"] for one in found for score in one["metrics"].values())


@pytest.mark.usefixtures("_echo")
def test_the_line_for_many_users_has_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = Question("campus", "headline", "u", "e", ("none", "recent-history"), (Arm.RIGHT,), 3, SETTINGS[:1])
    line = compare_line(question, 2)
    assert line == (
        "python -m engines compare --dataset campus --task headline --methods none,recent-history --arms right "
        "--seed 3 --set recent-history.k2.plain --users 2"
    )
    code, out, _ = call(monkeypatch, capsys, *shlex.split(line)[3:], "--no-texts", "--json")
    assert code == 0
    assert {row["method"] for row in json.loads(out)["rows"]} >= {"none", "recent-history"}


def test_settings_of_one_method_reach_its_cells_only() -> None:
    from engines.runs.compare import Plan

    plan = Plan(("none", "recent-history"), (Arm.RIGHT,), 1, Config(k=5, seed=3), settings=SETTINGS[:1])
    assert plan.config_of("recent-history") == Config(k=2, template="plain", seed=3)
    assert plan.config_of("none") == Config(k=5, seed=3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--user", "nobody-such"), "no user with an example of movie-rating is called 'nobody-such'"),
        (("--user", "774", "--example", "x"), "no example of user 774 is called 'x'"),
        (("--user", "774", "--methods", "recent"), "no method is called 'recent'; did you mean recent-history?"),
        (("--user", "774", "--set", "none.k999"), "--set 'none.k999' cannot be used; accepted: k from 0 to 64"),
        (("--user", "774", "--set", "q"), "--set 'q' cannot be used; accepted: settings of methods that run here"),
        (("--user", "x", "--text", "hello"), "no user is called 'x'"),
        (("--user", "774", "--task", "movie-choice", "--text", "hello"), "chooses among given candidates"),
    ],
)
@pytest.mark.usefixtures("_echo")
def test_a_mistake_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = call(monkeypatch, capsys, "ask", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.usefixtures("_echo")
def test_ask_as_a_table_and_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    asked = ("ask", "--dataset", "campus", "--task", "headline", "--user", datasets["campus"]().users()[0].id)
    code, out, _ = call(monkeypatch, capsys, *asked)
    assert code == 0
    assert "bits-per-byte" in out
    assert "recent-history (wrong): " in out
    code, out, _ = call(monkeypatch, capsys, *asked, "--json")
    assert code == 0
    assert len(json.loads(out)["records"]) == 4


def test_the_first_example_is_taken_where_none_is_named() -> None:
    data = datasets["campus"]()
    task, user = data.task("headline"), data.users()[2].id
    first = next(one for one in data.examples(task, seed=7) if one.user == user)
    question = Question("campus", "headline", user, "", ("none",), (Arm.RIGHT,))
    assert find_example(data, task, question) == first
    assert own_request(data, task, user, "Soup").at == data.cut(task, user)


def test_settings_go_to_their_short_form_and_back() -> None:
    assert show_settings(SETTINGS) == "recent-history.k2.plain,rag-dense.b900"
    assert parse_settings(show_settings(SETTINGS), NAMES) == SETTINGS
    assert show_settings((("none", Config()),)) == ""
