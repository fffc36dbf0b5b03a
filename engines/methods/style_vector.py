"""Style vectors: the direction from style-neutral texts to the user's own, added to the model's inner states."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.imported import holds
from data.records import ProfileItem, TaskKind, User
from engines.kept import Kept
from engines.methods import methods
from engines.modifiers import Modifiers, Steering
from engines.prompts import compose, write
from engines.rehearsal import answer_of, request_of, size_of
from engines.types import (
    ActivationRow,
    Capability,
    Conditioning,
    Config,
    Evidence,
    Follows,
    GenerateRow,
    Level,
    Material,
    MethodInfo,
    Option,
    Part,
    Reach,
    Request,
    Unfit,
)
from engines.world import World

STRENGTH = Option(
    "strength", "Strength of the style", 0.0, 4.0, 1.0, 0.1, "How much of the vector is added; 0 is the plain model."
)
DEPTH = Option("depth", "Depth of the layer", 0.0, 1.0, 0.5, 0.05, "The decoder layer, as a share of all layers.")
TEXTS = Option("texts", "Texts of the user", 1, 32, 16, 1, "How many of the user's last texts the vector is made from.")
TINY = 1e-9
NONE_LEFT = "No vector was made: none of this user's items holds a request with its answer that fits the budget."
NOTHING = "."  # for an answer without a word, which has no states


@dataclass(frozen=True)
class Style:
    """The user's vector, or none where there is no text to make it from."""

    world: World
    steering: Steering | None
    owner: str
    notes: tuple[str, ...]

    @property
    def kept(self) -> Kept:
        """The vector; texts and states are not needed any more."""
        return Kept(own=self.steering.vector.nbytes if self.steering else 0)


@methods.register("style-vector")
class StyleVector:
    """v = mean over the user's texts of h(own text) - h(neutral text of the same content), at one layer."""

    info = MethodInfo(
        name="Style vector",
        summary="The mean difference between the model's inner states on the user's texts and on plain texts that say "
        "the same is added while it answers; the prompt holds none of the user's data.",
        level=Level.USER,
        technique="decoding.steering",
        uses=Reach.OWN,
        version=2,
        needs=frozenset({Capability.GENERATE, Capability.ACTIVATIONS}),
        material=Material.ANSWERS,
        options=(STRENGTH, DEPTH, TEXTS),
        unfit=(
            Unfit((TaskKind.RATE,), "a star rating has no style."),
            Unfit((TaskKind.RANK,), "the candidates are given, and the user has written none of them."),
        ),
        builds=True,
        follows=(
            Follows(
                "stylevector",
                how="simplifies",
                differs="The paper's neutral texts are a larger model's answers; here they are the notes from which "
                "posts were written where posts are asked for, else this 135M model's own answers. States are averaged "
                "over an answer's tokens, and the vector is added at every token of the row, the prompt's included.",
            ),
        ),
        caveat="Measured on the fictional people's posts, a wrong user's vector made the true post less likely, and "
        "the right user's left it as likely as no vector does; on choices the right user's did better than a wrong "
        "user's, and better than none only within chance.",
    )

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Style:
        """Neutral counterparts of the user's last texts, and the mean difference of their states."""
        items = self._texts(world, world.visible(user).items) if self.config.k else []
        if not items:
            some = world.visible(user).items and self.config.k
            return Style(world, None, "", (NONE_LEFT,) if some else ())
        world.progress("reading the user's style")
        texts = [
            (answer_of(world, item), plain) for item, plain in zip(items, self._neutral(world, items), strict=True)
        ]
        rows = [self._row(world, item, text) for item, both in zip(items, texts, strict=True) for text in both]
        made = world.model.activations(rows, stop=world.stop)
        states = np.stack([one.vector for one in made])
        vector = (states[::2] - states[1::2]).mean(0)
        share = float(np.linalg.norm(vector)) / max(float(np.linalg.norm(states, axis=1).mean()), TINY)
        steering = Steering(made[0].layer, vector.astype(np.float32), self.config.option(STRENGTH))
        note = (
            f"The vector was made from {len(items)} of this user's texts against {self._source(world)}, at layer "
            f"{steering.layer}. It is {share:.0%} as long as the states themselves, and {steering.strength:g} times it "
            "is added."
        )
        return Style(world, steering, items[0].user, (note,))

    def condition(self, state: Style, request: Request) -> Conditioning:
        """The request alone, under the vector."""
        evidence = Evidence(notes=state.notes)
        made = compose(request, (), count=state.world.model.count, config=self.config, evidence=evidence)
        if state.steering is None or not state.steering.strength:
            return made
        return replace(made, modifiers=Modifiers(steer=state.steering, owners=frozenset({state.owner})))

    def _texts(self, world: World, items: Sequence[ProfileItem]) -> list[ProfileItem]:
        """The user's last texts; those that do not fit the budget with their request are left out."""
        found: list[ProfileItem] = []
        for item in reversed(items):
            if len(found) == int(self.config.option(TEXTS)):
                break
            if not holds(world.task, item):
                continue
            if answer_of(world, item).strip() and size_of(world, item, self.config) <= self.config.budget:
                found.append(item)
        return found[::-1]

    def _row(self, world: World, item: ProfileItem, answer: str) -> ActivationRow:
        messages = write(request_of(world, item), (), self.config)
        return ActivationRow(messages, Part(answer, item.id, item.user), self.config.option(DEPTH))

    def _neutral(self, world: World, items: Sequence[ProfileItem]) -> list[str]:
        """Texts of the same content in nobody's style: what was to be rewritten, or else the model's own answers."""
        if world.task.kind is TaskKind.REWRITE:
            named = [name for _, name, _, _ in string.Formatter().parse(world.task.input_template) if name]
            return [f" {item.extra[named[0]]}" for item in items]
        asked = [write(request_of(world, item), (), self.config) for item in items]
        rows = [GenerateRow(one, world.task.max_new_tokens, until=world.task.until) for one in asked]
        made = world.model.generate(rows, stop=world.stop)
        return [f" {one.text.strip() or NOTHING}" for one in made]

    @staticmethod
    def _source(world: World) -> str:
        return "the notes that they were written from" if world.task.kind is TaskKind.REWRITE else "the model's answers"
