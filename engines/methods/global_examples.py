"""The same examples of other people for everyone: an in-context counterpart of global alignment (survey 4)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.types import Conditioning, Config, Follows, Level, MethodInfo, Reach, Request, Used
from engines.world import World


@methods.register("global-examples")
class GlobalExamples:
    """k examples drawn once by the seed, one a person, early in the data; the user's own data is not used."""

    info = MethodInfo(
        name="Global examples",
        summary="The same k examples of other people stand in everybody's prompt.",
        level=Level.GLOBAL,
        technique="prompt.contextual",
        uses=Reach.EVERYONE,
        follows=(
            Follows(
                "urial",
                how="illustrates",
                differs="URIAL aligns an untuned model with a few fixed, hand-made examples; here the fixed examples "
                "are drawn from other people's data, to show the task rather than to make answers safe.",
            ),
        ),
        caveat="An in-context counterpart of global preference alignment: it shows the model what answers look like "
        "for people in general, without any training on preferences.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> tuple[World, list[Used]]:  # noqa: ARG002 - the same for all users
        """The shared examples that lie before the cut."""
        items = world.everyone(self.config.k)
        return world, [Used(item, why="the same for everyone") for item in items]

    def condition(self, state: tuple[World, list[Used]], request: Request) -> Conditioning:
        """The same examples for every request."""
        world, used = state
        return compose(request, item_blocks(request.task, used), count=world.model.count, config=self.config)
