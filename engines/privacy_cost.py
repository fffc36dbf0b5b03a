"""What redacting a kind of personal data costs: the same question before and after, in the right and the wrong arm."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from data.records import Example, Task
from engines.counterfactual import TEXTS, Tell, bits_of, conditioned, conditioned_all, scored, silent
from engines.metrics import metrics
from engines.redaction import Redaction
from engines.runs.cells import Bench, Cell, Outcome, arms_of
from engines.runs.stats import Estimate, Value, estimate, gap
from engines.types import Arm

USERS, EXAMPLES, AT_ONCE = 12, 24, 4
BITS = "bits"
ARMS = (Arm.RIGHT, Arm.WRONG)


@dataclass(frozen=True)
class Pair:
    """One arm of one example, with everything and with some kinds redacted."""

    before: Outcome
    after: Outcome


def arms_for(method: str) -> list[Arm]:
    """The arms in which a method can be looked at: right and wrong, or nobody where it uses nothing of the user."""
    return arms_of(method, ARMS)


def cost(bench: Bench, cell: Cell, redaction: Redaction, *, tell: Tell = silent) -> Mapping[Arm, Pair]:
    """The arms of one example before and after a redaction, all scored in one call."""
    tell(0, 2, "Choosing the items")
    arms = arms_for(cell.method)
    cells = [replace(cell, arm=arm) for arm in arms]
    before = [conditioned(bench, one) for one in cells]
    after = [conditioned(bench, one, user=redaction.user, world=redaction.world) for one in cells]
    tell(1, 2, f"Scoring {2 * len(cells)} prompts at once")
    done = scored(bench, [*before, *after])
    return {arm: Pair(*pair) for arm, *pair in zip(arms, done[: len(arms)], done[len(arms) :], strict=True)}


def values_of(bench: Bench, outcome: Outcome) -> dict[str, float | None]:
    """The task's main metric and the bits of the truth; None where they cannot be said."""
    metric, output, example = metrics[bench.task.main_metric](), outcome.output, outcome.cell.example
    if output is None or outcome.failure or not example.target:
        return dict.fromkeys(measures(bench.task))
    bits = bits_of(bench.task.kind, output, example.target)
    return {BITS: bits} | {bench.task.main_metric: metric.score(output, example).value}


def measures(task: Task) -> tuple[str, ...]:
    """What is measured: the main metric, and the bits of the truth where they are not the main metric."""
    return (task.main_metric,) if task.kind in TEXTS else (task.main_metric, BITS)


@dataclass(frozen=True)
class CostRow:
    """One measure in one arm: before, after, and the paired difference after minus before."""

    arm: Arm
    measure: str
    before: Estimate
    after: Estimate
    difference: Estimate


@dataclass(frozen=True)
class MoreCost:
    """A redaction on several held-out examples; `failed` counts outcomes without a score."""

    rows: tuple[CostRow, ...]
    examples: int
    users: int
    failed: int


def pick(bench: Bench, first: Example) -> list[list[Example]]:
    """Held-out examples by user: the shown one's user and others drawn by the seed, an equal number of each."""
    by_user: dict[str, list[Example]] = defaultdict(list)
    for example in bench.dataset.examples(bench.task, seed=bench.seed):
        if example.target:
            by_user[example.user].append(example)
    order = sorted(by_user)
    random.Random(bench.seed).shuffle(order)  # noqa: S311 - a reproducible draw
    users = sorted(order, key=lambda user: user != first.user)[:USERS]
    each = max(1, EXAMPLES // max(1, len(users)))
    return [by_user[user][:each] for user in users]


def cost_on_more(
    bench: Bench, cell: Cell, redaction: Redaction, *, tell: Callable[[int, int, str, MoreCost | None], None]
) -> MoreCost:
    """The cost over up to 24 held-out examples of up to 12 users; when stopped, what is done so far."""
    groups = pick(bench, cell.example)
    total = sum(map(len, groups))
    done: dict[Arm, list[Pair]] = defaultdict(list)
    made = summed(bench, done)
    for start in range(0, len(groups), AT_ONCE):
        if bench.stop():
            break
        pairs = _pairs(bench, cell, groups[start : start + AT_ONCE], redaction=redaction)
        if bench.stop():
            break
        for arm, found in pairs.items():
            done[arm] += found
        made = summed(bench, done)
        tell(made.examples, total, "Scoring held-out examples", made)
    return made


def _pairs(
    bench: Bench, cell: Cell, groups: Sequence[Sequence[Example]], *, redaction: Redaction
) -> dict[Arm, list[Pair]]:
    """The pairs of some users' examples, all scored in one call."""
    before: list[Outcome] = []
    after: list[Outcome] = []
    for arm in arms_for(cell.method):
        for group in groups:
            cells = [replace(cell, arm=arm, example=example) for example in group]
            before += conditioned_all(bench, cells)
            after += conditioned_all(bench, cells, user=redaction.user, world=redaction.world)
    done = scored(bench, [*before, *after])
    found: dict[Arm, list[Pair]] = defaultdict(list)
    for one, other in zip(done[: len(before)], done[len(before) :], strict=True):
        found[one.cell.arm].append(Pair(one, other))
    return found


def summed(bench: Bench, done: Mapping[Arm, Sequence[Pair]]) -> MoreCost:
    """Estimates and paired gaps of what is done."""
    rows, failed = [], 0
    for arm, pairs in done.items():
        failed += sum(bool(pair.before.failure or pair.after.failure) for pair in pairs)
        for measure in measures(bench.task):
            before = [_value(bench, pair.before, measure) for pair in pairs]
            after = [_value(bench, pair.after, measure) for pair in pairs]
            difference = gap(after, before, seed=bench.seed)
            rows.append(CostRow(arm, measure, estimate(before), estimate(after), difference))
    first = next(iter(done.values()), [])
    return MoreCost(tuple(rows), len(first), len({pair.before.cell.example.user for pair in first}), failed)


def _value(bench: Bench, outcome: Outcome, measure: str) -> Value:
    example = outcome.cell.example
    return Value(example.user, example.id, values_of(bench, outcome)[measure])
