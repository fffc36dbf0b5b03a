"""A deterministic model without weights, for tests: it repeats the end of its prompt and scores by shared words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from data.digest import digest
from engines.errors import EngineError, FailureKind
from engines.types import (
    Capability,
    GenerateRow,
    Generation,
    Listener,
    Message,
    Pace,
    Place,
    Scored,
    ScoreRow,
    Stop,
    never,
)


class EchoModel:
    """Words are tokens. A continuation's words are likely in so far as they stand in the prompt."""

    name, precision, context = "echo", "exact", 4096
    capabilities = frozenset({Capability.GENERATE, Capability.SCORE})

    def __init__(self) -> None:
        self.digest = digest("echo-1")
        self.prompts: list[str] = []

    def count(self, messages: Sequence[Message]) -> int:
        """The words of all messages."""
        return sum(len(message.text.split()) for message in messages)

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """The last words of each prompt, one at a time."""
        made = []
        for place, row in enumerate(rows):
            words = self._read(row.messages).split()[-row.max_new_tokens :]
            said: list[str] = []
            for word in words:
                if stop():
                    break
                said.append(word)
                if listen:
                    listen(place, " ".join(said))
            made.append(Generation(" ".join(said), self.count(row.messages), len(said), 0.0, len(said) < len(words)))
        return made

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """log((1 + occurrences) / (2 + words of the prompt)) for each word of a continuation."""
        if stop():
            raise EngineError(FailureKind.STOPPED, "stopped before the scores were complete")
        return [self._score(row) for row in rows]

    def place(self, stop: Stop) -> Place | None:  # noqa: ARG002
        """There is no queue here."""
        return None

    def pace(self) -> Pace | None:
        """Not measured here."""
        return None

    def _score(self, row: ScoreRow) -> Scored:
        words = self._read(row.messages).split()
        scored = [
            tuple(math.log((1 + words.count(word)) / (2 + len(words))) for word in text.split())
            for text in row.continuations
        ]
        return Scored(self.count(row.messages), tuple(scored))

    def _read(self, messages: Sequence[Message]) -> str:
        text = "\n".join(message.text for message in messages)
        if self.count(messages) > self.context:
            raise EngineError(FailureKind.TOO_LONG, f"the request needs more than {self.context} words")
        self.prompts.append(text)
        return text
