"""The same request at three levels, global, persona and user, and what each of them may see for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.digest import digest
from data.records import Example
from engines.arms import give
from engines.jobs import Job, Report
from engines.live import Column
from engines.matrix import Seat, Step, as_named, together
from engines.methods import methods
from engines.runs.cells import Bench, Cell, Outcome, arms_of
from engines.types import Arm, Level, MethodInfo, Reach

ORDER = (Level.GLOBAL, Level.PERSONA, Level.USER)
# Where a level has several methods: those that show other people's or one's own items as they are.
USUAL: Mapping[Level, str] = {
    Level.GLOBAL: "global-examples",
    Level.PERSONA: "persona-examples",
    Level.USER: "recent-history",
}
ALL = 10**9
Place = tuple[Level, Arm]


@dataclass(frozen=True)
class Sight:
    """What a level may draw from for one request, as the world hands it out.

    Attributes:
        people: how many people's items there are to draw from.
        items: how many of theirs lie before the cut and are not about anything held out.
        group: the persona that was looked for, empty at other reaches.
        widened: whether nobody else has this persona, so that a wider group was taken.
        traits: how many declared traits of the user it may read.
    """

    reach: Reach
    people: int
    items: int
    group: str = ""
    widened: bool = False
    traits: int = 0


@dataclass(frozen=True)
class Plan:
    """What is asked for: one request, and the method that stands for each level."""

    bench: Bench
    example: Example
    methods: Mapping[Level, Column]

    def places(self) -> dict[Place, Seat]:
        """Every cell by level and arm; what uses nothing of the user has the arm nobody alone."""
        return {
            (level, arm): Seat(Cell(column.method, arm, self.example, column.config))
            for level, column in self.methods.items()
            for arm in arms_of(column.method, list(Arm))
        }


@dataclass(frozen=True)
class Levels:
    """The three levels as far as they are computed."""

    plan: Plan
    sights: Mapping[Level, Sight]
    outcomes: Mapping[Place, Outcome] = field(default_factory=dict)
    texts: Mapping[Place, str] = field(default_factory=dict)


def methods_of(level: Level) -> list[str]:
    """The methods of a level that run here, the usual one first."""
    found = [method for method in methods if methods[method].info.level is level]
    return sorted(found, key=lambda method: method != USUAL[level])


def sight(bench: Bench, example: Example, info: MethodInfo) -> Sight:
    """What a method's reach gives it for a request."""
    case = bench.case_of(info, example)
    world = bench.world(info.uses, example, reads=case.reads)
    user = give(case, Arm.RIGHT, draw=bench.seed).user
    if info.uses is Reach.EVERYONE and info.personal:
        people = [user, *(other for other in world.others() if other.id != user.id)]
        return Sight(info.uses, len(people), sum(len(world.visible(one).items) for one in people))
    if info.uses is Reach.EVERYONE:
        items = world.everyone(ALL)
        return Sight(info.uses, len({item.user for item in items}), len(items))
    if info.uses is Reach.PERSONA:
        mates = world.mates(user)
        count = sum(len(mate.items) for mate in mates.users)
        return Sight(info.uses, len(mates.users), count, mates.group, mates.backed_off, len(user.persona.grouping))
    if info.uses is Reach.OWN:
        return Sight(info.uses, 1, len(world.visible(user).items), traits=len(user.persona.traits))
    return Sight(info.uses, 0, 0)


def job(plan: Plan) -> Job[Levels]:
    """All levels and arms as one job; its id is the digest of all that determines the answers."""
    bench = plan.bench
    own = [(item.id, item.text) for item in bench.dataset.by_id[plan.example.user].items]
    asked = [(level.value, column) for level, column in plan.methods.items()]
    about = [bench.dataset.digest, bench.task, bench.model.digest, bench.seed, as_named(plan.example)]
    name = digest(["levels", *about, asked, own])

    def work(report: Report[Levels]) -> Levels:
        own_bench = replace(bench, stop=report.stop)
        sights = {
            level: sight(own_bench, plan.example, methods[column.method].info) for level, column in plan.methods.items()
        }

        def tell(step: Step[Place]) -> None:
            report.tell(step.done, step.steps, step.said, Levels(plan, sights, step.outcomes, step.texts))

        return Levels(plan, sights, together(own_bench, plan.places(), tell))

    return Job(name, work, about=bench.dataset.digest)
