"""Who trains: the interface, and progress as a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engines.rows import Stop
from engines.training.recipe import Training


@dataclass(frozen=True)
class Progress:
    """A training as it stands now.

    Attributes:
        name: what is learnt, for the reader.
        digest: of the state that is being made.
        expected: seconds that the whole training takes, as estimated: by the words of its samples while it waits, by
            their tokens when it begins; None where nothing is known yet.
        losses: of the steps so far, in nats.
        seconds: since it began; while it waits for another training, 0. None where a kept state does not tell.
        bytes: of the state that was kept; 0 until then.
        per: what a loss is a mean over.
        peak: the most bytes of memory that training took, the model among them; None where unknown.
    """

    name: str
    digest: str
    steps: int = 0
    expected: float | None = None
    losses: tuple[float, ...] = ()
    seconds: float | None = 0.0
    waiting: bool = False
    done: bool = False
    bytes: int = 0
    per: str = "token"
    peak: int | None = None


def first_and_last(losses: Sequence[float]) -> tuple[float, float]:
    """Means over the first and the last quarter of the steps: batches differ in length, so single steps say little."""
    some = max(1, len(losses) // 4)
    return sum(losses[:some]) / some, sum(losses[-some:]) / some


Tell = Callable[[Progress], None]


@dataclass(frozen=True, eq=False)
class Learnt:
    """What came of a training, and the seconds that it took without waiting for its turn.

    Attributes:
        peak: the most bytes of memory that the process had meanwhile, its model among them; None where unknown.
    """

    arrays: Mapping[str, Any]
    losses: tuple[float, ...]
    seconds: float
    peak: int | None = None


class Trainer(Protocol):
    """Trains one thing at a time.

    Attributes:
        keeps: whether states are kept on disk.
    """

    keeps: bool

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        """Learn what a training asks for.

        Raises:
            EngineError: it was stopped, needs too much memory, or its process ended.
        """
        ...

    def arrange(self, request: Mapping[str, Any], arrays: Mapping[str, Any], *, stop: Stop) -> dict[str, Any]:
        """Ask for something other than training that needs the model's inside: `evaluate` or `arrange` of a child."""
        ...
