"""Methods that choose among finished answers: by a reward of their own, not by conditioning the model.

A method stays a method: it has `prepare` and `condition`, and never generates. If it also is a `Chooses`, the runner
asks it twice. On a task of the kind `choose` its rewards of the two given answers take the place of the model's
likelihoods. On a task that writes text, the runner draws `drafts` answers with seeds of their own under the method's
conditioning, and the method says which of them is given; all of them are shown with their rewards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from engines.types import Request


@dataclass(frozen=True)
class Sample:
    """A finished answer with its reward; higher is better, and only differences within a request mean anything."""

    text: str
    reward: float


@runtime_checkable
class Chooses(Protocol):
    """What a method has beside `prepare` and `condition` if it chooses among answers.

    Attributes:
        drafts: how many answers are drawn where a text is written.
        temperature: at which they are drawn; above 0, since greedy answers are all the same.
        measure: what the reward is called where it is shown, with its unit.
    """

    drafts: int
    temperature: float
    measure: str

    def rewards(self, state: Any, request: Request, texts: Sequence[str]) -> Sequence[float]:
        """The reward of each answer to a request, in their order; equal where the method knows nothing of the user."""
        ...

    def choose(self, state: Any, samples: Sequence[Sample]) -> int:
        """The index of the answer that is given."""
        ...


def first_best(samples: Sequence[Sample]) -> int:
    """The index of the highest reward, the first one of a tie: what `choose` usually is."""
    return max(range(len(samples)), key=lambda place: samples[place].reward)


@dataclass(frozen=True)
class Chooser:
    """A method that chooses, with the state and the request that it chooses for."""

    method: Chooses
    state: Any
    request: Request

    def samples(self, texts: Sequence[str]) -> list[Sample]:
        """The answers with their rewards."""
        found = self.method.rewards(self.state, self.request, texts)
        return [Sample(text, float(reward)) for text, reward in zip(texts, found, strict=True)]

    def choose(self, samples: Sequence[Sample]) -> int:
        """The index of the answer that is given."""
        return self.method.choose(self.state, samples)


def chooser(method: object, state: object, request: Request) -> Chooser | None:
    """The method bound to what it chooses for; None if it does not choose."""
    return Chooser(method, state, request) if isinstance(method, Chooses) else None
