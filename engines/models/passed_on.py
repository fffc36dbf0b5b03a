"""What is asked of a worker and answered by the model behind it, in any thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

from engines.models.counts import Counts
from engines.rows import Capability, LanguageModel, Message, Pace


class PassedOn(ABC):
    """The facts of a model, which it is loaded for, its count of tokens and its pace."""

    @property
    @abstractmethod
    def model(self) -> LanguageModel:
        """The model itself, loaded if need be."""

    @property
    @abstractmethod
    def loaded(self) -> bool:
        """Whether the model is in memory."""

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def digest(self) -> str:
        """What identifies weights and precision."""
        return self.model.digest

    @property
    def precision(self) -> str:
        """The floating point type."""
        return self.model.precision

    @property
    def context(self) -> int:
        """Tokens that fit, answer included."""
        return self.model.context

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can compute."""
        return self.model.capabilities

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        return self._counts.of(messages, self.model.count)

    @cached_property
    def _counts(self) -> Counts:
        return Counts()

    def pace(self) -> Pace | None:
        """How fast the model is; None where it was not measured yet."""
        return self.model.pace() if self.loaded else None
