"""Models that `process_child` makes in a process of its own for tests."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from data.errors import MissingPackageError
from engines.errors import EngineError, FailureKind
from engines.models.echo import EchoModel
from engines.types import GenerateRow, Generation, Listener, Message, Scored, ScoreRow, Stop, never


class Slow(EchoModel):
    """Says its prompt word by word, each after some time; some words do something."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        (row,) = rows
        said: list[str] = []
        for word in self._read(row.messages).split()[: row.max_new_tokens]:
            if word == "die":
                os._exit(7)
            if word == "break":
                raise ValueError("a word that breaks")
            time.sleep(self._seconds)
            said.append(word)
            if (listen and listen(0, " ".join(said)) is False) or stop():
                return [Generation(" ".join(said), 0, len(said), 0.0, stopped=True)]
        return [Generation(" ".join(said), 0, len(said), 0.0)]


class Modified(EchoModel):
    """Says what it is given to change the model with."""

    def generate(self, rows: Sequence[GenerateRow], **_named: Any) -> list[Generation]:
        return [Generation(f"{row.modifiers.digest} {row.modifiers.contrast}", 0, 0, 0.0) for row in rows]

    def score(self, rows: Sequence[ScoreRow], **_named: Any) -> list[Scored]:
        return [Scored(len(row.continuations), ((0.1 + 0.2,), (float("-inf"),))) for row in rows]


class Threads(EchoModel):
    """Says again and again, and at its end, with how many threads it would compute of four."""

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        import torch

        from engines.models import cores

        cores._all = 4
        for _ in rows[0].max_new_tokens * [0]:
            with cores.shared():
                said = str(torch.get_num_threads())
            if (listen and listen(0, said) is False) or stop():
                break
            time.sleep(0.02)
        return [Generation(said, 0, 0, 0.0)]


def lost() -> EchoModel:
    raise EngineError(FailureKind.NO_SUCH_MODEL, "there is no such model; name another")


def lacking() -> EchoModel:
    raise MissingPackageError("torch", "a live demo")


def dying() -> EchoModel:
    os._exit(9)


def late(seconds: float) -> EchoModel:
    """A model that takes some time to load."""
    time.sleep(seconds)
    return EchoModel()


class Tiny:
    """A random Llama of two layers, as far as a training uses a model; each byte is a token."""

    name, digest, context = "tiny", "tiny-1", 512

    def __init__(self) -> None:
        import torch
        import transformers

        from engines.models.flat.layers import prepare

        torch.manual_seed(3)
        torch.set_num_threads(1)
        sizes = {"vocab_size": 256, "hidden_size": 64, "intermediate_size": 96, "max_position_embeddings": 512}
        config = transformers.LlamaConfig(**sizes, num_hidden_layers=2, num_attention_heads=4)
        self.loaded = prepare(transformers.LlamaForCausalLM(config).float().eval())

    def encode(self, messages: Sequence[Message]) -> tuple[int, ...]:
        return self.encode_text("\n".join(message.text for message in messages))

    def encode_text(self, text: str) -> tuple[int, ...]:
        return tuple(text.encode())
