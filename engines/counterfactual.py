"""What a method would answer had the person's history been another: items removed or edited, all else held equal.

The same method runs again with the same seed and settings on the changed history, so it may choose other items in place
of those that are gone. The wrong user and nobody stand beside it unchanged, as reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter

from data.digest import digest
from data.records import ProfileItem, Task, TaskKind, User
from engines.arms import Case, Given, give
from engines.outputs import Output
from engines.runs.cells import Bench, Cell, Outcome, condition, drawn, generate, score
from engines.types import Arm, Capability, Used
from engines.world import World

UserChange = Callable[[User], User]
WorldChange = Callable[[World], World]
Tell = Callable[[int, int, str], None]

TEXTS = frozenset({TaskKind.REWRITE, TaskKind.GENERATE})
ORIGINAL, CHANGED, WRONG, NOBODY = "original", "changed", "wrong", "nobody"


def same_user(user: User) -> User:
    """No change."""
    return user


def same_world(world: World) -> World:
    """No change."""
    return world


def silent(_done: int, _steps: int, _said: str) -> None:
    """Progress that nobody follows."""


@dataclass(frozen=True)
class Changes:
    """What is done to a history.

    Attributes:
        removed: ids of items that are taken out.
        edited: item id to the new value of the field that the person wrote (`own_field`).
    """

    removed: frozenset[str] = frozenset()
    edited: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        return bool(self.removed or self.edited)

    def applied(self, user: User, task: Task) -> User:
        """The person with the changed history; the other items are the same objects."""
        kept = (item for item in user.items if item.id not in self.removed)
        items = (edit(item, task, self.edited[item.id]) if item.id in self.edited else item for item in kept)
        return replace(user, items=tuple(items))

    def digest(self) -> str:
        """What identifies the changes."""
        return digest([sorted(self.removed), dict(sorted(self.edited.items()))])


def own_field(task: Task) -> str:
    """The field of an item that holds what the person themselves gave: stars, a text, a chosen title."""
    names = [name for _, name, _, _ in Formatter().parse(task.answer_template) if name]
    return names[-1]


def edit(item: ProfileItem, task: Task, value: str) -> ProfileItem:
    """An item with another value of its own field; the text that stands for it is written anew."""
    changed = replace(item, extra={**item.extra, own_field(task): value})
    return replace(changed, text=task.write_item(changed).strip())


def readable_history(bench: Bench, cell: Cell) -> tuple[ProfileItem, ...]:
    """The items of the right user that the method may see, newest first."""
    return tuple(reversed(give(bench.case(cell.example), Arm.RIGHT, draw=bench.seed).user.items))


def conditioned(bench: Bench, cell: Cell, *, user: UserChange = same_user, world: WorldChange = same_world) -> Outcome:
    """One cell conditioned with a changed user or world, as `conditioned_all`."""
    return conditioned_all(bench, [cell], user=user, world=world)[0]


def conditioned_all(
    bench: Bench, cells: Sequence[Cell], *, user: UserChange = same_user, world: WorldChange = same_world
) -> list[Outcome]:
    """Cells of one method, user and arm, conditioned from one state that is prepared of a changed user or world.

    The wrong user is drawn before the change, so that both sides of a comparison have the same one.

    Args:
        bench: data, task and model.
        cells: what is to be conditioned.
        user: applied to the person whose data the arm gives.
        world: applied to what the method may use beside that person.

    Returns:
        Outcomes with a conditioning or a failure; nothing is raised for what a method does.
    """

    def giving(case: Case) -> Given:
        given = drawn(bench, cells[0], case)
        return replace(given, user=user(given.user))

    return condition(bench, cells, giving=giving, around=world)


def can_score(bench: Bench) -> bool:
    """Whether the model gives likelihoods."""
    return Capability.SCORE in bench.model.capabilities


def scored(bench: Bench, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Outcomes scored in one batch; texts of a model without likelihoods have an empty output and are only written."""
    if bench.task.kind in TEXTS and not can_score(bench):
        return [replace(one, output=Output()) if one.conditioning else one for one in outcomes]
    return score(bench, outcomes)


@dataclass(frozen=True)
class Counterfactual:
    """The same question to the original and to the changed history, with the reference arms.

    Attributes:
        outcomes: `original`, `changed`, `wrong` and `nobody`.
    """

    outcomes: Mapping[str, Outcome]

    def used(self, name: str) -> tuple[Used, ...]:
        """The items that stand in a prompt, in the method's order of preference."""
        made = self.outcomes[name].conditioning
        return made.evidence.used if made else ()

    def left(self) -> tuple[ProfileItem, ...]:
        """Items of the original prompt that the changed one does not hold."""
        kept = {one.item.id for one in self.used(CHANGED)}
        return tuple(one.item for one in self.used(ORIGINAL) if one.item.id not in kept)

    def entered(self) -> tuple[ProfileItem, ...]:
        """Items that stand only in the changed prompt: the method took them in place of others."""
        had = {one.item.id for one in self.used(ORIGINAL)}
        return tuple(one.item for one in self.used(CHANGED) if one.item.id not in had)


def run_again(bench: Bench, cell: Cell, changes: Changes, *, tell: Tell = silent) -> Counterfactual:
    """The cell's question asked with the original and the changed history, of a wrong user and of nobody."""
    steps = 3 if bench.task.kind in TEXTS else 2
    tell(0, steps, "Choosing the items")
    right = replace(cell, arm=Arm.RIGHT)
    made = {
        ORIGINAL: conditioned(bench, right),
        CHANGED: conditioned(bench, right, user=lambda user: changes.applied(user, bench.task)),
        WRONG: conditioned(bench, replace(cell, arm=Arm.WRONG)),
        NOBODY: conditioned(bench, replace(cell, arm=Arm.NOBODY)),
    }
    tell(1, steps, "Scoring")
    done = scored(bench, list(made.values()))
    if bench.task.kind in TEXTS:
        tell(2, steps, "Writing the texts")
        done = generate(bench, done)
    return Counterfactual(dict(zip(made, done, strict=True)))


def bits_of(kind: TaskKind, output: Output | None, target: str) -> float | None:
    """How surprising a target is, in bits: of a label, of a candidate among all, or of a text for each of its bytes.

    None where the output holds no likelihood of this target.
    """
    if output is None or not target:
        return None
    if kind is TaskKind.RATE:
        return _bits(output.labels.get(target))
    if kind.ranks:
        return _bits(_shares(output.candidates).get(target))
    if not output.truth_logprobs:
        return None
    return -sum(output.truth_logprobs) / math.log(2) / len(target.encode("utf-8", "surrogatepass"))


def _bits(share: float | None) -> float | None:
    return None if share is None else -math.log2(max(share, 1e-12))


def _shares(scores: Mapping[str, float]) -> dict[str, float]:
    """Log-probabilities of candidates as shares of their sum."""
    top = max(scores.values(), default=0.0)
    weights = {key: math.exp(value - top) for key, value in scores.items()}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}
