"""The user's items as one vector, weighted by this request, read by the model as embeddings before the prompt.

After PPlug: the vector is the mean of the items' sentence embeddings, each weighted by its likeness to the request; one
projector, learnt from other people's data, turns it into embeddings that the model reads. It is learnt for a fold of
people who are not among those others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.digest import digest
from data.records import ProfileItem, User
from engines.kept import NOTHING, Kept, kept_of
from engines.methods import methods
from engines.modifiers import Modifiers, SoftPrefix
from engines.prompts import compose
from engines.ranked import compared
from engines.training.adapters import EACH, MOST, PEOPLE, drawn_others, said_of
from engines.training.examples import samples_of, spread
from engines.training.make import trained, training_of
from engines.training.recipe import Learns, Recipe, Sample, Trained
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Evidence,
    Follows,
    Level,
    Material,
    MethodInfo,
    Reach,
    Request,
    ScoredText,
)
from engines.world import World

if TYPE_CHECKING:
    Vectors = np.ndarray[Any, Any]

PROJECTOR = Recipe(learns=Learns.PROJECTOR, epochs=1, batch=8, rate=6e-4, tokens=4)
SHARPNESS = 10.0
SHOWN, LONGEST = 3, 300
WEIGHT = "weight in the user's vector, of 1 in all; the item itself is not in the prompt"


@dataclass(frozen=True)
class Known:
    """The projector, and the user's items with their vectors [items, d]; no items for nobody."""

    world: World
    projector: Trained | None
    items: tuple[ProfileItem, ...] = ()
    vectors: Vectors | None = None

    @property
    def kept(self) -> Kept:
        """Of the user the vectors of all items, since each request weighs them anew; the projector is shared."""
        if self.projector is None or self.vectors is None:
            return NOTHING
        return replace(kept_of(shared=[self.projector]), own=int(self.vectors.nbytes))


@methods.register("user-embedding")
class UserEmbedding:
    """One vector a user and request, through a projector that is the same for all."""

    info = MethodInfo(
        name="User embedding",
        summary="The user's items as one vector, weighted by the request, go through a projector learnt from other "
        "people and stand before the prompt as embeddings.",
        level=Level.USER,
        technique="repr.embedding",
        uses=Reach.EVERYONE,
        version=5,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        follows=(
            Follows(
                "pplug",
                how="simplifies",
                differs="The item encoder is MiniLM and stays frozen, the weights are a softmax of cosines in place of "
                "learnt attention, and the projector learns from at most 128 items of 32 people.",
            ),
        ),
        caveat="The projector has seen few people. Measured on the fictional people, right and wrong user part by "
        "0.001 bits a byte on posts, and no more in more and larger steps, and tie on choices; they parted by 0.02 "
        "stars among one 24 film raters, and not among another 24. It has learnt the task.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Known:
        """The projector, learnt from others, and the vectors of the user's items."""
        items = world.visible(user).items
        if not items:
            return Known(world, None)
        people = drawn_others(world, PEOPLE, without=user.id)
        samples = spread([self._samples(world, other) for other in people], MOST)
        made = trained(world, training_of(world, ("user-embedding", 2), PROJECTOR, samples), "the projector")
        return Known(world, made, items, _encoded(world, items))

    def condition(self, state: Known, request: Request) -> Conditioning:
        """The empty profile behind the projected vector; nobody's prompt has none."""
        made = compose(request, (), count=state.world.model.count, config=self.config)
        if state.projector is None or state.vectors is None:
            return made
        if not state.projector.arrays:
            return replace(made, evidence=Evidence(notes=(said_of(state.projector, "other people's items"),)))
        weights = _weights(state.vectors, state.world.encoder.encode([request.text])[0])
        first = np.argsort(-weights)[:SHOWN]
        said = state.world.task.write_item
        shown = tuple(
            ScoredText(said(state.items[i]).strip()[:LONGEST], float(weights[i]), chosen=True, measure=WEIGHT)
            for i in first
        )
        prefix = SoftPrefix(project(state.projector, weights @ state.vectors))
        owners = state.projector.owners | {state.items[0].user}
        evidence = Evidence(texts=shown, notes=(said_of(state.projector, "other people's items"),))
        return replace(made, evidence=evidence, modifiers=Modifiers(prefix=prefix, owners=owners))

    def _samples(self, world: World, other: User) -> list[Sample]:
        """Somebody's items, each with the vector that the items before it make for it."""
        items = {item.id: place for place, item in enumerate(other.items)}
        found = samples_of(world, other, self.config, most=EACH)
        vectors, texts = _encoded(world, other.items), [world.task.write_item(item) for item in other.items]
        requests = compared(world.task, other.items)
        asked = world.encoder.encode(requests)
        made = []
        for sample in found:
            place = items[sample.item]
            if place:
                weights = _weights(vectors[:place], asked[place])
                profile = tuple((weights @ vectors[:place]).tolist())
                made.append(replace(sample, profile=profile, made_of=digest([*texts[:place], requests[place]])))
        return made


def project(projector: Trained, profile: Vectors) -> Vectors:
    """A profile vector [d] to embeddings [tokens, width], as the projector was learnt."""
    arrays = projector.arrays
    hidden = np.tanh(arrays["down"] @ profile)
    made: Vectors = (arrays["up"] @ hidden + arrays["bias"]).reshape(PROJECTOR.tokens, -1).astype(np.float32)
    return made


def _encoded(world: World, items: Sequence[ProfileItem]) -> Vectors:
    """What the user wrote or rated, whole: [items, d]."""
    made: Vectors = np.asarray(world.encoder.encode([world.task.write_item(item) for item in items]))
    return made


def _weights(vectors: Vectors, asked: Vectors) -> Vectors:
    """Softmax of the items' likeness to a request."""
    likeness = SHARPNESS * (vectors @ asked)
    made: Vectors = np.exp(likeness - likeness.max())
    made /= made.sum()
    return made
