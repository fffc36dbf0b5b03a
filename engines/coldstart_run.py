"""The measurement of `engines.coldstart` as a job: nobody first, then length by length, each in one batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations

from data.records import Example
from engines.arms import Case, Given, give
from engines.coldstart import ALL, Curves, Line, Plan, Spot
from engines.jobs import Job, Report
from engines.methods import methods
from engines.runs.cells import Cell, Outcome, arms_of, condition, score
from engines.runs.compare import baseline_values, values
from engines.runs.stats import Estimate, Value, estimate, gap
from engines.types import Arm

THREADS = 6


def job(plan: Plan) -> Job[Curves]:
    """The measurement as a job: nobody first, then length by length, with the curves as far as they are."""

    def work(report: Report[Curves]) -> Curves:
        return Measurement(replace(plan, bench=replace(plan.bench, stop=report.stop)), report).run()

    return Job(plan.id, work, about=plan.bench.dataset.digest)


def cut_to(length: int, arm: Arm, draw: int) -> Callable[[Case], Given]:
    """The person whose data an arm gives, with only the last items; who is drawn does not depend on the length."""

    def giving(case: Case) -> Given:
        given = give(case, arm, draw=draw)
        items = given.user.items
        note = given.note if length > len(items) else ""  # that somebody has fewer matters where all are asked for
        return replace(given, note=note, user=replace(given.user, items=items[len(items) - min(length, len(items)) :]))

    return giving


def cells_of(plan: Plan, place: int, examples: Sequence[Example], arm: Arm) -> list[Cell]:
    """A column's cells for one user's requests, in an arm that it has."""
    column = plan.columns[place]
    arm = arm if arm in arms_of(column.method, [arm]) else Arm.NOBODY
    return [Cell(column.method, arm, example, column.config) for example in examples]


def groups_of(plan: Plan) -> Iterator[tuple[list[Cell], Callable[[Case], Given]]]:
    """All that is measured as cells that share a state, with whose data they are given."""
    examples, places = plan.asked().values(), range(len(plan.columns))
    personal = (Arm.RIGHT, Arm.WRONG)
    asked = [(place, ALL, Arm.NOBODY) for place in places]
    asked += [(p, length, arm) for length in plan.lengths for p in places if plan.personal(p) for arm in personal]
    for place, length, arm in asked:
        for some in examples:
            cells = cells_of(plan, place, some, arm)
            yield cells, cut_to(length, cells[0].arm, plan.bench.seed)


class Measurement:
    """The work of a job."""

    def __init__(self, plan: Plan, report: Report[Curves]) -> None:
        self.plan, self.report, self.bench = plan, report, plan.bench
        self.examples = plan.asked()
        self.metric = plan.metric
        self.nobody: dict[int, list[Value]] = {}
        self.right: dict[tuple[int, int], list[Value]] = {}
        self.failures: Counter[str] = Counter()
        self.notes: dict[str, None] = {}
        rows = [example for some in self.examples.values() for example in some]
        everyone = baseline_values(self.bench, rows, self.metric)
        baselines = {name: self._estimate(found) for name, (_, found) in everyone.items()}
        self.curves = Curves(plan, {}, {}, baselines, (len(rows), len(self.examples)))

    def run(self) -> Curves:
        """All lengths, or those that were done when it was stopped."""
        steps = 1 + len(self.plan.lengths)
        self.report.tell(0, steps, "With nobody's data", self.curves)
        self._measure_nobody()
        for done, length in enumerate(self.plan.lengths, start=1):
            if self.bench.stop():
                break
            what = "the whole history" if length == ALL else f"{length} {'item' if length == 1 else 'items'}"
            self.report.tell(done, steps, f"With {what}", self.curves)
            self._measure(length)
        if not self.bench.stop():
            self.report.tell(steps, steps, "Done", self.curves)
        return self.curves

    def _measure_nobody(self) -> None:
        places = range(len(self.plan.columns))
        everybody = self.examples.values()
        groups = [(place, cells_of(self.plan, place, some, Arm.NOBODY)) for place in places for some in everybody]
        found = self._outcomes([(cells, ALL) for _, cells in groups])
        if self.bench.stop():
            return
        lines: dict[int, Line] = {}
        for place in places:
            own = [one for (at, _), some in zip(groups, found, strict=True) if at == place for one in some]
            self.nobody[place] = values(self.metric, own)
            lines[place] = Line(self._estimate(self.nobody[place]))
        self.curves = replace(self.curves, lines=lines, failures=dict(self.failures))

    def _measure(self, length: int) -> None:
        """Right and wrong of every personal method at one length; what was stopped half way is left out."""
        asked = [
            (place, arm, cells_of(self.plan, place, self.examples[user], arm))
            for place in range(len(self.plan.columns))
            if self.plan.personal(place)
            for arm in (Arm.RIGHT, Arm.WRONG)
            for user in self.examples
        ]
        found = self._outcomes([(cells, length) for _, _, cells in asked])
        if self.bench.stop():
            return
        by_arm: dict[tuple[int, Arm], list[Outcome]] = {}
        for (place, arm, _), some in zip(asked, found, strict=True):
            by_arm.setdefault((place, arm), []).extend(some)
        lines = dict(self.curves.lines)
        for place in sorted({place for place, _ in by_arm}):
            spot = self._spot(place, length, by_arm[place, Arm.RIGHT], by_arm[place, Arm.WRONG])
            lines[place] = replace(lines[place], spots=(*lines[place].spots, spot))
        between = {**self.curves.between, **self._between(length)}
        self.curves = replace(
            self.curves, lines=lines, between=between, failures=dict(self.failures), notes=tuple(self.notes)
        )

    def _spot(self, place: int, length: int, right: Sequence[Outcome], wrong: Sequence[Outcome]) -> Spot:
        own, other = values(self.metric, right), values(self.metric, wrong)
        self.right[place, length] = own
        tokens = [one.prompt_tokens for one in right if one.prompt_tokens]
        return Spot(
            length,
            self._estimate(own),
            self._estimate(other),
            self._gap(own, self.nobody[place]),
            self._gap(own, other),
            items=self._items(place, length),
            tokens=sum(tokens) / len(tokens) if tokens else 0.0,
        )

    def _items(self, place: int, length: int) -> float:
        """The mean number of items that the right users give a method."""
        info = methods[self.plan.columns[place].method].info
        counts = []
        for some in self.examples.values():
            case = self.bench.case_of(info, *some)
            counts.append(min(length, len(give(case, Arm.RIGHT, draw=self.bench.seed).user.items)))
        return sum(counts) / len(counts) if counts else 0.0

    def _between(self, length: int) -> dict[tuple[int, int, int], Estimate]:
        """The right users' figures of each two methods against each other; of impersonal ones nobody's."""
        at = {place: self.right.get((place, length), self.nobody[place]) for place in range(len(self.plan.columns))}
        return {(one, other, length): self._gap(at[one], at[other]) for one, other in combinations(at, 2)}

    def _outcomes(self, groups: Sequence[tuple[list[Cell], int]]) -> list[list[Outcome]]:
        """Each group shares a state; all are scored in one batch."""

        def one(group: tuple[list[Cell], int]) -> list[Outcome]:
            cells, length = group
            return condition(self.bench, cells, giving=cut_to(length, cells[0].arm, self.bench.seed))

        with ThreadPoolExecutor(THREADS) as pool:
            made = list(pool.map(one, groups))
        flat = score(self.bench, [outcome for some in made for outcome in some])
        if not self.bench.stop():
            self._note(flat)
        done = iter(flat)
        return [[next(done) for _ in some] for some in made]

    def _note(self, outcomes: Sequence[Outcome]) -> None:
        for one in outcomes:
            if one.failure:
                self.failures[f"{methods[one.cell.method].info.name}, {one.cell.arm}: {one.failure.message}"] += 1
            if one.note:
                name = self.bench.dataset.by_id[one.cell.example.user].name
                self.notes[f"For {name} {one.note}."] = None

    def _estimate(self, found: Sequence[Value]) -> Estimate:
        return estimate(found, self.metric.info.finish, self.bench.seed)

    def _gap(self, one: Sequence[Value], other: Sequence[Value]) -> Estimate:
        return gap(one, other, self.metric.info.finish, self.bench.seed)
