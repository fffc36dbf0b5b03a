"""A low-rank adapter learnt from the other members of the user's persona, never from the user (survey 4)."""

from __future__ import annotations

from dataclasses import replace

from data.records import User
from engines.methods import methods
from engines.prompts import compose
from engines.training.adapters import TASK, Prepared, outside, prepared, samples_of_people
from engines.training.make import trained, training_of
from engines.types import Capability, Conditioning, Config, Follows, Level, Material, MethodInfo, Reach, Request
from engines.world import World

GROUP = replace(TASK, epochs=1, rate=4e-3)


@methods.register("persona-lora")
class PersonaLora:
    """One adapter a group: the wrong arm is the adapter of another persona."""

    info = MethodInfo(
        name="Persona LoRA",
        summary="A low-rank adapter learnt from the items of others with the same declared traits, none of the "
        "user's own.",
        level=Level.PERSONA,
        technique="repr.peft",
        uses=Reach.PERSONA,
        version=5,
        needs=frozenset({Capability.ADAPTERS}),
        material=Material.ANSWERS,
        follows=(
            Follows(
                "proper",
                how="illustrates",
                differs="Only the group stage; groups are the declared traits, while the paper learns which experts a "
                "user is routed to and adapts population and user as well.",
            ),
        ),
        caveat="A group of declared traits may be one person, or people who share nothing else. Measured on film "
        "ratings, another group's adapter did as well; on the fictional people's posts and choices the own group's did "
        "better.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Prepared:
        """The adapter of the group; nobody has none."""
        mates = world.early.mates(user) if user.persona.traits else None
        if mates is None or not mates.users:
            return Prepared(world)
        people = sorted(outside(world, mates.users), key=lambda mate: mate.id)
        samples = samples_of_people(world, people, self.config)
        made = trained(world, training_of(world, ("persona-lora", 1), GROUP, samples), f"the persona {mates.group}")
        return prepared(world, (made, f"{len(people)} other people of the persona {mates.group}"))

    def condition(self, state: Prepared, request: Request) -> Conditioning:
        """The empty profile, and the group's adapter."""
        return state.onto(compose(request, (), count=state.world.model.count, config=self.config))
