"""The verdict of one run: one clear sentence with a mark, then the details, and no more than one example shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dashboard.parts.playground_rows import ArmRow, BaselineRow, ColumnRow, Yardstick
from engines.errors import FailureKind
from engines.live import Status
from engines.types import Arm, Reach

CAUTION = "One example is not evidence."


class Kind(StrEnum):
    """What a run shows of personalization, in words for the reader."""

    PERSONAL = "Personal gain"
    ANYONES = "A gain that anyone's data gives"
    NONE = "No gain"
    WORSE = "Worse"
    UNMEASURABLE = "Not measurable"


@dataclass(frozen=True)
class Verdict:
    """The mark, the one sentence for a newcomer, and what else there is to know."""

    kind: Kind
    sentence: str
    details: str


def notice(columns: Sequence[ColumnRow], others: Sequence[BaselineRow], ruler: Yardstick, *, truth: bool = True) -> str:
    """The verdict as one text."""
    said = verdict(columns, others, ruler, truth=truth)
    return " ".join(filter(None, (said.sentence, said.details, CAUTION)))


def verdict(
    columns: Sequence[ColumnRow], others: Sequence[BaselineRow], ruler: Yardstick, *, truth: bool = True
) -> Verdict:
    """What a run that has ended shows, told by the method that came nearest to the truth.

    The gain of a method is measured against `None` where that column is there, else against the method's own arm
    without data; it counts as personal only if a wrong user's data does not give it as well.

    Args:
        columns: the methods.
        others: the predictions without a language model.
        ruler: how distances are told.
        truth: whether the request has a true answer.
    """
    outage = _outage(columns)
    if not truth:
        said = "This request has no true answer, so no answer can be called nearer to it."
        return Verdict(Kind.UNMEASURABLE, said, f"Compare the answers, what differs and the evidence. {outage}".strip())
    own = [one for one in columns if _uses_user(one) and _loss(one, Arm.RIGHT) is not None]
    own.sort(key=lambda one: _loss(one, Arm.RIGHT) or 0.0)
    if not own:
        return Verdict(Kind.UNMEASURABLE, _why_not(columns), outage)
    kind, sentence = judge(own[0], columns, ruler)
    scale = _scale(own[0], columns, ruler)
    gained = _gained(own[0], columns)
    if gained is not None and gained <= ruler.same:
        sentence, scale = scale, ""
    details = (scale, _others(own, columns, ruler), _beaten(own[0], others, ruler), outage)
    return Verdict(kind, sentence, " ".join(filter(None, details)))


def judge(column: ColumnRow, columns: Sequence[ColumnRow], ruler: Yardstick) -> tuple[Kind, str]:
    """What one method shows, in a sentence; its right user's arm has an answer."""
    name, right, wrong = column.info.name, _loss(column, Arm.RIGHT) or 0.0, _loss(column, Arm.WRONG)
    against = reference(column, columns)
    if against is None:
        return _without_reference(name, right, wrong, ruler)
    beside, before = against
    gained = before - right
    if gained <= ruler.same:
        worse = gained < -ruler.same
        how = f"led {ruler.say(-gained)} away from the truth" if worse else "moved the answer neither way"
        ending = f", compared with {beside}."
        return (Kind.WORSE if worse else Kind.NONE), f"{name} {how}{ending}"
    moved = f"{name} moved {ruler.say(gained)} towards the truth"
    if wrong is None:
        return Kind.UNMEASURABLE, f"{moved}; {_no_wrong(column)}, so nobody can tell whether that is personal."
    if wrong - right <= ruler.same:
        better = "even more" if right - wrong > ruler.same else "as well"
        return Kind.ANYONES, f"{moved}, but a wrong user's data does so {better}: this is not personalization."
    if before - wrong <= ruler.same:
        return Kind.PERSONAL, f"{moved}; with a wrong user's data it did not."
    return (
        Kind.PERSONAL,
        f"{moved}; with a wrong user's data it moved {ruler.say(before - wrong)}, the rest is this user's own.",
    )


def _without_reference(name: str, right: float, wrong: float | None, ruler: Yardstick) -> tuple[Kind, str]:
    """Where nothing was answered without data, only right against wrong can be told."""
    if wrong is None:
        return Kind.UNMEASURABLE, f"{name} has nothing to be compared with: add the arms wrong user and nobody."
    if abs(wrong - right) <= ruler.same:
        return Kind.NONE, f"{name} is as near to the truth with a wrong user's data: this is not personalization."
    way = "nearer to" if wrong > right else "further from"
    said = (
        f"{name} is {ruler.say(abs(wrong - right))} {way} the truth with the right user's data than with a wrong one's."
    )
    return (Kind.PERSONAL if wrong > right else Kind.WORSE), said


def reference(column: ColumnRow, columns: Sequence[ColumnRow]) -> tuple[str, float] | None:
    """What a method's gain is measured against, by name, with its distance from the truth."""
    plain = next((one for one in columns if one.info.uses is Reach.NOTHING), None)
    if plain and (loss := _loss(plain, Arm.NOBODY)) is not None:
        return "no personalization", loss
    loss = _loss(column, Arm.NOBODY)
    return None if loss is None else ("nobody's data", loss)


def _uses_user(column: ColumnRow) -> bool:
    return column.info.personal


def _loss(column: ColumnRow, arm: Arm) -> float | None:
    row = column.arm(arm)
    return row.loss if row and row.loss is not None and math.isfinite(row.loss) else None


def _no_wrong(column: ColumnRow) -> str:
    row = column.arm(Arm.WRONG)
    if row is None:
        return "it was not run with a wrong user's data"
    if _failed_by(row, FailureKind.NO_WRONG_USER):
        return "there is no wrong user to compare with"
    return "its wrong user's arm has no answer"


def _why_not(columns: Sequence[ColumnRow]) -> str:
    """Why no answer with the right user's data can be judged."""
    rights = [row for one in columns if _uses_user(one) if (row := one.arm(Arm.RIGHT))]
    if not rights:
        return "No method was given the right user's data, so nothing here is about personalization."
    if any(row.status is Status.STOPPED for row in rights):
        return "The run was stopped before a method had answered with the right user's data."
    if busy(columns):
        return BUSY
    if any(row.status is Status.FAILED for row in rights):
        return "No method could answer with the right user's data; each column says why."
    return "No answer with the right user's data has a score."


BUSY = "The model is busy with too many requests: wait about a minute and press Run again."


def busy(columns: Sequence[ColumnRow]) -> bool:
    """Whether an arm was refused because the model's queue was full."""
    return any(_failed_by(row, FailureKind.BUSY) for one in columns for row in one.arms)


def _failed_by(row: ArmRow, kind: FailureKind) -> bool:
    return row.failure.partition(":")[0] == kind.value


def _gained(column: ColumnRow, columns: Sequence[ColumnRow]) -> float | None:
    """How much nearer to the truth the right user's data brings a method."""
    against, right = reference(column, columns), _loss(column, Arm.RIGHT)
    return None if against is None or right is None else against[1] - right


def _scale(best: ColumnRow, columns: Sequence[ColumnRow], ruler: Yardstick) -> str:
    """The distances behind the sentence."""
    right, against = _loss(best, Arm.RIGHT) or 0.0, reference(best, columns)
    if against is None:
        return f"It is the nearest to the truth: {_off(right, ruler)}."
    gained = against[1] - right
    if gained <= ruler.same:
        word = "further from it than" if gained < -ruler.same else "as far from it as"
        return (
            f"No method came nearer to the truth: {best.info.name}, the nearest, is {word} with {against[0]} "
            f"({_off(right, ruler)}, {_off(against[1], ruler)})."
        )
    return f"It is {_off(right, ruler)} instead of {_off(against[1], ruler)} with {against[0]}."


def _others(own: Sequence[ColumnRow], columns: Sequence[ColumnRow], ruler: Yardstick) -> str:
    """The other methods: which did not help, which helped with a wrong user's data as well, which are like the best."""
    best = _gained(own[0], columns)
    if best is None or best <= ruler.same:
        return ""
    named: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for one in own[1:]:
        named[judge(one, columns, ruler)[0]].append(one.info.name)
    told = (
        (named[Kind.PERSONAL], "moved towards it too."),
        (named[Kind.ANYONES], "moved too, but a wrong user's data did as well."),
        (named[Kind.UNMEASURABLE], "moved too; whose gain that is cannot be told."),
        ([*named[Kind.NONE], *named[Kind.WORSE]], "did not help."),
    )
    return " ".join(f"{_listed(names)} {said}" for names, said in told if names)


def _beaten(best: ColumnRow, others: Sequence[BaselineRow], ruler: Yardstick) -> str:
    """The baselines without a language model that are nearer still."""
    right = _loss(best, Arm.RIGHT) or 0.0
    better = [f"{one.name.lower()} ({_off(one.loss, ruler)})" for one in others if _below(one.loss, right, ruler)]
    return f"Without a language model, nearer still: {_listed(better)}." if better else ""


def _below(loss: float | None, right: float, ruler: Yardstick) -> bool:
    return loss is not None and right - loss > ruler.same


def _outage(columns: Sequence[ColumnRow]) -> str:
    """What was stopped or failed."""
    rows = [(column.info.name, row) for column in columns for row in column.arms]
    failed = dict.fromkeys(name for name, row in rows if row.status is Status.FAILED)
    stopped = any(row.status is Status.STOPPED for _, row in rows)
    parts = ["The run was stopped; this is what was done by then."] if stopped else []
    parts += [f"{_listed(list(failed))} failed, at least in part."] if failed else []
    return " ".join(parts)


def _off(value: float | None, ruler: Yardstick) -> str:
    if value is None:
        return "not scored"
    if ruler.unit == "places":
        return f"place {value:g}"
    return f"{ruler.say(value)} off" if ruler.unit == "stars" else ruler.say(value)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
