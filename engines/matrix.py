"""One request answered with the data of several users: methods by users, computed together.

The truth belongs to the example's own user. Everybody else's cells are computed from an example without a target, so
that no score against somebody else's truth can be made of them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Generic, TypeVar

from data.digest import digest
from data.records import Dataset, Example, ProfileItem, Task, TaskKind
from engines.arms import Case, Given, give
from engines.errors import EngineError, FailureKind
from engines.jobs import Job, Report
from engines.live import Column
from engines.methods import methods
from engines.runs.cells import Bench, Cell, Outcome, condition, generate, score
from engines.types import Arm, Failure

FEWEST, MOST = 2, 4
ENOUGH = 8
THREADS = 8
REDRAWN = 0.3
EVERYBODY = ""
TEXT = frozenset({TaskKind.REWRITE, TaskKind.GENERATE})

K = TypeVar("K", bound=Hashable)
Place = tuple[int, str]


@dataclass(frozen=True)
class Seat:
    """A cell to compute; `person` is whose data is given where that is not what the cell's arm says."""

    cell: Cell
    person: str = ""


@dataclass(frozen=True)
class Plan:
    """What a matrix asks for: the methods with their settings are its rows, the users its columns."""

    bench: Bench
    example: Example
    rows: tuple[Column, ...]
    users: tuple[str, ...]

    def places(self) -> dict[Place, Seat]:
        """Every cell by (row, user); a method that uses nothing of a user has one, of everybody."""
        return {(number, user): self._seat(row, user) for number, row in enumerate(self.rows) for user in self._of(row)}

    def _of(self, row: Column) -> tuple[str, ...]:
        return (EVERYBODY,) if is_shared(row.method) else self.users

    def _seat(self, row: Column, user: str) -> Seat:
        if user in {EVERYBODY, self.example.user}:
            arm = Arm.RIGHT if user else Arm.NOBODY
            return Seat(Cell(row.method, arm, self.example, row.config))
        return Seat(Cell(row.method, Arm.WRONG, replace(self.example, target=""), row.config), user)


@dataclass(frozen=True)
class Grid:
    """A matrix as far as it is computed; `texts` grow while they are written."""

    plan: Plan
    outcomes: Mapping[Place, Outcome] = field(default_factory=dict)
    texts: Mapping[Place, str] = field(default_factory=dict)


def is_shared(method: str) -> bool:
    """Whether a method has one answer for everybody, because it uses nothing of the user."""
    return not methods[method].info.personal


def job(plan: Plan) -> Job[Grid]:
    """The whole matrix as a job; its id is the digest of all that determines the answers."""
    bench, people = plan.bench, plan.bench.dataset.by_id
    content = [[(item.id, item.text) for item in people[user].items] for user in plan.users]
    asked = [bench.dataset.digest, bench.task, bench.model.digest, bench.seed, as_named(plan.example)]
    name = digest(["matrix", *asked, list(plan.rows), list(plan.users), content])

    def work(report: Report[Grid]) -> Grid:
        def tell(step: Step[Place]) -> None:
            report.tell(step.done, step.steps, step.said, Grid(plan, step.outcomes, step.texts))

        return Grid(plan, together(replace(bench, stop=report.stop), plan.places(), tell))

    return Job(name, work, about=bench.dataset.digest)


def as_named(example: Example) -> Example:
    """An example in the form that a digest takes; a request of one's own is named by its content."""
    return replace(example, fields=dict(example.fields), candidates=dict(example.candidates))


@dataclass(frozen=True)
class Step(Generic[K]):
    """How far a joint computation is."""

    done: int
    steps: int
    said: str
    outcomes: Mapping[K, Outcome]
    texts: Mapping[K, str]


def together(bench: Bench, seats: Mapping[K, Seat], tell: Callable[[Step[K]], None]) -> dict[K, Outcome]:
    """Condition all cells side by side, score them in one batch, and write where a text is asked for.

    A cell that fails leaves the others. When `bench.stop` says so, what is not done fails as stopped.
    """
    keys, writes = list(seats), bench.task.kind in TEXT
    steps = len(keys) + 1 + (len(keys) if writes else 0)
    found: dict[K, Outcome] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        futures = {pool.submit(conditioned, bench, seats[key]): key for key in keys}
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            tell(Step(len(found), steps, "Preparing prompts", dict(found), {}))
    found = {key: found[key] for key in keys}
    tell(Step(len(keys), steps, "Scoring all answers in one batch", dict(found), {}))
    found = dict(zip(keys, score(bench, list(found.values())), strict=True))
    tell(Step(len(keys) + 1, steps, "Scored", dict(found), {}))
    return _written(bench, found, steps, tell) if writes else found


def _written(bench: Bench, found: dict[K, Outcome], steps: int, tell: Callable[[Step[K]], None]) -> dict[K, Outcome]:
    keys, texts, told = list(found), {}, [0.0]

    def listen(row: int, text: str) -> None:
        texts[keys[row]] = text
        if time.monotonic() - told[0] >= REDRAWN:
            told[0] = time.monotonic()
            tell(Step(steps - len(keys), steps, "Writing all texts side by side", dict(found), dict(texts)))

    return dict(zip(keys, generate(bench, list(found.values()), listen=listen), strict=True))


def conditioned(bench: Bench, seat: Seat) -> Outcome:
    """One cell up to its prompt, with the data of the seat's person or of the cell's arm."""
    if bench.stop():
        return Outcome(seat.cell, seat.person, failure=Failure(FailureKind.STOPPED, "stopped before it was begun"))
    if not seat.person:
        return condition(bench, [seat.cell])[0]
    made = condition(bench, [seat.cell], giving=lambda case: given_to(case, seat.person))[0]
    return replace(made, owner=seat.person)


def given_to(case: Case, person: str) -> Given:
    """All that may be seen of a person for a request: before its cut, for others also before their own.

    Where a state is learnt of somebody in the same fold, their own cut alone counts: it is the state made for them.
    """
    user, own = case.dataset.by_id[person], person == case.example.user
    cut = case.example.at if own else case.cut_of(person)
    return Given(replace(user, items=case.visible(user, cut)), person, until=None if own else cut)


def first_users(case: Case, seed: int) -> tuple[str, ...]:
    """Columns to begin with: the example's user, the wrong user, and two whose profiles are as far apart as can be.

    Far apart is the mean rating, or where there are none the mean length of the items, over what lies before each
    person's own cut. Only people with enough items for the request come into question.
    """
    chosen = [case.example.user]
    with contextlib.suppress(EngineError):
        chosen.append(give(case, Arm.WRONG, draw=seed).owner)
    order = _by_profile(case.dataset, case.task)
    for side in (order, list(reversed(order))):
        new = (user for user in side if user not in chosen and len(given_to(case, user).user.items) >= ENOUGH)
        chosen += [user for user, _ in zip(new, range(1), strict=False)]
    return tuple(chosen)


_orders: dict[tuple[str, str], list[str]] = {}


def _by_profile(dataset: Dataset, task: Task) -> list[str]:
    """Everybody with items, from the lowest mean rating or the shortest items to the highest or longest."""
    key = (dataset.digest, task.id)
    if key not in _orders:
        means: list[tuple[float, str]] = []
        for user in dataset.users():
            cut = dataset.cut(task, user.id) if any(item.kind == task.reads for item in user.items) else None
            items = [item for item in user.items if cut and item.kind == task.reads and item.at < cut]
            if len(items) >= ENOUGH:
                means.append((profile_mean(items, task)[0], user.id))
        _orders[key] = [user for _, user in sorted(means)]
    return _orders[key]


def profile_mean(items: Sequence[ProfileItem], task: Task) -> tuple[float, str]:
    """What tells profiles apart in one number, with its name: the mean rating, or the mean length of the items."""
    if not items:
        return 0.0, ""
    if all("rating" in item.extra for item in items):
        return fmean(float(item.extra["rating"]) for item in items), "mean rating"
    return fmean(len(task.write_item(item)) for item in items), "letters an item"
