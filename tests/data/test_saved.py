"""Saved sets: whole or not at all, listed at once, checked before use; deletion leaves no trace of a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from data import saved
from data.__main__ import app, main
from data.errors import DataError
from data.forgetting import forget
from data.home import home
from data.importer import named, run
from data.importers import datasets, importers
from data.registry import UnknownNameError
from data.sources import Source
from tests.data.samples import SETTINGS, lamp_task, words, write_lamp, write_table

CANARY = "zyxxogreb"


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    return folder


def save(path: Path, name: str = "mine") -> None:
    saved.save(named(run(importers["table"], Source(path), SETTINGS["table"]), name, "Mine"))


def content() -> dict[str, bytes]:
    return {str(path.relative_to(home())): path.read_bytes() for path in home().rglob("*") if path.is_file()}


def command(*arguments: str) -> Any:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_import_preview_list_and_delete(tmp_path: Path) -> None:
    path = str(write_lamp(tmp_path))
    shown = json.loads(command("import", "lamp", path, "--preview", "--json").stdout)
    assert shown["saved"] is None
    assert shown["first"]["input"] == words(150)
    assert [name for name in content() if "lock" not in name] == []
    made = json.loads(command("import", "lamp", path, "--name", "My LaMP", "--json").stdout)
    assert made["saved"] == "my-lamp"
    assert [(one["what"], one["read"], one["kept"], one["refused"]) for one in made["counts"]] == [
        ("profile items", 18, 18, 0),
        ("questions", 3, 3, 0),
    ]
    rows = json.loads(command("list", "--json").stdout)
    assert rows[-1] == {"id": "my-lamp", "name": "My LaMP", "tasks": ["lamp-4"], "saved": True, "users": 3}
    assert "Saved as" not in command("import", "lamp", path, "--preview").stdout
    with pytest.raises(DataError, match="is there already"):
        command("import", "lamp", path, "--name", "My LaMP")
    command("import", "lamp", path, "--name", "My LaMP", "--replace")
    command("delete", "my-lamp", "--user", "100")
    assert [user.id for user in datasets["my-lamp"]().users()] == ["200", "300"]
    assert json.loads(command("delete", "my-lamp", "--json").stdout)["files"] == []
    assert list(datasets) == ["campus", "movielens-100k"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "nosuch", "x"], "no importer is called 'nosuch'"),
        (["import", "lamp", "nosuch.json"], "nosuch.json: is not there"),
        (["import", "table", "{table}", "--name", "campus"], "is a set of the project"),
        (["import", "table", "{table}", "--with", "kind"], "NAME=VALUE"),
        (["delete", "campus"], "no saved data set is called 'campus'"),
        (["delete", "../x"], "no saved data set"),
    ],
)
def test_an_error_is_one_line_and_changes_nothing(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = str(write_table(tmp_path))
    monkeypatch.setattr("sys.argv", ["data", *(part.replace("{table}", table) for part in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert {name for name in content() if not name.endswith(".lock")} == set()


def test_a_fault_while_saving_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saved, "write_json", broken)
    with pytest.raises(OSError, match="No space"):
        save(write_table(tmp_path))
    assert {name for name in content() if not name.endswith(".lock")} == set()
    assert not saved.is_saved("mine")


def test_what_a_file_says_is_no_markup_of_the_terminal(tmp_path: Path) -> None:
    questions, outputs = lamp_task("LaMP_4")
    questions[0]["profile"][0]["title"] = ""
    for name, content in (("dev_questions.json", questions), ("dev_outputs.json", outputs)):
        (tmp_path / name).write_text(json.dumps(content))
    said = command("import", "lamp", str(tmp_path), "--name", "[red]Mine[/nosuch]").stdout
    assert "[profile.title]" in "".join(said.split())
    assert "[red]Mine[/nosuch]" in said
    assert "[red]Mine[/nosuch]" in command("list").stdout


@pytest.mark.parametrize("file", ["users.jsonl", "examples.jsonl", "dataset.json"])
def test_a_damaged_set_is_named_and_can_be_deleted(file: str, tmp_path: Path) -> None:
    save(write_table(tmp_path))
    path = saved.folder() / "mine" / file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises((DataError, UnknownNameError), match=r"damaged|mine"):
        datasets["mine"]().users()
    assert ("mine" in datasets) == (file != "dataset.json")
    assert ("mine" in datasets.damaged) == (file == "dataset.json")
    assert command("list").exit_code == 0
    forget("mine")
    assert not (saved.folder() / "mine").exists()


def made_of(digest: str, people: list[str]) -> None:
    """What other parts store: a state beside its inputs, a cached answer, a run with its journal, and an odd file."""
    state = home() / "state" / f"abc-{'-'.join(people)}"
    state.parent.mkdir(exist_ok=True)
    state.with_suffix(".json").write_text(json.dumps({"dataset": digest, "users": people}))
    state.with_suffix(".safetensors").write_bytes(f"weights of {CANARY} {people}".encode())
    (home() / "answers" / people[0]).mkdir(parents=True, exist_ok=True)
    answer = {"set": digest, "owner": people[0], "text": CANARY}
    (home() / "answers" / people[0] / "answer.json").write_text(json.dumps(answer))
    runs = home() / "runs" / f"run-{digest}"
    runs.mkdir(parents=True, exist_ok=True)
    (runs / "spec.json").write_text(json.dumps({"dataset": digest, "methods": ["none"]}))
    with (runs / "journal.jsonl").open("a") as journal:
        journal.writelines(json.dumps({"user": one, "text": f"{CANARY} of {one}"}) + "\n" for one in people)


def test_after_deletion_no_file_holds_the_text(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    path.write_text(path.read_text().replace("p1,", f"p1,{CANARY} one ").replace("p2,", f"p2,{CANARY} two "))
    save(path)
    digest = datasets["mine"]().digest
    made_of(digest, ["p0", "p2"])
    made_of(digest, ["p1"])
    made_of("another", ["p9"])
    (home() / "showcase.json").write_text(json.dumps({"data": "movielens"}))
    others = {name for name in content() if "another" in name}
    forget("mine", "p1")
    left = content()
    assert not [name for name, text in left.items() if b"one" in text and CANARY.encode() in text]
    assert f"runs/run-{digest}/journal.jsonl" in left
    assert b'"p1"' not in left[f"runs/run-{digest}/journal.jsonl"]
    assert b'"p0"' in left[f"runs/run-{digest}/journal.jsonl"]
    assert "state/abc-p0-p2.safetensors" in left
    assert "p1" not in datasets["mine"]().by_id
    forget("mine")
    left = content()
    assert all("another" in name or "p9" in name for name, text in left.items() if CANARY.encode() in text)
    assert "showcase.json" in left
    assert others <= set(left)
