"""What the Playground's tests share: a small dataset with hostile texts, and services that answer with `EchoModel`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from dashboard.services import Services
from data.importers.campus import REWRITE
from data.importers.movielens import RATING
from data.records import Dataset, DatasetInfo, Example, Persona, ProfileItem, Split, Task, TaskKind, User
from engines.errors import EngineError, FailureKind
from engines.models.echo import EchoModel
from engines.rows import Stop, never
from tests.dashboard.hostile import HOSTILE

START = datetime(2024, 1, 1, tzinfo=UTC)
CUT = START + timedelta(days=100)
CHOOSE = Task(
    id="choose",
    name="Choose",
    kind=TaskKind.RANK,
    instruction="Predict what comes next.",
    item_template="{title}",
    input_template="",
    answer_template="{title}",
    reads="rating",
    main_metric="ndcg@10",
    note="sampled, 3 candidates",
)
INFO = DatasetInfo("tiny", "Tiny", "", "MIT", "Nobody.", fictional=True, summary="Two people and their hostile texts.")
TRAITS = {"ada": {"age": "young", "job": "pilot"}, "bob": {"age": "old", "job": "baker"}}


def people() -> list[User]:
    """Two people who differ in every trait, each with rated things whose titles are hostile, and posts."""
    return [
        User(name, name, tuple(_items(name)), Persona(job, TRAITS[name], ("age",), "made up"))
        for name, job in (("ada", "young"), ("bob", "old"))
    ]


def _items(name: str) -> Iterator[ProfileItem]:
    for number, text in enumerate(HOSTILE):
        stars = str(1 if name == "ada" else 5)
        extra = {"title": text, "genres": "Drama", "rating": stars, "subject": f"{name}-{number}"}
        at = START + timedelta(days=number)
        yield ProfileItem(f"{name}/{number}", name, text, "rating", at, extra)
        post = {"note": f"note {number}", "post": text, "headline": text, "subject": f"{name}-post-{number}"}
        yield ProfileItem(f"{name}/post-{number}", name, text, "post", at, post)


def examples(_dataset: Dataset, task: Task, _split: Split, _seed: int) -> Iterator[Example]:
    """One example a person."""
    for name in TRAITS:
        target = {TaskKind.RATE: "1", TaskKind.RANK: "b"}.get(task.kind, "A true text.")
        yield Example(
            id=f"{task.id}/{name}",
            task=task.id,
            user=name,
            input=HOSTILE[0],
            target=target,
            at=CUT,
            fields={"title": HOSTILE[0], "genres": "Drama", "note": HOSTILE[3]},
            candidates={"a": "One", "b": HOSTILE[3], "c": "Three"} if task.kind is TaskKind.RANK else {},
            subject=f"{name}-held-out",
        )


def tiny() -> Dataset:
    """The dataset."""
    return Dataset(INFO, (RATING, CHOOSE, REWRITE), "tiny-1", people, examples, lambda *_: CUT)


class CountingEncoder:
    """Texts as unit vectors of their letters."""

    def encode(self, texts: Any) -> Any:
        """One row a text."""
        rows = np.array([[1.0 + text.count(letter) for letter in "aeiou"] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class EchoServices(Services):
    """Services without weights: the tiny dataset first, Campus beside it, and the echo model."""

    def dataset_names(self) -> tuple[str, ...]:
        return ("tiny", "campus")

    def dataset(self, name: str) -> Dataset:
        return self.shared("test tiny", tiny) if name == "tiny" else super().dataset(name)

    @property
    def model(self) -> Any:
        return self.shared("test echo", EchoModel)

    @property
    def encoder(self) -> Any:
        return CountingEncoder()


class Slow(EchoModel):
    """Scores nothing until it is stopped; its runs are its own."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = "slow"

    def score(self, _rows: object, *, stop: Stop = never) -> Any:
        while not stop():
            time.sleep(0.02)
        raise EngineError(FailureKind.STOPPED, "stopped before the scores were complete")


class WaitingServices(EchoServices):
    """Services whose model waits for the stop."""

    @property
    def model(self) -> Any:
        return self.shared("test slow", Slow)
