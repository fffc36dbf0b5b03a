"""Who clicks on what: equal work for different people, and the texts by which each session's page is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from urllib.parse import urlencode

from data.importers import datasets
from data.records import Dataset, Example, Task
from engines.arms import give
from engines.live import Column
from engines.runs.cells import Bench
from engines.settings import config_of, parse_settings
from engines.types import Arm, Encoder, LanguageModel

METHODS = ("recent-history", "rag-bm25", "persona-prompt")
TASKS = {"rating": ("movielens-100k", "movie-rating"), "headline": ("campus", "headline")}
MIXED = "mixed"
SEED = 7
LEAST_ITEMS = 64
LAST_ITEMS = 3


@dataclass(frozen=True)
class Click:
    """A press on Run.

    Attributes:
        k: items of the profile in each prompt.
    """

    dataset: str
    task: str
    user: str
    example: str
    k: int

    @property
    def settings(self) -> str:
        """As the address names them."""
        return ",".join(f"{method}.k{self.k}" for method in METHODS[:2])

    def address(self, server: str) -> str:
        """The link to the Playground, set up and not yet run."""
        query = {
            "pg_dataset": self.dataset,
            "pg_task": self.task,
            "pg_user": self.user,
            "pg_example": self.example,
            "pg_methods": ",".join(METHODS),
            "pg_arms": Arm.RIGHT.value,
            "pg_seed": str(SEED),
            "pg_set": self.settings,
        }
        return f"{server}/playground?{urlencode(query, safe=',')}"

    def parts(self) -> tuple[Dataset, Task, Example]:
        """The records that it names."""
        data = datasets[self.dataset]()
        task = data.task(self.task)
        return data, task, next(e for e in data.examples(task, seed=SEED) if e.id == self.example)

    def bench(self, model: LanguageModel, encoder: Encoder) -> tuple[Bench, Example, tuple[Column, ...]]:
        """What a live run is made of."""
        data, task, example = self.parts()
        settings = parse_settings(self.settings, METHODS)
        columns = tuple(Column(method, config_of(settings, method, SEED)) for method in METHODS)
        return Bench(data, task, model, encoder, SEED), example, columns

    def own_items(self, bench: Bench, example: Example) -> list[str]:
        """How the newest items of this person are written; those must stand in the evidence."""
        given = give(bench.case(example), Arm.RIGHT, draw=SEED).user
        return [bench.task.write_item(item).strip() for item in given.items[-min(LAST_ITEMS, self.k) :]]


def clicks_of(kind: str, count: int, k: int) -> tuple[list[Click], list[Click]]:
    """So many clicks that come together, and as many of the same kind for one after another.

    No click is in both, so that no answer is known before it is asked for. Ratings are of twice as many people; the
    writers of headlines are few, so each writes several.

    Args:
        kind: `rating`, `headline`, or `mixed`: three ratings, then two headlines, and so on.
        count: in each half.
        k: items of the profile in a prompt.

    Raises:
        ValueError: there are too few examples.
    """
    order = list(islice(cycle(("rating",) * 3 + ("headline",) * 2 if kind == MIXED else (kind,)), count))
    pools = {one: _pool(one, 2 * order.count(one), k) for one in set(order)}
    halves: tuple[list[Click], list[Click]] = ([], [])
    for one in order:
        for half in halves:
            half.append(next(pools[one]))
    return halves


def _pool(kind: str, count: int, k: int) -> Iterable[Click]:
    """Clicks of one kind: the first example of everybody, then the second, and so on."""
    dataset, name = TASKS[kind]
    data = datasets[dataset]()
    by_user: dict[str, list[Example]] = {}
    for example in data.examples(data.task(name), seed=SEED):
        if len(data.by_id[example.user].items) >= min(LEAST_ITEMS, 2 * k):
            by_user.setdefault(example.user, []).append(example)
    rounds = math.ceil(count / max(1, len(by_user)))
    chosen = [some[place] for place in range(rounds) for some in by_user.values() if place < len(some)]
    if len(chosen) < count:
        raise ValueError(f"{dataset} has {len(chosen)} examples of people with {k} items, {count} are needed")
    return iter([Click(dataset, name, e.user, e.id, k) for e in chosen[:count]])


def percentile(values: Sequence[float], share: float) -> float | None:
    """Linear between neighbours; None of no values."""
    if not values:
        return None
    from engines.speed.cases import percentile as of_some

    return of_some(values, share)
