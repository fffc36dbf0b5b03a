"""Retrieval that learns from the model: which items made the user's own earlier outputs likelier (survey 5.1).

The user's last items before the cut are asked again as requests. For the older half of them, single earlier items are
put into the prompt, and a ranker is fitted to the likelihood gain that each brought. For the newer half, whole
retrievers are tried; a request takes the one that gained most on the earlier requests that are like it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.records import ProfileItem, User
from engines.kept import Kept
from engines.kept import nbytes as bytes_of
from engines.methods import methods
from engines.prompts import compose, item_blocks, write
from engines.ranked import best, compared
from engines.rehearsal import Rehearsal, admissible, likelihoods, rehearsals
from engines.retrievers import bm25_scores, dense_scores, retrieve
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Dropped,
    Evidence,
    Follows,
    Level,
    Message,
    MethodInfo,
    Option,
    Reach,
    Request,
    Used,
)
from engines.world import World

REHEARSALS = Option(
    "rehearsals",
    "Earlier items asked again",
    2,
    16,
    8,
    1,
    "How many of the user's last items before the cut are asked again; more of them take longer.",
)
FEW = (
    "Fewer than two of the user's items hold a request of this task with its answer, fit the budget and have others "
    "before them, so nothing was learnt; the most recent items are used."
)
CANDIDATES = 6  # items tried alone for each earlier request
RIDGE = 1.0
NEAR = 0.1  # how fast an earlier request counts less as its cosine falls
NAMES = ("BM25", "cosine", "recency")
NOTHING, LEARNT = "nothing", "learnt"
NUMBER = 8  # bytes of a weight
POOL = (NOTHING, "recent", "bm25", "dense", LEARNT)

Floats = npt.NDArray[np.float64]
Asked = tuple[Rehearsal, tuple[Message, ...]]


@dataclass(frozen=True)
class Ranker:
    """score = weights . standardized (BM25, cosine, recency) + the item's own weight; 0 for items never tried."""

    center: Floats
    spread: Floats
    weights: Floats
    own: dict[str, float]

    def scores(self, world: World, items: Sequence[ProfileItem], query: str) -> list[float]:
        """One score an item."""
        made = (features(world, items, query) - self.center) / self.spread @ self.weights
        return [float(value) + self.own.get(item.id, 0.0) for value, item in zip(made, items, strict=True)]


@dataclass(frozen=True)
class Learnt:
    """What was learnt from a user's earlier requests.

    Attributes:
        ranker: None where too little was tried.
        tried: the earlier requests' texts; `gains` [requests, retrievers] in nats over the empty profile.
    """

    world: World
    items: tuple[ProfileItem, ...]
    ranker: Ranker | None = None
    tried: tuple[str, ...] = ()
    gains: Floats | None = None
    notes: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()

    @property
    def kept(self) -> Kept:
        """The ranker's numbers, with one for each item that was tried, and the gains; the tried requests are items."""
        weights = len(self.ranker.own) * NUMBER if self.ranker else 0
        return Kept(own=bytes_of(self.ranker) + weights + bytes_of(self.gains))


def features(world: World, items: Sequence[ProfileItem], query: str) -> Floats:
    """BM25 relative to the best, cosine, and place in time from 0 to 1, [items, 3]."""
    texts = compared(world.task, items)
    sparse = np.array(bm25_scores(texts, query))
    places = np.arange(1, len(items) + 1) / len(items)
    return np.stack([sparse / max(sparse.max(), 1e-9), dense_scores(world, texts, query), places], 1)


def fit(rows: Floats, items: Sequence[str], gains: Floats) -> Ranker:
    """Ridge regression of gains on standardized features [n, 3] and one weight an item; the mean is not penalized."""
    center, spread = rows.mean(0), np.maximum(rows.std(0), 1e-6)
    known = list(dict.fromkeys(items))
    shown = np.eye(len(known))[[known.index(item) for item in items]]
    design = np.hstack([(rows - center) / spread, shown])
    inner = design.T @ design + RIDGE * np.eye(design.shape[1])
    made = np.linalg.solve(inner, design.T @ (gains - gains.mean()))
    return Ranker(center, spread, made[:3], dict(zip(known, map(float, made[3:]), strict=True)))


@methods.register("rag-feedback")
class FeedbackRetrieval:
    """A ranker fitted to likelihood gains, in a pool of retrievers from which each request picks one."""

    info = MethodInfo(
        name="RAG with feedback",
        summary="The model's own likelihoods say which items helped with the user's earlier requests; a ranker is "
        "fitted to that, and each request picks the retriever that helped most with earlier requests like it.",
        level=Level.USER,
        technique="rag.dense",
        uses=Reach.OWN,
        version=2,
        needs=frozenset({Capability.SCORE}),
        options=(REHEARSALS,),
        builds=True,
        follows=(
            Follows(
                "ropg",
                how="simplifies",
                differs="ROPG trains a dense retriever and RSPG a selection model on the outputs of many users; here "
                "three similarities and one weight an item are fitted by ridge regression on one user's own earlier "
                "items, the feedback is likelihood, and the pick is a weighted mean over at most eight requests.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Learnt:
        """Try single items on the older earlier requests, retrievers on the newer ones; too few of them: recency."""
        items, dropped = admissible(world, world.visible(user).items, self.config)
        asked = rehearsals(world, items, self.config, int(self.config.option(REHEARSALS)))
        if len(asked) < 2 or not self.config.k:
            few = (FEW,)
            return Learnt(world, items, notes=few if items else (), dropped=dropped)
        half = len(asked) // 2
        world.progress("measuring which items helped")
        ranker, said = self._rank(world, asked[:half])
        world.progress("trying retrievers")
        gains = self._gains(world, asked[half:], ranker)
        return Learnt(world, items, ranker, tuple(one.request.text for one in asked[half:]), gains, said, dropped)

    def condition(self, state: Learnt, request: Request) -> Conditioning:
        """The items of the retriever that is expected to gain most on this request."""
        chosen, said = self._pick(state, request)
        used = self._retrieved(state.world, state.items, chosen, ranker=state.ranker, query=request.text)
        evidence = Evidence(notes=(*state.notes, *said))
        blocks = item_blocks(request.task, used)
        made = compose(request, blocks, count=state.world.model.count, config=self.config, evidence=evidence)
        return Conditioning(made.messages, made.evidence, state.dropped + made.dropped)

    def _rank(self, world: World, asked: Sequence[Rehearsal]) -> tuple[Ranker | None, tuple[str, ...]]:
        """The gain over the empty profile of items that stand in the prompt alone, and the ranker fitted to it."""
        pairs = [(one, item) for one in asked for item in self._candidates(world, one)]
        empty = dict(
            zip((o.item.id for o in asked), likelihoods(world, [self._without(o) for o in asked]), strict=True)
        )
        made = likelihoods(world, [self._with(world, one, [Used(item)]) for one, item in pairs])
        gains = np.array([value - empty[one.item.id] for value, (one, _) in zip(made, pairs, strict=True)])
        whole = {one.item.id: features(world, one.before, one.request.text) for one in asked}
        rows = np.stack([whole[one.item.id][one.before.index(item)] for one, item in pairs])
        ranker = fit(rows, [item.id for _, item in pairs], gains)
        weights = ", ".join(f"{name} {value:+.3f}" for name, value in zip(NAMES, ranker.weights, strict=True))
        return ranker, (
            f"{len(pairs)} times an earlier request of this user was asked with one even earlier item: it gained "
            f"{gains.mean():+.3f} nats on average, from {gains.min():+.3f} to {gains.max():+.3f}.",
            f"Learnt from that, for one standard deviation each: {weights}; and a weight for each item that was tried.",
        )

    def _candidates(self, world: World, one: Rehearsal) -> list[ProfileItem]:
        """Half of them fit the request best, the others are the most recent."""
        found: dict[str, ProfileItem] = {}
        for name in ("hybrid", "recent"):
            ranked = retrieve(name, world, one.before, query=one.request.text, k=CANDIDATES)
            new = [used.item for used in ranked if used.item.id not in found]
            found |= {item.id: item for item in new[: CANDIDATES // 2]}
        return list(found.values())

    def _gains(self, world: World, asked: Sequence[Rehearsal], ranker: Ranker | None) -> Floats:
        """How much each retriever of the pool gains on each earlier request over the empty profile, in nats."""
        rows = [
            self._with(world, one, self._retrieved(world, one.before, name, ranker=ranker, query=one.request.text))
            for one in asked
            for name in POOL
        ]
        made = np.array(likelihoods(world, rows)).reshape(len(asked), len(POOL))
        return np.asarray(made - made[:, :1])

    def _pick(self, state: Learnt, request: Request) -> tuple[str, tuple[str, ...]]:
        """The retriever of highest expected gain: earlier requests count by exp(cosine / 0.1) with this one."""
        if state.gains is None:
            return "recent", ()
        near = np.array(dense_scores(state.world, state.tried, request.text)) / NEAR
        weights = np.exp(near - near.max())
        expected = weights @ state.gains / weights.sum()
        chosen = POOL[int(expected.argmax())]
        shown = ", ".join(f"{name} {value:+.3f}" for name, value in zip(POOL, expected, strict=True))
        return chosen, (f"Expected gain for this request, in nats: {shown}. Taken: {chosen}.",)

    def _retrieved(
        self, world: World, items: Sequence[ProfileItem], name: str, *, ranker: Ranker | None, query: str
    ) -> list[Used]:
        if name == NOTHING or not items:
            return []
        if name == LEARNT and ranker is not None:
            return best(items, ranker.scores(world, items, query), self.config.k, measure="learnt")
        return retrieve("recent" if name == LEARNT else name, world, items, query=query, k=self.config.k)

    def _without(self, one: Rehearsal) -> Asked:
        return one, write(one.request, (), self.config)

    def _with(self, world: World, one: Rehearsal, used: Sequence[Used]) -> Asked:
        made = compose(one.request, item_blocks(world.task, used), count=world.model.count, config=self.config)
        return one, made.messages
