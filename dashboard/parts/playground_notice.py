"""The sentence `What to notice`: what one run shows, gains and their absence alike, and no more than that."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.parts.playground_rows import BaselineRow, ColumnRow, Yardstick
from engines.live import Status
from engines.types import Arm, Reach

CAUTION = "One example is not evidence."


def notice(columns: Sequence[ColumnRow], others: Sequence[BaselineRow], ruler: Yardstick) -> str:
    """What to notice in a run that has ended.

    The gain of a method is measured against `None` where that column is there, else against the method's own arm
    without data; it counts as personal only if a wrong user's data does not give it as well.
    """
    parts = [_outage(columns)]
    own = [one for one in columns if one.info.uses in {Reach.OWN, Reach.PERSONA} and _loss(one, Arm.RIGHT) is not None]
    own.sort(key=lambda one: _loss(one, Arm.RIGHT) or 0.0)
    if own:
        parts += [_gain(own[0], columns, ruler), _others(own, columns, ruler), _beaten(own[0], others, ruler)]
    elif not parts[0]:
        parts.append("No method was given the right user's data, so nothing here is about personalization.")
    return " ".join(filter(None, (*parts, CAUTION)))


def reference(column: ColumnRow, columns: Sequence[ColumnRow]) -> tuple[str, float] | None:
    """What a method's gain is measured against, by name, with its distance from the truth."""
    plain = next((one for one in columns if one.info.uses is Reach.NOTHING), None)
    if plain and (loss := _loss(plain, Arm.NOBODY)) is not None:
        return "no personalization", loss
    loss = _loss(column, Arm.NOBODY)
    return None if loss is None else ("nobody's data", loss)


def _loss(column: ColumnRow, arm: Arm) -> float | None:
    row = column.arm(arm)
    return row.loss if row else None


def _gained(column: ColumnRow, columns: Sequence[ColumnRow]) -> float | None:
    """How much nearer to the truth the right user's data brings a method."""
    against, right = reference(column, columns), _loss(column, Arm.RIGHT)
    return None if against is None or right is None else against[1] - right


def _gain(best: ColumnRow, columns: Sequence[ColumnRow], ruler: Yardstick) -> str:
    """What the nearest method gained, and whether the gain is this user's."""
    right, against = _loss(best, Arm.RIGHT) or 0.0, reference(best, columns)
    if against is None:
        return f"{best.info.name} comes nearest to the truth ({_off(right, ruler)}); {_personal(best, None, ruler)}"
    name, before = against
    if before - right <= ruler.same:
        word = "further from it than" if before - right < -ruler.same else "as far from it as"
        return (
            f"No method came nearer to the truth: {best.info.name}, the nearest, is {word} with {name} "
            f"({_off(right, ruler)}, {_off(before, ruler)})."
        )
    moved = f"{best.info.name} moved {ruler.say(before - right)} towards the truth ({_versus(right, before, ruler)})"
    return f"{moved}; {_personal(best, before, ruler)}"


def _personal(best: ColumnRow, before: float | None, ruler: Yardstick) -> str:
    """Whether a wrong user's data does the same."""
    wrong, right = _loss(best, Arm.WRONG), _loss(best, Arm.RIGHT) or 0.0
    if wrong is None:
        return "without the wrong user's arm nobody can tell whether that is personal."
    if wrong - right <= ruler.same:
        return "a wrong user's data does as well, so this is not personalization."
    if before is None or before - wrong <= ruler.same:
        return "with a wrong user's data it did not."
    return f"with a wrong user's data it moved {ruler.say(before - wrong)}, the rest is this user's own."


def _others(own: Sequence[ColumnRow], columns: Sequence[ColumnRow], ruler: Yardstick) -> str:
    """The other methods: which did not help, which helped with a wrong user's data as well, which are like the best."""
    best = _gained(own[0], columns)
    if best is None or best <= ruler.same:
        return ""
    useless, anyones, personal = [], [], []
    for one in own[1:]:
        gained, right, wrong = _gained(one, columns), _loss(one, Arm.RIGHT) or 0.0, _loss(one, Arm.WRONG)
        if gained is None or gained <= ruler.same:
            useless.append(one.info.name)
        elif wrong is not None and wrong - right <= ruler.same:
            anyones.append(one.info.name)
        else:
            personal.append(one.info.name)
    said = [f"{_listed(personal)} moved towards it too." if personal else ""]
    said.append(f"{_listed(anyones)} moved too, but a wrong user's data did as well." if anyones else "")
    said.append(f"{_listed(useless)} did not help." if useless else "")
    return " ".join(filter(None, said))


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


def _versus(right: float, before: float, ruler: Yardstick) -> str:
    return f"{_off(right, ruler)} instead of {_off(before, ruler)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
