"""Items of other people of the same persona go into the prompt (survey 4, persona level)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from data.records import User
from engines.methods import methods
from engines.prompts import compose, item_blocks
from engines.types import Conditioning, Config, Evidence, Follows, Level, MethodInfo, Reach, Request, Used
from engines.world import World


@dataclass(frozen=True)
class Shown:
    """The mates' items and who the mates are."""

    world: World
    used: tuple[Used, ...]
    note: str


@methods.register("persona-examples")
class PersonaExamples:
    """The most recent item of each of k mates, drawn by the seed; more of each where mates are few."""

    info = MethodInfo(
        name="Persona examples",
        summary="Recent items of k other people of the same persona stand in the prompt; none of the user's own.",
        level=Level.PERSONA,
        technique="prompt.contextual",
        uses=Reach.PERSONA,
        follows=(
            Follows(
                "persona-db",
                how="illustrates",
                differs="Persona-DB distils and joins the data of similar users; here items of people with the same "
                "declared traits are shown as they are.",
            ),
        ),
        caveat="Measured on film ratings, examples of another persona helped as much, so what they teach is the "
        "task; on the fictional people's posts and choices the own persona's did better.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Shown:
        """Up to k items of others of the persona; the note says when the group had to be widened."""
        if not user.persona.traits:
            return Shown(world, (), "")
        mates = world.mates(user)
        order = sorted(mates.users, key=lambda mate: mate.id)
        random.Random(f"{self.config.seed}/{user.id}").shuffle(order)  # noqa: S311 - a reproducible draw
        rounds = max((len(mate.items) for mate in order), default=0)
        turns = (mate.items[-turn] for turn in range(1, rounds + 1) for mate in order if turn <= len(mate.items))
        used = tuple(
            Used(item, why=f"same persona: {mates.group}") for item, _ in zip(turns, range(self.config.k), strict=False)
        )
        widened = "Nobody else has this persona; the group was widened to " if mates.backed_off else "Group: "
        return Shown(world, used, f"{widened}{mates.group}" if mates.users else "Nobody shares a trait with this user.")

    def condition(self, state: Shown, request: Request) -> Conditioning:
        """The same mates' items for every request."""
        evidence = Evidence(notes=(state.note,) if state.note else ())
        blocks = item_blocks(request.task, state.used)
        return compose(request, blocks, count=state.world.model.count, config=self.config, evidence=evidence)
