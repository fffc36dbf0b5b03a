"""What several seeds gave, shaped without Streamlit: a row for each method and arm, and the sentence above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import safe
from dashboard.parts.playground_rows import ARM_NAME, distance, place_of, true_one, yardstick
from data.records import TaskKind
from engines.methods import methods
from engines.repeats import TEXT, Stability, likeness, spread, stability
from engines.types import Arm

if TYPE_CHECKING:
    from data.records import Example
    from engines.repeats import Key, Repeats, Trial

DASH = "\u2013"


@dataclass(frozen=True)
class RepeatRow:
    """One method in one arm over the seeds.

    Attributes:
        values: the number of each seed that gave one: stars, a place, or bits per byte of the true text.
        style: how its points are filled.
        same: in how many seeds the commonest answer came.
        stable: in how many seeds the right user's data beats a wrong user's; only in the right user's row.
    """

    method: str
    arm: Arm
    label: str
    level: str | None
    style: str
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    mean: str
    deviation: str
    same: str
    likeness: str
    stable: str
    failure: str = ""


def rows(found: Repeats) -> list[RepeatRow]:
    """Every method by arm in the order of the page."""
    return [_row(found, key) for key in sorted(found.trials, key=lambda key: (key[0], tuple(Arm).index(key[1])))]


def _row(found: Repeats, key: Key) -> RepeatRow:
    place, arm = key
    kind, example, trials = found.plan.bench.task.kind, found.plan.example, found.trials[key]
    info = methods[found.plan.columns[place].method].info
    whose = "everyone's" if info.shared else ARM_NAME[arm]
    digits = {TaskKind.RATE: 1, TaskKind.RANK: 0, TaskKind.CHOOSE: 0}.get(kind, 2)
    numbers = [(trial.seed, value) for trial in trials if (value := value_of(kind, trial, example)) is not None]
    made = spread([value for _, value in numbers], digits)
    texts = texts_of(trials)
    alike = likeness(texts) if kind in TEXT else None
    failed = next((trial.outcome.failure for trial in trials if trial.outcome.failure), None)
    return RepeatRow(
        method=info.name,
        arm=arm,
        label=f"{info.name}, {whose}",
        level=info.level.value if info.level else None,
        style=Arm.RIGHT.value if info.shared else arm.value,
        seeds=tuple(seed for seed, _ in numbers),
        values=tuple(value for _, value in numbers),
        mean=f"{made.mean:.{digits or 1}f}" if made else DASH,
        deviation=DASH if made is None or made.deviation is None else f"{made.deviation:.2f}",
        same=_same(kind, made.commonest if made else 0, texts, len(trials)),
        likeness=DASH if alike is None else f"{alike:.2f}",
        stable=_told(stable_of(found, place)) if arm is Arm.RIGHT else "",
        failure=f"{failed.kind.value}: {failed.message}" if failed else "",
    )


def _same(kind: TaskKind, commonest: int, texts: Sequence[str], trials: int) -> str:
    """In how many seeds the commonest answer came: the number as it is shown, or the words."""
    if kind in TEXT:
        commonest = max((list(texts).count(text) for text in texts), default=0)
    return f"{commonest} of {trials}" if commonest else DASH


def texts_of(trials: Sequence[Trial]) -> list[str]:
    """The texts that were written."""
    outputs = [trial.outcome.output for trial in trials]
    return [one.generation.text.strip() for one in outputs if one and one.generation and one.generation.text.strip()]


def value_of(kind: TaskKind, trial: Trial, example: Example) -> float | None:
    """The number of one seed: the rating in stars, the place of the true film, or bits per byte of the true text."""
    output = trial.outcome.output
    if output is None:
        return None
    if kind is TaskKind.RATE:
        return output.rating
    return place_of(output.candidates, example.target) if kind.ranks else _loss(kind, trial, example)


def _loss(kind: TaskKind, trial: Trial, example: Example) -> float | None:
    output = trial.outcome.output
    if output is None or not example.target:
        return None
    return distance(kind, output, scores=trial.scores, example=example)


def stable_of(found: Repeats, place: int) -> Stability:
    """How often a method's right user's arm came nearer to the truth than its wrong user's."""
    kind, example = found.plan.bench.task.kind, found.plan.example
    losses: Mapping[Arm, dict[int, float]] = {
        arm: {
            trial.seed: loss
            for trial in found.trials.get((place, arm), ())
            if (loss := _loss(kind, trial, example)) is not None
        }
        for arm in (Arm.RIGHT, Arm.WRONG)
    }
    both = losses[Arm.RIGHT].keys() & losses[Arm.WRONG].keys()
    return stability([(losses[Arm.RIGHT][s], losses[Arm.WRONG][s]) for s in both], yardstick(kind).same)


def _told(stable: Stability) -> str:
    if not stable.seeds:
        return DASH
    ties = f", {stable.ties} {'tie' if stable.ties == 1 else 'ties'}" if stable.ties else ""
    return f"{stable.nearer} of {stable.seeds}{ties}"


def summary(found: Repeats, shown: Sequence[RepeatRow]) -> str:
    """How stable the run's verdicts are, in a sentence or two."""
    if not found.seeds:
        return "No seed is done yet."
    if not found.plan.example.target:
        return "This request has no true answer, so only how much the answers differ can be seen."
    judged = {
        methods[column.method].info.name: stable_of(found, place) for place, column in enumerate(found.plan.columns)
    }
    judged = {name: stable for name, stable in judged.items() if stable.seeds}
    if not judged:
        return "No method was run with a right and a wrong user's data, so there is no verdict to be stable."
    sure = [name for name, stable in judged.items() if stable.nearer == stable.seeds]
    never = [name for name, stable in judged.items() if not stable.nearer]
    mixed = [f"{name} ({_told(stable)})" for name, stable in judged.items() if 0 < stable.nearer < stable.seeds]
    count = f"{found.seeds} seeds"
    parts = [f"In all {count} the right user's data beats a wrong user's: {_listed(sure)}."] if sure else []
    parts += [f"It depends on the draw for {_listed(mixed)}."] if mixed else []
    parts += [f"In none of {count}: {_listed(never)}."] if never else []
    moved = any(row.deviation not in {DASH, "0.00"} for row in shown)
    return " ".join(parts) + ("" if moved else " No answer depends on the seed here.")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def axis(kind: TaskKind, example: Example) -> tuple[str, float | None]:
    """What the points measure, and where the truth stands among them."""
    if kind is TaskKind.RATE:
        return "Expected rating, stars", float(example.target) if example.target else None
    if kind.ranks:
        return f"Place of the {true_one(kind)} (1 is best)", 1.0
    return "Bits per byte of the true text (lower is better)", None


def table(found: Repeats, shown: Sequence[RepeatRow]) -> list[dict[str, object]]:
    """Every seed as a row: the twin of the chart."""
    kind, example = found.plan.bench.task.kind, found.plan.example
    made: list[dict[str, object]] = []
    keys = sorted(found.trials, key=lambda key: (key[0], tuple(Arm).index(key[1])))
    for row, key in zip(shown, keys, strict=True):
        for trial in found.trials[key]:
            value = value_of(kind, trial, example)
            line: dict[str, object] = {"method": row.label, "seed": trial.seed, "value": value}
            line["data of"] = safe.plain(trial.outcome.owner)
            if kind in TEXT:
                line["text"] = safe.plain(" ".join(texts_of([trial])), 400)
            made.append(line)
    return made
