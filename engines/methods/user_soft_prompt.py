"""A few learnt embeddings stand before the prompt, made of the user's own items (survey 5.3)."""

from __future__ import annotations

from dataclasses import replace

from data.records import User
from engines.methods import methods
from engines.prompts import compose
from engines.training.adapters import Prepared, own_items, prepared, untaught
from engines.training.examples import samples_of
from engines.training.make import trained, training_of
from engines.training.recipe import Learns, Recipe
from engines.types import Capability, Conditioning, Config, Follows, Level, Material, MethodInfo, Option, Reach, Request
from engines.world import World

SOFT = Recipe(learns=Learns.SOFT_PROMPT, epochs=4, batch=4, rate=2e-2)
TOKENS = Option("tokens", "Learnt embeddings", 1, 32, SOFT.tokens, 1, "How many embeddings stand before the prompt.")
MOST = 32


@methods.register("user-soft-prompt")
class UserSoftPrompt:
    """Prompt tuning for one user: the model's weights stay as they are."""

    info = MethodInfo(
        name="User soft prompt",
        summary="Eight embeddings learnt from the user's own items stand before the prompt; a user costs some "
        "kilobytes.",
        level=Level.USER,
        technique="repr.peft",
        uses=Reach.OWN,
        version=3,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        options=(TOKENS,),
        follows=(
            Follows(
                "peft-u",
                how="simplifies",
                differs="Of the modules that the benchmark trains per user only prompt tuning, from at most 32 items "
                "and a few epochs, on a 135M model.",
            ),
        ),
        caveat="On film ratings it beat a wrong user's embeddings among one 24 people, and not among another 24; on "
        "the fictional people's posts and choices it did.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """The user's embeddings; nobody has none."""
        samples = samples_of(world, user, self.config, most=MOST)
        if not samples:
            return untaught(world, user)
        recipe = replace(SOFT, tokens=int(self.config.option(TOKENS)))
        made = trained(world, training_of(world, ("user-soft-prompt", 1), recipe, samples), f"user {user.name}")
        return prepared(world, own=(made, own_items(len(samples))))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, behind the user's embeddings."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))
