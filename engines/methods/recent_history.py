"""The user's most recent items go into the prompt, whatever the request (survey 5, contextual prompting)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.ranked import most_recent
from engines.types import Conditioning, Config, Follows, Level, MethodInfo, Reach, Request, Used
from engines.world import World


@methods.register("recent-history")
class RecentHistory:
    """The last k items, the newest nearest to the request."""

    info = MethodInfo(
        name="Recent history",
        summary="The user's k most recent items stand in the prompt, whatever the request is about.",
        level=Level.USER,
        technique="prompt.contextual",
        uses=Reach.OWN,
        follows=(
            Follows(
                "kang-rating",
                how="simplifies",
                differs="Rates zero-shot with a 135M model from at most k items; the paper compares large models, "
                "few-shot prompts and fine-tuning.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> tuple[World, list[Used]]:
        """The k most recent items, newest first."""
        return world, most_recent(world.visible(user).items, self.config.k)

    def condition(self, state: tuple[World, list[Used]], request: Request) -> Conditioning:
        """The same items for every request."""
        world, used = state
        return compose(request, item_blocks(request.task, used), count=world.model.count, config=self.config)
