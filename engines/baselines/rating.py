"""Rating baselines: commonest rating, item mean, user mean, and user + item bias with damping (Koren, 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.records import Dataset, Example, Task, TaskKind
from engines.baselines import BaselineInfo, baselines
from engines.interactions import interactions
from engines.outputs import Output
from engines.types import Arm

DAMPING = 5.0
MIDDLE = 3.0

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """What was rated before the cut: all ratings with their users and subjects, the item's, the user's."""

    ratings: Values
    users: npt.NDArray[np.int64]
    subjects: npt.NDArray[np.int64]
    user: int
    subject: int

    @property
    def mean(self) -> float:
        """The mean of all ratings; the middle of the scale where there are none."""
        return float(self.ratings.mean()) if len(self.ratings) else MIDDLE

    def of_item(self) -> Values:
        """The ratings of the example's item."""
        found: Values = self.ratings[self.subjects == self.subject]
        return found

    def of_user(self) -> Values:
        """The ratings by the example's user."""
        found: Values = self.ratings[self.users == self.user]
        return found


def known(dataset: Dataset, task: Task, example: Example) -> Known:
    """The ratings strictly before the example's cut."""
    table = interactions(dataset, task, example.user)
    end = table.before(example.at)
    subject = table.subjects.get(example.subject, -1)
    return Known(table.rating[:end], table.user[:end], table.subject[:end], table.users[example.user], subject)


@baselines.register("commonest-rating")
class CommonestRating:
    """The rating given most often, by anyone."""

    info = BaselineInfo("Commonest rating", "The rating given most often before the cut.", TaskKind.RATE, Arm.NOBODY)

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """The mode; the middle of the scale without data."""
        values, counts = np.unique(known(dataset, task, example).ratings, return_counts=True)
        return Output(point=float(values[counts.argmax()]) if len(values) else MIDDLE)


@baselines.register("item-mean")
class ItemMean:
    """The mean rating of the item; of everything where the item has none."""

    info = BaselineInfo("Item mean", "The mean rating of this film before the cut.", TaskKind.RATE, Arm.NOBODY)

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """The item's mean."""
        data = known(dataset, task, example)
        own = data.of_item()
        return Output(point=float(own.mean()) if len(own) else data.mean)


@baselines.register("user-mean")
class UserMean:
    """The mean rating by the user; of everybody where the user has none."""

    info = BaselineInfo("User mean", "The mean rating by this user before the cut.", TaskKind.RATE, Arm.RIGHT)

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """The user's mean."""
        data = known(dataset, task, example)
        own = data.of_user()
        return Output(point=float(own.mean()) if len(own) else data.mean)


@baselines.register("user-item-bias")
class UserItemBias:
    """mean + item bias + user bias, each damped by five ratings at zero; held to the scale."""

    info = BaselineInfo(
        "User + item bias", "Overall mean plus damped biases of this film and this user.", TaskKind.RATE, Arm.RIGHT
    )

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """The damped sum of biases."""
        data = known(dataset, task, example)
        mean = data.mean
        size = int(data.subjects.max()) + 1 if len(data.subjects) else 0
        sums = np.bincount(data.subjects, data.ratings - mean, minlength=size)
        item_bias = sums / (np.bincount(data.subjects, minlength=size) + DAMPING)
        mine = data.users == data.user
        left = data.ratings[mine] - mean - item_bias[data.subjects[mine]]
        user_bias = float(left.sum() / (mine.sum() + DAMPING))
        item = float(item_bias[data.subject]) if 0 <= data.subject < size else 0.0
        low, high = float(task.labels[0]), float(task.labels[-1])
        return Output(point=float(np.clip(mean + item + user_bias, low, high)))
