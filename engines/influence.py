"""Leave-one-out influence: what each item in the prompt does to the answer, one taken out at a time.

The item's own text is taken out of the finished prompt and nothing replaces it: the method does not choose again, the
other items keep their places, and the modifiers stay. So an influence is that of the item alone, not of what would have
come instead (the counterfactual of `engines/counterfactual.py` shows that). All prompts are scored in one call, since
they share most of their text. Single influences need not add up: items say the same thing twice, or correct each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.records import ProfileItem, Task, TaskKind
from engines.counterfactual import TEXTS, Tell, bits_of, can_score, conditioned, silent
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, Outcome, generate, score
from engines.types import Arm, Conditioning, Failure

NO_TRUTH = "there is no true answer, so an item cannot be said to help or to hurt"
NO_SCORE = "this model gives no likelihoods, so the influence of an item cannot be measured"
NO_ITEMS = "this method puts no single items into the prompt"
SAME = 5e-4
Change = tuple[float | None, float | None]


@dataclass(frozen=True)
class Influence:
    """What the answer loses when one item is taken out: the value without the item minus the value with all.

    Attributes:
        answer: change of the expected rating in stars, or of the bits of the answer that all items give.
        loss: change of the distance from the truth (stars, bits, bits per byte): positive means that the item helps.
    """

    item: ProfileItem
    answer: float | None
    loss: float | None

    @property
    def size(self) -> float:
        """The absolute influence by which items are ranked: on the distance from the truth where there is one."""
        value = self.answer if self.loss is None else self.loss
        return abs(value or 0.0)

    @property
    def verdict(self) -> str:
        """Whether the item helps or hurts; empty without a truth."""
        if self.loss is None:
            return ""
        return "no difference" if abs(self.loss) < SAME else "helps" if self.loss > 0 else "hurts"


@dataclass(frozen=True)
class Prompted:
    """The influences of the items of one prompt.

    Attributes:
        items: ranked by absolute influence.
        bare: the change when all items are taken out at once.
        failure: why there is none.
    """

    owner: str
    items: tuple[Influence, ...] = ()
    bare: Change = (None, None)
    failure: Failure | None = None

    def total(self) -> float | None:
        """The sum of the single influences: on the loss where there is one, else on the answer."""
        return sum(map(_signed, self.items)) if self.items else None

    def together(self) -> float | None:
        """The influence of all items at once, on the same scale as `total`."""
        answer, loss = self.bare
        return answer if loss is None else loss

    def mean_size(self) -> float | None:
        """The mean absolute influence of an item."""
        return sum(one.size for one in self.items) / len(self.items) if self.items else None


@dataclass(frozen=True)
class Influences:
    """The items of the right user's prompt and, as reference, those of a wrong user's.

    Attributes:
        unit: of `loss` (or of `answer` without a truth).
        absent: why there are none, or why nothing can be said about the truth; may be empty.
    """

    right: Prompted
    wrong: Prompted
    unit: str
    truth: bool
    absent: str = ""


def _signed(one: Influence) -> float:
    return (one.answer if one.loss is None else one.loss) or 0.0


def without(made: Conditioning, items: frozenset[str]) -> Conditioning:
    """A conditioning with the text of some items taken out of its prompt; the same object where none stands there."""
    if not any(part.item in items for message in made.messages for part in message.parts if part.item):
        return made
    messages = tuple(
        replace(message, parts=tuple(part for part in message.parts if not part.item or part.item not in items))
        for message in made.messages
    )
    used = tuple(one for one in made.evidence.used if one.item.id not in items)
    return replace(made, messages=messages, evidence=replace(made.evidence, used=used))


def unit_of(kind: TaskKind) -> str:
    """The unit in which influences are ranked."""
    if kind is TaskKind.RATE:
        return "stars"
    return "bits per byte" if kind in TEXTS else "bits"


def measure(bench: Bench, cell: Cell, *, tell: Tell = silent) -> Influences:
    """The influence of each item that the method put into its prompt, for the right and for a wrong user."""
    truth = bool(cell.example.target)
    unit = unit_of(bench.task.kind)
    if not can_score(bench):
        return Influences(Prompted(""), Prompted(""), unit, truth, NO_SCORE)
    tell(0, 2, "Choosing the items")
    full = [conditioned(bench, replace(cell, arm=arm)) for arm in (Arm.RIGHT, Arm.WRONG)]
    if bench.task.kind in TEXTS and not truth:
        full = _aimed(bench, full)
    plans = [[] if one.failure else [one, *_variants(one)] for one in full]
    tell(1, 2, f"Scoring {sum(map(len, plans))} prompts at once")
    done = score(bench, [one for plan in plans for one in plan])
    right = _prompted(bench.task, full[0], done[: len(plans[0])], truth=truth)
    wrong = _prompted(bench.task, full[1], done[len(plans[0]) :], truth=truth)
    absent = "" if right.items or right.failure else NO_ITEMS
    return Influences(right, wrong, unit, truth, absent or ("" if truth else NO_TRUTH))


def _aimed(bench: Bench, full: Sequence[Outcome]) -> list[Outcome]:
    """Without a true text, the answer that all items give is what is scored."""
    written = generate(bench, full)
    texts = [one.output.generation.text.strip() if one.output and one.output.generation else "" for one in written]
    return [
        replace(one, cell=replace(one.cell, example=replace(one.cell.example, target=text)), output=None)
        for one, text in zip(full, texts, strict=True)
    ]


def _variants(full: Outcome) -> list[Outcome]:
    """The prompt without each of its items, and last without any of them."""
    made = full.conditioning
    assert made is not None  # noqa: S101 - the caller has filtered
    ids = [one.item.id for one in made.evidence.used]
    groups = [frozenset({key}) for key in ids] + [frozenset(ids)]
    return [replace(full, conditioning=without(made, group)) for group in groups]


def _prompted(task: Task, full: Outcome, done: Sequence[Outcome], *, truth: bool) -> Prompted:
    """The ranked influences of one prompt from its scored variants: all items, each left out, none."""
    failed = full.failure or next((one.failure for one in done if one.failure), None)
    if failed or full.conditioning is None:
        return Prompted(full.owner, failure=failed)
    outputs = [one.output or Output() for one in done]
    target = full.cell.example.target
    changes = [_change(task, outputs[0], other, target=target, truth=truth) for other in outputs[1:]]
    items = [
        Influence(one.item, *change) for one, change in zip(full.conditioning.evidence.used, changes[:-1], strict=True)
    ]
    return Prompted(full.owner, tuple(sorted(items, key=lambda one: -one.size)), changes[-1])


def _change(task: Task, mine: Output, yours: Output, *, target: str, truth: bool) -> Change:
    """How the answer and its distance from the truth change from the full prompt to another one."""
    if task.kind is TaskKind.RATE:
        first, second = mine.rating, yours.rating
        if first is None or second is None:
            return None, None
        return second - first, abs(second - float(target)) - abs(first - float(target)) if truth else None
    loss = _difference(bits_of(task.kind, mine, target), bits_of(task.kind, yours, target))
    if not task.kind.ranks:
        return loss, loss if truth else None
    best = max(mine.candidates, key=lambda key: mine.candidates[key], default="")
    return _difference(bits_of(task.kind, mine, best), bits_of(task.kind, yours, best)), loss


def _difference(mine: float | None, yours: float | None) -> float | None:
    return None if mine is None or yours is None else yours - mine
