"""One adapter for each pole of each trait, averaged for the traits that a user declares (survey 4, persona level)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.records import TaskKind, User
from engines.methods import methods
from engines.preferences.dpo import EACH, MOST, SHARED, UNFIT, pairs_to_learn, taught
from engines.prompts import compose
from engines.training.adapters import Prepared
from engines.training.examples import spread
from engines.training.make import trained, training_of
from engines.training.recipe import Trained
from engines.types import Capability, Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("persona-soup")
class PersonaSoup:
    """Adapters of trait poles, learnt by DPO from others who declare the pole; their changes are averaged."""

    info = MethodInfo(
        name="Persona soup",
        summary="One low-rank adapter for each pole of each trait, such as playful or expert, learnt from the choices "
        "of others who declare it; those of the user's traits are averaged.",
        level=Level.PERSONA,
        technique="rlhf.reward",
        uses=Reach.EVERYONE,
        version=4,
        needs=frozenset({Capability.ADAPTERS}),
        reads=TaskKind.CHOOSE,
        unfit=UNFIT,
        follows=(
            Follows(
                "p-soups",
                how="simplifies",
                differs="Policies are trained by DPO on people's choices instead of PPO on a reward model's, as "
                "low-rank factors of a 135M model; poles are declared traits, and weights are equal.",
            ),
        ),
        caveat="Nothing of the user's own is used but the declared traits. Measured on the fictional people, the right "
        "traits beat a wrong user's on choices, and on posts by 0.007 bits a byte, where no adapter does as well.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """The adapters of the user's poles, learnt without the user; nobody has no traits and so no adapter.

        Weights are equal, so nothing is kept of the user but the declared traits.
        """
        traits = {name: user.persona.traits[name] for name in user.persona.grouping}
        people = [other for other in world.outsiders() if other.id != user.id] if traits else []
        made = {}
        for name, pole in traits.items():
            alike = [other for other in people if other.persona.traits.get(name) == pole]
            samples = spread([pairs_to_learn(world, other.items[-EACH:], self.config) for other in alike], MOST)
            if samples:
                training = training_of(world, ("persona-soup", 1), SHARED, samples)
                made[f"choices of others who are {pole}"] = trained(world, training, f"the pole {pole}")
        return taught(world, *zip(averaged(list(made.values())), made, strict=True))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the average of the adapters."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))


def averaged(states: Sequence[Trained]) -> tuple[Trained, ...]:
    """The states with their changes weighted equally, so that together they are the average: B is divided, A is not."""
    share = np.float32(1 / max(1, len(states)))
    made = []
    for one in states:
        scaled = {name: np.asarray(array * share, np.float32) for name, array in one.arrays.items() if name[:2] == "b:"}
        made.append(replace(one, arrays={**one.arrays, **scaled}))
    return tuple(made)
