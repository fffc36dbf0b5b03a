"""How far the answers of the arms lie apart, where nobody knows the true one: gaps in words, and the verdict."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.parts.playground_notice import BUSY, Kind, Verdict, busy
from dashboard.parts.playground_rows import ArmRow, ColumnRow, yardstick
from data.records import TaskKind
from engines.live import Status
from engines.types import Arm

if TYPE_CHECKING:
    from data.records import Example, Task

NO_TRUTH = "Your own request has no true answer"


def first_choice(row: ArmRow, example: Example) -> str:
    """The title that a ranking puts first; empty without a ranking."""
    found = row.output.candidates if row.output else {}
    best = max(found, key=lambda one: found[one], default="")
    return example.candidates.get(best, best)


def headline(row: ArmRow, task: Task, example: Example) -> str:
    """The answer in a word, without a truth beside it."""
    if task.kind is TaskKind.RATE:
        return f"says {row.says}" if row.says else "no rating"
    if task.kind.ranks:
        title = first_choice(row, example)
        return f"first: {title}" if title else "no ranking"
    return f"{len(row.text.split())} words" if row.text else row.status.value


def gaps(column: ColumnRow, task: Task, example: Example) -> tuple[str, ...]:
    """How the other arms' answers differ from the right user's, in words."""
    right = column.arm(Arm.RIGHT)
    if right is None or not _answered(right):
        return ()
    return tuple(
        f"{row.label}: {told(task.kind, right, row, example)}"
        for row in column.arms
        if row.arm is not Arm.RIGHT and _answered(row)
    )


def told(kind: TaskKind, right: ArmRow, other: ArmRow, example: Example) -> str:
    """How another arm's answer differs from the right user's."""
    if kind is TaskKind.RATE:
        apart = round(float(other.says) - float(right.says), 1) if other.says and right.says else 0.0
        return f"{yardstick(kind).say(abs(apart))} {'more' if apart > 0 else 'less'}" if apart else "the same"
    if kind.ranks:
        title = first_choice(other, example)
        return "the same first" if title == first_choice(right, example) else f"puts {title} first"
    shared = likeness(right.text, other.text)
    return "the same words" if right.text.split() == other.text.split() else f"{shared:.0%} of the words in common"


def likeness(one: str, other: str) -> float:
    """2 m / (n1 + n2) for m aligned words of n1 and n2."""
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()


def verdict(columns: Sequence[ColumnRow], task: Task, example: Example) -> Verdict:
    """Whose data changed the answer: the right user's otherwise than a wrong one's, or only any data at all."""
    if busy(columns):
        return Verdict(Kind.UNMEASURABLE, BUSY, "")
    own = [one for one in columns if one.info.personal and _known(one)]
    details = f"{NO_TRUTH}: no answer can be called nearer to it. See the likelihood of each answer below."
    if not own:
        return Verdict(Kind.UNMEASURABLE, "No method was given the right user's data and answered.", details)
    personal = [one for one in own if _differs(one, Arm.WRONG, task, example)]
    compared = [one for one in own if (row := one.arm(Arm.WRONG)) and _answered(row)]
    moved = [one for one in own if _differs(one, Arm.NOBODY, task, example)]
    if personal:
        said = f"{_names(personal)} answered otherwise with the right user's data than with a wrong user's."
    elif compared:
        said = "No method answered otherwise with the right user's data than with a wrong user's."
    elif moved:
        said = f"{_names(moved)} answered otherwise than with nobody's data; nothing tells whether that is personal."
    else:
        said = "There is nothing to compare the answers with: add the arms wrong user and nobody."
    same = [one for one in own if (row := one.arm(Arm.NOBODY)) and _answered(row) and one not in moved]
    extra = f"{_names(same)} answered as with nobody's data. " if same else ""
    return Verdict(Kind.UNMEASURABLE, said, extra + details)


def _known(column: ColumnRow) -> bool:
    right = column.arm(Arm.RIGHT)
    return right is not None and _answered(right)


def _differs(column: ColumnRow, arm: Arm, task: Task, example: Example) -> bool:
    right, other = column.arm(Arm.RIGHT), column.arm(arm)
    if right is None or other is None or not _answered(other):
        return False
    return not told(task.kind, right, other, example).startswith("the same")


def _answered(row: ArmRow) -> bool:
    return row.output is not None and row.status in {Status.DONE, Status.STOPPED}


def _names(columns: Sequence[ColumnRow]) -> str:
    names = [one.info.name for one in columns]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
