"""Rankers that are called and never seen: a query goes in, ranked texts come out, and nothing else is known of them.

By default the ranker is item-kNN over what others rated, served as such a box (`CrowdBox`). A search service that
speaks JSON can be named instead (`engines.outside_search`). What comes back is untrusted text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from data.records import ProfileItem, User
from engines.interactions import interactions
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


class CrowdBox:
    """Item-kNN over everyone else's ratings before the cut, or popularity where there is no history.

    score(j) = sum over the history's things i of |raters of both| / sqrt(|raters of i| |raters of j|); things of the
    history are never given back. Ties go to the thing that more people rated.
    """

    name = "a recommender (item-kNN over others' ratings)"

    def __init__(self, world: World) -> None:
        from scipy.sparse import csr_matrix

        table = interactions(world.dataset, world.task)
        known = slice(0, table.before(world.cut))
        users, things = table.user[known], table.subject[known]
        others = users != table.users.get(world.target, -1)
        shape = (len(table.users) + 1, len(table.subjects))
        ones = np.ones(int(others.sum()), np.float32)
        self._seen = csr_matrix((ones, (users[others], things[others])), shape)
        self._seen.data[:] = 1.0
        self._counts = np.asarray(self._seen.sum(0)).ravel()
        self._places = table.subjects
        self._names = {
            _subject(item): _name(item)
            for user in world.dataset.users()
            if user.id != world.target
            for item in user.items
            if item.kind == world.task.reads and item.at < world.cut
        }

    def rank(self, query: Query, *, stop: Stop = never) -> list[str]:
        """See `Box.rank`."""
        del stop
        known = [self._places[subject] for subject in query.history if subject in self._places]
        scores = self._counts.astype(np.float64) / (1.0 + self._counts.max(initial=0.0))
        if known:
            both = np.asarray((self._seen[:, known].T @ self._seen).todense())
            scale = np.sqrt(np.outer(self._counts[known], self._counts))
            near = np.divide(both, scale, out=np.zeros_like(both), where=scale > 0).sum(0)
            near[known] = -1.0
            scores = near + 1e-6 * scores
        if query.among:
            places = {key: self._places.get(key, -1) for key in query.among}
            order = sorted(query.among, key=lambda key: -scores[places[key]] if places[key] >= 0 else 1.0)
            return [bounded(query.among[key]) for key in order[: query.count]]
        subjects = list(self._places)
        listed = (subjects[place] for place in np.argsort(-scores, kind="stable") if place not in known)
        named = (self._names[subject] for subject in listed if subject in self._names)
        return [name for name, _ in zip(named, range(query.count), strict=False)]
