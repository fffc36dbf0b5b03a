"""Folds of people, as in cross-validation: what people teach together is learnt outside a fold, once for all in it.

An adapter that other people teach must not have seen its target. To leave out the target alone takes a training for
each target and puts a wrong user's own data below that user's own adapter. To leave out a fold takes one training for
all its people, and a wrong user of the same fold has exactly the state that is that user's right one.

People are ordered by their cuts, so that those of a fold are held out at about the same time. Neighbours in time are
dealt by how many items they have, so that of a wrong user about as much is learnt, and then changed until each finds
somebody in the fold who differs in every declared trait. Few people are dealt by their traits alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from data.records import Dataset, Split, Task, User

PEOPLE = 12
"""How many people a fold has at most, about; a small data set is halved."""
AT_ONCE = 6
"""Into how many folds neighbours in time are dealt, about, where there are many."""
JITTER = 0.2
"""How far apart in natural logarithms of their items people may be and change places by the seed."""
LEARNT = 64
"""From how many items a state of a person is learnt at most; of more, people count as having equally many."""


@dataclass(frozen=True)
class Fold:
    """People who are left out together.

    Attributes:
        people: their ids; someone who has no example of the task is alone.
        starts: the earliest of their cuts, by split in time order; what others teach them ends before one of them.
        hidden: the subjects of all that is held out of them, about which nobody teaches them.
        cuts: of each, when their examples are asked: of the held-out split, and of the earlier one where they have it.
    """

    people: frozenset[str]
    starts: tuple[datetime, ...]
    hidden: frozenset[str]
    cuts: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def start(self, cut: datetime) -> datetime:
        """Until when others teach somebody with a cut: the same for all of the fold whose cut is of the same split."""
        return max((one for one in self.starts if one <= cut), default=cut)

    def cut(self, other: str, beside: tuple[str, datetime]) -> datetime | None:
        """When another of the fold is asked in the split in which somebody is asked at a time; None if in none."""
        of_both = zip(self.cuts.get(beside[0], ()), self.cuts.get(other, ()), strict=False)
        return next((theirs for own, theirs in of_both if own == beside[1]), None)


_dealt: dict[tuple[str, str, int], tuple[tuple[str, ...], ...]] = {}
_folds: dict[tuple[str, str, int], dict[str, Fold]] = {}
_held_out: dict[tuple[str, str, int], dict[str, frozenset[str]]] = {}


def dealt(dataset: Dataset, task: Task, *, seed: int) -> tuple[tuple[str, ...], ...]:
    """The ids of everyone who has an example, by fold; the seed deals people with the same traits."""
    key = (dataset.digest, task.id, seed)
    if key not in _dealt:
        people = {example.user for example in dataset.examples(task, seed=seed)}
        order = sorted(people, key=lambda user: (dataset.cut(task, user), user))
        _dealt[key] = tuple(fold for fold in _folds_of(dataset, task, order, seed) if fold)
    return _dealt[key]


def _folds_of(dataset: Dataset, task: Task, order: Sequence[str], seed: int) -> list[tuple[str, ...]]:
    """The folds of people in the order of their cuts."""
    count = max(2, round(len(order) / PEOPLE))
    if count == 2:
        return list(_halved(dataset, order, seed))
    eras = max(1, round(count / AT_ONCE))
    ends = [len(order) * era // eras for era in range(eras + 1)]
    return [fold for start, end in pairwise(ends) for fold in _by_count(dataset, task, order[start:end], seed)]


def _by_count(dataset: Dataset, task: Task, people: Sequence[str], seed: int) -> list[tuple[str, ...]]:
    """People with about equally many items together, in folds of about `PEOPLE`, each with somebody who differs."""
    lots = {user: random.Random(f"{seed}/{user}").random() for user in people}  # noqa: S311 - a reproducible draw
    many = {user: math.log1p(min(_before(dataset, task, user), LEARNT)) + lots[user] * JITTER for user in people}
    order = sorted(people, key=lambda user: (many[user], user))
    parts = round(len(order) / PEOPLE)
    folds = [order[len(order) * part // parts : len(order) * (part + 1) // parts] for part in range(parts)]
    for user in (*order, *order):  # a change may leave another person alone
        at = next(place for place, fold in enumerate(folds) if user in fold)
        if not _alone(dataset, user, folds[at]):
            continue
        others = [(place, other) for place, fold in enumerate(folds) if place != at for other in fold]
        for place, other in sorted(others, key=lambda one: abs(many[one[1]] - many[user])):
            here, there = _swapped(folds[at], user, other), _swapped(folds[place], other, user)
            if _lonely(dataset, here, there) < _lonely(dataset, folds[at], folds[place]):
                folds[at], folds[place] = here, there
                break
    return [tuple(fold) for fold in folds]


def _swapped(fold: Sequence[str], old: str, new: str) -> list[str]:
    return [new if user == old else user for user in fold]


def _lonely(dataset: Dataset, *folds: Sequence[str]) -> int:
    """How many people find nobody in their fold who differs in every trait."""
    return sum(_alone(dataset, user, fold) for fold in folds for user in fold)


def _alone(dataset: Dataset, user: str, fold: Sequence[str]) -> bool:
    return not any(differs(dataset.by_id[user], dataset.by_id[other]) for other in fold)


def differs(one: User, other: User) -> bool:
    """Whether two people differ in every declared trait."""
    mine, theirs = one.persona.traits, other.persona.traits
    return one.id != other.id and all(mine[name] != theirs[name] for name in mine if name in theirs)


def _before(dataset: Dataset, task: Task, user: str) -> int:
    """How many items of the kind that the task reads a person has before the own cut."""
    cut = dataset.cut(task, user)
    return sum(item.kind == task.reads and item.at < cut for item in dataset.by_id[user].items)


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
            cuts = {one: (dataset.cut(task, one), *([earlier[one]] if one in earlier else [])) for one in some}
            fold = Fold(frozenset(some), tuple(sorted({late, min(before, default=late)})), hidden, cuts)
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
