"""Folds of people, as in cross-validation: what people teach together is learnt outside a fold, once for all in it.

An adapter that other people teach must not have seen its target. To leave out the target alone takes a training for
each target and puts a wrong user's own data below that user's own adapter. To leave out a fold takes one training for
all its people, and a wrong user of the same fold has exactly the state that is that user's right one.

People are ordered by their cuts, so that those of a fold are held out at about the same time, and dealt by their
declared traits, so that each finds somebody in the fold who differs in all of them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from data.records import Dataset, Split, Task

PEOPLE = 12
"""How many people a fold has at most, about; a small data set is halved."""


@dataclass(frozen=True)
class Fold:
    """People who are left out together.

    Attributes:
        people: their ids; someone who has no example of the task is alone.
        starts: the earliest of their cuts, by split in time order; what others teach them ends before one of them.
        hidden: the subjects of all that is held out of them, about which nobody teaches them.
    """

    people: frozenset[str]
    starts: tuple[datetime, ...]
    hidden: frozenset[str]

    def start(self, cut: datetime) -> datetime:
        """Until when others teach somebody with a cut: the same for all of the fold whose cut is of the same split."""
        return max((one for one in self.starts if one <= cut), default=cut)


_dealt: dict[tuple[str, str, int], tuple[tuple[str, ...], ...]] = {}
_folds: dict[tuple[str, str, int], dict[str, Fold]] = {}
_held_out: dict[tuple[str, str, int], dict[str, frozenset[str]]] = {}


def dealt(dataset: Dataset, task: Task, *, seed: int) -> tuple[tuple[str, ...], ...]:
    """The ids of everyone who has an example, by fold; the seed deals people with the same traits."""
    key = (dataset.digest, task.id, seed)
    if key not in _dealt:
        people = {example.user for example in dataset.examples(task, seed=seed)}
        order = sorted(people, key=lambda user: (dataset.cut(task, user), user))
        eras = max(1, round(len(order) / (2 * PEOPLE)))
        ends = [len(order) * era // eras for era in range(eras + 1)]
        halves = [_halved(dataset, order[start:end], seed) for start, end in pairwise(ends)]
        _dealt[key] = tuple(half for both in halves for half in both if half)
    return _dealt[key]


def _halved(dataset: Dataset, people: Sequence[str], seed: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People dealt in turns to two folds, those with the same traits after each other."""
    lots = {user: random.Random(f"{seed}/{user}").random() for user in people}  # noqa: S311 - a reproducible draw
    order = sorted(people, key=lambda user: (tuple(dataset.by_id[user].persona.traits.items()), lots[user]))
    return tuple(order[0::2]), tuple(order[1::2])


def near(dataset: Dataset, task: Task, user: str, *, seed: int) -> frozenset[str]:
    """The ids of a user's fold; the user's alone where they have no example."""
    fold = fold_of(dataset, task, user, seed=seed)
    return fold.people if fold else frozenset({user})


def fold_of(dataset: Dataset, task: Task, user: str, *, seed: int) -> Fold | None:
    """The fold of a user who has an example; None for anyone else, such as a reader of a browser session."""
    key = (dataset.digest, task.id, seed)
    if key not in _folds:
        found: dict[str, Fold] = {}
        earlier = {example.user: example.at for example in dataset.examples(task, Split.EARLIER, seed)}
        for some in dealt(dataset, task, seed=seed):
            hidden = frozenset[str]().union(*(held_out(dataset, task, one, seed=seed) for one in some))
            late = min(dataset.cut(task, one) for one in some)
            before = [at for one in some if (at := earlier.get(one))]
            fold = Fold(frozenset(some), tuple(sorted({late, min(before, default=late)})), hidden)
            found |= dict.fromkeys(some, fold)
        _folds[key] = found
    return _folds[key].get(user)


def held_out(dataset: Dataset, task: Task, user: str, *, seed: int) -> frozenset[str]:
    """The subjects of a user's held-out examples."""
    key = (dataset.digest, task.id, seed)
    if key not in _held_out:
        found: dict[str, set[str]] = {}
        for example in dataset.examples(task, seed=seed):
            found.setdefault(example.user, set()).add(example.subject)
        _held_out[key] = {user: frozenset(subjects) for user, subjects in found.items()}
    return _held_out[key].get(user, frozenset())
