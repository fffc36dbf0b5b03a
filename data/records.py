"""The records that everything is made of: users with their items, tasks, and examples with a cut in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from string import Formatter
from typing import Any


class TaskKind(StrEnum):
    """What is asked of a method for one example."""

    RATE = "rate"
    RANK = "rank"
    CHOOSE = "choose"
    REWRITE = "rewrite"
    GENERATE = "generate"

    @property
    def ranks(self) -> bool:
        """Whether given candidates are put in order, two of them for `choose`."""
        return self in {TaskKind.RANK, TaskKind.CHOOSE}


class Split(StrEnum):
    """Held-out examples are for reporting; earlier ones, from the same users' histories, are for choosing anything."""

    HELD_OUT = "held-out"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class ProfileItem:
    """One thing that a user wrote, rated, chose or clicked.

    Attributes:
        id: unique within the dataset.
        user: the id of the user whose item this is.
        text: what stands for the item where it is shown or embedded alone.
        kind: rating, post, choice and so on; a task says which kinds it reads.
        at: when it happened, timezone-aware.
        extra: the fields that a task's item template may name, such as title, rating, note.
    """

    id: str
    user: str
    text: str
    kind: str
    at: datetime
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Persona:
    """The group that a user belongs to and the attributes that say so.

    Attributes:
        cell: the name of the group, shared by all its members.
        traits: trait name to value; those in `grouping` define the cell.
        grouping: the traits that define the cell, most important last to give up when a group is empty.
        source: where the traits come from, as shown to a reader.
    """

    cell: str
    traits: Mapping[str, str] = field(hash=False)
    grouping: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class User:
    """A person with a history in time order."""

    id: str
    name: str
    items: tuple[ProfileItem, ...]
    persona: Persona

    def before(self, time: datetime) -> User:
        """The same user with only the items strictly before a time."""
        return replace(self, items=tuple(item for item in self.items if item.at < time))


@dataclass(frozen=True)
class Task:
    """A kind of request over a dataset, with the words that every method shares.

    Attributes:
        id: such as movie-rating.
        kind: what the runner does with a conditioned row.
        instruction: the words that open each prompt, the same for all methods and arms.
        item_template: how one profile item is written into a prompt; fields of `ProfileItem.extra`.
        input_template: how the request is written; fields of `Example.fields`.
        answer_template: the answer that an item of the user's own history holds, as the model would continue.
        reads: the kind of profile items that this task may use.
        labels: the closed set of answers of a `rate` task, in order.
        main_metric: the metric that ranks methods on this task.
        note: what a reader must know about the scores, such as the chance level.
        max_new_tokens: how long a generated answer may get.
        query_template: what a retriever compares, filled from an item's extra or a request's fields.
        until: a generated answer ends before this text; empty means at the end of the model's turn.
    """

    id: str
    name: str
    kind: TaskKind
    instruction: str
    item_template: str
    input_template: str
    answer_template: str
    reads: str
    main_metric: str
    labels: tuple[str, ...] = ()
    note: str = ""
    max_new_tokens: int = 8
    query_template: str = "{title}"
    until: str = ""

    def write_item(self, item: ProfileItem, template: str = "") -> str:
        """The item as a line or paragraph of a prompt; one of a kind that the task does not read stands as its text.

        `template` is used in place of `item_template`.
        """
        return (template or self.item_template).format_map(item.extra) if item.kind == self.reads else item.text

    @property
    def answer_lines(self) -> str:
        """The lines of `item_template` that hold what the user answered; all of it where no line does."""
        parse = Formatter().parse
        own = {name for _, name, _, _ in parse(self.answer_template) if name}
        lines = self.item_template.splitlines(keepends=True)
        return "".join(line for line in lines if own & {name for _, name, _, _ in parse(line)}) or self.item_template


@dataclass(frozen=True)
class Example:
    """One thing to do for one user; methods see it as a `Request`, without its target.

    Attributes:
        input: what a reader sees as the request.
        fields: the values that the task's input template names.
        target: the true label, text or candidate id.
        at: the cut: nothing at or after this time may be used, of anyone.
        candidates: candidate id to text, for `rank` and `choose` tasks; their order says nothing about the target.
    """

    id: str
    task: str
    user: str
    input: str
    target: str
    at: datetime
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    candidates: Mapping[str, str] = field(default_factory=dict, hash=False)
    subject: str = ""


@dataclass(frozen=True)
class DatasetInfo:
    """What a reader must be told about a dataset wherever it is shown."""

    id: str
    name: str
    catalog_key: str
    licence: str
    citation: str
    fictional: bool
    summary: str


Holding = Callable[[frozenset[str]], AbstractContextManager[bool]]


@dataclass(frozen=True)
class Dataset:
    """Users, tasks and examples; lazy, re-iterable, with a digest.

    Attributes:
        load_users: called once, at the first use.
        make_examples: yields the examples of a task and split, given a seed where the task draws anything.
        find_cut: the time from which on a user's items are held out.
        holding: in whose context none of these people is deleted; it gives whether all of them are still there. What
            is written of people after long work is written within it.
        excluded: why some users have no example of a task, with their number.
    """

    info: DatasetInfo
    tasks: tuple[Task, ...]
    digest: str
    load_users: Callable[[], Sequence[User]] = field(repr=False)
    make_examples: Callable[[Dataset, Task, Split, int], Iterator[Example]] = field(repr=False)
    find_cut: Callable[[Dataset, Task, str], datetime] = field(repr=False)
    excluded: Callable[[Task], Mapping[str, int]] = field(repr=False, default=lambda _task: {})
    holding: Holding = field(repr=False, default=lambda _people: nullcontext(enter_result=True))

    def task(self, task_id: str) -> Task:
        """The task with this id.

        Raises:
            KeyError: there is none.
        """
        return next(t for t in self.tasks if t.id == task_id) if self.has_task(task_id) else _unknown(task_id)

    def has_task(self, task_id: str) -> bool:
        """Whether the dataset has a task with this id."""
        return any(t.id == task_id for t in self.tasks)

    @cached_property
    def by_id(self) -> Mapping[str, User]:
        """User id to user, in the dataset's order."""
        return {user.id: user for user in self.load_users()}

    def users(self) -> Sequence[User]:
        """All users, in a fixed order."""
        return tuple(self.by_id.values())

    def cut(self, task: Task, user: str) -> datetime:
        """The time from which on a user's items are held out."""
        return self.find_cut(self, task, user)

    def examples(self, task: Task, split: Split = Split.HELD_OUT, seed: int = 7) -> Iterator[Example]:
        """The examples of a task, in a fixed order; the seed matters only where candidates are drawn."""
        return self.make_examples(self, task, split, seed)


def _unknown(task_id: str) -> Task:
    raise KeyError(task_id)
