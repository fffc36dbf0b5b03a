"""All weights of the uppermost layers change for one user (survey 5.3, full fine-tuning).

The change of a weight is served as an adapter of full rank, one factor of which is the identity, so that rows of
several users stay in one batch and no second model is loaded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from data.records import User
from engines.kept import kept_of
from engines.methods import methods
from engines.modifiers import Adapter, Modifiers
from engines.prompts import compose
from engines.training.adapters import Prepared, own_items, said_of, untaught
from engines.training.examples import samples_of
from engines.training.make import trained, training_of
from engines.training.recipe import Learns, Recipe
from engines.types import Capability, Conditioning, Config, Follows, Level, Material, MethodInfo, Reach, Request
from engines.world import World

FULL = Recipe(learns=Learns.WEIGHTS, layers=2, epochs=4, batch=4, rate=3e-4)
MOST = 32


@methods.register("user-full-finetune")
class UserFullFinetune:
    """Full fine-tuning of the two uppermost layers on the user's own items."""

    info = MethodInfo(
        name="User full fine-tuning",
        summary="All linear weights of the two uppermost layers are tuned on the user's own items; a user costs tens "
        "of megabytes, which is what low-rank adapters spare.",
        level=Level.USER,
        technique="repr.full_ft",
        uses=Reach.OWN,
        version=3,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        follows=(
            Follows(
                "pocketllm",
                how="illustrates",
                differs="Weights are tuned on one person's private items on a small machine, but by gradients and in "
                "the linear layers of the two uppermost of 30 blocks; the paper tunes all by derivative-free "
                "optimization.",
            ),
        ),
        caveat="The costliest state of all: compare its bytes and seconds with those of User LoRA. On film ratings it "
        "beat a wrong user's weights among one 24 people, and not among another 24; on the fictional people's choices "
        "it beat those, and not the model as it was.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """The user's weights; nobody has none."""
        samples = samples_of(world, user, self.config, most=MOST)
        if not samples:
            return untaught(world, user)
        own = trained(world, training_of(world, ("user-full-finetune", 1), FULL, samples), f"user {user.name}")
        factors = {name[2:]: full_rank(change) for name, change in own.arrays.items() if name.startswith("w:")}
        modifiers = Modifiers(Adapter(factors), owners=own.owners)
        notes = (said_of(own, own_items(len(samples))),)
        return Prepared(world, modifiers, notes, kept_of(own=[own]))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the user's weights."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))


def full_rank(change: Any) -> tuple[Any, Any]:
    """A change of a weight [outer, inner] as factors whose product it is, the smaller side being the identity."""
    outer, inner = change.shape
    if inner <= outer:
        return np.eye(inner, dtype=np.float32), change
    return change, np.eye(outer, dtype=np.float32)
