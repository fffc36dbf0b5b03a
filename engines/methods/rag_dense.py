"""Dense retrieval: the user's items nearest to the request by sentence embeddings go into the prompt (survey 5.1)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.ranked import RankedItems
from engines.retrievers import retrieve
from engines.types import Conditioning, Config, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@methods.register("rag-dense")
class DenseRetrieval:
    """The k items of highest cosine similarity to the request, by all-MiniLM-L6-v2."""

    info = MethodInfo(
        name="RAG, dense",
        summary="The user's k items whose sentence embeddings are nearest to the request stand in the prompt.",
        level=Level.USER,
        technique="rag.dense",
        uses=Reach.OWN,
        follows=(
            Follows(
                "lamp",
                how="simplifies",
                differs="LaMP retrieves with Contriever and a fine-tuned or large model answers; here MiniLM retrieves "
                "from the first 256 tokens of each item, and an untuned 135M model answers.",
            ),
        ),
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> RankedItems:
        """The user's visible items, encoded ahead of the first request."""
        state = RankedItems(world, world.visible(user).items)
        world.encoder.encode(state.texts(world.task))
        return state

    def condition(self, state: RankedItems, request: Request) -> Conditioning:
        """The nearest items for this request, the nearest next to it."""
        used = retrieve("dense", state.world, state.items, query=request.text, k=self.config.k)
        return compose(request, item_blocks(request.task, used), count=state.world.model.count, config=self.config)
