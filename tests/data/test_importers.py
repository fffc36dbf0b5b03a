"""Every importer on a file of its format: what it keeps, where the cut lies, that it can be saved, loaded and used."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data import saved
from data.__main__ import app
from data.digest import canonical
from data.errors import DataError
from data.imported import ORDER_CUT, Imported
from data.importer import named, run
from data.importers import datasets, importers
from data.importers.lamp_tasks import LAMP
from data.records import Split, TaskKind
from data.registry import UnknownNameError
from data.sources import Source
from tests.data.samples import (
    ENTRIES,
    LAMP_INPUTS,
    LONG_ITEMS,
    PEOPLE,
    SETTINGS,
    WRITERS,
    lamp_task,
    words,
    write_lamp,
    write_longlamp,
    write_mbox,
    write_movielens,
    write_reviews,
    write_table,
)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    return folder


def imported(name: str, path: Path, **settings: str) -> Imported:
    return run(importers[name], Source(path), {**SETTINGS.get(name, {}), **settings})


def refusals(made: Imported) -> dict[str, int]:
    return {refusal.reason: refusal.count for tally in made.tallies for refusal in tally.refusals}


def test_every_importer_has_a_sample() -> None:
    assert set(importers) == set(WRITERS)


def test_the_table_of_importers_says_on_what_each_was_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "600")
    lines = CliRunner().invoke(app, ["importers"]).stdout.splitlines()
    for name in importers:
        row = next(line for line in lines if f" {name} " in line)
        assert importers[name].tested
        assert f" {importers[name].tested} " in row


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_sample_is_kept_saved_loaded_and_used(name: str, tmp_path: Path) -> None:
    made = imported(name, WRITERS[name](tmp_path))
    assert not refusals(made)
    assert all(tally.read == tally.kept for tally in made.tallies)
    assert len(made.users) == (2 if name == "git" else 2 * PEOPLE if name == "persona-chat" else PEOPLE)
    data = saved.save(named(made, "mine", "Mine"))
    assert list(datasets) == ["campus", "movielens-100k", "mine"]
    assert data.digest == made.digest == datasets["mine"]().digest
    assert canonical(list(data.users())) == canonical(list(made.users))
    assert data.info.name == "Mine"
    for task in data.tasks:
        held = list(data.examples(task))
        assert canonical(held) == canonical([e for e in made.examples if e.task == task.id])
        for example in (*held, *data.examples(task, Split.EARLIER)):
            user = data.by_id[example.user]
            known = user.before(example.at).items
            assert known
            assert example.at <= data.cut(task, user.id)
            assert example.subject not in {item.extra["subject"] for item in known}
            assert example.target in (task.labels or (example.target,))
            assert task.input_template.format_map(example.fields)
            assert task.query_template.format_map(example.fields)
            for item in user.items:
                assert task.write_item(item)
                assert task.query_template.format_map(item.extra)
                assert task.answer_template.format_map(item.extra)


@pytest.mark.parametrize("task", sorted(LAMP_INPUTS))
def test_every_lamp_task_is_read_with_its_instruction_taken_off(task: str, tmp_path: Path) -> None:
    made = imported("lamp", write_lamp(tmp_path, task))
    (one,) = made.tasks
    assert one.id == task.lower().replace("_", "-")
    questions, outputs = lamp_task(task)
    for example, question, gold in zip(made.examples, questions, outputs["golds"], strict=True):
        assert example.id == f"{one.id}/{question['id']}"
        assert example.target == gold["output"]
        assert example.input == words(int(question["id"]) + 50)
        assert "following" not in str(example.fields)
        assert example.at == ORDER_CUT
    kinds = {"LaMP_1": TaskKind.RANK, "LaMP_2": TaskKind.RANK, "LaMP_2N": TaskKind.RANK, "LaMP_3": TaskKind.RATE}
    assert one.kind is kinds.get(task, TaskKind.GENERATE)
    assert len(one.labels) == {"LaMP_1": 2, "LaMP_2": 15, "LaMP_2N": 15, "LaMP_3": 5}.get(task, 0)
    assert [item.extra["subject"] for item in made.users[0].items] == [f"100/{n}" for n in range(1, ENTRIES + 1)]
    assert made.info.catalog_key == next(kind.catalog for kind in LAMP if kind.task is one)


def lamp_with(tmp_path: Path, change: Any, task: str = "LaMP_3") -> Imported:
    questions, outputs = lamp_task(task)
    change(questions, outputs)
    (tmp_path / "dev_questions.json").write_text(json.dumps(questions, indent=1))
    (tmp_path / "dev_outputs.json").write_text(json.dumps(outputs))
    return imported("lamp", tmp_path / "dev_questions.json")


def test_lamp_refuses_with_reasons_and_places(tmp_path: Path) -> None:
    def change(questions: list[Any], outputs: dict[str, Any]) -> None:
        questions[0]["profile"][1]["score"] = "9"
        questions[0]["profile"][2] = {"id": "x", "text": questions[0]["input"].partition("review: ")[2], "score": "1"}
        questions[1]["id"] = "100"
        outputs["golds"].pop()

    made = lamp_with(tmp_path, change)
    assert refusals(made) == {
        "profile.score: a number from 1 to 5 in steps of 1": 1,
        "profile: items that do not hold the request": 1,
        "id: an id for each question": 1,
        "output: an output for each question": 1,
    }
    assert len(made.users) == 1
    places = [place for tally in made.tallies for refusal in tally.refusals for place in refusal.first]
    assert "dev_questions.json:38 [id]" in places


def test_lamp_with_dates_keeps_what_lies_before_the_question(tmp_path: Path) -> None:
    def change(questions: list[Any], _outputs: dict[str, Any]) -> None:
        for question in questions:
            question["date"] = "2014-05-01"
            for number, item in enumerate(question["profile"]):
                item["date"] = f"2014-0{6 - number}-1"

    made = lamp_with(tmp_path, change, "LaMP_4")
    assert refusals(made) == {"profile.date: the profile items of a question, all before it": 2 * PEOPLE}
    assert {example.at for example in made.examples} == {datetime(2014, 5, 1, tzinfo=UTC)}
    assert [item.at.month for item in made.users[0].items] == [1, 2, 3, 4]


def test_lamp_without_its_outputs_says_so(tmp_path: Path) -> None:
    path = write_lamp(tmp_path)
    (tmp_path / "dev_outputs.json").unlink()
    with pytest.raises(DataError, match=r"nothing can be kept; 3 refused, first at dev_questions\.json:1 \[output"):
        imported("lamp", path)


@pytest.mark.parametrize("task", sorted(LONG_ITEMS))
def test_every_public_task_of_longlamp_is_known_by_its_fields(task: str, tmp_path: Path) -> None:
    made = imported("longlamp", write_longlamp(tmp_path, task))
    assert [one.id for one in made.tasks] == [task]
    assert made.examples[0].target == f"Long text {words(20)}"


def test_people_of_a_conversation_are_its_personas(tmp_path: Path) -> None:
    made = imported("persona-chat", WRITERS["persona-chat"](tmp_path))
    assert made.users[0].persona.traits["sentence 2"] in {"I sing.", "I cook."}
    one = next(user for user in made.users if "I sing." in user.persona.traits.values())
    assert [item.extra["reply"] for item in one.items] == [words(turn) for turn in range(2, 2 * ENTRIES, 2)]
    assert [item.extra["said"] for item in one.items] == [words(turn - 1) for turn in range(2, 2 * ENTRIES, 2)]


def test_movielens_holds_out_the_last_five_by_time(tmp_path: Path) -> None:
    made = imported("movielens-latest", write_movielens(tmp_path))
    assert [e.subject for e in made.examples if e.user == "1"] == [f"film-{n}" for n in range(8, 13)]
    assert made.tasks[0].labels[0] == "0.5"
    assert made.examples[0].fields["title"] == "Film 8, The (1998)"


def test_reviews_hide_what_anyone_said_of_a_held_out_product(tmp_path: Path) -> None:
    made = imported("reviews", write_reviews(tmp_path))
    assert [task.id for task in made.tasks] == ["review-rating", "review-title"]
    assert {e.subject for e in made.examples} == {"product-P3", "product-P4", "product-P5"}


@pytest.mark.parametrize(("kind", "task"), [("write", TaskKind.GENERATE), ("choose", TaskKind.RANK)])
def test_a_table_is_mapped_by_settings(kind: str, task: TaskKind, tmp_path: Path) -> None:
    made = imported("table", write_table(tmp_path), kind=kind, instruction="Say it their way.")
    assert made.tasks[0].kind is task
    assert made.tasks[0].instruction == "Say it their way."
    assert made.users[0].persona.traits == {"age": "old"}
    assert made.users[0].items[0].at == datetime(2024, 1, 1, tzinfo=UTC)


def test_a_table_of_numbers_is_rated(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"who": f"p{n % 2}", "what": words(n), "stars": n % 3} for n in range(12)]
    path.write_text("\n".join(map(json.dumps, rows)))
    made = imported("table", path, user="who", given="what", made="stars", kind="rate", time="", traits="")
    assert made.tasks[0].labels == ("0", "1", "2")
    assert {example.target for example in made.examples} <= {"0", "1", "2"}


def test_mail_is_the_senders_own_words(tmp_path: Path) -> None:
    path = write_mbox(tmp_path)
    text = path.read_text().replace(f"Subject: {words(0)}", "Subject: Re: other", 1)
    path.write_text(text)
    made = imported("mbox", path, me="p0@example.org")
    assert [user.id for user in made.users] == ["p0@example.org"]
    assert refusals(made) == {"From: mail of the person asked for": 12, "Subject: a subject of the sender's own": 1}
    assert "quoted" not in made.users[0].items[0].extra["body"]
    assert "signed" not in made.users[0].items[0].extra["body"]


def test_a_setting_that_is_not_known_or_not_accepted_is_named(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    with pytest.raises(UnknownNameError, match="setting of table is called 'usr'; did you mean user"):
        imported("table", path, usr="x")
    for settings, said in (
        ({"kind": "guess"}, "write, choose, rate"),
        ({"held-out": "0"}, "1 to 20"),
        ({"made": "nosuch"}, "no such column"),
    ):
        with pytest.raises(DataError, match=said):
            imported("table", path, **settings)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return write_table(tmp_path)


@pytest.mark.parametrize("name", ["", "Big", "a/b", "..", "x" * 61, "-a"])
def test_a_set_has_a_plain_name(name: str, tables: Path) -> None:
    with pytest.raises(DataError, match="small letters"):
        named(imported("table", tables), name, "x")
