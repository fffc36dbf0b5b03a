"""Right user, wrong user, nobody: whose data a method is given for an example, and how the wrong user is drawn."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from datetime import datetime

from data.records import Dataset, Example, Persona, ProfileItem, Task, User
from engines.errors import EngineError, FailureKind
from engines.folds import LEARNT, Fold, differs
from engines.types import Arm

TOLERANCE = 0.15
TRIES = 40


@dataclass(frozen=True)
class Given:
    """The user whose data a method is given, cut to what may be seen.

    Attributes:
        user: with only items of the task's kind, before the cut, none about held-out items.
        owner: id of the person that the items are of; empty for nobody.
        note: what a reader must know about the draw, empty if nothing.
        until: the cut of that person's items where it is their own and not the example's.
    """

    user: User
    owner: str
    note: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Case:
    """For whom and when: an example of a task, and the subjects about which nothing may be given.

    Attributes:
        reads: the kind of profile items that is given; empty means the kind that the task reads.
        near: the ids of the target's fold, in which the wrong user is looked for first.
        learns: the target's fold where a state is learnt of a person, so that a wrong user's is that user's right one.
    """

    dataset: Dataset
    task: Task
    example: Example
    hidden: frozenset[str]
    reads: str = ""
    near: frozenset[str] = frozenset()
    learns: Fold | None = None

    def cut_of(self, other: str) -> datetime:
        """Before when the items of another person lie: both cuts, or where their own state is asked for, their own."""
        own = self.learns.cut(other, (self.example.user, self.example.at)) if self.learns else None
        return own or min(self.example.at, self.dataset.cut(self.task, other))

    def visible(self, user: User, cut: datetime) -> tuple[ProfileItem, ...]:
        """A user's items of the kind that is read, strictly before a time and not about a hidden subject.

        Where another kind is read, what its own task holds out of the user is not among them either.
        """
        kind = self.reads or self.task.reads
        items = [item for item in user.items if item.kind == kind and item.extra.get("subject") not in self.hidden]
        if items and kind != self.task.reads:
            own = next(task for task in self.dataset.tasks if task.reads == kind)
            cut = min(cut, self.dataset.cut(own, user.id))
        return tuple(item for item in items if item.at < cut)


def give(case: Case, arm: Arm, *, draw: int) -> Given:
    """Whose data an arm gives; `draw` is the seed of the wrong user.

    Raises:
        EngineError: no wrong user exists (kind no-wrong-user).
    """
    person = case.dataset.by_id[case.example.user]
    if arm is Arm.NOBODY:
        return Given(User("", "nobody", (), Persona("", {}, (), "")), "")
    own = replace(person, items=case.visible(person, case.example.at))
    if arm is Arm.RIGHT:
        return Given(own, person.id)
    near = someone_near(case, own, draw=draw) if case.learns and own.items else None
    return near or wrong_user(case, own, draw=draw)


def someone_near(case: Case, own: User, *, draw: int) -> Given | None:
    """A person of the fold who differs in every declared trait, with what is learnt of them as the right user.

    Their items lie before their own cut and are about nothing that is held out of anyone in the fold. The first of the
    drawn is taken of whom about as many items are learnt from; where there is none, the nearest, and the note says so.
    None where nobody of the fold differs in every trait and has an item.
    """
    need, best = min(len(own.items), LEARNT), None
    for other in (one for one in _drawn(case, own, draw) if case.learns and one.id in case.learns.people):
        items = case.visible(other, case.cut_of(other.id))
        apart = abs(math.log(min(len(items), LEARNT) / need)) if items else math.inf
        if items and (best is None or apart < best[0]):
            best = apart, replace(other, items=items)
        if apart <= math.log1p(TOLERANCE):
            break
    if best is None:
        return None
    apart, chosen = best
    note = f"the wrong user's own state is of {len(chosen.items)} items, the right user {len(own.items)}"
    return Given(chosen, chosen.id, note if apart > math.log1p(TOLERANCE) else "", case.cut_of(chosen.id))


def wrong_user(case: Case, own: User, *, draw: int) -> Given:
    """A person who differs in every declared trait, drawn by the seed, with as many items as the right user has.

    The wrong person's items lie before both that person's own cut and the example's. The first of the drawn whose
    text is about as long as the right user's is taken; where none has as many items, the one with the most, and the
    note says so. Whoever is of the target's fold goes before everyone else.

    Raises:
        EngineError: nobody differs in every trait and has an item (kind no-wrong-user).
    """
    need = len(own.items)
    best: tuple[tuple[int, bool, float], User] | None = None
    tried = 0
    for other in _drawn(case, own, draw):
        outside = other.id not in case.near
        if outside and best and best[0][:2] == (0, False):
            break
        items = case.visible(other, min(case.example.at, case.dataset.cut(case.task, other.id)))
        items = items[len(items) - min(need, len(items)) :]
        if need and not items:
            continue
        gap = _length_gap(case.task, own.items, items)
        rank = (need - len(items), outside, 0.0 if gap <= TOLERANCE else gap)
        if best is None or rank < best[0]:
            best = (rank, replace(other, items=items))
        tried += len(items) == need
        if best[0][::2] == (0, 0.0) or tried >= TRIES:
            break
    if best is None:
        raise EngineError(
            FailureKind.NO_WRONG_USER, "nobody differs in every declared trait and has items before the cut"
        )
    (missing, _, _), chosen = best
    note = f"the wrong user has {len(chosen.items)} items, the right user {need}" if missing else ""
    return Given(chosen, chosen.id, note)


def _drawn(case: Case, own: User, draw: int) -> list[User]:
    """Everybody who may be the wrong user, in the order of the draw; who is near goes first."""
    order = sorted((user for user in case.dataset.users() if differs(user, own)), key=lambda user: user.id)
    random.Random(f"{draw}/{case.example.user}").shuffle(order)  # noqa: S311 - a reproducible draw
    return sorted(order, key=lambda user: user.id not in case.near)


def _length_gap(task: Task, own: tuple[ProfileItem, ...], other: tuple[ProfileItem, ...]) -> float:
    """How much longer or shorter the other's recent items are when written, relative to the right user's."""
    mine = sum(len(task.write_item(item)) for item in own[-16:])
    theirs = sum(len(task.write_item(item)) for item in other[-16:])
    return abs(theirs - mine) / mine if mine else 0.0
