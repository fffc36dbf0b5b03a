"""Rankers that are called and never seen: a query goes in, ranked texts come out, and nothing else is known of them.

By default the ranker is the recommender item-kNN, served as such a box (`RecommenderBox`). A search service that
speaks JSON can be named instead (`engines.outside_search`). What comes back is untrusted text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from data.records import ProfileItem, User
from engines.types import Request, Stop, never
from engines.world import World

LONGEST = 160  # letters of an answer that are kept


@dataclass(frozen=True)
class Query:
    """All that a box is told.

    Attributes:
        words: the request's own words.
        history: things of the user's history, the newest first: subject to its name.
        among: the things that are to be ranked, key to name; empty for whatever the box finds.
        count: how many answers are wanted.
    """

    words: str
    history: Mapping[str, str] = field(default_factory=dict, hash=False)
    among: Mapping[str, str] = field(default_factory=dict, hash=False)
    count: int = 8


class Box(Protocol):
    """An outside ranker."""

    name: str

    def rank(self, query: Query, *, stop: Stop = never) -> list[str]:
        """Names or texts, the best first; at most `query.count`, each cleaned by `bounded`."""
        ...


def bounded(text: str) -> str:
    """An answer as one line of bounded length, without signs that cannot be seen."""
    seen = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 20 * LONGEST]).split())
    return seen if len(seen) <= LONGEST else seen[: LONGEST - 1] + "\u2026"


def query_of(world: World, user: User, request: Request, *, count: int, history: int) -> Query:
    """What a box is told for a request: its words, and the names of the user's last things."""
    items = list(reversed(world.visible(user).items))[:history]
    return Query(request.text, {_subject(item): _name(item) for item in items}, dict(request.candidates), count)


def _subject(item: ProfileItem) -> str:
    return str(item.extra.get("subject", item.id))


def _name(item: ProfileItem) -> str:
    return bounded(str(item.extra.get("title") or item.text))


class RecommenderBox:
    """A registered recommender, fitted on everyone else's items before the cut; without a history it gives the popular.

    Args:
        world: whose target is no part of the crowd.
        name: the recommender's id.
    """

    def __init__(self, world: World, name: str = "item-knn") -> None:
        from engines.recommenders import Tools, recommenders
        from engines.topn.crowd import crowd_before

        crowd = crowd_before(world.dataset, world.task, world.cut).without(world.target)
        tools = Tools(model=world.model, encoder=world.encoder, seed=world.seed, stop=world.stop)
        self._fitted = recommenders[name]().fit(crowd, tools)
        self._items = crowd.items
        self._met = np.flatnonzero(crowd.popularity)  # what nobody had seen before the cut does not exist yet
        self.name = f"a recommender ({recommenders[name].info.name})"

    @property
    def nbytes(self) -> int:
        """Of the arrays that were fitted."""
        return sum(array.nbytes for array in vars(self._fitted).values() if isinstance(array, np.ndarray))

    def rank(self, query: Query, *, stop: Stop = never) -> list[str]:
        """See `Box.rank`. Candidates that it does not know, or that are of the history, come last."""
        from engines.topn.crowd import Person

        del stop
        places = self._items.places
        history = [places[subject] for subject in reversed(list(query.history)) if subject in places]
        among = [places[key] for key in query.among if key in places] if query.among else self._met
        picks = self._fitted.rank(Person("", np.array(history, np.int64)), np.array(among, np.int64), query.count)
        ids = [self._items.ids[pick.item] for pick in picks]
        if query.among:
            rest = [key for key in query.among if key not in ids]
            return [bounded(query.among[key]) for key in [*ids, *rest][: query.count]]
        return [bounded(self._items.titles[places[one]]) for one in ids]
