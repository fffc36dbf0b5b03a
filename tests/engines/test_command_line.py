"""python -m engines: what it prints, how it fails and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from data.home import ROOT
from data.importers import datasets
from engines import __main__ as command
from engines.methods import methods
from engines.models import embedded
from engines.models.echo import EchoModel
from engines.runs.compare import GROUPS_AT_ONCE
from taxonomy.catalog import Catalog
from taxonomy.tree import read_tree
from taxonomy.vocab import Mark
from tests.conftest import require_model

SLOW = """
import sys, time
from engines.models import embedded
from engines.models.echo import EchoModel
class Slow(EchoModel):
    def score(self, rows, **named):
        print("scoring", flush=True, file=sys.stderr)
        time.sleep({seconds})
        return super().score(rows, **named)
embedded.embedded_model = Slow
sys.argv = ["engines", "compare", "--dataset", "campus", "--task", "headline", "--methods", "none,recent-history",
            "--no-texts", "--json"]
from engines.__main__ import main
main()
"""
KEYS = {"kind", "method", "arm", "metric", "mean", "low", "high", "users", "n", "unscored", "seconds", "cost"}


@pytest.fixture(autouse=True)
def interrupt_handler() -> Iterator[None]:
    """The command takes over Ctrl-C; give it back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "embedded_model", EchoModel)
    monkeypatch.setattr(EchoModel, "context", 100_000)


def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["engines", *arguments])
    with pytest.raises(SystemExit) as ended:
        command.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out, printed.err


def test_methods_as_json(catalog: Catalog) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engines", "methods", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert [row["id"] for row in found] == list(methods)
    for row in found:
        assert set(row) == {"id", "level", "technique", "tasks", "uses", "options", "follows"}
        tasks = {task.id: task.kind for name in datasets for task in datasets[name]().tasks}
        unfit = methods[row["id"]].info.why_unfit
        assert row["tasks"] == sorted(task for task, kind in tasks.items() if not unfit(kind))
        assert {"movie-rating", "post-rewrite"} & set(row["tasks"])
        assert row["uses"] in {"nothing", "own", "persona", "everyone"}
        assert all(set(one) == {"entry", "how", "differs"} for one in row["follows"])
    tree = read_tree(catalog)
    families = [one.key for one in tree.children("technique") if one.ref.mark is not Mark.OURS]
    leaves = {leaf.key for family in families for leaf in tree.leaves(family)}
    assert len(leaves) == 12
    assert {row["technique"] for row in found} - {""} == leaves | {"decoding.steering"}, "every leaf of the survey runs"
    none = next(row for row in found if row["id"] == "none")
    assert (none["level"], none["technique"], none["follows"]) == (None, "", [])


def test_methods_as_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(monkeypatch, capsys, "methods")
    assert code == 0
    assert "recent-history" in out


@pytest.mark.usefixtures("echo")
def test_compare_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("compare", "--dataset", "campus", "--task", "post-rewrite", "--methods", "none,recent-history")
    code, out, _ = call(monkeypatch, capsys, *asked, "--users", "3", "--no-texts", "--json")
    assert code == 0
    found = json.loads(out)["rows"]
    assert all(set(row) == KEYS | ({"users_lower"} if row["kind"] == "gap" else set()) for row in found)
    bits = [row for row in found if row["metric"] == "bits-per-byte"]
    assert [(row["kind"], row["method"], row["arm"]) for row in bits] == [
        ("score", "none", "nobody"),
        ("score", "recent-history", "right"),
        ("score", "recent-history", "wrong"),
        ("score", "recent-history", "nobody"),
        ("gap", "recent-history", "right-wrong"),
        ("gap", "recent-history", "right-nobody"),
    ]
    assert all((row["users"], row["n"], row["unscored"]) == (3, 24, 0) for row in bits)
    assert all(row["low"] <= row["mean"] <= row["high"] for row in bits)


@pytest.mark.usefixtures("echo")
def test_compare_as_a_table_with_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    asked = ("compare", "--task", "movie-choice", "--methods", "recent-history", "--arms", "right", "--users", "2")
    code, out, _ = call(monkeypatch, capsys, *asked)
    assert code == 0
    assert "NDCG@10 (higher is better)" in out
    assert "popularity" in out
    assert "sampled, 20 candidates, chance 0.227" in out
    assert "131 users left out: no held-out film rated 4 or 5" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dataset", "movielens"), "no dataset is called 'movielens'; did you mean movielens-100k? Known: campus"),
        (("--task", "rating"), "no task of movielens-100k is called 'rating'; did you mean movie-rating?"),
        (("--methods", "none,recent"), "no method is called 'recent'; did you mean recent-history?"),
        (("--methods", ","), "no method is called ''."),
        (("--arms", "rihgt"), "no arm is called 'rihgt'; did you mean right? Known: right, wrong, nobody"),
        (("--arms", ""), "no arm is called ''."),
    ],
)
@pytest.mark.usefixtures("echo")
def test_an_unknown_name_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], said: str
) -> None:
    code, out, err = call(monkeypatch, capsys, "compare", *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "value", [("--k", "-1"), ("--k", "many"), ("--users", "0"), ("--budget", "2"), ("--wrong", "1")]
)
@pytest.mark.usefixtures("echo")
def test_a_bad_option_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: tuple[str, str]
) -> None:
    code, _, err = call(monkeypatch, capsys, "compare", *value)
    assert code == 2
    assert value[0] in err
    assert "Traceback" not in err


def test_a_bad_precision_is_said_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    require_model()
    capsys.readouterr()  # a first conversion of the weights reports its progress
    monkeypatch.setenv("ATTUNE_DTYPE", "float8")
    code, out, err = call(monkeypatch, capsys, "compare", "--users", "1", "--json")
    assert (code, out) == (2, "")
    assert err == "ATTUNE_DTYPE is 'float8'; accepted: float32, bfloat16; unset it for float32\n"


@pytest.mark.parametrize(("times", "seconds"), [(1, 0.3), (2, 5)])
def test_ctrl_c_ends_with_130(times: int, seconds: float) -> None:
    """Once: the rows hold what was done. Twice: at once."""
    child = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(seconds=seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr
    for _ in range(1 if times == 2 else 2 * GROUPS_AT_ONCE):  # of those that run at once, some are done then
        while "scoring" not in (line := child.stderr.readline()):
            assert line, "it ended before it began"
    child.send_signal(signal.SIGINT)
    if times == 2:
        while "press Ctrl-C again" not in (line := child.stderr.readline()):  # other groups begin meanwhile
            assert line, "it ended before it said so"
        child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    if times == 1:
        assert {row["method"] for row in json.loads(out)["rows"]} >= {"none"}
        assert "Stopped: the rows hold what was done." in err


@pytest.mark.model
def test_compare_with_the_embedded_model() -> None:
    require_model()
    asked = ["--task", "movie-rating", "--methods", "recent-history", "--arms", "right,wrong", "--users", "2"]
    asked += ["--k", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "engines", "compare", *asked], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["rows"]
    mae = {(row["kind"], row["method"], row["arm"]): row for row in found if row["metric"] == "mae"}
    assert 0 < mae["score", "recent-history", "right"]["mean"] < 4
    assert ("score", "item-mean", "nobody") in mae
    assert ("gap", "recent-history", "right-wrong") in mae
    told = r"\d\d:\d\d:\d\d \d+ of 20 cells"  # where it takes long
    assert [line for line in done.stderr.splitlines() if not re.fullmatch(told, line)] == []


def test_importing_the_command_does_nothing() -> None:
    code = (
        "import sys, threading, engines.__main__, engines.live\nprint('torch' in sys.modules, threading.active_count())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ
    )
    assert found.stdout.split() == ["False", "1"]


@pytest.mark.usefixtures("echo")
def test_cold_start_prints_curves_and_where_intervals_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--dataset", "campus", "--task", "preference", "--methods", "none,recent-history", "--lengths", "all,0,2")
    code, out, _ = call(monkeypatch, capsys, "coldstart", *asked, "--users", "3", "--examples", "2", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["metric"], found["requests"], len(found["users"])) == ("choice-accuracy", 6, 3)
    right = [row for row in found["rows"] if (row["method"], row["arm"]) == ("recent-history", "right")]
    assert [row["length"] for row in right] == ["0", "2", "all"]
    assert [row["arm"] for row in found["rows"] if row["method"] == "none"] == ["nobody"]
    assert {(row["method"], row["beats"]) for row in found["crossovers"]} == {
        ("recent-history", "nobody"),
        ("recent-history", "wrong"),
    }
    code, _, err = call(monkeypatch, capsys, "coldstart", "--lengths", "3")
    assert code != 0
    assert "length" in err
