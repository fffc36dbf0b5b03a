"""A reward taught by a few clicks: what is asked, what each click changed, and who had predicted it.

Each click is predicted before it is learnt from, by the reader's own reward so far, by that of the persona whose
choices are most like theirs so far, by that of the persona that differs from it in every trait (the wrong one), and by
everyone's. No pair that is asked was used to learn what others like.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from data.digest import digest
from data.records import Dataset, ProfileItem, TaskKind
from engines.preferences.bradley_terry import Reward, fit
from engines.preferences.pairs import Floats, encoded, pairs_of
from engines.preferences.surface import going_with, likeness
from engines.types import Encoder

ASKED, RANKED = 10, 6
EVEN = 0.5
YOURS, PERSONA, WRONG, EVERYONE, NOBODY = "yours", "persona", "wrong", "everyone", "nobody"
WHO = (YOURS, PERSONA, WRONG, EVERYONE, NOBODY)
BLOCK = 32  # answers encoded at a time, so that progress can be told and others who need the encoder come in between
Clicks = Sequence[int]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """Two answers to a request, in the order of their digests."""

    request: str
    texts: tuple[str, str]


@dataclass(frozen=True)
class Pool:
    """What a lesson is made of; the same for all readers.

    Attributes:
        asked: the pairs that are chosen between, in their order.
        ranked: pairs that are never asked, whose answers the reward puts in order.
        vectors: every answer of the corpus to its embedding [d].
        personas: cell to the reward of its members.
        traits: cell to its traits.
        everyone: the reward of all people.
    """

    asked: tuple[Pair, ...]
    ranked: tuple[Pair, ...]
    vectors: Mapping[str, Floats] = field(repr=False)
    personas: Mapping[str, Reward] = field(repr=False)
    traits: Mapping[str, Mapping[str, str]] = field(repr=False)
    everyone: Reward = field(repr=False)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All answers of the corpus."""
        return tuple(self.vectors)

    @cached_property
    def matrix(self) -> Floats:
        """Their embeddings, [n, d]."""
        return np.stack(list(self.vectors.values()))

    def difference(self, pair: Pair, side: int) -> Floats:
        """The embedding of one answer of a pair minus that of the other."""
        return self.vectors[pair.texts[side]] - self.vectors[pair.texts[1 - side]]

    def opposite(self, cell: str) -> str:
        """The persona that differs in every trait; empty if there is none."""
        mine = self.traits[cell]
        return next((c for c, its in self.traits.items() if all(its[name] != mine[name] for name in mine)), "")


@dataclass(frozen=True)
class Questions:
    """What a lesson asks, known before any answer is encoded.

    Attributes:
        asked: the pairs that are chosen between, in their order; several people chose between each.
        ranked: pairs that are never asked.
        texts: every answer of the corpus.
        choices: what each person of the data chose, by the person's id.
    """

    asked: tuple[Pair, ...]
    ranked: tuple[Pair, ...]
    texts: tuple[str, ...] = field(repr=False)
    choices: Mapping[str, Sequence[ProfileItem]] = field(repr=False)


def questions_of(dataset: Dataset) -> Questions:
    """The questions over a dataset with choices.

    Raises:
        StopIteration: the dataset has no task of the kind choose.
    """
    kind = next(task.reads for task in dataset.tasks if task.kind is TaskKind.CHOOSE)
    choices = {user.id: [item for item in user.items if item.kind == kind] for user in dataset.users()}
    askers: dict[Pair, set[str]] = defaultdict(set)
    for user, items in choices.items():
        for item in items:
            askers[pair_of(item)].add(user)
    shared = sorted((pair for pair, users in askers.items() if len(users) > 1), key=lambda pair: digest(pair.request))
    alone: dict[str, Pair] = {}
    for pair in sorted((p for p, users in askers.items() if len(users) == 1), key=lambda pair: digest(pair.request)):
        alone.setdefault(next(iter(askers[pair])), pair)
    texts = tuple(dict.fromkeys(text for pair in askers for text in pair.texts))
    return Questions(tuple(shared[:ASKED]), tuple(list(alone.values())[::2][:RANKED]), texts, choices)


def make_pool(dataset: Dataset, encoder: Encoder, tell: Tell = lambda _done, _steps: None) -> Pool:
    """The lesson over a dataset with choices.

    Args:
        dataset: whose people chose.
        encoder: makes vectors of all answers, which takes some seconds.
        tell: called with how many answers are encoded, and of how many.

    Raises:
        StopIteration: the dataset has no task of the kind choose.
        MissingPackageError: the encoder is not installed.
    """
    questions = questions_of(dataset)
    blocks = []
    for at in range(0, len(questions.texts), BLOCK):
        tell(at, len(questions.texts))
        blocks.append(encoded(encoder, questions.texts[at : at + BLOCK]))
    tell(len(questions.texts), len(questions.texts))
    vectors = dict(zip(questions.texts, np.concatenate(blocks), strict=True))
    left = set(questions.asked)
    kept = {u: [i for i in items if pair_of(i) not in left] for u, items in questions.choices.items()}
    cells: dict[str, list[ProfileItem]] = defaultdict(list)
    for person in dataset.users():
        cells[person.persona.cell] += kept[person.id]
    return Pool(
        questions.asked,
        questions.ranked,
        vectors,
        {cell: fit(pairs_of(items, encoder).differences) for cell, items in cells.items()},
        {one.persona.cell: dict(one.persona.traits) for one in dataset.users()},
        fit(pairs_of([item for items in kept.values() for item in items], encoder).differences),
    )


def pair_of(item: ProfileItem) -> Pair:
    """The pair that a choice was between, without which answer was chosen."""
    first, second = sorted((str(item.extra["chosen"]), str(item.extra["rejected"])), key=digest)
    return Pair(str(item.extra["prompt"]), (first, second))


@dataclass(frozen=True)
class Lesson:
    """Where a reader's lesson stands after some clicks.

    Attributes:
        rewards: the reader's reward after 0, 1, ... clicks.
        predicted: for each click and who predicts, the probability that had been given to the chosen answer.
        persona: the persona that is most like the reader after all clicks; empty before the first.
    """

    pool: Pool
    clicks: tuple[int, ...]
    rewards: tuple[Reward, ...]
    predicted: tuple[Mapping[str, float], ...]
    persona: str

    @property
    def now(self) -> Reward:
        """The reader's reward."""
        return self.rewards[-1]

    @property
    def before(self) -> Reward:
        """The reward before the last click."""
        return self.rewards[max(0, len(self.rewards) - 2)]

    def projected(self, reward: Reward) -> dict[str, float]:
        """With what a reward goes: correlations with plain features, and cosines with the rewards of the personas."""
        found = going_with(reward.of(self.pool.matrix), self.pool.texts)
        return found | {
            f"like {cell}": likeness(reward.weights, its.weights) for cell, its in self.pool.personas.items()
        }

    def sureness(self) -> list[float]:
        """After 0, 1, ... clicks: the mean probability of the likelier answer over the pairs that are never asked."""
        pairs = self.pool.ranked
        chances = [[reward.probability(self.pool.difference(pair, 0)) for pair in pairs] for reward in self.rewards]
        return [sum(max(p, 1 - p) for p in row) / len(row) for row in chances]

    def doubt(self) -> list[float]:
        """After 0, 1, ... clicks: the mean standard deviation of those pairs' log-odds, as a share of the first."""
        pairs = self.pool.ranked
        spreads = [sum(reward.spread(self.pool.difference(pair, 0)) for pair in pairs) for reward in self.rewards]
        return [spread / spreads[0] for spread in spreads]

    def hits(self, who: str) -> float:
        """How many clicks somebody predicted; an even prediction is half of one."""
        return sum(1.0 if p[who] > EVEN else EVEN if p[who] == EVEN else 0.0 for p in self.predicted)


def learn(pool: Pool, clicks: Clicks) -> Lesson:
    """The lesson after some clicks; each is the side, 0 or 1, that was chosen of the pair at its place."""
    size = pool.matrix.shape[1]
    chosen = [pool.difference(pair, side) for pair, side in zip(pool.asked, clicks, strict=False)]
    stacked = np.stack(chosen) if chosen else np.zeros((0, size))
    rewards = tuple(fit(stacked[:count]) for count in range(len(chosen) + 1))
    predicted = tuple(
        _predictions(pool, rewards[place], stacked[:place], difference) for place, difference in enumerate(chosen)
    )
    return Lesson(pool, tuple(clicks), rewards, predicted, most_like(pool, stacked))


def _predictions(pool: Pool, own: Reward, known: Floats, difference: Floats) -> dict[str, float]:
    cell = most_like(pool, known)
    other = pool.opposite(cell) if cell else ""
    return {
        YOURS: own.probability(difference) if own.count else EVEN,
        PERSONA: pool.personas[cell].probability(difference) if cell else EVEN,
        WRONG: pool.personas[other].probability(difference) if other else EVEN,
        EVERYONE: pool.everyone.probability(difference),
        NOBODY: EVEN,
    }


def most_like(pool: Pool, chosen: Floats) -> str:
    """The persona whose reward makes the choices so far likeliest; empty before the first."""
    if not len(chosen):
        return ""
    fits = {c: sum(math.log(its.probability(x)) for x in chosen) for c, its in pool.personas.items()}
    return max(fits, key=lambda cell: fits[cell])


def wilson(hits: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score (1927); everything for no trial."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)
