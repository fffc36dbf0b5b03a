"""What Cold start shows of its curves, shaped without Streamlit: where intervals part, tables, and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engines.baselines import baselines_for
from engines.coldstart import ALL, Crossing, crossing, reverse
from engines.methods import methods
from engines.metrics import TEXT

if TYPE_CHECKING:
    import pandas as pd

    from data.records import Example, Task, User
    from engines.coldstart import Curves
    from engines.runs.stats import Estimate

ABSENT = "\u2013"
NOBODY, WRONG = "nobody", "the wrong user"
COARSE = 8
SHORT = ("history", "items given", "data of", "n", "prompt tokens")
"""Columns of the table whose values are short."""


@dataclass(frozen=True)
class Person:
    """Of whom and for what the length of prompts is guessed."""

    user: User
    task: Task
    example: Example


@dataclass(frozen=True)
class Crossover:
    """That one side beats another from a length on, or at none.

    Attributes:
        place: the column of the better side.
    """

    place: int
    better: str
    than: str
    found: Crossing


def length_name(length: int) -> str:
    """A length as a reader knows it."""
    return "all" if length == ALL else str(length)


def name_of(found: Curves, place: int) -> str:
    """The name of a column's method."""
    return str(methods[found.plan.columns[place].method].info.name)


def crossovers(found: Curves) -> list[Crossover]:
    """Each personal method against nobody and the wrong user, then each two methods in both directions."""
    metric, rows = found.plan.metric, []
    for place, line in found.lines.items():
        if line.spots:
            name = name_of(found, place)
            nobody = crossing(metric, {spot.length: spot.over_nobody for spot in line.spots})
            wrong = crossing(metric, {spot.length: spot.over_wrong for spot in line.spots})
            rows += [Crossover(place, name, NOBODY, nobody), Crossover(place, name, WRONG, wrong)]
    pairs = sorted({(one, other) for one, other, _ in found.between})
    for one, other in pairs:
        gaps = {length: gap for (a, b, length), gap in found.between.items() if (a, b) == (one, other)}
        rows.append(Crossover(one, name_of(found, one), name_of(found, other), crossing(metric, gaps)))
        back = {length: reverse(gap) for length, gap in gaps.items()}
        rows.append(Crossover(other, name_of(found, other), name_of(found, one), crossing(metric, back)))
    return rows


def where(one: Crossing) -> str:
    """A crossover in words."""
    if one.length is None:
        return "none: no interval parts"
    said = "with all items only" if one.length == ALL else f"from {items(one.length)} on"
    said = "already without any item" if one.length == 0 else said
    if one.lost:
        said = f"at {items(one.length)}, but not with {listed([length_name(length) for length in one.lost])}"
    return said


def items(length: int) -> str:
    """So many items, in words."""
    if length == ALL:
        return "all items"
    return f"{length} {'item' if length == 1 else 'items'}"


def listed(words: list[str]) -> str:
    """So many items: numbers with commas and an `or`."""
    said = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return said if said == "1" else f"{said} items"


def verdict(found: Curves) -> str:
    """What the curves show, no more strongly than the intervals allow."""
    rows = crossovers(found)
    measured = [one for one in rows if one.than in {NOBODY, WRONG}]
    if not measured:
        return "No length is measured yet." if any(map(found.plan.personal, found.lines)) else "No method is personal."
    if all(one.found.length is None for one in measured):
        return (
            "No crossover: at no measured length does a method with the right user's history beat nobody's, or the "
            "wrong user's, by more than its interval."
        )
    said = []
    for place in dict.fromkeys(one.place for one in measured):
        nobody, wrong = (one.found for one in measured if one.place == place)
        name, whom = name_of(found, place), {NOBODY: nobody, WRONG: wrong}
        beaten = {who: where(each) for who, each in whom.items() if each.length is not None}
        if not beaten:
            said.append(f"{name} beats neither nobody nor the wrong user at any measured length.")
            continue
        if len(set(beaten.values())) < len(beaten):
            beaten = {f"{NOBODY} and {WRONG}": beaten[NOBODY]}
        parts = [f"beats {who} {at}" for who, at in beaten.items()]
        parts += [f"beats {who} at no measured length" for who, each in whom.items() if each.length is None]
        said.append(f"{name} {'; it '.join(parts)}.")
    return " ".join(said)


def crossings_table(found: Curves) -> pd.DataFrame:
    """A row for each comparison with the shortest history from which its interval parts."""
    import pandas as pd

    rows = [{"right user, by": one.better, "beats": one.than, "where": where(one.found)} for one in crossovers(found)]
    return pd.DataFrame(rows, columns=["right user, by", "beats", "where"])


def caution(found: Curves) -> str:
    """How much the intervals may be trusted."""
    requests, users = found.asked
    coarse = (
        " So few users make coarse intervals: one parts from 0 as soon as all of them agree." if users < COARSE else ""
    )
    return (
        f"{requests} held-out requests of {users} users; gaps are paired by request, intervals (95 %) resample users "
        f"and are not corrected for looking at several lengths.{coarse} A gap at no items is what the method does "
        "without any history, such as by traits."
    )


def table(found: Curves) -> pd.DataFrame:
    """Every method, length and arm with its interval, n, and gaps."""
    import pandas as pd

    return pd.DataFrame(list(_rows(found)))


def _rows(found: Curves) -> Iterator[Mapping[str, object]]:
    info, unit = found.plan.metric.info, figure_name(found)
    for place, line in found.lines.items():
        head = {"method": name_of(found, place)}
        for spot in line.spots:
            own = {"history": length_name(spot.length), "items given": f"{spot.items:g}"}
            gaps = [interval(one, info.digits, signed=True) for one in (spot.over_nobody, spot.over_wrong)]
            yield (
                head
                | own
                | _row("right user", unit, spot.right, info.digits, gaps=gaps)
                | {"prompt tokens": f"{spot.tokens:,.0f}"}
            )
            yield head | own | _row("wrong user", unit, spot.wrong, info.digits)
        yield head | {"history": ABSENT, "items given": ""} | _row(NOBODY, unit, line.nobody, info.digits)
    for name, one in found.baselines.items():
        said = baselines_for(found.plan.bench.task.kind)[name].info.name
        yield {"method": said, "history": "all", "items given": ""} | _row("no language model", unit, one, info.digits)


def _row(whose: str, unit: str, one: Estimate, digits: int, *, gaps: Sequence[str] = ("", "")) -> dict[str, object]:
    """One figure with its n, and what it is less than the others."""
    said = {"data of": whose, unit: interval(one, digits), "n": one.n}
    return said | {"less nobody": gaps[0], "less wrong user": gaps[1], "prompt tokens": ""}


def figure_name(found: Curves) -> str:
    """The metric with its unit and the arrow of the better direction."""
    info = found.plan.metric.info
    arrow = "\u2191" if info.higher_is_better else "\u2193"
    unit = f", {info.unit}" if info.unit else ""
    return f"{info.name}{unit} {arrow}"


def interval(one: Estimate, digits: int, *, signed: bool = False) -> str:
    """A figure with its interval, or a dash."""
    if one.mean is None or one.low is None or one.high is None:
        return ABSENT
    sign = "+" if signed else ""
    numbers = [f"{value + 0.0:{sign}.{digits}f}".replace("-", "\u2212") for value in (one.mean, one.low, one.high)]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"


def remarks(found: Curves, seconds: float | None) -> list[str]:
    """What else must be known: failures, wrong users with less, and how long it took."""
    said = [f"{count} times: {what}" for what, count in found.failures.items()]
    said += found.notes[:4]
    best = best_baseline(found)
    if best:
        said.append(best)
    if found.plan.bench.task.kind in TEXT:
        said.append("No text is written here: measured is how likely the user's own true text is.")
    said.append(
        "At each length the right and the wrong user give their last items before the cut, equally many where both "
        "have them; nobody gives none. Who is the wrong user does not depend on the length."
    )
    if seconds is not None:
        said.append(f"Measured in {seconds:.0f} s.")
    return said


def best_baseline(found: Curves) -> str:
    """What the best row without a language model gets, which a reader must know of; empty where there is none."""
    info = found.plan.metric.info
    known = {name: one.mean for name, one in found.baselines.items() if one.mean is not None}
    if not known:
        return ""
    best = (max if info.higher_is_better else min)(known, key=known.__getitem__)
    name = baselines_for(found.plan.bench.task.kind)[best].info.name
    value = f"{known[best]:.{info.digits}f}"
    return f"Without a language model, with everybody's whole history before the cut: {name}, {value}."
