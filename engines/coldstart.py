"""Quality against history length: the same held-out requests, each method given the user's last 0, 1, 2, ... items.

At every length the right and the wrong user's histories are cut to the same number of items; nobody's answers do not
depend on it. Gaps are paired by example, intervals resample users (`engines.runs.stats`). A crossover is the shortest
measured length from whose interval on the right user's data is better; where no interval parts there is none.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.digest import digest
from data.records import Dataset, Example, ProfileItem, Task
from engines.live import Column
from engines.methods import methods
from engines.metrics import TEXT, Metric, metrics_for
from engines.runs.cells import Bench
from engines.runs.stats import Estimate

ALL = 10**6
LENGTHS = (0, 1, 2, 4, 8, 16, 32, ALL)
FIRST_LENGTHS = (0, 1, 2, 4, 8, ALL)
FEWEST_USERS, MOST_USERS, USERS = 2, 12, 4
MOST_EXAMPLES, EXAMPLES = 8, 4
MOST_METHODS = 4
ENOUGH = 8
ROUNDING = 1e-9
BITS = "bits-per-byte"


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        columns: methods with their settings.
        users: whose held-out requests are asked.
        lengths: how many of the last items are given, rising; `ALL` for the whole history.
        examples: of each user, at most so many of the first.
    """

    bench: Bench
    columns: tuple[Column, ...]
    users: tuple[str, ...]
    lengths: tuple[int, ...]
    examples: int = EXAMPLES

    @property
    def id(self) -> str:
        """What determines the results."""
        bench = self.bench
        asked = [bench.dataset.digest, bench.task, bench.model.digest, bench.seed, self.columns]
        return digest(["cold start", 1, *asked, self.users, self.lengths, self.examples])

    @property
    def metric(self) -> Metric:
        """The task's main metric; where a text is asked for, the bits of the true one, since none is written."""
        task = self.bench.task
        wanted = BITS if task.kind in TEXT else task.main_metric
        return next(one for one in metrics_for(task.kind) if one.info.id == wanted)

    def asked(self) -> dict[str, list[Example]]:
        """The held-out requests of each user, in the order of the users."""
        found: dict[str, list[Example]] = {user: [] for user in self.users}
        for example in self.bench.dataset.examples(self.bench.task, seed=self.bench.seed):
            if len(found.get(example.user, [None] * self.examples)) < self.examples:
                found[example.user].append(example)
        return {user: some for user, some in found.items() if some}

    def personal(self, place: int) -> bool:
        """Whether a column depends on whose data is given."""
        return bool(methods[self.columns[place].method].info.personal)


@dataclass(frozen=True)
class Spot:
    """One method at one length.

    Attributes:
        right, wrong: the metric with the data of either.
        over_nobody, over_wrong: the right user's figure less nobody's and the wrong user's, paired by example.
        items: the mean number of items that the right user gave, which is less where histories are shorter.
        tokens: the mean of the right user's prompts.
    """

    length: int
    right: Estimate
    wrong: Estimate
    over_nobody: Estimate
    over_wrong: Estimate
    items: float
    tokens: float


@dataclass(frozen=True)
class Line:
    """A method over the lengths that are done; one that uses nothing of the user has nobody's figure alone."""

    nobody: Estimate
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class Curves:
    """All that is measured so far.

    Attributes:
        lines: by the place of the column.
        between: (place, other place, length) to the right user's figure of the one less that of the other.
        baselines: without a language model, with the whole history of everyone before the cut.
        asked: how many requests, of how many users.
        failures: what went wrong, with how often.
        notes: what must be known of the wrong users, such as that one had fewer items.
    """

    plan: Plan
    lines: Mapping[int, Line]
    between: Mapping[tuple[int, int, int], Estimate]
    baselines: Mapping[str, Estimate]
    asked: tuple[int, int]
    failures: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crossing:
    """From which measured length on a gap is better than nothing.

    Attributes:
        length: the shortest; None where no interval parts.
        lost: longer measured lengths at which it is not better any more.
    """

    length: int | None
    lost: tuple[int, ...] = ()


def better(metric: Metric, one: Estimate) -> bool:
    """Whether a gap's interval lies on the good side of 0; what rounding alone parts from it does not count."""
    if one.low is None or one.high is None:
        return False
    return one.low > ROUNDING if metric.info.higher_is_better else one.high < -ROUNDING


def crossing(metric: Metric, gaps: Mapping[int, Estimate]) -> Crossing:
    """The crossover of gaps by length."""
    good = [length for length in sorted(gaps) if better(metric, gaps[length])]
    if not good:
        return Crossing(None)
    return Crossing(good[0], tuple(length for length in sorted(gaps) if length > good[0] and length not in good))


def reverse(one: Estimate) -> Estimate:
    """A gap seen from the other side."""
    low, high = (None if end is None else -end for end in (one.high, one.low))
    return replace(one, mean=None if one.mean is None else -one.mean, low=low, high=high, lower=0)


def drawn(dataset: Dataset, task: Task, examples: Mapping[str, object], *, seed: int, count: int) -> tuple[str, ...]:
    """Users by lot among those with a request and at least `ENOUGH` items before the cut, or else among all."""
    long = [user for user in sorted(examples) if len(_known(dataset, task, user)) >= ENOUGH]
    pool = long if len(long) >= FEWEST_USERS else sorted(examples)
    chosen = set(random.Random(seed).sample(pool, min(count, len(pool))))  # noqa: S311 - a reproducible draw
    return tuple(user for user in examples if user in chosen)


def _known(dataset: Dataset, task: Task, user: str) -> list[ProfileItem]:
    own = [item for item in dataset.by_id[user].items if item.kind == task.reads]
    cut = dataset.cut(task, user) if own else None
    return [item for item in own if cut and item.at < cut]
