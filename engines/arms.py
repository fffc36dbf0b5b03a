"""Right user, wrong user, nobody: whose data a method is given for an example, and how the wrong user is drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime

from data.records import Dataset, Example, Persona, ProfileItem, Task, User
from engines.errors import EngineError, FailureKind
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
    """

    user: User
    owner: str
    note: str = ""


def give(dataset: Dataset, task: Task, example: Example, *, arm: Arm, hidden: frozenset[str], draw: int) -> Given:
    """Whose data this arm gives.

    Args:
        dataset: the users.
        task: which kind of items counts.
        example: the request, with the cut.
        arm: right, wrong or nobody.
        hidden: subjects about which nothing may be given.
        draw: the seed of the wrong user.

    Raises:
        EngineError: no wrong user exists (kind no-wrong-user).
    """
    person = dataset.by_id[example.user]
    if arm is Arm.NOBODY:
        return Given(User("", "nobody", (), Persona("", {}, (), "")), "")
    own = replace(person, items=visible(person, task, example.at, hidden))
    if arm is Arm.RIGHT:
        return Given(own, person.id)
    return wrong_user(dataset, task, example, own=own, hidden=hidden, draw=draw)


def visible(user: User, task: Task, cut: datetime, hidden: frozenset[str]) -> tuple[ProfileItem, ...]:
    """A user's items of the task's kind strictly before the cut and not about a hidden subject."""
    return tuple(i for i in user.items if i.kind == task.reads and i.at < cut and i.extra.get("subject") not in hidden)


def wrong_user(
    dataset: Dataset, task: Task, example: Example, *, own: User, hidden: frozenset[str], draw: int
) -> Given:
    """A person who differs in every declared trait, drawn by the seed, with as many items as the right user has.

    The wrong person's items lie before both that person's own cut and the example's. The first of the drawn whose
    text is about as long as the right user's is taken; where none has as many items, the one with the most, and the
    note says so.

    Raises:
        EngineError: nobody differs in every trait and has an item (kind no-wrong-user).
    """
    order = sorted(u.id for u in dataset.users() if differs(u, own))
    random.Random(f"{draw}/{example.user}").shuffle(order)  # noqa: S311 - a reproducible draw
    need = len(own.items)
    best: tuple[tuple[int, float], User] | None = None
    tried = 0
    for key in order:
        other = dataset.by_id[key]
        items = visible(other, task, min(example.at, dataset.cut(task, other.id)), hidden)
        items = items[len(items) - min(need, len(items)) :]
        if not items and need:
            continue
        gap = _length_gap(task, own.items, items)
        rank = (need - len(items), 0.0 if gap <= TOLERANCE else gap)
        if best is None or rank < best[0]:
            best = (rank, replace(other, items=items))
        tried += len(items) == need
        if best[0] == (0, 0.0) or tried >= TRIES:
            break
    if best is None:
        raise EngineError(
            FailureKind.NO_WRONG_USER, "nobody differs in every declared trait and has items before the cut"
        )
    missing = best[0][0]
    note = f"the wrong user has {len(best[1].items)} items, the right user {need}" if missing else ""
    return Given(best[1], best[1].id, note)


def differs(one: User, other: User) -> bool:
    """Whether two people differ in every declared trait."""
    mine, theirs = one.persona.traits, other.persona.traits
    return one.id != other.id and all(mine[name] != theirs[name] for name in mine if name in theirs)


def _length_gap(task: Task, own: tuple[ProfileItem, ...], other: tuple[ProfileItem, ...]) -> float:
    """How much longer or shorter the other's recent items are when written, relative to the right user's."""
    mine = sum(len(task.write_item(item)) for item in own[-16:])
    theirs = sum(len(task.write_item(item)) for item in other[-16:])
    return abs(theirs - mine) / mine if mine else 0.0
