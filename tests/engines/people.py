"""Made-up people for the tests: every item carries a word that stands nowhere else, its canary."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from data.digest import digest
from data.records import Dataset, DatasetInfo, Example, Persona, ProfileItem, Split, Task, TaskKind, User
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.types import Conditioning, Config

START = datetime(2025, 1, 1, tzinfo=UTC)
HELD_OUT = 3
FILMS = 40

RATE = Task(
    id="rate",
    name="Rate",
    kind=TaskKind.RATE,
    instruction="Predict the rating.",
    item_template="Film: {title} {canary}. Rating: {rating}",
    input_template="Film: {title}. Rating:",
    answer_template=" {canary} {rating}",
    query_template="{title} {canary}",
    reads="thing",
    labels=("1", "2", "3", "4", "5"),
    main_metric="mae",
)
RANK = replace(
    RATE,
    id="rank",
    kind=TaskKind.RANK,
    item_template="{title} {canary}",
    input_template="",
    answer_template="{title} {canary}",
    labels=(),
    main_metric="ndcg@10",
)
REWRITE = replace(
    RATE,
    id="rewrite",
    kind=TaskKind.REWRITE,
    item_template="Note: {note}\nPost: {canary} {rating}\n",
    input_template="Note: {note}\nPost:",
    labels=(),
    main_metric="bits-per-byte",
    until="\n",
)
CHOOSE = replace(
    REWRITE,
    id="choose",
    kind=TaskKind.CHOOSE,
    item_template="Note: {note}\nAnswer: {chosen}\n",
    input_template="Note: {note}\nAnswer:",
    main_metric="choice-accuracy",
    until="",
)
TASKS = (RATE, RANK, REWRITE, CHOOSE)


def fitting(method: str) -> list[Task]:
    """The tasks that a method runs on, ratings first."""
    return [task for task in TASKS if not methods[method].info.why_unfit(task.kind)]


def pairs() -> list[Any]:
    """Every method with every task that it runs on, as parameters of a test."""
    return [pytest.param(name, task, id=f"{name}-{task.id}") for name in methods for task in fitting(name)]


def canary(user: str, number: int) -> str:
    """The word of one item."""
    return f"canary{user}n{number:05d}z"


def item(user: str, number: int, *, day: float, film: int, kind: str = "thing", **extra: Any) -> ProfileItem:
    """One item; `extra` replaces fields of it."""
    fields = {
        "title": f"Film {film}",
        "note": f"note about film {film}",
        "rating": str(1 + (number + film) % 5),
        "subject": f"film-{film}",
        "canary": canary(user, number),
        "chosen": f"a merry answer about film {film}, {canary(user, number)}",
        "rejected": f"a dry answer about film {film}",
    }
    at = START + timedelta(days=day)
    return ProfileItem(f"{user}/{number}", user, f"{fields['title']}", kind, at, fields | extra)


def person(key: str, items: Sequence[ProfileItem], **traits: str) -> User:
    """A person with some traits, all of which define the persona."""
    ordered = tuple(sorted(items, key=lambda i: (i.at, i.id)))
    return User(key, f"#{key}", ordered, Persona(", ".join(traits.values()), traits, tuple(traits), "made up"))


def crowd(people: int = 12, items: int = 10) -> list[User]:
    """People of 3 ages and 2 genders who see films in orders of their own; their cuts lie on different days."""
    users = []
    for number in range(people):
        films = [(number * 7 + place * 11) % FILMS for place in range(items)]
        made = [item(f"u{number}", i, day=number * 0.7 + i, film=film) for i, film in enumerate(films)]
        age, gender = f"age{number % 3}", "woman" if (number // 3) % 2 else "man"
        users.append(person(f"u{number}", made, age=age, gender=gender))
    return users


def dataset(users: Sequence[User], tasks: Sequence[Task] = TASKS, *, held_out: int = HELD_OUT) -> Dataset:
    """The last items of each person are held out, with one cut; a person without items has no example."""
    by_id = {user.id: user for user in users}
    late = START + timedelta(days=10_000)

    def cut(_dataset: Dataset, _task: Task, user: str) -> datetime:
        last = by_id[user].items[-held_out:]
        return last[0].at if last else late

    def examples(_dataset: Dataset, task: Task, split: Split, _seed: int) -> Iterator[Example]:
        for user in users:
            items = user.items if split is Split.HELD_OUT else user.items[:-held_out]
            last = items[-held_out:]
            yield from (example(task, one, last[0].at) for one in last)

    content = [[u.id, u.persona, [[i.id, i.at, i.kind, dict(i.extra)] for i in u.items]] for u in users]
    info = DatasetInfo("made-up", "Made up", "", "none", "none", fictional=True, summary="Made up.")
    name = digest([content, [task.id for task in tasks], held_out])
    return Dataset(info, tuple(tasks), name, lambda: list(users), examples, cut)


def example(task: Task, one: ProfileItem, cut: datetime) -> Example:
    """The example of a held-out item."""
    target = {TaskKind.RATE: one.extra["rating"], TaskKind.RANK: one.extra["subject"], TaskKind.CHOOSE: "merry"}
    films = sorted({int(one.extra["subject"].removeprefix("film-")), *range(5)})
    fields = {"title": one.extra["title"], "note": one.extra["note"], "canary": ""}
    ranked = task.kind is TaskKind.RANK
    shown = {f"film-{film}": f"Film {film}" for film in films} if ranked else {}
    if task.kind is TaskKind.CHOOSE:
        shown = {"dry": one.extra["rejected"], "merry": one.extra["chosen"].partition(",")[0]}
    return Example(
        id=f"{task.id}/{one.id}",
        task=task.id,
        user=one.user,
        input=one.extra["title"],
        target=target.get(task.kind, one.extra["canary"]),
        at=cut,
        fields={} if ranked else fields,
        candidates=shown,
        subject=one.extra["subject"],
    )


@dataclass
class WordEncoder:
    """A stand-in for the sentence encoder: hashed words, as unit vectors; it remembers what it was given."""

    seen: list[str] = field(default_factory=list)

    def encode(self, texts: Sequence[str]) -> Any:
        """Unit vectors, float32 [n, 16]."""
        self.seen += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, 16), np.float32)

    @staticmethod
    @lru_cache(100_000)
    def _vector(text: str) -> Any:
        vector = np.full(16, 1e-3, np.float32)
        for word in text.encode("utf-8", "surrogatepass").split()[:200]:
            vector[hashlib.sha256(word).digest()[0] % 16] += 1
        return vector / np.linalg.norm(vector)


def bench(data: Dataset, task: Task, *, stop: Callable[[], bool] = lambda: False) -> Bench:
    """A bench over the echo model and the stand-in encoder."""
    return Bench(data, task, EchoModel(), WordEncoder(), stop=stop)


def prompt(conditioning: Conditioning) -> str:
    """All messages as one text."""
    return "\n".join(message.text for message in conditioning.messages)


ROOMY = Config(k=4, budget=3000)
