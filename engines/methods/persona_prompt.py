"""The user's declared traits are written into the prompt (survey 5, persona-based prompting)."""

from __future__ import annotations

from data.records import User
from engines.methods import methods
from engines.prompts import Block, compose
from engines.types import Conditioning, Config, Evidence, Follows, Level, MethodInfo, Reach, Request
from engines.world import World

Traits = tuple[World, str, list[str]]


@methods.register("persona-prompt")
class PersonaPrompt:
    """One line a declared trait; no items."""

    info = MethodInfo(
        name="Persona prompt",
        summary="The user's declared traits, such as age band and occupation, stand in the prompt.",
        level=Level.PERSONA,
        technique="prompt.persona",
        uses=Reach.OWN,
        follows=(
            Follows(
                "opinion-align",
                how="simplifies",
                differs="Only declared traits are given; the paper also adds the person's earlier opinions.",
            ),
        ),
        caveat="Traits alone invite stereotypes: measured on film ratings and on posts, a wrong user's traits did as "
        "well, and none at all did better; on choices the right ones beat a wrong user's, not the empty profile.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Traits:
        """The traits as lines; nobody has none."""
        return world, user.id, [f"The user's {name}: {value}." for name, value in user.persona.traits.items()]

    def condition(self, state: Traits, request: Request) -> Conditioning:
        """The same traits for every request."""
        world, owner, lines = state
        notes = ("Traits: " + " ".join(lines),) if lines else ()
        blocks = [Block(line, owner=owner) for line in reversed(lines)]
        return compose(request, blocks, count=world.model.count, config=self.config, evidence=Evidence(notes=notes))
