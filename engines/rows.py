"""What a language model is asked and what it gives back: rows, their modifiers, results, and the interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from engines.modifiers import PLAIN, Modifiers

if TYPE_CHECKING:
    from engines.modifiers import Floats


class Capability(StrEnum):
    """What a language model can compute."""

    GENERATE = "generate"
    SCORE = "score"
    ADAPTERS = "adapters"
    ACTIVATIONS = "activations"
    CONTRAST = "contrast"


@dataclass(frozen=True)
class Part:
    """A run of prompt text; `item` is the id of the profile item that it was written from, if any."""

    text: str
    item: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Message:
    """One chat message; a last message of role assistant is left open and the model continues it."""

    role: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The parts as one string."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True)
class GenerateRow:
    """One prompt to continue up to `until`. Temperature 0 is greedy; the seed matters only above it.

    `ignore_end` writes on behind the end of text, for measurements that need equal lengths.
    """

    messages: tuple[Message, ...]
    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0
    until: str = ""
    modifiers: Modifiers = PLAIN
    ignore_end: bool = False


@dataclass(frozen=True)
class ScoreRow:
    """One prompt and the continuations whose log-probability is asked."""

    messages: tuple[Message, ...]
    continuations: tuple[str, ...]
    modifiers: Modifiers = PLAIN


@dataclass(frozen=True)
class ActivationRow:
    """One prompt with an answer behind it, whose inner states are asked.

    Attributes:
        depth: the decoder layer whose output is read, as a share of all layers: 0 the first, 1 the last.
    """

    messages: tuple[Message, ...]
    answer: Part
    depth: float
    modifiers: Modifiers = PLAIN


@dataclass(frozen=True)
class Generation:
    """A generated text with its cost."""

    text: str
    prompt_tokens: int
    new_tokens: int
    seconds: float
    stopped: bool = False


@dataclass(frozen=True)
class Scored:
    """Log-probabilities (natural log) of each continuation's tokens, given the prompt."""

    prompt_tokens: int
    logprobs: tuple[tuple[float, ...], ...]

    def totals(self) -> list[float]:
        """The log-probability of each continuation as a whole, in nats."""
        return [sum(row) for row in self.logprobs]


@dataclass(frozen=True, eq=False)
class Activation:
    """The output of a decoder layer, float32 [width], as the mean over the answer's tokens.

    Attributes:
        layer: which layer it was, from 0; `Steering` takes the same number.
    """

    prompt_tokens: int
    layer: int
    vector: Floats


@dataclass(frozen=True)
class Place:
    """Where a caller stands in a model's queue.

    Attributes:
        ahead: rows of others that wait before the caller's first; 0 while its rows are computed.
        running: rows that are computed now, anybody's.
        seconds: expected time to the caller's last answer; None where nothing was measured yet.
    """

    ahead: int
    running: int
    seconds: float | None


@dataclass(frozen=True)
class Pace:
    """How fast a model has been lately, in tokens a second over all rows: reading prompts, and writing."""

    read: float
    write: float


Listener = Callable[[int, str], bool | None]
Stop = Callable[[], bool]


def never() -> bool:
    """The stop signal of a job that nobody stops."""
    return False


class LanguageModel(Protocol):
    """A language model that works on batches of conditioned rows."""

    @property
    def name(self) -> str:
        """As shown to readers."""
        ...

    @property
    def digest(self) -> str:
        """What identifies weights and precision."""
        ...

    @property
    def precision(self) -> str:
        """The floating point type."""
        ...

    @property
    def context(self) -> int:
        """Tokens that fit, answer included."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can compute."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        ...

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """Continue every row; `listen(row, text so far)` may return False to end its row; `stop` ends all."""
        ...

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """The log-probabilities of every row's continuations."""
        ...

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """The inner states of every row's answer; only of a model with that capability."""
        ...

    def place(self, stop: Stop) -> Place | None:
        """Where the caller with this stop signal stands; None if it has no row here or the model has no queue."""
        ...

    def pace(self) -> Pace | None:
        """How fast the model is; None where it was not measured yet."""
        ...
