"""All ratings of a dataset as arrays in time order, so that what was known before a cut is one slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from data.records import Dataset, ProfileItem, Task


@dataclass(frozen=True)
class Interactions:
    """Ratings in time order.

    Attributes:
        at: seconds, float64 [n].
        user: index of the user, int64 [n].
        subject: index of the rated thing, int64 [n].
        rating: stars, float64 [n].
        users: user id to index; `subjects`: subject id to index.
    """

    at: npt.NDArray[np.float64]
    user: npt.NDArray[np.int64]
    subject: npt.NDArray[np.int64]
    rating: npt.NDArray[np.float64]
    users: dict[str, int]
    subjects: dict[str, int]

    def before(self, cut: datetime) -> int:
        """How many ratings lie strictly before a time."""
        return int(np.searchsorted(self.at, cut.timestamp(), side="left"))


_tables: dict[str, Interactions] = {}


def interactions(dataset: Dataset, task: Task, person: str = "") -> Interactions:
    """The ratings of a dataset, made at the first use and kept; with those of a person who is not in it, not kept."""
    table = _table(dataset, task)
    if not person or person in table.users:
        return table
    items = [item for item in dataset.by_id[person].items if item.kind == task.reads]
    return _joined(table, person, items)


def _joined(table: Interactions, person: str, items: Sequence[ProfileItem]) -> Interactions:
    subjects = dict(table.subjects)
    own = [subjects.setdefault(item.extra["subject"], len(subjects)) for item in items]
    at = np.concatenate([table.at, np.array([item.at.timestamp() for item in items], np.float64)])
    order = np.argsort(at, kind="stable")
    users = table.users | {person: len(table.users)}
    return Interactions(
        at=at[order],
        user=np.concatenate([table.user, np.full(len(items), users[person], np.int64)])[order],
        subject=np.concatenate([table.subject, np.array(own, np.int64)])[order],
        rating=np.concatenate([table.rating, [float(item.extra["rating"]) for item in items]])[order],
        users=users,
        subjects=subjects,
    )


def _table(dataset: Dataset, task: Task) -> Interactions:
    key = f"{dataset.digest}/{task.reads}"
    if key not in _tables:
        items = sorted(
            (item for user in dataset.users() for item in user.items if item.kind == task.reads),
            key=lambda item: item.at,
        )
        users = {user.id: place for place, user in enumerate(dataset.users())}
        subjects: dict[str, int] = {}
        for item in items:
            subjects.setdefault(item.extra["subject"], len(subjects))
        _tables[key] = Interactions(
            at=np.array([item.at.timestamp() for item in items]),
            user=np.array([users[item.user] for item in items], np.int64),
            subject=np.array([subjects[item.extra["subject"]] for item in items], np.int64),
            rating=np.array([float(item.extra["rating"]) for item in items]),
            users=users,
            subjects=subjects,
        )
    return _tables[key]
