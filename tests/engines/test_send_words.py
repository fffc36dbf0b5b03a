"""Every command that can ask a search service: its words are shown before they go, and none goes without the flag."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import saved
from data.importer import named, run
from data.importers import importers
from data.sources import Source
from engines import __main__ as command
from engines import outside_preview
from engines.models import embedded
from engines.models.echo import EchoModel
from engines.outside_search import VARIABLE
from taxonomy import encoder
from tests.dashboard.playground_data import CountingEncoder
from tests.data.samples import write_lamp
from tests.engines.search_server import Served, says, serving

FLAG = "--send-words"
FILMS = ("--dataset", "movielens-100k", "--task", "movie-rating", "--methods", "none,rag-blackbox")
ASKED = {
    "ask": ("ask", *FILMS, "--user", "1", "--set", "rag-blackbox.history=3", "--json"),
    "compare": ("compare", *FILMS, "--users", "2", "--wrong-draws", "2", "--json"),
    "coldstart": ("coldstart", *FILMS, "--users", "2", "--examples", "2", "--lengths", "0,2,all", "--json"),
    "predict": ("predict", "OUT", "--dataset", "reviewers", "--method", "rag-blackbox", "--arm", "wrong"),
}
SHOWN = re.compile(r"^  \u201c(.*)\u201d$", re.M)
TIMES = re.compile(r"is asked ([\d,]+) times, with words of requests and histories of ([\d,]+) people:")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    """A service that the settings name, an imported LaMP-3 set, and a model without weights."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(embedded, "embedded_model", EchoModel)
    monkeypatch.setattr(encoder, "SentenceEncoder", CountingEncoder)
    monkeypatch.setattr(EchoModel, "context", 100_000)
    made = run(importers["lamp"], Source(write_lamp(tmp_path, "LaMP_3")), {})
    saved.save(named(made, "reviewers", "Reviewers"))
    with serving() as found:
        found.does.append(says(b'["Fargo"]'))
        monkeypatch.setenv(VARIABLE, found.address)
        yield found
    signal.signal(signal.SIGINT, before)


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["engines", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def line_of(name: str, folder: Path) -> tuple[str, ...]:
    return tuple(str(folder / "said.json") if one == "OUT" else one for one in ASKED[name])


@pytest.mark.parametrize("name", ASKED)
def test_without_the_flag_nothing_is_sent_and_one_line_says_why(
    name: str, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(monkeypatch, capsys, *line_of(name, tmp_path))
    assert code == 2
    assert not served.asked
    assert not out
    assert not (tmp_path / "said.json").exists()
    refused = err.splitlines()[-1]
    assert refused.startswith("rag-blackbox would send these words to 127.0.0.1:")
    assert f"nothing was sent. Give {FLAG} to send them" in refused
    assert 1 <= len(SHOWN.findall(err)) <= outside_preview.SHOWN
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ASKED)
def test_the_words_that_are_shown_are_those_that_go(
    name: str, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outside_preview, "SHOWN", 10_000)
    code, _, err = call(monkeypatch, capsys, *line_of(name, tmp_path), FLAG)
    assert code == 0, err
    assert len(served.asked) > 2
    assert set(SHOWN.findall(err)) == set(served.words)
    times, people = TIMES.search(err).groups()  # type: ignore[union-attr]
    assert int(times) == len(served.asked)
    assert int(people) >= 2


def test_of_many_words_the_first_are_shown_and_the_others_counted(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = call(monkeypatch, capsys, *ASKED["compare"], FLAG)
    shown, words = SHOWN.findall(err), set(served.words)
    assert len(shown) == outside_preview.SHOWN
    assert set(shown) < words
    assert f"and {len(words) - len(shown)} more, which are not shown here" in err


def test_what_a_file_has_already_is_not_sent_and_needs_no_flag(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    again = (*ASKED["compare"], "--resume", str(tmp_path / "done.jsonl"))
    _, first, _ = call(monkeypatch, capsys, *again, FLAG)
    count = len(served.asked)
    code, second, err = call(monkeypatch, capsys, *again)
    assert (code, second) == (0, first)
    assert len(served.asked) == count > 0
    assert not SHOWN.findall(err)


@pytest.mark.parametrize("others", [("--methods", "none"), ("--k", "0")])
def test_a_run_that_sends_nothing_needs_no_flag(
    others: tuple[str, ...], served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = call(monkeypatch, capsys, "compare", *FILMS, "--users", "1", "--json", *others)
    assert code == 0, err
    assert not served.asked


def test_an_address_that_cannot_be_asked_is_said_before_anything_runs(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "ftp://somewhere/secret")
    code, out, err = call(monkeypatch, capsys, *ASKED["compare"], FLAG)
    assert (code, out) == (2, "")
    assert err.startswith(f"{VARIABLE} holds no address that can be asked; accepted: ")
    assert "secret" not in err
    assert not served.asked
