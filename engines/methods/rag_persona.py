"""Retrieval over the group: items of others of the user's persona that fit this request (survey 4, persona level)."""

from __future__ import annotations

from dataclasses import dataclass

from data.records import ProfileItem, User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.retrievers import retrieve
from engines.types import Conditioning, Config, Evidence, Follows, Level, MethodInfo, Reach, Request
from engines.world import World

NEWEST = 200


@dataclass(frozen=True)
class Group:
    """The items of the persona's other members in time order, and which group they are."""

    world: World
    items: tuple[ProfileItem, ...]
    note: str


@methods.register("rag-persona")
class PersonaRetrieval:
    """The k of the group's items that rank best for the request by BM25 and MiniLM together."""

    info = MethodInfo(
        name="RAG over the persona",
        summary="The k items of others of the same persona that fit the request best stand in the prompt; none of the "
        "user's own.",
        level=Level.PERSONA,
        technique="rag.dense",
        uses=Reach.PERSONA,
        follows=(
            Follows(
                "persona-db",
                how="simplifies",
                differs="Persona-DB distils histories into a database of personas and joins the user's own entries; "
                "here the raw items of people with the same declared traits are retrieved, without the user's own.",
            ),
        ),
        caveat="Measured on film ratings, items of another persona helped as much, so what they teach is the task; "
        "on the fictional people's posts and choices the own persona's did better.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Group:
        """The newest items of each member; the note says when the group had to be widened."""
        if not user.persona.traits:
            return Group(world, (), "")
        mates = world.mates(user)
        items = [item for mate in mates.users for item in mate.items[-NEWEST:]]
        items.sort(key=lambda item: (item.at, item.id))
        widened = "Nobody else has this persona; the group was widened to " if mates.backed_off else "Group: "
        note = f"{widened}{mates.group}, {len(mates.users)} people, {len(items)} items"
        return Group(world, tuple(items), note if mates.users else "Nobody shares a trait with this user.")

    def condition(self, state: Group, request: Request) -> Conditioning:
        """The group's best items for this request, the best nearest to it."""
        used = retrieve("hybrid", state.world, state.items, query=request.text, k=self.config.k)
        evidence = Evidence(notes=(state.note,) if state.note else ())
        blocks = item_blocks(request.task, used)
        return compose(request, blocks, count=state.world.model.count, config=self.config, evidence=evidence)
