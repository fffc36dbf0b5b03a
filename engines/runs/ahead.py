"""What a run would have to train, before it is started: the methods say it themselves.

A method that learns is prepared as for the run, but on a stand-in for the model that loads nothing and learns nothing.
What it asks to be trained then is what the run will ask for: recipes, samples and the states below them, with all caps
and folds. How long that takes is estimated from the words of the samples and this machine's pace, and what is kept from
an earlier training takes nothing.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.errors import AttuneError
from engines.coldstart import ALL
from engines.folds import near
from engines.methods import make_method, methods
from engines.models import embedded
from engines.models.choice import Kind, read_choice
from engines.models.echo import EchoModel, EchoTrainer
from engines.models.weights import intact, weights_folder
from engines.runs.cells import Bench, Cell, drawn
from engines.training.loading import at_once, layers
from engines.training.process import pace
from engines.training.recipe import Training
from engines.training.store import knows
from engines.training.trainer import Learnt, Tell
from engines.training.work import expected, lowest
from engines.types import Capability, LanguageModel, Message, Stop

LETTERS = 4  # of a token, about
SAMPLED = 24  # groups that are looked at; preparing one takes about a tenth of a second
MOST = 1024


@dataclass(frozen=True)
class Group:
    """Cells that share a state: of one method, user and arm.

    Attributes:
        items: how many of the last items of the person whose data is given, at most.
    """

    cells: tuple[Cell, ...]
    items: int = ALL


@dataclass(frozen=True)
class Asked:
    """A training that a group asks for.

    Attributes:
        own: whether it is learnt from the items of the person whose data is given alone.
        certain: whether its name is the one under which it would be kept.
    """

    digest: str
    work: float
    own: bool
    certain: bool


@dataclass(frozen=True)
class Learning:
    """What a run has to train.

    Attributes:
        trainings: how many, without those that are kept; of a large run estimated from some of its groups.
        seconds: that they take, about, with as many at once as this machine does.
        kept: how many states are there already.
        certain: whether all that is kept is known; if not, it takes at most so long.
    """

    trainings: int = 0
    seconds: float = 0.0
    kept: int = 0
    certain: bool = True


def learns(method: str) -> bool:
    """Whether a method has something trained."""
    return Capability.ADAPTERS in methods[method].info.needs


def learning(bench: Bench, groups: Sequence[Group], *, remember: bool = True) -> Learning:
    """What a run of some groups has to train, each training once, whoever asks for it.

    Args:
        bench: what the groups share; its model and encoder are asked nothing.
        groups: all of the run; those whose methods learn nothing are left out here.
        remember: whether what was found is kept in this process, by the data set; not for a reader's own data.

    Raises:
        EngineError: ATTUNE_TRAININGS is not accepted.
    """
    some = [group for group in groups if learns(group.cells[0].method)]
    looked = some if len(some) <= SAMPLED else _neighbours(bench, some)
    known = digest_of(bench.model) if some else ""
    by_group = [_asked(bench, group, known, remember=remember) for group in looked]
    found = {one.digest: one for asked in by_group for one in asked}
    kept = [one for one in found.values() if one.certain and knows(one.digest)]
    left = [one for one in found.values() if one not in kept]
    share = len(some) / max(1, len(looked))
    count, work = (
        sum(of(one) * (share if one.own else 1.0) for one in left) for of in (lambda _: 1.0, lambda one: one.work)
    )
    # what one group asks for is learnt one after another
    chain = max((sum(one.work for one in asked if one in left) for asked in by_group), default=0.0)
    seconds = max(chain, work / at_once()) / pace()
    return Learning(round(count), seconds, len(kept), all(one.certain for one in left))


def _neighbours(bench: Bench, groups: Sequence[Group]) -> list[Group]:
    """The groups of a fold or two, whose people share states: what is learnt of a wrong user is learnt once."""
    users = {group.cells[0].example.user for group in groups}
    folds = {user: min(near(bench.dataset, bench.task, user, seed=bench.seed)) for user in users}
    drawn_folds = sorted(set(folds.values()))
    random.Random(bench.seed).shuffle(drawn_folds)  # noqa: S311 - a reproducible draw
    place = {user: (drawn_folds.index(fold), user) for user, fold in folds.items()}
    return sorted(groups, key=lambda group: place[group.cells[0].example.user])[:SAMPLED]


def digest_of(model: LanguageModel) -> str:
    """What identifies a model, if that is known without loading it; else empty."""
    try:
        choice = read_choice()
        if choice.kind is Kind.SERVER:
            return ""
        if getattr(model, "loaded", True):
            return model.digest
        if choice.kind is Kind.EMBEDDED and intact(weights_folder()):
            return embedded.identity(weights_folder(), embedded.precision())
        return ""
    except (AttuneError, OSError):
        return ""


_found: OrderedDict[tuple[Any, ...], tuple[Asked, ...]] = OrderedDict()


def _asked(bench: Bench, group: Group, model: str, *, remember: bool) -> tuple[Asked, ...]:
    key = (bench.dataset.digest, bench.task.id, bench.seed, model, group.items, *(_name(cell) for cell in group.cells))
    if remember and (known := _found.get(key)) is not None:
        return known
    made = _prepared(bench, group, model)
    if remember:
        _found[key] = made
        while len(_found) > MOST:
            _found.popitem(last=False)
    return made


def _name(cell: Cell) -> tuple[object, ...]:
    return cell.method, cell.arm, cell.example.id, cell.config, cell.draw


def _prepared(bench: Bench, group: Group, model: str) -> tuple[Asked, ...]:
    """What a method asks for as it is prepared; of one that fails, what it asked for until then."""
    stand, first = Stand(model), group.cells[0]
    bench, owner = replace(bench, model=stand, encoder=Blank()), ""
    try:
        method = make_method(first.method, first.config)
        examples = [cell.example for cell in group.cells]
        given = drawn(bench, first, bench.case_of(method.info, *examples))
        owner, items = given.owner, given.user.items
        user = replace(given.user, items=items[len(items) - min(group.items, len(items)) :])
        method.prepare(user, bench.world_for(method.info, given, *examples))
    except Exception:  # noqa: S110 - the run itself says what is wrong, where it belongs
        pass
    return tuple(
        Asked(
            name,
            expected(one, layers()),
            own={sample.owner for sample in one.samples} == {owner},
            certain=bool(model),
        )
        for name, one in stand.planner.asked.items()
    )


class Planner(EchoTrainer):
    """Learns nothing, and remembers what was to be learnt."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked: dict[str, Training] = {}

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        """Arrays whose names say in which layers they would be."""
        self.asked.setdefault(training.digest, training)
        made = super().train(training, name, tell=tell, stop=stop)
        first = lowest(training.recipe, training.base.arrays if training.base else (), layers())
        return replace(made, arrays={key.replace("echo.0", f"layers.{first}"): one for key, one in made.arrays.items()})


class Stand(EchoModel):
    """Stands for a model that is not asked.

    Args:
        digest: the model's, so that states have the names under which they are kept; empty where it is not known.
    """

    def __init__(self, digest: str) -> None:
        super().__init__()
        self.digest, self.planner = digest, Planner()
        self.trainer = self.planner

    def count(self, messages: Sequence[Message]) -> int:
        """About how many tokens messages have."""
        return sum(len(message.text) for message in messages) // LETTERS


class Blank:
    """Stands for an encoder: the same vector for every text."""

    def encode(self, texts: Sequence[str]) -> Any:
        """Unit vectors, one row a text."""
        return np.full((len(texts), 4), 0.5, np.float32)
