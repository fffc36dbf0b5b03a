"""A language model in this process, through transformers: batched generation and packed scoring.

Float32 is the default because a score must not depend on who else is in the batch; ATTUNE_DTYPE=bfloat16 is faster
and is named wherever its numbers are shown. CUDA is used when present.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.digest import digest, file_sha256
from engines.errors import EngineError, FailureKind
from engines.models.decoding import Row, decode
from engines.models.packing import Pack, Tokens, packs
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

PACK_TOKENS = 512
TRUNK_TOKENS = 96
ROWS_OF_LOGITS = 128
DTYPES = ("float32", "bfloat16")


def cut(text: str, until: str) -> tuple[str, bool]:
    """The text before its first `until` behind some content, and whether it was reached; leading space is dropped."""
    text = text.lstrip()
    place = text.find(until) if until else -1
    return (text[:place], True) if place >= 0 else (text, False)


class LocalModel:
    """A causal language model of a folder in the transformers format.

    Args:
        folder: holds config, tokenizer with chat template, and safetensors weights.
        name: as shown to readers.
        precision: float32 or bfloat16.
    """

    capabilities = frozenset({Capability.GENERATE, Capability.SCORE})

    def __init__(self, folder: Path, name: str, precision: str = "float32") -> None:
        if precision not in DTYPES:
            raise EngineError(
                FailureKind.MODEL, f"ATTUNE_DTYPE is {precision!r}; accepted: {', '.join(DTYPES)}; unset it for float32"
            )
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        self.name, self.precision = name, precision
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision))
        self._model.to(self._device).eval()
        self.context = int(self._model.config.max_position_embeddings)
        self._ends = {int(i) for i in (self._tokenizer.eos_token_id, self._tokenizer.unk_token_id) if i is not None}
        self._special = sorted(self._tokenizer.get_added_vocab(), key=len, reverse=True)
        weights = sorted(folder.glob("*.safetensors"))
        stamp = [(p.name, p.stat().st_size) for p in weights]
        self.digest = digest({"files": stamp, "config": file_sha256(folder / "config.json"), "precision": precision})

    def encode(self, messages: Sequence[Message]) -> Tokens:
        """The chat template applied to messages, as token ids; special tokens in texts are broken up first."""
        closed = messages[:-1] if messages[-1].role == "assistant" else messages
        turns = [{"role": m.role, "content": self._plain(m.text)} for m in closed]
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        if closed is not messages:
            text += self._plain(messages[-1].text)
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        return len(self.encode(messages))

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """Continue every row in padded batches; see `LanguageModel.generate`.

        Raises:
            EngineError: a row does not fit the context (kind too-long).
        """
        start = time.perf_counter()
        left: set[int] = set()
        prepared = []
        for place, row in enumerate(rows):
            tokens = self.encode(row.messages)
            self._fits(len(tokens) + row.max_new_tokens)
            prepared.append(Row(place, tokens, row.max_new_tokens, row.temperature, row.seed))

        def tell(place: int, tokens: Sequence[int]) -> bool:
            text, ended = cut(self.decode(tokens), rows[place].until)
            if listen and listen(place, text) is False:
                left.add(place)
            return not ended and place not in left

        outcomes = decode(self._model, prepared, self._ends, listen=tell, stop=stop)
        seconds = time.perf_counter() - start
        return [
            Generation(
                cut(self.decode(o.tokens), rows[r.place].until)[0],
                len(r.prompt),
                len(o.tokens),
                seconds,
                o.stopped or r.place in left,
            )
            for r, o in zip(prepared, outcomes, strict=True)
        ]

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without special tokens."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """Log-probabilities of continuations in packed passes; what rows share is computed once.

        Raises:
            EngineError: a row does not fit the context (too-long), has an empty continuation (model), or was stopped.
        """
        jobs: list[tuple[int, Tokens, Tokens]] = []
        lengths = []
        for place, row in enumerate(rows):
            prompt = self.encode(row.messages)
            lengths.append(len(prompt))
            for text in row.continuations:
                tail = tuple(self._tokenizer(self._plain(text), add_special_tokens=False)["input_ids"])
                if not tail:
                    raise EngineError(FailureKind.MODEL, "an empty text has no probability")
                self._fits(len(prompt) + len(tail))
                jobs.append((place, prompt, tail))
        found: list[tuple[float, ...]] = [()] * len(jobs)
        for one in packs([prompt + tail[:-1] for _, prompt, tail in jobs], PACK_TOKENS):
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped before the scores were complete")
            for index, values in self._score_pack(one, jobs):
                found[index] = values
        by_row: list[list[tuple[float, ...]]] = [[] for _ in rows]
        for (place, _, _), values in zip(jobs, found, strict=True):
            by_row[place].append(values)
        return [Scored(n, tuple(values)) for n, values in zip(lengths, by_row, strict=True)]

    def _score_pack(self, one: Pack, jobs: list[tuple[int, Tokens, Tokens]]) -> list[tuple[int, tuple[float, ...]]]:
        import torch

        wanted = [
            (index, int(place), token)
            for index, path in one.paths.items()
            for place, token in zip(path[len(jobs[index][1]) - 1 :], jobs[index][2], strict=True)
        ]
        with torch.inference_mode():
            hidden = self._read_pack(one)
            values: list[float] = []
            for start in range(0, len(wanted), ROWS_OF_LOGITS):
                some = wanted[start : start + ROWS_OF_LOGITS]
                logits = self._model.lm_head(hidden[[place for _, place, _ in some]]).float()
                picked = logits[range(len(some)), [token for _, _, token in some]]
                values += (picked - logits.logsumexp(-1)).tolist()
        gathered: dict[int, list[float]] = {}
        for (index, _, _), value in zip(wanted, values, strict=True):
            gathered.setdefault(index, []).append(value)
        return [(index, tuple(row)) for index, row in gathered.items()]

    def _read_pack(self, one: Pack) -> Any:
        """The last hidden states [n, width] of a pass: a long trunk first, as a causal prefix, then the branches."""
        import torch
        from transformers import DynamicCache

        tokens = torch.from_numpy(one.tokens)[None].to(self._device)
        positions = torch.from_numpy(one.positions)[None].to(self._device)
        mask = torch.from_numpy(one.mask)[None, None].to(self._device)
        trunk = one.trunk if TRUNK_TOKENS <= one.trunk < len(one.tokens) else 0
        cache: Any = DynamicCache(config=self._model.config) if trunk else None
        parts = []
        if trunk:
            parts.append(self._model.model(input_ids=tokens[:, :trunk], past_key_values=cache, use_cache=True))
        parts.append(
            self._model.model(
                input_ids=tokens[:, trunk:],
                position_ids=positions[:, trunk:],
                attention_mask=mask[:, :, trunk:],
                past_key_values=cache,
                use_cache=bool(trunk),
            )
        )
        return torch.cat([part.last_hidden_state[0] for part in parts])

    def place(self, stop: Stop) -> Place | None:  # noqa: ARG002
        """There is no queue here."""
        return None

    def pace(self) -> Pace | None:
        """Not measured here."""
        return None

    def _plain(self, text: str) -> str:
        """Text in which no special token can be read: a space goes behind the first sign of each."""
        for token in self._special:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    def _fits(self, tokens: int) -> None:
        if tokens > self.context:
            raise EngineError(
                FailureKind.TOO_LONG,
                f"the request needs {tokens} tokens and {self.name} reads {self.context}; "
                "use fewer or shorter items, or a model with a longer context",
            )
