"""A deterministic model without weights, for tests: it repeats the end of its prompt and scores by shared words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data.digest import digest
from engines.errors import EngineError, FailureKind
from engines.training.recipe import Learns, Training
from engines.training.trainer import Learnt, Progress, Tell
from engines.types import (
    Activation,
    ActivationRow,
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


class EchoTrainer:
    """Learns nothing, and remembers what it was given to learn from; its arrays have the form of the real ones."""

    keeps = False

    def __init__(self, read: list[str]) -> None:
        self.read = read

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        """Small arrays that depend on nothing, and a loss that falls."""
        for sample in training.samples:
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped before the training was complete")
            self.read.append("\n".join([*(message.text for message in sample.messages), *sample.answers]))
        steps = training.recipe.steps(len(training.samples))
        losses = tuple(4.0 / (1 + step) for step in range(steps))
        tell(Progress(name, training.digest, steps, 0.0, losses, done=True))
        inner = len(training.samples[0].profile) if training.samples else 0
        size = training.recipe.tokens * 2
        arrays: dict[Learns, dict[str, Any]] = {
            Learns.LORA: {"a:echo.0.q": np.ones((1, 2), np.float32), "b:echo.0.q": np.ones((2, 1), np.float32)},
            Learns.WEIGHTS: {"w:echo": np.ones((2, 2), np.float32)},
            Learns.GATES: {"g:0": np.ones(2, np.float32)},
            Learns.SOFT_PROMPT: {"prefix": np.ones((training.recipe.tokens, 2), np.float32)},
            Learns.PROJECTOR: {
                "down": np.ones((2, inner), np.float32),
                "up": np.ones((size, 2), np.float32),
                "bias": np.ones(size, np.float32),
            },
        }
        return Learnt(arrays[training.recipe.learns], losses, 0.0)

    def arrange(self, request: Mapping[str, Any], arrays: Mapping[str, Any], *, stop: Stop) -> dict[str, Any]:
        """Reads the history, and chooses the first of the pool."""
        del arrays, stop
        for messages, answers, _ in request["samples"]:
            self.read.append("\n".join([*(part[0] for _, parts in messages for part in parts), *answers]))
        return {"chosen": {"0": [[0, 1.0]]}}


class EchoModel:
    """Words are tokens. A continuation's words are likely in so far as they stand in the prompt."""

    name, precision, context = "echo", "exact", 4096
    capabilities = frozenset(Capability)

    def __init__(self) -> None:
        self.digest = digest("echo-1")
        self.prompts: list[str] = []
        self.trainer = EchoTrainer(self.prompts)

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
        """log((1 + occurrences) / (2 + words of the prompt)) for each word of a continuation, less a contrast's."""
        if stop():
            raise EngineError(FailureKind.STOPPED, "stopped before the scores were complete")
        return [self._score(row) for row in rows]

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """Shares of 16 classes of words in each answer, a word's class being a digest of it."""
        if stop():
            raise EngineError(FailureKind.STOPPED, "stopped before the states were complete")
        return [self._look(row) for row in rows]

    def _look(self, row: ActivationRow) -> Activation:
        import numpy as np

        self._read((*row.messages, Message("assistant", (row.answer,))))
        words = row.answer.text.split()
        classes = [int(digest(word), 16) % 16 for word in words]
        shares = np.bincount(classes, minlength=16) / max(1, len(words))
        return Activation(self.count(row.messages), round(row.depth * 3), shares.astype(np.float32))

    def place(self, stop: Stop) -> Place | None:  # noqa: ARG002
        """There is no queue here."""
        return None

    def pace(self) -> Pace | None:
        """Not measured here."""
        return None

    def _score(self, row: ScoreRow) -> Scored:
        own, contrast = self._likely(row.messages, row.continuations), row.modifiers.contrast
        if contrast:
            other = self._likely(contrast.messages, row.continuations)
            own = [
                [(1 + contrast.weight) * one - contrast.weight * two for one, two in zip(these, those, strict=True)]
                for these, those in zip(own, other, strict=True)
            ]
        return Scored(self.count(row.messages), tuple(map(tuple, own)))

    def _likely(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[list[float]]:
        words = self._read(messages).split()
        counts, size = Counter(words), 2 + len(words)
        return [[math.log((1 + counts[word]) / size) for word in text.split()] for text in continuations]

    def _read(self, messages: Sequence[Message]) -> str:
        text = "\n".join(message.text for message in messages)
        if self.count(messages) > self.context:
            raise EngineError(FailureKind.TOO_LONG, f"the request needs more than {self.context} words")
        self.prompts.append(text)
        return text
