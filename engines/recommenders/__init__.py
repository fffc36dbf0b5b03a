"""Recommenders: one file each, registered by id. They are fitted on a crowd and rank things for a person.

A recommender sees the crowd (everyone strictly before a time) and what the person saw before that person's own cut,
nothing else: no target, no name. What a person has seen is never ranked. A person who is not of the crowd, whose
history was changed, or who has none is scored from the history given (folded in), by the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.registry import Registry
from engines.topn.crowd import Crowd, Person, Real, Whole
from engines.types import Encoder, Follows, LanguageModel, Level, Reach, Stop, never

LOWEST = np.finfo(np.float32).min  # of what has no score; what may not be listed is lower still


@dataclass(frozen=True)
class RecommenderInfo:
    """What is said about a recommender wherever it appears.

    Attributes:
        level: None where nothing about the person enters.
        uses: whose data decides: everyone's for popularity, the person's and everyone's for the rest.
        follows: entries of the catalog, with what differs.
        after: the work that it follows where the catalog, which is about language models, has no entry of it.
        slow: fitting or ranking takes seconds, so that a page does it as a job.
        reads_model: it asks the language model; `reads_text` the sentence encoder.
        seeded: it draws random numbers.
    """

    name: str
    summary: str
    level: Level | None
    uses: Reach = Reach.EVERYONE
    follows: tuple[Follows, ...] = ()
    after: str = ""
    slow: bool = False
    reads_model: bool = False
    reads_text: bool = False
    seeded: bool = False


@dataclass(frozen=True)
class Tools:
    """What a recommender may use beside the crowd.

    Attributes:
        shortlist: how many candidates a language model scores.
        listed: what `llm-rerank` re-ranks the list of.
        tell: told what is being done, with steps done and steps in all.
    """

    model: LanguageModel | None = None
    encoder: Encoder | None = None
    seed: int = 7
    shortlist: int = 100
    listed: str = "ease"
    stop: Stop = field(default=never, repr=False)
    tell: Callable[[str, int, int], None] = field(default=lambda _said, _done, _all: None, repr=False)


def with_own_lists() -> list[str]:
    """The recommenders whose list `llm-rerank` can put into another order: those that do not ask the model."""
    return [name for name in recommenders.names() if not recommenders[name].info.reads_model]


@dataclass(frozen=True)
class Pick:
    """One recommended thing: its column, its place from 1, and its score; None where the recommender has no opinion."""

    item: int
    place: int
    score: float | None


class Recommender(ABC):
    """Fitted once on a crowd, then asked for any number of people."""

    info: ClassVar[RecommenderInfo]
    crowd: Crowd
    tools: Tools

    def fit(self, crowd: Crowd, tools: Tools = Tools()) -> Recommender:
        """Learn from everyone before the crowd's time; the recommender itself."""
        self.crowd, self.tools = crowd, tools
        self.learn()
        return self

    def learn(self) -> None:
        """What fitting computes from `self.crowd`; by default only what is popular."""
        _ = self.crowd.columns

    @abstractmethod
    def scores(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> Real:
        """Scores [people, items], higher is better, NaN where there is no opinion; what is not allowed is ignored."""

    def order(self, people: Sequence[Person], allowed: npt.NDArray[np.bool_]) -> tuple[Whole, Real]:
        """Columns [people, items] from the best, and the scores as given; what is not allowed stands last.

        Equal scores are listed from the most popular thing, then by id; things without a score come after all others.
        """
        scores = self.scores(people, allowed)
        usable = np.where(allowed, np.where(np.isnan(scores), LOWEST, scores), -np.inf)
        best = np.argsort(-usable[:, self.crowd.columns], axis=1, kind="stable")
        return self.crowd.columns[best], scores

    def rank(self, person: Person, items: Whole, k: int = 10) -> list[Pick]:
        """The k best of some columns for a person, without what the person has seen."""
        allowed = np.zeros((1, len(self.crowd.items.ids)), bool)
        allowed[0, items] = True
        allowed[0, person.seen] = False
        order, scores = self.order([person], allowed)
        best = order[0, : min(k, int(allowed.sum()))]
        shown = scores[0, best]
        return [
            Pick(int(item), place, None if np.isnan(score) else float(score))
            for place, (item, score) in enumerate(zip(best, shown, strict=True), start=1)
        ]


def unseen(people: Sequence[Person], size: int) -> npt.NDArray[np.bool_]:
    """Whether each person may be recommended each of `size` things: all but what the person saw."""
    allowed = np.ones((len(people), size), bool)
    for row, person in enumerate(people):
        allowed[row, person.seen] = False
    return allowed


def sound(made: Any) -> None:
    """Check what every caller relies on.

    Raises:
        TypeError: it has no `RecommenderInfo` or is no `Recommender`.
    """
    if not (isinstance(made, type) and issubclass(made, Recommender)):
        raise TypeError("a recommender is a subclass of engines.recommenders.Recommender")
    if not isinstance(getattr(made, "info", None), RecommenderInfo):
        raise TypeError("a recommender needs info = RecommenderInfo(...)")
    made()


recommenders: Registry[type[Recommender]] = Registry("recommender", "engines.recommenders", sound)
