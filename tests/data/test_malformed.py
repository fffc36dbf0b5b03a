"""Every malformed line of an importer's files is refused with its file, line and field."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from data.errors import DataError
from data.importers import campus, movielens
from data.records import Split

MOVIELENS = {
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    + "".join(f"{i}\tFilm {i}, The\t199{i % 10}\tDrama War\n" for i in range(1, 9)),
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    "1\t24\tF\twriter\t1\n2\t53\tM\tother\t2\n",
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    + "".join(f"{u}\t{i}\t{1 + i % 5}\t{100 * i + u}\n" for u in (1, 2) for i in range(1, 9)),
}
PERSON = {"record": "person", "id": "mo", "name": "Mo", "about": "Mo reads.", "traits": {"tone": "dry"}}
ITEM = {"record": "item", "id": "mo-1", "person": "mo", "at": "2025-09-04", "note": "n", "post": "p", "headline": "h"}
CHOICE = {"record": "choice", "id": "c-1", "person": "mo", "at": "2025-09-04", "prompt": "q", "a": "x", "b": "y"}
CHOICE |= {"chosen": "a"}


def write_movielens(folder: Path, **changed: str) -> Path:
    for name, text in MOVIELENS.items():
        (folder / name).write_text(changed.get(name.removeprefix("ml-100k."), text))
    return folder


def use_movielens(folder: Path) -> int:
    dataset = movielens.from_folder(folder)
    examples = [e for t in dataset.tasks for split in Split for e in dataset.examples(t, split)]
    return len(dataset.users()) + len(examples)


def use_campus(path: Path) -> int:
    dataset = campus.from_file(path)
    return len([e for t in dataset.tasks for split in Split for e in dataset.examples(t, split)])


def test_the_sample_itself_is_fine(tmp_path: Path) -> None:
    assert use_movielens(write_movielens(tmp_path)) > 2
    title = movielens.read_films(tmp_path / "ml-100k.item")[1].title
    assert title == "The Film 1 (1991)"


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("item", "3\tFilm 3", "x\tFilm 3", r"\.item:4 \[item_id\]"),
        ("item", "\tDrama War\n4", "\n4", r"\.item:4: 3 cells"),
        ("item", "movie_title", "title", r"\.item:1: header"),
        ("user", "\t24\t", "\tyoung\t", r"\.user:2 \[age\]"),
        ("user", "\t24\t", "\t0\t", r"\.user:2 \[age\]"),
        ("user", "\tM\t", "\tX\t", r"\.user:3 \[gender\].*F or M"),
        ("user", "\n1\t", "\n-1\t", r"\.user:2 \[user_id\]"),
        ("user", "\twriter", "", r"\.user:2: 4 cells"),
        ("inter", "\n1\t3\t4\t", "\n1\t3\t6\t", r"\.inter:4 \[rating\].*from 1 to 5"),
        ("inter", "\n1\t3\t4\t", "\n1\t3\t3.5\t", r"\.inter:4 \[rating\]"),
        ("inter", "\n1\t3\t4\t", "\n1\t3\t\t", r"\.inter:4 \[rating\]"),
        ("inter", "\n1\t3\t", "\n1\t99\t", r"\.inter:4: user 1 or film 99 is unknown"),
        ("inter", "\n1\t3\t", "\n7\t3\t", r"\.inter:4: user 7 or film 3 is unknown"),
        ("inter", "\t301\n", "\tyesterday\n", r"\.inter:4 \[timestamp\]"),
        ("inter", "\t301\n", "\t-5\n", r"\.inter:4 \[timestamp\]"),
    ],
)
def test_a_bad_row_of_movielens_is_named(tmp_path: Path, file: str, old: str, new: str, place: str) -> None:
    text = MOVIELENS[f"ml-100k.{file}"]
    assert old in text
    folder = write_movielens(tmp_path, **{file: text.replace(old, new, 1)})
    with pytest.raises(DataError, match=place):
        use_movielens(folder)


def test_movielens_survives_random_edits(tmp_path: Path) -> None:
    draw = random.Random(1)  # noqa: S311
    for turn in range(150):
        folder = tmp_path / str(turn)
        folder.mkdir()
        name = draw.choice(["item", "user", "inter"])
        text = list(MOVIELENS[f"ml-100k.{name}"])
        for _ in range(draw.randrange(1, 4)):
            text[draw.randrange(len(text))] = draw.choice(["", "\t", "\n", "x", "9", "-", "\x00", "é", ","])
        with suppress(DataError):
            use_movielens(write_movielens(folder, **{name: "".join(text)}))


def lines(*records: dict[str, Any] | str) -> str:
    return "\n".join(r if isinstance(r, str) else json.dumps(r) for r in records) + "\n"


@pytest.mark.parametrize(
    ("records", "place"),
    [
        ((PERSON, "{"), r"c\.jsonl:2: is not JSON"),
        ((PERSON, "[]"), r"c\.jsonl:2: is a list"),
        ((PERSON | {"record": "pet"},), r"c\.jsonl:1 \[record\]: 'pet'; accepted: person, item, choice"),
        ((PERSON | {"record": []},), r"c\.jsonl:1 \[record\]"),
        ((PERSON | {"age": "4"},), r"c\.jsonl:1: missing or unknown fields: age"),
        ((PERSON, {k: v for k, v in ITEM.items() if k != "post"}), r"c\.jsonl:2: missing or unknown fields: post"),
        ((PERSON, ITEM | {"at": "4 September"}), r"c\.jsonl:2 \[at\].*a date as 2025-09-04"),
        ((PERSON, ITEM | {"at": "2025-02-30"}), r"c\.jsonl:2 \[at\]"),
        ((PERSON, ITEM | {"person": "jo"}), r"c\.jsonl:2 \[person\]: 'jo'; accepted: a person of an earlier line"),
        ((ITEM, PERSON), r"c\.jsonl:1 \[person\]"),
        ((PERSON, ITEM | {"post": " "}), r"c\.jsonl:2 \[post\].*non-empty text"),
        ((PERSON, ITEM | {"post": None}), r"c\.jsonl:2 \[post\]"),
        ((PERSON, ITEM | {"post": "\ud800"}), r"c\.jsonl:2: is not JSON"),
        ((PERSON | {"traits": {}},), r"c\.jsonl:1 \[traits\]"),
        ((PERSON | {"traits": "dry"},), r"c\.jsonl:1 \[traits\]"),
        ((PERSON | {"traits": {"tone": 5}},), r"c\.jsonl:1 \[traits\]"),
        ((PERSON, CHOICE | {"chosen": "c"}), r"c\.jsonl:2 \[chosen\].*a or b"),
        ((PERSON, ITEM, ITEM), r"c\.jsonl:3 \[id\]: 'mo-1' stands twice"),
        ((PERSON, PERSON), r"c\.jsonl:2 \[id\]: 'mo' stands twice"),
        ((PERSON, CHOICE), r"c\.jsonl: 'mo' has no item"),
    ],
)
def test_a_bad_line_of_campus_is_named(tmp_path: Path, records: tuple[Any, ...], place: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(lines(*records))
    with pytest.raises(DataError, match=place):
        use_campus(path)


def test_a_campus_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"c\.jsonl: is not there"):
        campus.from_file(tmp_path / "c.jsonl")


def test_campus_survives_random_edits(tmp_path: Path) -> None:
    draw = random.Random(2)  # noqa: S311
    values = [None, 3, [], {}, "", "x", "mo", True, "2025-01-01", {"a": "b"}, "\udfff"]
    for turn in range(300):
        records = [dict(PERSON), *(ITEM | {"id": f"mo-{i}"} for i in range(10)), dict(CHOICE)]
        for _ in range(draw.randrange(3)):
            record = draw.choice(records)
            record[draw.choice(list(record))] = draw.choice(values)
        path = tmp_path / f"{turn}.jsonl"
        path.write_text(lines(*records))
        with suppress(DataError):
            use_campus(path)
