"""Who is asked for a list, when, what counts as found, and whose history each arm gives.

A question is a person of a rating task with that person's held-out ratings: all share one cut, history is what lies
strictly before it, and found is what was rated in the upper fifth of the scale (4 of 5 stars and more). Nobody's later
interaction and nothing held out for this person is known; others' earlier ones with the same films are, as for any
recommender that learns from people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from data.errors import AttuneError
from data.records import Dataset, Example, Split, Task, TaskKind
from engines.arms import Case, Given, give
from engines.recommenders import unseen
from engines.topn.crowd import Crowd, Person, person_of
from engines.types import Arm

LIKED = 0.8  # of the top of the scale


class NoListsError(AttuneError):
    """A dataset or task for which no list can be asked, with what would be accepted."""


@dataclass(frozen=True)
class Question:
    """One person's list.

    Attributes:
        held_out: subject to rating of what came at or after the cut.
        example: one of these, for whom and when the arms are drawn.
    """

    dataset: Dataset
    task: Task
    example: Example
    held_out: Mapping[str, float]

    @property
    def user(self) -> str:
        """Whose list it is."""
        return self.example.user

    @property
    def cut(self) -> datetime:
        """Nothing at or after it is known."""
        return self.example.at

    @property
    def liked(self) -> tuple[str, ...]:
        """The subjects that count as found."""
        return tuple(key for key, stars in self.held_out.items() if stars >= LIKED * float(self.task.labels[-1]))

    def given(self, arm: Arm, seed: int) -> Given:
        """Whose items an arm gives; never anything about what is held out.

        Raises:
            EngineError: no wrong user exists.
        """
        return give(Case(self.dataset, self.task, self.example, frozenset(self.held_out)), arm, draw=seed)


def rating_task(dataset: Dataset) -> Task:
    """The task whose ratings lists are made of.

    Raises:
        NoListsError: the dataset has no ratings of subjects.
    """
    for task in dataset.tasks:
        if task.kind is TaskKind.RATE and any(one.subject for one in _first(dataset.examples(task))):
            return task
    raise NoListsError(
        f"{dataset.info.name} has no ratings of films or the like; lists need a dataset with a rating task"
    )


def questions(dataset: Dataset, task: Task, split: Split = Split.HELD_OUT) -> list[Question]:
    """Everyone with at least one liked held-out thing and a history before it, by cut, then by id."""
    by_user: dict[str, list[Example]] = {}
    for example in dataset.examples(task, split):
        by_user.setdefault(example.user, []).append(example)
    found = [
        Question(dataset, task, rows[0], {row.subject: float(row.target) for row in rows}) for rows in by_user.values()
    ]
    kept = [one for one in found if one.liked and _has_history(one)]
    return sorted(kept, key=lambda one: (one.cut, one.user))


def person_in(crowd: Crowd, question: Question, arm: Arm, seed: int) -> Person:
    """The person whose history an arm gives, as columns of a crowd; nobody has neither history nor persona."""
    return person_of(crowd, question.given(arm, seed).user)


def candidates(crowd: Crowd, rights: Sequence[Person], given: Sequence[Person]) -> npt.NDArray[np.bool_]:
    """What may be listed [people, items]: what neither the right person nor the given one has seen."""
    size = len(crowd.items.ids)
    return unseen(rights, size) & unseen(given, size)


def _has_history(question: Question) -> bool:
    items = question.dataset.by_id[question.user].items
    return any(item.kind == question.task.reads and item.at < question.cut for item in items)


def _first(examples: Iterator[Example]) -> list[Example]:
    return [example for example, _ in zip(examples, range(1), strict=False)]
