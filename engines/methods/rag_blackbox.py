"""Black-box retrieval: an outside ranker is called, never seen, and its picks enter the prompt (survey 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.records import TaskKind, User
from engines.errors import EngineError, FailureKind
from engines.kept import Kept
from engines.methods import methods
from engines.outside import Box, Query, RecommenderBox, query_of
from engines.outside_search import service, words_out
from engines.prompts import Block, compose
from engines.types import (
    Conditioning,
    Config,
    Evidence,
    Follows,
    Level,
    Material,
    MethodInfo,
    Option,
    Reach,
    Request,
    Unfit,
)
from engines.world import World

HISTORY = Option(
    "history",
    "Things of the history that are sent",
    0,
    64,
    32,
    1,
    "How many of the user's last things the outside ranker is told; 0 tells it nothing about the user.",
)
NOT_TEXTS = "the ranker knows things that many people rated, and nobody else has what the user writes about."
NOT_AGREED = (
    "nobody has read the words that would go to it and agreed to send them; do so on the Playground, give "
    "--send-words on the command line, or unset ATTUNE_SEARCH for the recommender"
)


@dataclass(frozen=True)
class Called:
    """The ranker with the user whose things it is told."""

    world: World
    user: User
    box: Box = field(repr=False)

    @property
    def kept(self) -> Kept:
        """A recommender serves everyone, and keeps nothing of the user; what a service outside keeps is not known."""
        if isinstance(self.box, RecommenderBox):
            return Kept(shared=self.box.nbytes)
        return Kept(own=None, shared=None)


@methods.register("rag-blackbox")
class BlackBoxRetrieval:
    """The ranker's k picks as one line of the profile: films for the user, or the candidates in its order."""

    info = MethodInfo(
        name="RAG, black box",
        summary="An outside ranker is told the request and the user's last things, and its k picks stand in the "
        "prompt; how it ranks is not known to the model or the method.",
        level=Level.USER,
        technique="rag.blackbox",
        uses=Reach.EVERYONE,
        material=Material.SHARED,
        options=(HISTORY,),
        unfit=(Unfit((TaskKind.REWRITE, TaskKind.GENERATE, TaskKind.CHOOSE), NOT_TEXTS),),
        follows=(
            Follows(
                "chat-rec",
                how="simplifies",
                differs="Chat-REC asks its recommender in a dialogue, explains its picks and shows the model the "
                "user's profile too; here one call gives the picks, and they alone stand in a 135M model's prompt.",
            ),
        ),
        caveat="A list of films without stars tells a small model little: measured on ratings, picks for a "
        "wrong user or for nobody did as well, and an empty profile better. With ATTUNE_SEARCH set, the shown words "
        "leave this machine.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Called:
        """The ranker: a search service that the settings name, or the recommender."""
        return Called(world, user, service() or RecommenderBox(world))

    def condition(self, state: Called, request: Request) -> Conditioning:
        """Ask once and write the picks, in the ranker's order.

        Raises:
            EngineError: nobody agreed to the words that would go to a service, or it does not answer.
        """
        world = state.world
        if not self.config.k:
            return compose(request, (), count=world.model.count, config=self.config)
        query = query_of(world, state.user, request, count=self.config.k, history=int(self.config.option(HISTORY)))
        sent = self._sent(state.box, query)
        if not (world.sends or isinstance(state.box, RecommenderBox)):
            raise EngineError(FailureKind.UNABLE, f"{state.box.name} was not asked: {NOT_AGREED}")
        world.progress(sent)
        picks = state.box.rank(query, stop=world.stop)
        about = "The candidates, in a recommender's order" if query.among else "Picked by an outside ranker"
        blocks = [Block(f"{about}: {'; '.join(picks)}.", owner=state.user.id)] if picks else []
        evidence = Evidence(notes=(sent, f"It gave: {'; '.join(picks) or 'nothing'}."))
        return compose(request, blocks, count=world.model.count, config=self.config, evidence=evidence)

    @staticmethod
    def _sent(box: Box, query: Query) -> str:
        """What is told to whom, in words."""
        if isinstance(box, RecommenderBox):
            return f"Told to {box.name}, in this process: the request and {len(query.history)} things of the history."
        return f"Sent to {box.name}: \u201c{words_out(query)}\u201d"
