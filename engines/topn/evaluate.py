"""Recommenders compared on many people: lists in three arms, with intervals that resample people.

Everyone has a cut of one's own. People are grouped by their cuts, and the recommenders of a group are fitted on what
everyone did strictly before the earliest cut in it; each person's own history counts up to the person's own cut. So
nothing after anybody's cut is known, and a fit serves many.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from data.records import Dataset, Split, Task
from engines.errors import EngineError, FailureKind
from engines.recommenders import Recommender, Tools, recommenders
from engines.runs.stats import Estimate, Value, estimate, gap
from engines.topn import figures
from engines.topn.crowd import Crowd, Person, Whole, crowd_before
from engines.topn.figures import FIGURES, List, overlap
from engines.topn.questions import Question, candidates, person_in, questions
from engines.types import Arm

GROUPS = 8
WITHOUT = Tools()  # for recommenders that ask neither the model nor the encoder
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan:
    """What is compared.

    Attributes:
        users: how many people, drawn by the seed; 0 for all.
        groups: how many groups of cuts, each with a fit of its own.
    """

    recommenders: tuple[str, ...]
    arms: tuple[Arm, ...] = tuple(Arm)
    users: int = 0
    seed: int = 7
    groups: int = GROUPS
    split: Split = Split.HELD_OUT


@dataclass
class Lists:
    """All lists of a comparison, with seconds of fitting and ranking by recommender."""

    plan: Plan
    items: int
    made: list[List] = field(default_factory=list)
    fit_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    rank_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def by(self) -> Mapping[tuple[str, str], list[List]]:
        """Lists by recommender and arm."""
        found: dict[tuple[str, str], list[List]] = defaultdict(list)
        for one in self.made:
            found[one.recommender, one.arm].append(one)
        return found


@dataclass(frozen=True)
class Row:
    """One figure; of a gap the arm is right-wrong or right-nobody."""

    kind: str
    recommender: str
    arm: str
    figure: str
    estimate: Estimate


def arms_of(name: str, arms: Sequence[Arm]) -> list[Arm]:
    """The arms that a recommender has among those asked for: one, nobody, where nothing of the person enters."""
    personal = recommenders[name].info.level is not None
    return [arm for arm in arms if personal or arm is Arm.NOBODY] or [Arm.NOBODY]


def drawn(dataset: Dataset, task: Task, plan: Plan) -> list[Question]:
    """The questions of the drawn people, by cut."""
    every = questions(dataset, task, plan.split)
    if not plan.users or plan.users >= len(every):
        return every
    chosen = set(random.Random(plan.seed).sample([one.user for one in every], plan.users))  # noqa: S311
    return [one for one in every if one.user in chosen]


def run(
    dataset: Dataset,
    task: Task,
    plan: Plan,
    *,
    tools: Tools = WITHOUT,
    progress: Progress = lambda _d, _a: None,
) -> Lists:
    """Make all lists; a stopped run keeps the groups that are done."""
    asked = drawn(dataset, task, plan)
    parts = [part.tolist() for part in np.array_split(np.arange(len(asked)), max(1, min(plan.groups, len(asked))))]
    first = crowd_before(dataset, task, asked[0].cut) if asked else None
    lists = Lists(plan, len(first.items.ids) if first else 0)
    for done, part in enumerate(parts):
        group = [asked[place] for place in part]
        progress(done, len(parts))
        if not group or tools.stop():
            break
        _group(lists, crowd_before(dataset, task, group[0].cut), group, replace(tools, seed=plan.seed))
    progress(len(parts), len(parts))
    return lists


def _group(lists: Lists, crowd: Crowd, group: Sequence[Question], tools: Tools) -> None:
    """The lists of people whose cuts lie near each other; without a wrong user there is no list in that arm."""
    arms = {*lists.plan.arms, Arm.RIGHT, Arm.NOBODY}
    people = {arm: [_person(crowd, one, arm, tools.seed) for one in group] for arm in arms}
    for name in lists.plan.recommenders:
        start = time.perf_counter()
        fitted = recommenders[name]().fit(crowd, tools)
        lists.fit_seconds[name] += time.perf_counter() - start
        for arm in arms_of(name, lists.plan.arms):
            start = time.perf_counter()
            rows = zip(group, people[Arm.RIGHT], people[arm], strict=True)
            asked = [(question, right, given) for question, right, given in rows if right and given]
            if asked:
                lists.made += _lists(fitted, asked, names=(name, arm))
            lists.rank_seconds[name] += time.perf_counter() - start


def _person(crowd: Crowd, question: Question, arm: Arm, seed: int) -> Person | None:
    try:
        return person_in(crowd, question, arm, seed)
    except EngineError as error:
        if error.kind is not FailureKind.NO_WRONG_USER:
            raise
        return None


def _lists(
    fitted: Recommender, asked: Sequence[tuple[Question, Person, Person]], *, names: tuple[str, str]
) -> list[List]:
    rights, given = [right for _, right, _ in asked], [one for _, _, one in asked]
    order, _ = fitted.order(given, candidates(fitted.crowd, rights, given))
    return [one_list(fitted.crowd, one[0], row, names=names) for one, row in zip(asked, order, strict=True)]


def one_list(crowd: Crowd, question: Question, order: Whole, *, names: tuple[str, str]) -> List:
    """The list of a question from an order of all columns."""
    top = tuple(int(column) for column in order[: figures.TOP])
    subjects = list(question.held_out)
    where = figures.places(order, [crowd.items.places[subject] for subject in subjects])
    by_subject = dict(zip(subjects, where, strict=True))
    liked = tuple(by_subject[subject] for subject in question.liked)
    return List(*names, question.user, top, liked, by_subject, figures.shares(crowd, top))


def rows(lists: Lists) -> list[Row]:
    """Figures of every recommender and arm, and gaps paired by person."""
    found: list[Row] = []
    made = lists.by()
    for figure in FIGURES.values():
        for name in lists.plan.recommenders:
            per_arm = {
                arm: [Value(one.user, one.user, figure.of(one)) for one in made[name, arm]]
                for arm in arms_of(name, lists.plan.arms)
                if (name, arm) in made
            }
            found += [Row("score", name, arm, figure.id, estimate(values)) for arm, values in per_arm.items()]
            if figure.higher_is_better and Arm.RIGHT in per_arm:
                found += [
                    Row("gap", name, f"right-{arm}", figure.id, gap(per_arm[Arm.RIGHT], per_arm[arm]))
                    for arm in (Arm.WRONG, Arm.NOBODY)
                    if arm in per_arm
                ]
    return found


def overlaps(lists: Lists) -> dict[tuple[str, str], float]:
    """How much of the ten two recommenders, or the right and the wrong arm of one, have in common, mean over people."""
    made = lists.by()
    own = {name: Arm.RIGHT if (name, Arm.RIGHT) in made else Arm.NOBODY for name in lists.plan.recommenders}
    tops = {name: {one.user: one.top for one in made.get((name, arm), ())} for name, arm in own.items()}
    found = {}
    for place, name in enumerate(lists.plan.recommenders):
        for other in lists.plan.recommenders[place + 1 :]:
            found[name, other] = _mean([overlap(top, tops[other][user]) for user, top in tops[name].items()])
        wrong = {one.user: one.top for one in made.get((name, Arm.WRONG), ())}
        if wrong and own[name] is Arm.RIGHT:
            both = [overlap(top, wrong[user]) for user, top in tops[name].items() if user in wrong]
            found[name, f"{name} (wrong user)"] = _mean(both)
    return found


def coverage(lists: Lists) -> dict[str, float]:
    """Which share of all things stands in anybody's ten, by recommender (right user, or nobody where there is none)."""
    made = lists.by()
    found = {}
    for name in lists.plan.recommenders:
        own = made.get((name, Arm.RIGHT)) or made.get((name, Arm.NOBODY)) or []
        found[name] = len({column for one in own for column in one.top}) / max(1, lists.items)
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
