"""Sparse and dense retrieval fused: the user's items that rank well by BM25 and by embeddings (survey 5.1)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.ranked import RankedItems
from engines.retrievers import retrieve
from engines.types import Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("rag-hybrid")
class HybridRetrieval:
    """The k items of highest sum of reciprocal ranks, 1 / (60 + place), over BM25 and MiniLM."""

    info = MethodInfo(
        name="RAG, hybrid",
        summary="The user's k items that rank best by BM25 and by sentence embeddings together stand in the prompt.",
        level=Level.USER,
        technique="rag.dense",
        uses=Reach.OWN,
        follows=(
            Follows(
                "lamp",
                how="illustrates",
                differs="LaMP compares BM25 with a dense retriever; here both rankings are fused by reciprocal rank, "
                "which the benchmark does not do, and an untuned 135M model answers.",
            ),
        ),
        caveat="Measured with 24 film raters, its lead over a wrong user's items lay within chance in mean error; with "
        "100 it was 0.11 stars, and on the fictional people's posts and choices it was clear.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> RankedItems:
        """The user's visible items, encoded ahead of the first request."""
        state = RankedItems(world, world.visible(user).items)
        world.encoder.encode(state.texts(world.task))
        return state

    def condition(self, state: RankedItems, request: Request) -> Conditioning:
        """The best of both rankings for this request, the best nearest to it."""
        used = retrieve("hybrid", state.world, state.items, query=request.text, k=self.config.k)
        return compose(request, item_blocks(request.task, used), count=state.world.model.count, config=self.config)
