"""A mixture of other people's rewards, weighted by the user's own few choices (survey 5, reward modelling)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.records import TaskKind, User
from engines.choosing import Sample, first_best
from engines.kept import Kept
from engines.methods import methods
from engines.preferences.mixture import PROTOTYPES, learn, weigh
from engines.preferences.pairs import UNFIT, Floats, encoded, pairs_of
from engines.prompts import compose
from engines.types import Capability, Conditioning, Config, Evidence, Follows, Level, MethodInfo, Reach, Request
from engines.world import World


@dataclass(frozen=True)
class Mixture:
    """The prototypes of everyone else and the user's weights over them.

    Attributes:
        own: how many choices the weights were fitted to.
    """

    world: World
    prototypes: Floats
    weights: Floats
    people: int
    own: int

    @property
    def kept(self) -> Kept:
        """The weights, if there was a choice; the prototypes are other people's."""
        return Kept(own=self.weights.nbytes if self.own else 0, shared=self.prototypes.nbytes)


@methods.register("mixture-reward")
class MixtureReward:
    """Prototypes learnt from everyone else; per-user weights fitted to the user's own choices."""

    info = MethodInfo(
        name="Mixture of rewards",
        summary="What other people like is learnt as six directions of reward; the user's own choices weigh them. The "
        "mixture judges two given answers, or picks the best of four that the model writes.",
        level=Level.USER,
        technique="rlhf.reward",
        uses=Reach.EVERYONE,
        needs=frozenset({Capability.GENERATE}),
        reads=TaskKind.CHOOSE,
        unfit=UNFIT,
        follows=(
            Follows(
                "pal",
                how="simplifies",
                differs="Prototypes are directions of a linear reward on frozen MiniLM embeddings, not ideal points "
                "behind a trained encoder, and eleven people with at most 24 choices each teach them.",
            ),
        ),
        caveat="Who has not chosen yet gets all prototypes alike, which is what everyone likes; nobody's arm has none. "
        "Measured on the fictional people, it tells whose choices they are; of four drafts of a post it picks one no "
        "nearer to the true post than with a wrong user's weights.",
    )
    drafts, temperature = 4, 0.8
    measure = "mixed reward, log-odds"

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Mixture:
        """Learn the prototypes from all others and weigh them by the user's choices, all alike without one.

        For nobody there is neither, so every answer has the same reward.
        """
        people = [other for other in world.others() if other.id != user.id] if user.id else []
        others = [pairs_of(other.items, world.encoder) for other in people]
        groups = [pairs.differences for pairs in others if len(pairs)]
        prototypes = learn(groups, self.config.seed)
        own = pairs_of(world.visible(user).items, world.encoder)
        weights = weigh(prototypes, own.differences) if len(prototypes) else prototypes[:, 0]
        return Mixture(world, prototypes, weights, len(groups), len(own))

    def condition(self, state: Mixture, request: Request) -> Conditioning:
        """The request alone: the reward changes which answer is given, not what the model is told."""
        shares = ", ".join(f"{share:.0%}" for share in sorted(state.weights, reverse=True))
        note = (
            f"{PROTOTYPES} prototypes were learnt from the choices of {state.people} other people; the weights "
            f"({shares}) were fitted to {state.own} own choices."
        )
        if not len(state.prototypes):
            note = "There is no choice to learn from, so every answer has the same reward."
        evidence = Evidence(notes=(note,))
        return compose(request, (), count=state.world.model.count, config=self.config, evidence=evidence)

    def rewards(self, state: Mixture, request: Request, texts: Sequence[str]) -> Sequence[float]:  # noqa: ARG002
        """The weighted sum of the prototypes' rewards of each answer."""
        if not len(state.prototypes):
            return [0.0] * len(texts)
        return [float(value) for value in encoded(state.world.encoder, texts) @ (state.weights @ state.prototypes)]

    def choose(self, state: Mixture, samples: Sequence[Sample]) -> int:  # noqa: ARG002
        """The highest reward."""
        return first_best(samples)
