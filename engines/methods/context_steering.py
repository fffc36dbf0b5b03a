"""Context steering: what the user's items change in each next token's likelihood is amplified by a strength."""

from __future__ import annotations

from dataclasses import replace

from data.records import User
from engines.methods import methods
from engines.modifiers import Contrast, Modifiers
from engines.prompts import compose, item_blocks, write
from engines.ranked import most_recent
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Evidence,
    Follows,
    Level,
    MethodInfo,
    Option,
    Reach,
    Request,
    Used,
)
from engines.world import World

STRENGTH = Option(
    "strength",
    "Strength of the context",
    -1.0,
    3.0,
    0.5,
    0.1,
    "0 is the prompt with the user's items, -1 the prompt without them; above 0 what they change is amplified.",
)


@methods.register("context-steering")
class ContextSteering:
    """log p = log p(with) + strength x (log p(with) - log p(without)), made a distribution again at each token.

    This is the paper's form with its lambda as the strength (its section on the method, and `apply_cos` of its code:
    both distributions are log-softmaxed, combined, and normalized). `Contrast` writes it as (1 + weight) log p(with) -
    weight log p(without), so the weight is the strength; logits instead of log-probabilities give the same, since
    they differ by a constant of each prompt, which the normalization takes out.
    """

    info = MethodInfo(
        name="Context steering",
        summary="The model reads the request with and without the user's k most recent items, and what the items "
        "change in the likelihood of each next token is amplified by the strength.",
        level=Level.USER,
        technique="decoding.steering",
        uses=Reach.OWN,
        needs=frozenset({Capability.CONTRAST}),
        options=(STRENGTH,),
        follows=(
            Follows(
                "cos",
                how="simplifies",
                differs="The formula is the paper's. Its context is a sentence about the user, written by hand; here "
                "it is the user's recent items, the model has 135M parameters, and answers are greedy, not sampled.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> tuple[World, list[Used]]:
        """The k most recent items, newest first."""
        return world, most_recent(world.visible(user).items, self.config.k)

    def condition(self, state: tuple[World, list[Used]], request: Request) -> Conditioning:
        """The prompt with the items, and the same without them as its contrast; without items there is no contrast."""
        world, used = state
        strength = self.config.option(STRENGTH)
        made = compose(request, item_blocks(request.task, used), count=world.model.count, config=self.config)
        if not made.evidence.used or not strength:
            return made
        without = write(request, (), self.config)
        note = (
            f"What the items change is amplified by {strength:g}; the prompt without them is read beside it, "
            f"{world.model.count(without)} tokens more."
        )
        modifiers = Modifiers(contrast=Contrast(without, strength))
        return replace(made, modifiers=modifiers, evidence=Evidence(made.evidence.used, notes=(note,)))
