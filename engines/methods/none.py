"""No personalization: the instruction and the request alone. The baseline of every comparison."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose
from engines.types import Conditioning, Config, LanguageModel, MethodInfo, Reach, Request
from engines.world import World


@methods.register("none")
class NoPersonalization:
    """The same prompt for all, with an empty profile block."""

    info = MethodInfo(
        name="None",
        summary="The request alone, with an empty profile.",
        level=None,
        technique="",
        uses=Reach.NOTHING,
        follows=(),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> LanguageModel:  # noqa: ARG002 - uses nothing of the user
        """Only the model, for counting tokens."""
        return world.model

    def condition(self, state: LanguageModel, request: Request) -> Conditioning:
        """The empty profile."""
        return compose(request, (), count=state.count, config=self.config)
