"""One low-rank adapter learnt from other people's answers, the same for every user: the control of `user-lora`."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose
from engines.training.adapters import Prepared, prepared, task_adapter
from engines.types import Capability, Conditioning, Config, Follows, Level, Material, MethodInfo, Reach, Request
from engines.world import World


@methods.register("global-lora")
class GlobalLora:
    """The task adapter alone: what it gains is learning of the task, and nothing of it is personal."""

    info = MethodInfo(
        name="Global LoRA",
        summary="A low-rank adapter learnt from other people's items and none of the user's own, which tells task "
        "learning from personal learning.",
        level=Level.GLOBAL,
        technique="repr.peft",
        uses=Reach.EVERYONE,
        version=3,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        follows=(
            Follows(
                "oppu",
                how="simplifies",
                differs="Only the paper's first stage, the adapter for the task that is learnt from users other than "
                "the tested ones, without the private stage; up to 128 items of 32 people teach a 135M model.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:  # noqa: ARG002 - the same for all users
        """The adapter that others' answers teach."""
        return prepared(world, (task_adapter(world, self.config), "other people's items"))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the adapter."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))
