"""One adapter learnt from other people's choices by direct preference optimization, the same for a fold (survey 4)."""

from __future__ import annotations

from data.records import TaskKind, User
from engines.methods import methods
from engines.preferences.dpo import EACH, MOST, SHARED, UNFIT, pairs_to_learn, taught
from engines.prompts import compose
from engines.training.adapters import Prepared
from engines.training.examples import spread
from engines.training.make import trained, training_of
from engines.types import Capability, Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("global-dpo")
class GlobalDpo:
    """What everyone else prefers, as one low-rank adapter: the control of `user-dpo`."""

    info = MethodInfo(
        name="Global DPO",
        summary="A low-rank adapter learnt from the answers that other people chose and rejected; the same for every "
        "user.",
        level=Level.GLOBAL,
        technique="rlhf.preference_opt",
        uses=Reach.EVERYONE,
        version=4,
        needs=frozenset({Capability.ADAPTERS}),
        reads=TaskKind.CHOOSE,
        unfit=UNFIT,
        follows=(
            Follows(
                "dpo",
                how="simplifies",
                differs="The loss is the paper's; up to 64 choices of other people tune low-rank factors in the upper "
                "layers of a 135M model, where the paper tunes all weights on far more comparisons.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:  # noqa: ARG002 - the same for all of a fold
        """The adapter that others' choices teach."""
        people = [pairs_to_learn(world, other.items[-EACH:], self.config) for other in world.outsiders()]
        samples = spread(people, MOST)
        shared = trained(world, training_of(world, ("global-dpo", 1), SHARED, samples), "other people's choices")
        return taught(world, (shared, f"{len(samples)} choices of other people"))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the adapter."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))
