"""A reward learnt from the user's own choices picks the best of several answers (survey 5, reward modelling)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.records import TaskKind, User
from engines.choosing import Sample, first_best
from engines.kept import Kept
from engines.methods import methods
from engines.preferences.bradley_terry import Reward, fit
from engines.preferences.pairs import UNFIT, Pairs, encoded, pairs_of
from engines.prompts import compose
from engines.types import (
    Capability,
    Conditioning,
    Config,
    Evidence,
    Follows,
    Level,
    MethodInfo,
    Reach,
    Request,
)
from engines.world import World


@dataclass(frozen=True)
class Learnt:
    """A user's reward with the choices that it was learnt from."""

    world: World
    pairs: Pairs
    reward: Reward

    @property
    def kept(self) -> Kept:
        """The weights, if there was a choice; embeddings of the choices served to fit them."""
        return Kept(own=self.reward.weights.nbytes if len(self.pairs) else 0)


@methods.register("reward-best-of-n")
class RewardBestOfN:
    """Bradley and Terry's model on MiniLM embeddings; the answer of the highest reward is given."""

    info = MethodInfo(
        name="Reward, best of n",
        summary="A reward is learnt from the user's own earlier choices between two answers. It judges two given "
        "answers, or picks the best of four that the model writes without personalization.",
        level=Level.USER,
        technique="rlhf.reward",
        uses=Reach.OWN,
        needs=frozenset({Capability.GENERATE}),
        reads=TaskKind.CHOOSE,
        unfit=UNFIT,
        follows=(
            Follows(
                "rlhf-summarize",
                how="illustrates",
                differs="The reward is one linear layer on sentence embeddings, fitted to one person's two dozen "
                "choices at most; the paper fine-tunes a large model on many people's comparisons and trains the "
                "policy with PPO, where here the best of four samples is taken.",
            ),
        ),
        caveat="The reward sees what MiniLM puts into an embedding, mostly topic and some tone. It does not read what "
        "was asked, since that is the same for both answers. Measured on the fictional people it judges choices as "
        "well as any method; of four drafts of a post it picks one no nearer to the true post than a wrong user's "
        "reward does, and one less near than the first.",
    )
    drafts, temperature = 4, 0.8
    measure = "reward, log-odds"

    def __init__(self, config: Config) -> None:
        self.config = config

    def prepare(self, user: User, world: World) -> Learnt:
        """Fit the reward to all visible choices; without one it is 0 for every answer."""
        pairs = pairs_of(world.visible(user).items, world.encoder)
        return Learnt(world, pairs, fit(pairs.differences))

    def condition(self, state: Learnt, request: Request) -> Conditioning:
        """The request alone: the reward changes which answer is given, not what the model is told."""
        evidence = Evidence(notes=self._notes(state))
        return compose(request, (), count=state.world.model.count, config=self.config, evidence=evidence)

    def rewards(self, state: Learnt, request: Request, texts: Sequence[str]) -> Sequence[float]:  # noqa: ARG002
        """The reward of each answer; 0 for all where nothing was learnt."""
        if not len(state.pairs):
            return [0.0] * len(texts)
        return [float(value) for value in state.reward.of(encoded(state.world.encoder, texts))]

    def choose(self, state: Learnt, samples: Sequence[Sample]) -> int:  # noqa: ARG002
        """The highest reward."""
        return first_best(samples)

    @staticmethod
    def _notes(state: Learnt) -> tuple[str, ...]:
        count = len(state.pairs)
        if not count:
            return ("There is no choice to learn from, so every answer has the same reward.",)
        kept = int((state.pairs.differences @ state.reward.weights > 0).sum())
        return (
            f"The reward was fitted to {count} choices, none of which stands in the prompt; it puts the chosen answer "
            f"first in {kept} of them. Its L2 strength, {state.reward.strength:g}, was chosen on the earlier split.",
        )
