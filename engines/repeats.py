"""One request with several seeds: how far the answer, and what it shows, depends on the draw.

A seed draws the wrong user, the examples that some methods take of other people, the summaries that a method tries and,
where texts are sampled, their words. What a seed does not touch is computed once.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from data.digest import digest
from data.records import Example, TaskKind
from engines.jobs import Job, Report
from engines.live import Column
from engines.metrics import Score, metrics_for
from engines.outputs import Output
from engines.rouge import scorer
from engines.runs.cells import Bench, Cell, Outcome, arms_of, as_failure, condition, score
from engines.types import Arm, GenerateRow, Generation

FEWEST, MOST = 3, 10
TEMPERATURE = 0.7
TEXT = frozenset({TaskKind.REWRITE, TaskKind.GENERATE})
Key = tuple[int, Arm]


@dataclass(frozen=True)
class Trial:
    """What came of one seed."""

    seed: int
    outcome: Outcome
    scores: Mapping[str, Score] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What is repeated.

    Attributes:
        seeds: each answers once.
        temperature: of sampled texts; 0 is greedy, where equal prompts give equal texts.
    """

    bench: Bench
    example: Example
    columns: tuple[Column, ...]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    temperature: float = 0.0

    @property
    def id(self) -> str:
        """What determines the answers."""
        bench, example = self.bench, self.example
        asked = [bench.dataset.digest, bench.task.id, bench.model.digest, bench.seed, example.id, example.input]
        return digest(["repeats", *asked, self.columns, self.arms, self.seeds, self.temperature])


@dataclass(frozen=True)
class Repeats:
    """The trials so far by (place of the column, arm), in the order of the seeds."""

    plan: Plan
    trials: Mapping[Key, tuple[Trial, ...]]

    @property
    def seeds(self) -> int:
        """How many seeds are done."""
        return max(map(len, self.trials.values()), default=0)


def seeds_from(first: int, count: int) -> tuple[int, ...]:
    """Neighbouring seeds, the first of them that of the page."""
    return tuple(range(first, first + count))


def job(plan: Plan) -> Job[Repeats]:
    """The repetition as a job: a seed a step, with what is done so far."""

    def work(report: Report[Repeats]) -> Repeats:
        found: dict[Key, tuple[Trial, ...]] = {}
        known: dict[Any, Any] = {}
        for done, seed in enumerate(plan.seeds):
            if report.stop():
                break
            report.tell(done, len(plan.seeds), f"Seed {seed}")
            trials = _trials(replace(plan, bench=replace(plan.bench, stop=report.stop)), seed, known)
            if report.stop():
                break
            for key, trial in trials.items():
                found[key] = (*found.get(key, ()), trial)
            report.tell(done + 1, len(plan.seeds), f"Seed {seed}", Repeats(plan, dict(found)))
        return Repeats(plan, found)

    return Job(plan.id, work, about=plan.bench.dataset.digest)


def _trials(plan: Plan, seed: int, known: dict[Any, Any]) -> dict[Key, Trial]:
    """Every column and arm under one seed; prompts that were answered before are not answered again."""
    bench = replace(plan.bench, seed=seed)
    keys = [(i, arm) for i, one in enumerate(plan.columns) for arm in arms_of(one.method, plan.arms)]
    outcomes = [
        condition(bench, [Cell(plan.columns[i].method, arm, plan.example, replace(plan.columns[i].config, seed=seed))])[
            0
        ]
        for i, arm in keys
    ]
    outcomes = _once(outcomes, lambda some: score(bench, some), known, ("score",))
    if bench.task.kind in TEXT:
        named = ("text", seed if plan.temperature else 0)
        outcomes = _once(outcomes, lambda some: _write(plan, bench, some), known, named)
    return {key: Trial(seed, one, _scores(plan, one)) for key, one in zip(keys, outcomes, strict=True)}


def _once(
    outcomes: Sequence[Outcome],
    compute: Callable[[Sequence[Outcome]], Sequence[Outcome]],
    known: dict[Any, Any],
    named: tuple[Any, ...],
) -> list[Outcome]:
    """Outcomes with the output of their prompt, computed for each prompt that is new, all of these in one batch."""
    places: dict[Any, int] = {}
    for i, one in enumerate(outcomes):
        if _open(one) and (key := (*named, *_prompt(one))) not in known:
            places.setdefault(key, i)
    new = compute([outcomes[i] for i in places.values()]) if places else []
    known.update({key: one for key, one in zip(places, new, strict=True) if not one.failure})
    failed = {key: one for key, one in zip(places, new, strict=True) if one.failure}
    return [_taken(one, (known | failed).get((*named, *_prompt(one)))) if _open(one) else one for one in outcomes]


def _open(outcome: Outcome) -> bool:
    return outcome.conditioning is not None and outcome.failure is None


def _taken(outcome: Outcome, made: Outcome | None) -> Outcome:
    """The outcome with what came of its prompt."""
    if made is None:
        return outcome
    return replace(outcome, output=made.output, failure=made.failure, prompt_tokens=made.prompt_tokens)


def _prompt(outcome: Outcome) -> tuple[Any, ...]:
    made = outcome.conditioning
    assert made is not None  # noqa: S101 - the caller has filtered
    return tuple((message.role, message.text) for message in made.messages), made.modifiers.digest


def _write(plan: Plan, bench: Bench, outcomes: Sequence[Outcome]) -> list[Outcome]:
    rows = []
    for one in outcomes:
        made = one.conditioning
        assert made is not None  # noqa: S101 - the caller has filtered
        new, until = bench.task.max_new_tokens, bench.task.until
        row = GenerateRow(made.messages, new, plan.temperature, bench.seed, until, made.modifiers)
        rows.append(replace(row, modifiers=made.modifiers))
    try:
        texts: Sequence[Generation] = bench.model.generate(rows, stop=bench.stop)
    except Exception as error:
        failure = as_failure(error)
        return [replace(one, failure=failure) for one in outcomes]
    pairs = zip(outcomes, texts, strict=True)
    return [replace(one, output=replace(one.output or Output(), generation=text)) for one, text in pairs]


def _scores(plan: Plan, outcome: Outcome) -> dict[str, Score]:
    if outcome.output is None or not plan.example.target:
        return {}
    return {one.info.id: one.score(outcome.output, plan.example) for one in metrics_for(plan.bench.task.kind)}


@dataclass(frozen=True)
class Spread:
    """Numbers of several seeds.

    Attributes:
        deviation: the sample standard deviation; None for fewer than two.
        commonest: how many seeds gave the commonest number, as it is shown.
        agreement: the share of pairs of seeds that gave the same; None for fewer than two.
    """

    n: int
    mean: float
    deviation: float | None
    commonest: int
    agreement: float | None


def spread(values: Sequence[float], digits: int) -> Spread | None:
    """Mean, deviation and agreement of numbers that are shown with `digits`; None where there are none."""
    if not values:
        return None
    shown = [round(value, digits) for value in values]
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(
        len(values),
        statistics.fmean(values),
        deviation,
        Counter(shown).most_common(1)[0][1],
        _mean(float(a == b) for a, b in combinations(shown, 2)),
    )


def likeness(texts: Sequence[str]) -> float | None:
    """The mean ROUGE-L F1 between the texts of each two seeds, from 0 to 1; None for fewer than two."""
    return _mean(
        1.0 if one == other else float(scorer("rougeL", stemmed=False).score(one, other)["rougeL"].fmeasure)
        for one, other in combinations(texts, 2)
    )


@dataclass(frozen=True)
class Stability:
    """In how many seeds the right user's data came nearer to the truth than a wrong user's."""

    nearer: int
    ties: int
    further: int

    @property
    def seeds(self) -> int:
        """The seeds in which both arms have an answer."""
        return self.nearer + self.ties + self.further


def stability(pairs: Iterable[tuple[float, float]], same: float) -> Stability:
    """Count (right, wrong) distances from the truth; those that differ by at most `same` are ties."""
    gaps = [wrong - right for right, wrong in pairs]
    return Stability(
        sum(gap > same for gap in gaps), sum(abs(gap) <= same for gap in gaps), sum(gap < -same for gap in gaps)
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None
