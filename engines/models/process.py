"""A language model in a process of its own, so that pages and model do not share an interpreter's lock.

The model's thread needs that lock a thousand times a pass, and so do the scripts of thirty readers. Here the calling
process only waits (`process_link`). When the other process ends, all who wait are told so, and the next call starts a
new one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from engines.errors import EngineError
from engines.models import cores
from engines.models.counts import Counts
from engines.models.process_link import Call, Child
from engines.models.process_wire import Row, messages_out, results_in, rows_out
from engines.rows import (
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
from taxonomy.encoder import Vectors


class ProcessModel:
    """A `LanguageModel` for many threads whose weights are in a process of its own, started at the first use.

    Args:
        function: `module:function` that makes the model there.
        arguments: what the function takes; plain values.
    """

    def __init__(self, function: str, *arguments: Any) -> None:
        self._command, self._counts = (function, json.dumps(arguments)), Counts()
        self._start = threading.Lock()
        self._child: Child | None = None
        cores.watched_by(self)

    @property
    def child(self) -> Child:
        """The process, started if there is none or if it has ended."""
        with self._start:
            if self._child is None or self._child.gone:
                self._child = Child(self._command)
            return self._child

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._child is not None and self._child.loaded

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self.child.facts["name"])

    @property
    def digest(self) -> str:
        """What identifies weights and precision."""
        return str(self.child.facts["digest"])

    @property
    def precision(self) -> str:
        """The floating point type."""
        return str(self.child.facts["precision"])

    @property
    def context(self) -> int:
        """Tokens that fit, answer included."""
        return int(self.child.facts["context"])

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the model can compute."""
        return frozenset(map(Capability, self.child.facts["capabilities"]))

    @property
    def why_not(self) -> Mapping[Capability, str]:
        """Why it cannot compute what it cannot."""
        return {Capability(what): why for what, why in self.child.facts["why_not"].items()}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, float32 [len(texts), 384], by the sentence encoder of that process.

        Raises:
            EngineError: the other process ended, and so did the one after it.
            MissingPackageError: the encoder's package is not installed.
        """
        head, child = {"do": "encode", "texts": list(texts)}, self.child
        try:
            found = child.ask(head, Call())
        except EngineError:
            if not child.gone:
                raise
            found = self.child.ask(head, Call())  # in a new process
        vectors: Vectors = found["vectors"]
        return vectors

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        return self._counts.of(messages, lambda some: int(self.child.ask(_counting(some), Call())))

    def pace(self) -> Pace | None:
        """How fast the model was in the last answer; None where it was not measured yet."""
        return self._child.pace if self._child else None

    def place(self, stop: Stop) -> Place | None:
        """Where the caller with this stop signal stands; None if it waits for nothing."""
        child = self._child
        if child is None or child.gone or not child.known(stop):
            return None
        try:
            found = child.ask({"do": "place", "caller": child.caller(stop)}, Call())
        except EngineError:
            return None  # it has just ended; those who wait are told by their own calls
        return Place(**found) if found else None

    def forget(self, owner: str) -> None:
        """Drop every known answer that somebody's data went into, and all prompts that were read."""
        if self.loaded:
            self.child.ask({"do": "forget", "owner": owner}, Call())

    def beside(self, trainings: int) -> None:
        """So many trainings run on this machine now; the model leaves them half of the cores."""
        if self.loaded:
            self.child.ask({"do": "beside", "trainings": trainings}, Call())

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """See `LanguageModel.generate`.

        Raises:
            EngineError: the queue is full (busy), a row is too long, or the other process ended (internal).
        """
        return self._submit({"do": "generate", "listens": listen is not None}, rows, Call(stop, listen)) if rows else []

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """See `LanguageModel.score`.

        Raises:
            EngineError: the queue is full (busy), a row is too long, the caller stopped, or the other process ended.
        """
        return self._submit({"do": "score"}, rows, Call(stop)) if rows else []

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """See `LanguageModel.activations`; raises as `score` does."""
        return self._submit({"do": "activations"}, rows, Call(stop)) if rows else []

    def _submit(self, head: Mapping[str, Any], rows: Sequence[Row], call: Call) -> list[Any]:
        sent, arrays = rows_out(rows)
        child = self.child
        child.meet(call.stop)  # loads the model, or says why it cannot be
        return results_in(child.ask({**head, "rows": sent, "trainings": cores.trainings()}, call, arrays))


def _counting(messages: Sequence[Message]) -> dict[str, Any]:
    return {"do": "count", "messages": messages_out(messages)}
