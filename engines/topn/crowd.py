"""What a recommender is fitted on and asked about: the things of a dataset, what everyone saw before a time, a person.

Any rating counts as seen (implicit feedback); how many stars it had does not enter. Things are columns, in the order of
their ids, so that no order tells what happened after a cut. All that is known is strictly before the crowd's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from data.records import Dataset, Task, TaskKind, User
from engines.interactions import interactions

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Items:
    """The things that can be recommended, by column.

    Attributes:
        ids: subject ids, sorted.
        titles: what a language model reads; `texts` is what an encoder reads, with genres and the like.
    """

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Subject id to column."""
        return {key: place for place, key in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class Person:
    """Whose list is asked for: what this person saw, oldest first, as columns; empty for nobody.

    Attributes:
        id: of the person whose history it is; empty for nobody.
        cell: the persona, empty for nobody.
    """

    id: str
    seen: Whole
    cell: str = ""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Everyone's interactions strictly before a time, in time order.

    Attributes:
        people: user ids, by row; a person without anything yet has an empty row.
        cells: the persona of each row.
        user: row of each interaction, int64 [n]; `item`: its column.
        task: what is read of people's items; `asks` is how a language model is asked for the next thing.
        cut: nothing at or after this time is in it.
    """

    items: Items
    people: tuple[str, ...]
    cells: tuple[str, ...]
    user: Whole = field(repr=False)
    item: Whole = field(repr=False)
    task: Task = field(repr=False)
    asks: Task = field(repr=False)
    cut: datetime

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Ones where a person saw a thing, float32 [people, items]."""
        return seen_matrix(self.user, self.item, (len(self.people), len(self.items.ids)))

    @cached_property
    def popularity(self) -> Real:
        """How many people saw each thing, float32 [items]."""
        counts: Real = np.bincount(self.item, minlength=len(self.items.ids)).astype(np.float32)
        return counts

    @cached_property
    def row(self) -> Mapping[str, int]:
        """User id to row."""
        return {key: place for place, key in enumerate(self.people)}

    @cached_property
    def columns(self) -> Whole:
        """Columns from the most to the least popular, ties by id: the order in which equal scores are listed."""
        order: Whole = np.argsort(-self.popularity, kind="stable")
        return order

    def without(self, person: str) -> Crowd:
        """The same without what one person did; the row stays, empty."""
        keep = self.user != self.row.get(person, -1)
        return replace(self, user=self.user[keep], item=self.item[keep])

    def history(self, person: str) -> Whole:
        """What a person saw, oldest first."""
        found: Whole = self.item[self.user == self.row[person]]
        return found


def seen_matrix(rows: Whole, columns: Whole, shape: tuple[int, int]) -> sparse.csr_array:
    """Ones at the given cells, repeated ones once, float32."""
    matrix = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def people_matrix(people: Sequence[Person], size: int) -> sparse.csr_array:
    """Ones where each of some people saw one of `size` things, float32 [people, size]."""
    rows = np.repeat(np.arange(len(people)), [len(person.seen) for person in people])
    columns = np.concatenate([person.seen for person in people]) if people else np.zeros(0, np.int64)
    return seen_matrix(rows, columns, (len(people), size))


_known: dict[tuple[str, str], tuple[Items, Whole, tuple[str, ...]]] = {}
KEPT = 8


def crowd_before(dataset: Dataset, task: Task, cut: datetime) -> Crowd:
    """Everyone's interactions of the kind that a task reads, strictly before a time."""
    items, columns, cells = _catalogue(dataset, task)
    table = interactions(dataset, task)
    end = table.before(cut)
    user, item = table.user[:end], columns[table.subject[:end]]
    return Crowd(items, tuple(table.users), cells, user, item, task=task, asks=_asking(dataset, task), cut=cut)


def _asking(dataset: Dataset, task: Task) -> Task:
    """The dataset's own task of ranking such things; else the given one in words that fit any."""
    own = (one for one in dataset.tasks if one.kind is TaskKind.RANK and one.reads == task.reads)
    said = "The user has chosen the things of the profile. Predict what the user chooses next."
    plain = replace(task, item_template="{title}", input_template="", answer_template="{title}", labels=())
    return next(own, replace(plain, kind=TaskKind.RANK, instruction=said))


def person_of(crowd: Crowd, user: User) -> Person:
    """A person with the items that the user is given with; the caller has cut them."""
    seen = [crowd.items.places[item.extra["subject"]] for item in user.items if item.kind == crowd.task.reads]
    return Person(user.id, np.array(seen, np.int64), user.persona.cell)


def _catalogue(dataset: Dataset, task: Task) -> tuple[Items, Whole, tuple[str, ...]]:
    """The things of a dataset, the column of each subject of its interactions, and everybody's persona; kept."""
    key = (dataset.digest, task.reads)
    if key not in _known:
        while len(_known) >= KEPT:
            _known.pop(next(iter(_known)))
        written = {
            item.extra["subject"]: item.extra
            for user in dataset.users()
            for item in user.items
            if item.kind == task.reads
        }
        ids = tuple(sorted(written))
        titles = tuple(str(written[one].get("title", one)) for one in ids)
        items = Items(ids, titles, tuple(task.query_template.format_map(written[one]) for one in ids))
        columns = np.array([items.places[subject] for subject in interactions(dataset, task).subjects], np.int64)
        _known[key] = (items, columns, tuple(user.persona.cell for user in dataset.users()))
    return _known[key]
