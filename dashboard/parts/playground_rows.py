"""What the Playground's columns show of a run, shaped without Streamlit: rows by arm, gaps in words, baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.records import Example, Task, TaskKind
from engines.costs import cost_of
from engines.live import ArmView, BaselineView, LiveView, Status
from engines.methods import methods
from engines.types import Arm

if TYPE_CHECKING:
    from engines.metrics import Score
    from engines.outputs import Output
    from engines.runs.cells import Outcome
    from engines.training.trainer import Progress
    from engines.types import MethodInfo

TOP = 5
ARM_NAME: Mapping[Arm, str] = {Arm.RIGHT: "right user", Arm.WRONG: "wrong user", Arm.NOBODY: "nobody"}
ARM_ORDER = tuple(Arm)
COSTS: Mapping[str, str] = {
    "prompt tokens": "prompt_tokens",
    "private items": "private_items",
    "seconds of the user": "user_seconds",
    "seconds shared": "shared_seconds",
    "bytes of the user": "private_bytes",
    "bytes shared": "shared_bytes",
}


@dataclass(frozen=True)
class Yardstick:
    """How far an answer is from the truth: one number, lower is better, told in words.

    Attributes:
        same: differences up to this one are told as none.
        shown: the metrics of the table, id to heading.
    """

    unit: str
    digits: int
    same: float
    shown: Mapping[str, str]

    def say(self, value: float) -> str:
        """A distance with its unit."""
        return f"{value:.{self.digits}f} {self._unit(value)}"

    def gap(self, value: float) -> str:
        """A difference of distances: positive is worse."""
        if abs(value) <= self.same:
            return "the same"
        said = f"{value:+.{self.digits}f} {self._unit(value)} {'worse' if value > 0 else 'better'}"
        return said.replace("-", "\u2212")

    def _unit(self, value: float) -> str:
        return self.unit.removesuffix("s") if self.digits == 0 and abs(value) == 1 else self.unit


STARS = Yardstick("stars", 1, 0.05, {"mae": "error", "log-loss": "bits"})
PLACES = Yardstick("places", 0, 0.5, {"ndcg@10": "NDCG@10", "mrr": "MRR"})
CHOICES = Yardstick("places", 1, 0.25, {"choice-accuracy": "accuracy"})
BITS = Yardstick(
    "bits per byte",
    2,
    0.005,
    {"bits-per-byte": "bits/byte", "rouge-1": "R-1", "rouge-l": "R-L", "embedding-similarity": "sim."},
)


def yardstick(kind: TaskKind) -> Yardstick:
    """The yardstick of a kind of task."""
    return {TaskKind.RATE: STARS, TaskKind.RANK: PLACES, TaskKind.CHOOSE: CHOICES}.get(kind, BITS)


def thing_of(kind: TaskKind) -> str:
    """What a candidate is called."""
    return "answer" if kind is TaskKind.CHOOSE else "film"


def true_one(kind: TaskKind) -> str:
    """What the candidate is called that the user took."""
    return "chosen answer" if kind is TaskKind.CHOOSE else "true film"


def place_of(scores: Mapping[str, float], target: str) -> float | None:
    """The place of a candidate from 1, the mean of its places where it is tied."""
    if target not in scores:
        return None
    own = scores[target]
    ahead = sum(score > own for score in scores.values())
    tied = sum(score == own for score in scores.values())
    return ahead + (tied + 1) / 2


def distance(kind: TaskKind, output: Output, *, scores: Mapping[str, Score], example: Example) -> float | None:
    """How far an output is from the truth, on the yardstick of its kind of task."""
    if not example.target:
        return None
    if kind is TaskKind.RATE:
        return None if output.rating is None else abs(output.rating - float(example.target))
    if kind.ranks:
        return place_of(output.candidates, example.target)
    return scores["bits-per-byte"].value if "bits-per-byte" in scores else None


@dataclass(frozen=True)
class ArmRow:
    """One arm of a column: where it stands, and what is shown of it.

    Attributes:
        label: whose data was given, in words.
        says: the answer in a word: a rating, a place.
        values: metric id to the number as it is shown, a dash where it is absent.
        loss: the distance from the truth.
        trainings: what was learnt for it, the first first.
    """

    arm: Arm
    label: str
    status: Status
    says: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    loss: float | None = None
    text: str = ""
    failure: str = ""
    outcome: Outcome | None = None
    trainings: tuple[Progress, ...] = ()

    @property
    def output(self) -> Output | None:
        """What came out, None until it is there."""
        return self.outcome.output if self.outcome else None


@dataclass(frozen=True)
class ColumnRow:
    """One method: its arms, the one that is shown large, and the gaps to the others in words."""

    place: int
    method: str
    info: MethodInfo
    arms: tuple[ArmRow, ...]
    gaps: tuple[str, ...]
    cost: str

    @property
    def level(self) -> str | None:
        """The level's key, None for a baseline."""
        return self.info.level.value if self.info.level else None

    @property
    def main(self) -> ArmRow:
        """The right user's arm, or the first that there is."""
        return self.arms[0]

    def arm(self, wanted: Arm) -> ArmRow | None:
        """One arm, None where the method was not run in it."""
        return next((row for row in self.arms if row.arm is wanted), None)


@dataclass(frozen=True)
class BaselineRow:
    """A prediction without a language model."""

    name: str
    summary: str
    says: str
    loss: float | None


def column_rows(view: LiveView, task: Task, example: Example) -> list[ColumnRow]:
    """The columns of a run as they stand."""
    return [_column(view, place, task=task, example=example) for place in range(len(view.columns))]


def _column(view: LiveView, place: int, *, task: Task, example: Example) -> ColumnRow:
    method = view.columns[place].method
    info: MethodInfo = methods[method].info
    arms = tuple(
        _arm(arm, view.arms[place, arm], info=info, task=task, example=example)
        for arm in ARM_ORDER
        if (place, arm) in view.arms
    )
    return ColumnRow(place, method, info, arms, gaps(arms, yardstick(task.kind)), cost(arms))


def _arm(arm: Arm, seen: ArmView, *, info: MethodInfo, task: Task, example: Example) -> ArmRow:
    label = "everyone's" if info.shared else ARM_NAME[arm]
    failure = f"{seen.failure.kind.value}: {seen.failure.message}" if seen.failure else ""
    if seen.outcome is None or seen.outcome.output is None:
        trainings = seen.trainings
        return ArmRow(
            arm, label, seen.status, text=seen.text, failure=failure, outcome=seen.outcome, trainings=trainings
        )
    output, ruler = seen.outcome.output, yardstick(task.kind)
    values = {metric: _shown(seen.scores.get(metric)) for metric in ruler.shown}
    loss = distance(task.kind, output, scores=seen.scores, example=example)
    says = says_of(task.kind, output, example)
    return ArmRow(arm, label, seen.status, says, values, loss, seen.text, failure, seen.outcome, seen.trainings)


def says_of(kind: TaskKind, output: Output, example: Example) -> str:
    """The answer in a word; empty for texts, which stand for themselves."""
    if kind is TaskKind.RATE:
        return "" if output.rating is None else f"{output.rating:.1f}"
    if kind.ranks:
        place = place_of(output.candidates, example.target)
        return "" if place is None else f"{place:g}"
    return ""


def _shown(score: Score | None) -> str:
    return "\u2013" if score is None or score.value is None else f"{score.value:.2f}"


def gaps(arms: Sequence[ArmRow], ruler: Yardstick) -> tuple[str, ...]:
    """How much further from the truth the other arms are than the right user's, in words."""
    right = next((row for row in arms if row.arm is Arm.RIGHT), None)
    others = [row for row in arms if row.arm is not Arm.RIGHT]
    if right is None or right.loss is None:
        return ()
    return tuple(f"{row.label} {ruler.gap(row.loss - right.loss)}" for row in others if row.loss is not None)


def cost(arms: Sequence[ArmRow]) -> str:
    """Prompt tokens by arm, the seconds of the slowest, since arms are computed together, and what the first cost."""
    found = [(row.arm.value, row.outcome, cost_of(row.outcome)) for row in arms if row.outcome and row.outcome.output]
    made = [one for one in found if one[2].prompt_tokens is not None]
    if not made:
        return ""
    several = len(arms) > 1
    tokens = ", ".join(f"{out.prompt_tokens:,}{f' {name}' if several else ''}" for name, out, _ in made)
    read = f"{tokens} prompt tokens" if any(out.prompted for _, out, _ in made) else "no prompt read"
    return f"{read}; {max(out.seconds for _, out, _ in made):.1f} s in all; {made[0][2].said()}"


def baseline_rows(found: Sequence[BaselineView], task: Task, example: Example) -> list[BaselineRow]:
    """The baselines, the nearest to the truth first."""
    rows = [
        BaselineRow(
            one.name,
            one.summary,
            says_of(task.kind, one.output, example),
            distance(task.kind, one.output, scores=one.scores, example=example),
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: (row.loss is None, row.loss or 0.0))


def top_candidates(output: Output, example: Example) -> list[tuple[str, str, bool]]:
    """The head of a ranking as (place, title, whether it is the true one); the true one is added if it is below."""
    order = sorted(output.candidates, key=lambda key: -output.candidates[key])
    heads = order[:TOP] + [example.target] * (example.target in order[TOP:])
    return [
        (f"{place_of(output.candidates, key) or 0:g}", example.candidates.get(key, key), key == example.target)
        for key in heads
    ]


def progress(view: LiveView) -> tuple[int, int]:
    """How many arms are finished, of how many."""
    ended = {Status.DONE, Status.FAILED, Status.STOPPED}
    return sum(arm.status in ended for arm in view.arms.values()), len(view.arms)


def numbers(columns: Sequence[ColumnRow], others: Sequence[BaselineRow], task: Task) -> list[dict[str, object]]:
    """Everything measured as rows of one table: the twin of all charts, without any text of a user or a model."""
    return [_number(column, row, task) for column in columns for row in column.arms] + [
        {"method": one.name, "level": "baseline", "data given": "", "status": "done"}
        | ({"rating": one.says, "error": one.loss} if task.kind is TaskKind.RATE else {"place": one.says})
        for one in others
    ]


def _number(column: ColumnRow, row: ArmRow, task: Task) -> dict[str, object]:
    made: dict[str, object] = {
        "method": column.info.name,
        "level": column.level or "baseline",
        "data given": row.label,
        "status": row.status.value,
    }
    if task.kind is TaskKind.RATE or task.kind.ranks:
        made["rating" if task.kind is TaskKind.RATE else "place"] = row.says
    made |= {heading: row.values.get(metric, "") for metric, heading in yardstick(task.kind).shown.items()}
    if task.kind is TaskKind.RATE:
        labels = row.output.labels if row.output else {}
        made |= {f"P({label})": f"{labels[label]:.3f}" if label in labels else "" for label in task.labels}
    if row.outcome:
        spent = cost_of(row.outcome)
        made["seconds"] = round(row.outcome.seconds, 2)
        made |= {
            name: None if (value := getattr(spent, key)) is None else round(value, 2) for name, key in COSTS.items()
        }
    return made
