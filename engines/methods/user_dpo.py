"""A private adapter learnt from the user's own choices by direct preference optimization (survey 5, RLHF)."""

from __future__ import annotations

from data.records import TaskKind, User
from engines.methods import methods
from engines.preferences.dpo import RECIPE, UNFIT, pairs_to_learn, taught
from engines.prompts import compose
from engines.training.adapters import Prepared
from engines.training.make import trained, training_of
from engines.types import Capability, Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("user-dpo")
class UserDpo:
    """One low-rank adapter a user, learnt from pairs of a chosen and a rejected answer."""

    info = MethodInfo(
        name="User DPO",
        summary="A low-rank adapter of the user's own, learnt from the answers that they chose and rejected, without a "
        "reward model.",
        level=Level.USER,
        technique="rlhf.preference_opt",
        uses=Reach.OWN,
        version=5,
        needs=frozenset({Capability.ADAPTERS}),
        reads=TaskKind.CHOOSE,
        unfit=UNFIT,
        follows=(
            Follows(
                "dpo",
                how="simplifies",
                differs="The loss is the paper's; one person's choices, two dozen at most, tune low-rank factors in "
                "the upper layers of a 135M model, where the paper tunes all weights on many annotators' comparisons.",
            ),
        ),
        caveat="So few pairs are fitted within seconds: a falling loss says little, the wrong user's arm says more. "
        "Measured on the fictional people's choices, the right user's adapter did far better than a wrong user's; the "
        "likelihood of whole posts moved by less than a hundredth of a bit a byte.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """The adapter; without a choice there is none, and the base model answers."""
        samples = pairs_to_learn(world, world.visible(user).items, self.config)
        if not samples:
            return Prepared(world)
        own = trained(world, training_of(world, ("user-dpo", 1), RECIPE, samples), f"user {user.name}")
        return taught(world, own=(own, f"{len(samples)} of the user's own choices"))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the user's adapter."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))
