"""Sparse retrieval: the user's items that best match the request by BM25 go into the prompt (survey 5.1)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.ranked import RankedItems
from engines.retrievers import retrieve
from engines.types import Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("rag-bm25")
class Bm25Retrieval:
    """The k best matches; where fewer match at all, the most recent items fill up."""

    info = MethodInfo(
        name="RAG, BM25",
        summary="The user's k items that share the most telling words with the request stand in the prompt.",
        level=Level.USER,
        technique="rag.sparse",
        uses=Reach.OWN,
        follows=(
            Follows(
                "lamp",
                how="simplifies",
                differs="Retrieval is LaMP's BM25 over the user's own profile; the model is a 135M one that was not "
                "fine-tuned, and prompts are one template instead of one a task.",
            ),
        ),
        caveat="Measured with 24 film raters, its lead over a wrong user's items lay within chance in mean error; on "
        "the fictional people's posts and choices it was clear.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> RankedItems:
        """The user's visible items; the index is made per request, since histories are small."""
        return RankedItems(world, world.visible(user).items)

    def condition(self, state: RankedItems, request: Request) -> Conditioning:
        """The best matches for this request, the best nearest to it."""
        used = retrieve("bm25", state.world, state.items, query=request.text, k=self.config.k)
        return compose(request, item_blocks(request.task, used), count=state.world.model.count, config=self.config)
