"""Methods compared on many users: cells planned, computed in batches, and aggregated to rows of scores and gaps."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from data.records import Example, Split, TaskKind
from engines.baselines import baselines_for
from engines.costs import FREE, Cost, mean_cost
from engines.errors import FailureKind
from engines.folds import dealt
from engines.methods import methods
from engines.metrics import Metric, metrics_for
from engines.outside_preview import METHOD, agreed
from engines.runs.cells import Bench, Cell, Outcome, arms_of, condition, generate, score
from engines.runs.journal import Journal
from engines.runs.stats import Estimate, Value, averaged, estimate, gap
from engines.settings import Settings
from engines.types import Arm, Capability, Config

GROUPS_AT_ONCE = 6


@dataclass(frozen=True)
class Plan:
    """What a comparison computes.

    Attributes:
        users: how many users, drawn by the seed among those who have an example.
        wrong_draws: how many wrong users an example gets; their values are averaged.
        texts: whether text tasks also generate (for ROUGE and similarity).
        settings: methods with settings of their own instead of `config`, whose seed they take.
    """

    methods: tuple[str, ...]
    arms: tuple[Arm, ...]
    users: int
    config: Config = Config()
    wrong_draws: int = 1
    texts: bool = True
    split: Split = Split.HELD_OUT
    settings: Settings = ()

    def config_of(self, method: str) -> Config:
        """The settings of one method."""
        own = dict(self.settings).get(method)
        return replace(own, seed=self.config.seed) if own else self.config


@dataclass(frozen=True)
class Row:
    """One figure of a comparison; a gap's arm is right-wrong or right-nobody, and negative where right is lower.

    `cost` is the mean of the arm's answers, for a gap that of the right user's; a baseline reads nothing.
    """

    kind: str
    method: str
    arm: str
    metric: str
    estimate: Estimate
    seconds: float
    cost: Cost = FREE


@dataclass
class Comparison:
    """All outcomes of a comparison and, for baselines, their values."""

    plan: Plan
    examples: list[Example]
    outcomes: list[Outcome] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=lambda: defaultdict(int))


Progress = Callable[[int, int], None]


def pick(bench: Bench, plan: Plan) -> list[Example]:
    """The examples of the drawn users, in the dataset's order.

    Users are drawn fold by fold, so that what outsiders teach is learnt for few folds and a wrong user is often a
    right one as well.
    """
    by_user: dict[str, list[Example]] = defaultdict(list)
    for example in bench.dataset.examples(bench.task, plan.split, bench.seed):
        by_user[example.user].append(example)
    lot = random.Random(bench.seed)  # noqa: S311 - a reproducible draw
    folds = [sorted(set(fold) & set(by_user)) for fold in dealt(bench.dataset, bench.task, seed=bench.seed)]
    order = [user for fold in lot.sample(folds, len(folds)) for user in lot.sample(fold, len(fold))]
    chosen = set(order[: plan.users])
    return [example for user, rows in by_user.items() if user in chosen for example in rows]


def run(
    bench: Bench, plan: Plan, progress: Progress = lambda _done, _all: None, *, journal: Journal | None = None
) -> Comparison:
    """Compute every cell of a plan; a stopped run keeps the groups that are done.

    What a journal has is not computed again.
    Groups run beside each other from the user's data to the score, so that the model always has rows to work on, and
    something is always learnt while there is something left to learn.

    Raises:
        DataError: the journal cannot be written any more.
    """
    comparison, kept = Comparison(plan, pick(bench, plan)), Journal() if journal is None else journal
    groups = list(groups_of(plan, comparison.examples))
    total, done = sum(len(group) for group in groups), 0

    def work(cells: list[Cell]) -> list[Outcome]:
        if found := kept.find(bench, cells, texts=plan.texts):
            return found
        if bench.stop():
            return []
        outcomes = _computed(bench, cells, texts=plan.texts)
        if any(one.failure and one.failure.kind is FailureKind.STOPPED for one in outcomes):
            return []  # half a group is none: its interval would be of other examples than the other arms'
        kept.keep(bench, cells, outcomes, texts=plan.texts)
        return outcomes

    with _pools() as submit:
        made = [submit(work, group) for group in groups]
        for future in as_completed(made):
            if outcomes := future.result():
                done += len(outcomes)
                progress(done, total)
    comparison.outcomes = [outcome for future in made for outcome in future.result()]
    for outcome in comparison.outcomes:
        if outcome.failure:
            comparison.failures[f"{outcome.cell.method}, {outcome.cell.arm}: {outcome.failure.message}"] += 1
    return comparison


Work = Callable[[list[Cell]], list[Outcome]]


@contextmanager
def _pools() -> Iterator[Callable[[Work, list[Cell]], Future[list[Outcome]]]]:
    """Threads for the groups that learn, which wait for each other's trainings, and threads for all others."""
    with ThreadPoolExecutor(GROUPS_AT_ONCE) as learning, ThreadPoolExecutor(GROUPS_AT_ONCE) as others:

        def submit(work: Work, group: list[Cell]) -> Future[list[Outcome]]:
            learns = Capability.ADAPTERS in methods[group[0].method].info.needs
            return (learning if learns else others).submit(work, group)

        try:
            yield submit
        except BaseException:
            for pool in (learning, others):
                pool.shutdown(wait=False, cancel_futures=True)
            raise


def _computed(bench: Bench, cells: list[Cell], *, texts: bool) -> list[Outcome]:
    outcomes = score(bench, condition(bench, cells))
    if texts and bench.task.kind in {TaskKind.REWRITE, TaskKind.GENERATE}:
        outcomes = generate(bench, outcomes)
    return outcomes


def allowed(
    bench: Bench, plan: Plan, journal: Journal | None = None, *, send: bool, tell: Callable[[str], None]
) -> Bench:
    """The bench to run a plan with, after `agreed` said what would leave this machine; what a journal has does not.

    Raises:
        NotAgreedError: words would go to an outside service, and `send` is false.
        EngineError: a service is named that cannot be asked (unable).
    """
    if METHOD not in plan.methods:
        return bench
    kept = Journal() if journal is None else journal
    calling = (cells for cells in groups_of(plan, pick(bench, plan)) if cells[0].method == METHOD)
    missing = ((cells, None) for cells in calling if not kept.find(bench, cells, texts=plan.texts))
    return agreed(bench, missing, send=send, tell=tell)


def groups_of(plan: Plan, examples: Sequence[Example]) -> Iterable[list[Cell]]:
    """Cells that share a state (one method, arm, draw and user), a user's together: equal prompts are read once."""
    by_user: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_user[example.user].append(example)
    for rows in by_user.values():
        for method in plan.methods:
            for arm in arms_of(method, plan.arms):
                for draw in range(plan.wrong_draws if arm is Arm.WRONG else 1):
                    yield [Cell(method, arm, example, plan.config_of(method), draw) for example in rows]


def rows(bench: Bench, comparison: Comparison) -> list[Row]:
    """Scores and gaps of all methods, then the baselines' scores, for every metric of the task."""
    found: list[Row] = []
    per_arm = _by_method_and_arm(comparison.outcomes)
    for metric in metrics_for(bench.task.kind):
        for method in comparison.plan.methods:
            arms = {arm: out for (name, arm), out in per_arm.items() if name == method}
            found += _method_rows(metric, method, arms, bench.seed)
        for name, (arm, values) in baseline_values(bench, comparison.examples, metric).items():
            found.append(Row("score", name, arm, metric.info.id, estimate(values, metric.info.finish, bench.seed), 0.0))
    return found


def baseline_values(bench: Bench, examples: Sequence[Example], metric: Metric) -> dict[str, tuple[Arm, list[Value]]]:
    """Per-example values of every baseline of the task: id to (arm, values)."""
    return {
        name: (
            one.info.arm,
            [Value(e.user, e.id, metric.score(one.predict(bench.dataset, bench.task, e), e).value) for e in examples],
        )
        for name, one in baselines_for(bench.task.kind).items()
    }


def values(metric: Metric, outcomes: Sequence[Outcome]) -> list[Value]:
    """Per-example values of one method and arm; a failed example has none. Several wrong draws are averaged."""
    draws: dict[int, list[Value]] = defaultdict(list)
    for o in outcomes:
        value = metric.score(o.output, o.cell.example).value if o.output and not o.failure else None
        draws[o.cell.draw].append(Value(o.cell.example.user, o.cell.example.id, value))
    return averaged(list(draws.values()))


def _by_method_and_arm(outcomes: Sequence[Outcome]) -> dict[tuple[str, Arm], list[Outcome]]:
    found: dict[tuple[str, Arm], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        found[outcome.cell.method, outcome.cell.arm].append(outcome)
    return found


def _method_rows(metric: Metric, method: str, arms: Mapping[Arm, list[Outcome]], seed: int) -> list[Row]:
    info = metric.info
    per_arm = {arm: values(metric, outcomes) for arm, outcomes in arms.items()}
    seconds = {arm: sum(o.seconds for o in out) / max(1, len(out)) for arm, out in arms.items()}
    costs = {arm: mean_cost(out) for arm, out in arms.items()}
    found = [
        Row("score", method, arm, info.id, estimate(v, info.finish, seed), seconds[arm], costs[arm])
        for arm, v in per_arm.items()
    ]
    if Arm.RIGHT in per_arm:
        for arm in (Arm.WRONG, Arm.NOBODY):
            if arm in per_arm:
                made = gap(per_arm[Arm.RIGHT], per_arm[arm], info.finish, seed)
                found.append(Row("gap", method, f"right-{arm}", info.id, made, seconds[Arm.RIGHT], costs[Arm.RIGHT]))
    return found
