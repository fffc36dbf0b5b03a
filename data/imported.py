"""What an importer makes: people, tasks and examples, with counts of what was kept and of what was refused and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from string import Formatter

from data.digest import canonical, digest
from data.errors import DataError, Place
from data.limits import LIMITS
from data.records import Dataset, DatasetInfo, Example, ProfileItem, Split, Task, TaskKind, User
from data.registry import UnknownNameError

# Where a set has no times, its order stands in for them, a minute apart, around this moment, which is everybody's cut.
# The microsecond tells such times from real ones.
ORDER_CUT = datetime(2000, 1, 1, microsecond=1, tzinfo=UTC)
ORDER_SPAN = timedelta(days=30)
FIRST_PLACES = 3
# What an item says of a field of requests that its history does not hold, such as what a tweet paraphrases.
NOT_GIVEN = "(not given)"


@dataclass(frozen=True)
class Refusal:
    """Why some records were refused, how many, and where the first of them stand."""

    reason: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """How many of one thing were read; kept and refused make up all of them."""

    what: str
    read: int
    kept: int
    refusals: tuple[Refusal, ...] = ()

    @property
    def refused(self) -> int:
        """How many were refused, for any reason."""
        return sum(one.count for one in self.refusals)


class Ledger:
    """Counts while a file is read: `taken` for what is kept, `refuse` with the error for what is not.

    Args:
        tell: is told how many of something are kept.
        most: how many may be refused.
    """

    def __init__(
        self, tell: Callable[[str, int], None] = lambda _what, _count: None, *, most: int = LIMITS.refused
    ) -> None:
        self._kept: Counter[str] = Counter()
        self._refused: dict[str, Counter[str]] = {}
        self._first: dict[tuple[str, str], list[str]] = {}
        self._tell, self._left = tell, most
        self.notes: list[str] = []

    def taken(self, what: str, count: int = 1) -> None:
        """So many are kept."""
        self._kept[what] += count
        if not self._kept[what] % 1000:
            self._tell(what, self._kept[what])

    def refuse(self, what: str, error: DataError, count: int = 1) -> None:
        """So many are refused, for a reason that does not hold the value itself.

        Raises:
            DataError: it is one too many, so that a file of another form ends soon.
        """
        reason = ": ".join(filter(None, (error.place.field, error.accepted or error.found)))
        self._refused.setdefault(what, Counter())[reason] += count
        places = self._first.setdefault((what, reason), [])
        if len(places) < FIRST_PLACES:
            places.append(str(error.place))
        self._left -= count
        if self._left < 0:
            found = f"is refused, and so many before it that no more are read: {error.found}"
            raise DataError(error.place, found, error.accepted, "see that the importer is the right one for the file")

    def note(self, text: str) -> None:
        """Something that a reader must know, said once."""
        if text not in self.notes:
            self.notes.append(text)

    def tallies(self) -> tuple[Tally, ...]:
        """The counts so far."""
        found = []
        for what in dict.fromkeys([*self._kept, *self._refused]):
            counts = self._refused.get(what, Counter())
            refusals = tuple(Refusal(r, n, tuple(self._first[what, r])) for r, n in counts.most_common())
            kept = self._kept[what]
            found.append(Tally(what, kept + sum(counts.values()), kept, refusals))
        return tuple(found)


@dataclass(frozen=True)
class Imported:
    """A data set as an importer gives it.

    Attributes:
        cuts: user id to the time from which on their items are held out.
        examples: the held-out ones.
        tallies: what was read, kept and refused.
        notes: what a reader must know of the set, such as that its order stands in for times.
    """

    info: DatasetInfo
    tasks: tuple[Task, ...]
    users: tuple[User, ...]
    examples: tuple[Example, ...]
    cuts: Mapping[str, datetime] = field(hash=False)
    tallies: tuple[Tally, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What identifies everything that methods and examples are made of."""
        made = hashlib.sha256(digest(["imported", 1, self.tasks]).encode())
        for line in (*people_lines(self), *example_lines(self)):
            made.update(line.encode())
        return made.hexdigest()[:16]

    def without(self, user: str) -> Imported:
        """The set without one person.

        Raises:
            UnknownNameError: there is no such person.
            DataError: nobody with an example would be left.
        """
        if user not in self.cuts:
            raise UnknownNameError(f"person of {self.info.id}", user, list(self.cuts)[:20])
        left = replace(
            self,
            users=tuple(one for one in self.users if one.id != user),
            examples=tuple(one for one in self.examples if one.user != user),
            cuts={key: cut for key, cut in self.cuts.items() if key != user},
        )
        if not left.examples:
            found = f"nobody would be left without {user!r}"
            raise DataError(Place(self.info.id), found, "", f"delete all of {self.info.id}")
        return left

    def dataset(self) -> Dataset:
        """The set as all others see it."""
        return as_dataset(self.info, self.tasks, self.digest, lambda: self)


def people_lines(made: Imported) -> Iterator[str]:
    """Each person with items and cut as a line of JSON."""
    for user in made.users:
        items = [
            {"id": i.id, "user": i.user, "text": i.text, "kind": i.kind, "at": i.at.isoformat(), "extra": i.extra}
            for i in user.items
        ]
        who = {"id": user.id, "name": user.name, "persona": canonical(user.persona), "items": items}
        yield json.dumps(who | {"cut": made.cuts[user.id].isoformat()}, ensure_ascii=False) + "\n"


def example_lines(made: Imported) -> Iterator[str]:
    """Each held-out example as a line of JSON."""
    for example in made.examples:
        yield json.dumps(vars(example) | {"at": example.at.isoformat()}, ensure_ascii=False, default=dict) + "\n"


def as_dataset(info: DatasetInfo, tasks: tuple[Task, ...], name: str, load: Callable[[], Imported]) -> Dataset:
    """A dataset over people and examples that are loaded at the first use, under a digest that is known before."""
    held: list[Imported] = []

    def whole() -> Imported:
        if not held:
            held.append(load())
        return held[0]

    return Dataset(
        info=info,
        tasks=tasks,
        digest=name,
        load_users=lambda: whole().users,
        make_examples=lambda _dataset, task, split, _seed: examples_of(whole(), task, split),
        find_cut=lambda _dataset, _task, user: whole().cuts[user],
        excluded=lambda task: excluded(whole(), task),
    )


def examples_of(made: Imported, task: Task, split: Split) -> Iterator[Example]:
    """The held-out examples of a task, or as many earlier ones, made of what lies before each person's cut."""
    held = [example for example in made.examples if example.task == task.id]
    if split is Split.HELD_OUT:
        yield from held
        return
    counts = Counter(example.user for example in held)
    for user in made.users:
        before = [i for i in user.items if i.kind == task.reads and i.at < made.cuts[user.id] and answers(task, i)]
        last = _behind_some(before, counts[user.id])
        yield from (example_from(task, item, last[0].at, "earlier/") for item in last)


def _behind_some(items: Sequence[ProfileItem], most: int) -> list[ProfileItem]:
    """The last items, at most so many, and only those with something strictly before the first of them."""
    last = list(items[-most:]) if most else []
    while last and not items[0].at < last[0].at:
        last.pop(0)
    return last


def excluded(made: Imported, task: Task) -> Mapping[str, int]:
    """Why some people have no example of a task."""
    asked = {example.user for example in made.examples if example.task == task.id}
    count = sum(user.id not in asked for user in made.users)
    return {"nothing of theirs is held out for this task": count} if count else {}


def names(template: str) -> list[str]:
    """The fields that a template names."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def holds(task: Task, item: ProfileItem) -> bool:
    """Whether an item of a history holds a request of the task and its answer, so that it can be learnt from.

    A field may be empty, such as the genres of a film, but neither all of the request nor all of the answer.
    """
    sides = [[_said(item, name) for name in names(one)] for one in (task.input_template, task.answer_template)]
    return bool(sides[1]) and all(NOT_GIVEN not in side and any(side) for side in sides if side)


def answers(task: Task, item: ProfileItem) -> bool:
    """Whether an item can be held out: it holds all of a request, its answer and what retrievers compare."""
    needed = {*names(task.input_template), *names(task.query_template), *names(task.answer_template)}
    if not names(task.answer_template) or any(_said(item, name) in {"", NOT_GIVEN} for name in needed):
        return False
    return task.kind in {TaskKind.REWRITE, TaskKind.GENERATE} or _answer(task, item) in task.labels


def _said(item: ProfileItem, name: str) -> str:
    return str(item.extra.get(name, NOT_GIVEN))


def _answer(task: Task, item: ProfileItem) -> str:
    return task.answer_template.format_map(item.extra).strip()


def example_from(task: Task, item: ProfileItem, cut: datetime, mark: str = "") -> Example:
    """The example that asks for what an item holds."""
    fields = {
        name: str(item.extra[name])
        for name in dict.fromkeys([*names(task.input_template), *names(task.query_template)])
    }
    return Example(
        id=f"{task.id}/{mark}{item.id}",
        task=task.id,
        user=item.user,
        input=next(iter(fields.values()), ""),
        target=_answer(task, item),
        at=cut,
        fields=fields,
        candidates={label: label for label in task.labels} if task.kind is TaskKind.RANK else {},
        subject=str(item.extra.get("subject", item.id)),
    )


def in_order(count: int, held_out: int = 0) -> list[datetime]:
    """Times for a history without any: a minute apart, the last `held_out` from the common cut on."""
    return [ORDER_CUT + timedelta(minutes=place - (count - held_out)) for place in range(count)]


def is_order(at: datetime) -> bool:
    """Whether a time only says where something stands in an order, and is not to be shown."""
    return at.microsecond == ORDER_CUT.microsecond and abs(at - ORDER_CUT) < ORDER_SPAN


def hold_out(users: Sequence[User], tasks: Sequence[Task], most: int) -> tuple[list[Example], dict[str, datetime]]:
    """Each person's last items as examples of every task that they answer, with one cut a person.

    At most `most`, and never so many that nothing lies strictly before the first of them.
    """
    examples: list[Example] = []
    cuts: dict[str, datetime] = {}
    for user in users:
        last = _behind_some(user.items, most)
        cuts[user.id] = last[0].at if last else user.items[-1].at + timedelta(seconds=1)
        for task in tasks:
            examples += [example_from(task, item, cuts[user.id]) for item in last if answers(task, item)]
    return examples, cuts
