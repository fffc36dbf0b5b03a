"""A summary of the history beside a few retrieved items: what is always true of a user, and what fits the request."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.records import User
from engines.kept import Kept
from engines.methods import methods
from engines.methods.profile_summary import ProfileSummary, Summary
from engines.prompts import Block, compose, item_blocks
from engines.ranked import RankedItems
from engines.retrievers import retrieve
from engines.types import Conditioning, Config, Evidence, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@dataclass(frozen=True)
class Both:
    """The summary and the items."""

    summary: Summary
    ranked: RankedItems

    @property
    def kept(self) -> Kept:
        """The summary; items are ranked anew for each request."""
        return self.summary.kept


@methods.register("rag-plus-summary")
class RetrievalPlusSummary:
    """The k best items by BM25, and above them the summary that `profile-summary` makes."""

    info = MethodInfo(
        name="RAG plus summary",
        summary="The k items that match the request best by BM25 stand in the prompt, below a summary of the user that "
        "the model wrote itself.",
        level=Level.USER,
        technique="prompt.profile",
        uses=Reach.OWN,
        version=2,
        needs=ProfileSummary.info.needs,
        builds=True,
        follows=(
            Follows(
                "integrate-summ-retrieval",
                how="simplifies",
                differs="The paper's summaries come from larger models, one a user; here the 135M model writes four "
                "and the likelihood of the user's later items picks one. No model is fine-tuned on the prompts.",
            ),
        ),
        caveat="Measured with 24 film raters, its lead over a wrong user's items and summary lay within chance for one "
        "draw of wrong users, just beyond it for another; on the fictional people's posts and choices it was clear.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Both:
        """The summary, made once, and the visible items."""
        return Both(ProfileSummary(self.config).prepare(user, world), RankedItems(world, world.visible(user).items))

    def condition(self, state: Both, request: Request) -> Conditioning:
        """The best items for this request, the best nearest to it, with the summary above them."""
        world, summary = state.ranked.world, state.summary
        used = retrieve("bm25", world, state.ranked.items, query=request.text, k=self.config.k)
        blocks = item_blocks(request.task, used)
        if summary.chosen:
            blocks.append(Block(summary.chosen, owner=summary.sources[0].item.user))
        evidence = Evidence(texts=summary.candidates, notes=summary.notes)
        made = compose(request, blocks, count=world.model.count, config=self.config, evidence=evidence)
        return replace(made, dropped=summary.dropped + made.dropped)
