"""Campus: twelve fictional people, written by hand for this project (MIT); labelled fictional wherever shown.

A line of campus.jsonl is a person, an item (note, post in the person's voice, headline) or a choice between two
answers. Each person's last eight items and choices are held out, with one cut for each person and kind.

The two answers of a choice stand in the order of their texts' digests and are called first and second, so that neither
the order nor the names tell which one was chosen, and people who were given the same pair see it in the same order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from data.digest import digest, file_sha256
from data.errors import DataError, Place
from data.home import ROOT
from data.importers import datasets
from data.readers import json_lines
from data.records import Dataset, DatasetInfo, Example, Persona, ProfileItem, Split, Task, TaskKind, User

HELD_OUT = 8
FIELDS = {
    "person": ("id", "name", "about", "traits"),
    "item": ("id", "person", "at", "note", "post", "headline"),
    "choice": ("id", "person", "at", "prompt", "a", "b", "chosen"),
}

INFO = DatasetInfo(
    id="campus",
    name="Campus",
    catalog_key="",
    licence="MIT, part of this project",
    citation="The Campus corpus of Attune.",
    fictional=True,
    summary="12 fictional people at a fictional college: 24 notes with posts and headlines, and 24 choices each.",
)

REWRITE = Task(
    id="post-rewrite",
    name="Rewrite a note as a post",
    kind=TaskKind.REWRITE,
    instruction="Rewrite the note as a post in the user's own voice.",
    item_template="Note: {note}\nPost: {post}\n",
    input_template="Note: {note}\nPost:",
    answer_template=" {post}",
    query_template="{note}",
    reads="post",
    main_metric="bits-per-byte",
    max_new_tokens=112,
    until="\n",
)

HEADLINE = Task(
    id="headline",
    name="Write a headline",
    kind=TaskKind.GENERATE,
    instruction="Write the headline that the user puts above the post.",
    item_template="Post: {post}\nHeadline: {headline}\n",
    input_template="Post: {post}\nHeadline:",
    answer_template=" {headline}",
    query_template="{post}",
    reads="post",
    main_metric="bits-per-byte",
    max_new_tokens=24,
    until="\n",
)

PREFERENCE = Task(
    id="preference",
    name="Which of two answers would the user choose?",
    kind=TaskKind.CHOOSE,
    instruction="Answer the request as the user likes it best.",
    item_template="Request: {prompt}\nAnswer: {chosen}\n",
    input_template="Request: {prompt}\nAnswer:",
    answer_template=" {chosen}",
    query_template="{prompt}",
    reads="choice",
    main_metric="choice-accuracy",
    note="an answer's score is what a method adds to its log-likelihood under the request alone, or a reward that the "
    "method learnt; the higher of two is the choice, a tie counts one half, and chance is 0.5",
)
TASKS = (REWRITE, HEADLINE, PREFERENCE)


@datasets.register(INFO.id)
def campus() -> Dataset:
    """The corpus that ships with the project."""
    return from_file(ROOT / "data" / "corpora" / "campus.jsonl")


def from_file(path: Path) -> Dataset:
    """The dataset over a file in the form of campus.jsonl; it is parsed at the first use.

    Raises:
        DataError: the file is not there; later, on use: a line is not a record of the three kinds.
    """
    if not path.is_file():
        raise DataError(Place(path.name), "is not there", "a file of person, item and choice records")
    return Dataset(
        info=INFO,
        tasks=TASKS,
        digest=digest({"file": file_sha256(path), "tasks": TASKS, "rule": 1}),
        load_users=lambda: read_users(path),
        make_examples=lambda dataset, task, split, _seed: _examples(dataset.users(), task, split),
        find_cut=lambda dataset, task, user: _held_out(dataset.by_id[user], task, Split.HELD_OUT)[0].at,
    )


@lru_cache(maxsize=2)
def read_users(path: Path) -> Sequence[User]:
    """The people with their items in time order, in the file's order of people.

    Raises:
        DataError: a line has a missing, unknown or ill-typed field, or names an unknown person.
    """
    people: dict[str, Mapping[str, Any]] = {}
    items: dict[str, list[ProfileItem]] = defaultdict(list)
    seen: set[tuple[str, str, str]] = set()
    for line, record in json_lines(path):
        place = Place(path.name, line)
        kind = _shape(record, place)
        name = (kind, record.get("person", ""), record["id"])
        if name in seen:
            raise DataError(Place(path.name, line, "id"), f"{record['id']!r} stands twice", f"one {kind} an id")
        seen.add(name)
        if kind == "person":
            people[record["id"]] = record
            continue
        if record["person"] not in people:
            raise DataError(Place(path.name, line, "person"), repr(record["person"]), "a person of an earlier line")
        items[record["person"]].append(_item(kind, record, place))
    for key in people:
        if not any(item.kind == REWRITE.reads for item in items[key]):
            raise DataError(Place(path.name), f"{key!r} has no item", "at least one item a person")
    return [
        User(key, person["name"], tuple(sorted(items[key], key=lambda i: (i.at, i.id))), _persona(person["traits"]))
        for key, person in people.items()
    ]


def _shape(record: Mapping[str, Any], place: Place) -> str:
    """The kind of a record whose fields are just those of its kind, all text but the traits."""
    kind = record.get("record")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise DataError(Place(place.file, place.line, "record"), repr(kind), ", ".join(FIELDS))
    fields = set(record) - {"record"}
    if fields != set(FIELDS[kind]):
        wrong = ", ".join(sorted(fields ^ set(FIELDS[kind])))
        raise DataError(place, f"missing or unknown fields: {wrong}", ", ".join(FIELDS[kind]))
    for name in FIELDS[kind]:
        value = record[name]
        texts: list[Any] = [value]
        if name == "traits":
            texts = list(value.values()) if isinstance(value, dict) else []
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise DataError(Place(place.file, place.line, name), f"{value!r:.60}", "non-empty text")
    if kind == "choice" and record["chosen"] not in {"a", "b"}:
        raise DataError(Place(place.file, place.line, "chosen"), repr(record["chosen"]), "a or b")
    return kind


def _item(kind: str, record: Mapping[str, Any], place: Place) -> ProfileItem:
    try:
        at = datetime.strptime(record["at"], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise DataError(Place(place.file, place.line, "at"), repr(record["at"]), "a date as 2025-09-04") from error
    key = f"{record['person']}/{record['id']}"
    if kind == "item":
        extra = {name: record[name] for name in ("note", "post", "headline")} | {"subject": record["id"]}
        return ProfileItem(key, record["person"], record["post"], "post", at, extra)
    chosen, other = (record["a"], record["b"]) if record["chosen"] == "a" else (record["b"], record["a"])
    extra = {"prompt": record["prompt"], "chosen": chosen, "rejected": other, "subject": record["id"]}
    return ProfileItem(key, record["person"], f"{record['prompt']} {chosen}", "choice", at, extra)


def _persona(traits: Mapping[str, str]) -> Persona:
    source = "declared in the corpus, fictional"
    return Persona(", ".join(traits.values()), dict(traits), tuple(traits), source)


def _examples(users: Sequence[User], task: Task, split: Split) -> Iterator[Example]:
    for user in users:
        last = _held_out(user, task, split)
        for item in last:
            yield _choice(item, task, last[0].at) if task.kind is TaskKind.CHOOSE else _text(item, task, last[0].at)


def _text(item: ProfileItem, task: Task, cut: datetime) -> Example:
    given, wanted = ("note", "post") if task.id == REWRITE.id else ("post", "headline")
    return Example(
        id=f"{task.id}/{item.id}",
        task=task.id,
        user=item.user,
        input=item.extra[given],
        target=item.extra[wanted],
        at=cut,
        fields={given: item.extra[given]},
        subject=item.extra["subject"],
    )


def _choice(item: ProfileItem, task: Task, cut: datetime) -> Example:
    texts = sorted((item.extra["chosen"], item.extra["rejected"]), key=digest)
    candidates = dict(zip(("first", "second"), texts, strict=True))
    return Example(
        id=f"{task.id}/{item.id}",
        task=task.id,
        user=item.user,
        input=item.extra["prompt"],
        target=next(name for name, text in candidates.items() if text == item.extra["chosen"]),
        at=cut,
        fields={"prompt": item.extra["prompt"]},
        candidates=candidates,
        subject=item.extra["subject"],
    )


def _held_out(user: User, task: Task, split: Split) -> Sequence[ProfileItem]:
    items = [item for item in user.items if item.kind == task.reads]
    return items[-HELD_OUT:] if split is Split.HELD_OUT else items[-2 * HELD_OUT : -HELD_OUT]
