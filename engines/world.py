"""What a method may use beside the user: the model, the encoder, and other people's items before the cut.

The world hands out only what lies strictly before the example's cut, of anyone, and nothing about the user's held-out
items; so no method can reach further than it declares, whatever it does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from data.records import Dataset, ProfileItem, Task, User
from engines.errors import EngineError, FailureKind
from engines.folds import Fold
from engines.training.trainer import Progress
from engines.types import Encoder, LanguageModel, Reach, never

SHARED_SHARE = 0.05


@dataclass(frozen=True)
class Mates:
    """Other people of a persona, and in words which group they are."""

    users: tuple[User, ...]
    group: str
    backed_off: bool


@dataclass(frozen=True)
class World:
    """The surroundings of one prepared state.

    Attributes:
        target: the id of the user for whom the request is; never among the others.
        cut: nothing at or after this time is handed out.
        hidden: subjects (films, posts) of the user's held-out examples; nothing about them is handed out.
        reach: what the method declared; asking for more is an error of the method.
        reads: the kind of items that the method reads; empty means the kind that the task reads.
        report: is told how a training stands.
        sends: whether words may go to an outside service, because somebody read them and agreed.
        fold: the people who are left out together where people outside teach; None is the target alone.
        given: the person whose own state is made, and until when their items go, where that is not the cut.
    """

    dataset: Dataset
    task: Task
    target: str
    cut: datetime
    hidden: frozenset[str]
    reach: Reach
    model: LanguageModel
    encoder: Encoder
    seed: int = 7
    reads: str = ""
    progress: Callable[[str], None] = field(default=lambda _text: None, repr=False)
    stop: Callable[[], bool] = field(default=never, repr=False)
    report: Callable[[Progress], None] = field(default=lambda _progress: None, repr=False)
    sends: bool = False
    fold: Fold | None = None
    given: tuple[str, datetime] | None = None

    def mates(self, user: User) -> Mates:
        """Others of the user's persona with items before the cut; backs off trait by trait where there are none."""
        self._declared(Reach.PERSONA)
        traits = list(user.persona.grouping)
        while traits:
            same = tuple(filter(None, (self._seen(other) for other in self._alike(user, traits))))
            if same:
                group = ", ".join(user.persona.traits[t] for t in traits)
                return Mates(same, group, len(traits) < len(user.persona.grouping))
            traits.pop(0)
        return Mates((), "", True)

    def everyone(self, count: int) -> tuple[ProfileItem, ...]:
        """The same items of other people for all users: an early draw by the seed, one a person where possible.

        They lie before the cuts of almost all users; for the few whose cut is earlier, those after it are left out.
        """
        self._declared(Reach.EVERYONE)
        pool = shared_pool(self.dataset, self.reads or self.task.reads, self.seed)
        fit = (
            i for i in pool if i.at < self.cut and i.user != self.target and i.extra.get("subject") not in self.hidden
        )
        return tuple(item for item, _ in zip(fit, range(count), strict=False))

    def others(self) -> Iterator[User]:
        """All people but the target, with their visible items alone, in the dataset's order; who has none is left out.

        The user whose data an arm gives may be among them: in the arm wrong it is not the target. A method for which
        that matters leaves them out by their id.
        """
        self._declared(Reach.EVERYONE)
        return (seen for user in self.dataset.users() if user.id != self.target and (seen := self._seen(user)))

    def outsiders(self) -> Iterator[User]:
        """All people outside the target's fold, with what lies before the fold's earliest cut.

        They and their items are the same for everyone in the fold, and nothing is among them about what is held out
        of any of these; so what they teach is learnt once a fold, and the wrong user is not among them either.
        """
        self._declared(Reach.EVERYONE)
        people, early = self.fold.people if self.fold else {self.target}, self.early
        return (seen for user in self.dataset.users() if user.id not in people and (seen := early._seen(user)))

    @property
    def early(self) -> World:
        """The same surroundings as everyone in the fold has them: before its earliest cut, without what is held out."""
        if self.fold is None:
            return self
        return replace(self, cut=self.fold.start(self.cut), hidden=self.hidden | self.fold.hidden, given=None)

    def visible(self, user: User) -> User:
        """A user with only the items of the kind that is read, before the cut and not about a held-out item."""
        cut = self.given[1] if self.given and self.given[0] == user.id else self.cut
        items = (i for i in user.items if i.kind == (self.reads or self.task.reads) and i.at < cut)
        return replace(user, items=tuple(i for i in items if i.extra.get("subject") not in self.hidden))

    def _alike(self, user: User, traits: Sequence[str]) -> list[User]:
        wanted = {trait: user.persona.traits[trait] for trait in traits}
        return [
            other
            for other in self.dataset.users()
            if other.id not in {user.id, self.target} and wanted.items() <= dict(other.persona.traits).items()
        ]

    def _seen(self, user: User) -> User | None:
        seen = replace(self, given=None).visible(user) if self.given else self.visible(user)
        return seen if seen.items else None

    def _declared(self, needed: Reach) -> None:
        if self.reach is not needed:
            raise EngineError(FailureKind.INTERNAL, f"a method that declares {self.reach} asked for {needed}")


_pools: dict[tuple[str, str, int], tuple[ProfileItem, ...]] = {}


def shared_pool(dataset: Dataset, kind: str, seed: int) -> tuple[ProfileItem, ...]:
    """The items from which `everyone` draws: early in the data's time, shuffled, one of each person first."""
    key = (dataset.digest, kind, seed)
    if key not in _pools:
        items = sorted(
            (item for user in dataset.users() for item in user.items if item.kind == kind),
            key=lambda item: (item.at, item.id),
        )
        items = items[: max(64, int(len(items) * SHARED_SHARE))]
        random.Random(seed).shuffle(items)  # noqa: S311 - a reproducible draw
        first = {item.user: item for item in reversed(items)}
        _pools[key] = tuple(sorted(items, key=lambda item: first[item.user] is not item))
    return _pools[key]
