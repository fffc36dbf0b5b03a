"""A language model in this process, through transformers: rows that join and leave one running batch.

Float32 is the default because a score must not depend on who else is in the batch; ATTUNE_DTYPE=bfloat16 is faster
and is named wherever its numbers are shown. CUDA is used when present.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.digest import digest, file_sha256
from engines.errors import EngineError, FailureKind
from engines.modifiers import Modifiers
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

if TYPE_CHECKING:
    from engines.models.flat.packing import Tokens
    from engines.models.flat.script import Half, Run

DTYPES = ("float32", "bfloat16")
Row = GenerateRow | ScoreRow | ActivationRow
Result = Generation | Scored | Activation
Tell = Callable[[str], bool]


def cut(text: str, until: str) -> tuple[str, bool]:
    """The text before its first `until` behind some content, and whether it was reached; leading space is dropped."""
    text = text.lstrip()
    place = text.find(until) if until else -1
    return (text[:place], True) if place >= 0 else (text, False)


@dataclass(frozen=True)
class Prepared:
    """A row as tokens, checked to fit.

    Attributes:
        prompts: of the row, and of its contrast if it has one.
        tails: the continuations to be scored or looked into; empty where the row is generated.
    """

    row: Row
    prompts: tuple[Tokens, ...]
    tails: tuple[Tokens, ...] = ()

    @property
    def key(self) -> Hashable:
        """All that determines the answer, beside the model."""
        row = self.row
        contrast = row.modifiers.contrast.weight if row.modifiers.contrast else 0.0
        asked: tuple[Hashable, ...] = (self.prompts, self.tails, row.modifiers.digest, contrast)
        if isinstance(row, GenerateRow):
            seed = row.seed if row.temperature > 0 else 0
            return *asked, row.max_new_tokens, row.temperature, seed, row.until, row.ignore_end
        return (*asked, row.depth) if isinstance(row, ActivationRow) else asked

    @property
    def tokens(self) -> int:
        """Tokens to be read at most."""
        return sum(map(len, self.prompts)) + sum(map(len, self.tails))


class LocalModel:
    """A causal language model of a folder in the transformers format. For one thread, but for counting tokens.

    Args:
        folder: holds config, tokenizer with chat template, and safetensors weights.
        name: as shown to readers.
        precision: float32 or bfloat16.
    """

    capabilities = frozenset(Capability)

    def __init__(self, folder: Path, name: str, precision: str = "float32") -> None:
        if precision not in DTYPES:
            raise EngineError(
                FailureKind.MODEL, f"ATTUNE_DTYPE is {precision!r}; accepted: {', '.join(DTYPES)}; unset it for float32"
            )
        from transformers import AutoTokenizer

        from engines.models.flat.changes import Changes
        from engines.models.flat.layers import load
        from engines.models.flat.running import Engine

        self.name, self.precision, self.loaded = name, precision, load(folder, precision)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.engine, self._changes = Engine(self.loaded), Changes(self.loaded.model, self.loaded.linear)
        config = self.loaded.model.config
        window = getattr(config, "sliding_window", None) or config.max_position_embeddings
        self.context = int(min(config.max_position_embeddings, window))
        self._ends = frozenset({self._tokenizer.eos_token_id, self._tokenizer.unk_token_id}) - {None}
        self._special = sorted(self._tokenizer.get_added_vocab(), key=len, reverse=True)
        stamp = [(p.name, p.stat().st_size) for p in sorted(folder.glob("*.safetensors"))]
        self.digest = digest({"files": stamp, "config": file_sha256(folder / "config.json"), "precision": precision})

    def encode(self, messages: Sequence[Message]) -> Tokens:
        """The chat template applied to messages, as token ids; special tokens in texts are broken up first."""
        closed = messages[:-1] if messages[-1].role == "assistant" else messages
        turns = [{"role": m.role, "content": self._plain(m.text)} for m in closed]
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        text += self._plain(messages[-1].text) if closed is not messages else ""
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def encode_text(self, text: str) -> Tokens:
        """What is continued or scored, as token ids; special tokens are broken up first."""
        return tuple(self._tokenizer(self._plain(text), add_special_tokens=False)["input_ids"])

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without special tokens."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, the chat template included."""
        return len(self.encode(messages))

    def place(self, stop: Stop) -> Place | None:  # noqa: ARG002
        """There is no queue here."""
        return None

    def pace(self) -> Pace | None:
        """Tokens a second in the last steps; None where nothing was measured yet."""
        read, write = self.engine.pace()
        return Pace(read, write) if read else None

    def prepare(self, row: Row) -> Prepared:
        """A row as tokens; safe in any thread.

        Raises:
            EngineError: it does not fit the context (too-long), a continuation is empty or its modifiers do not fit
                the model (model).
        """
        own = self.encode(row.messages)
        contrast = row.modifiers.contrast
        prompts = (own, self.encode(contrast.messages)) if contrast else (own,)
        tails: list[Tokens] = []
        if not isinstance(row, GenerateRow):
            for text in row.continuations if isinstance(row, ScoreRow) else (row.answer.text,):
                tails.append(self.encode_text(text))
                if not tails[-1]:
                    raise EngineError(FailureKind.MODEL, "an empty text has no probability")
        behind = row.max_new_tokens if isinstance(row, GenerateRow) else max(map(len, tails), default=0)
        before = len(row.modifiers.prefix.embeddings) if row.modifiers.prefix else 0
        self._fits(max(map(len, prompts)) + behind + before)
        self._changes.check(row.modifiers)
        _ = self._changes.layer_at(row.depth) if isinstance(row, ActivationRow) else None
        return Prepared(row, prompts, tuple(tails))

    def open(
        self, prepared: Prepared, caller: Hashable, *, finish: Callable[[Run], None], tell: Tell | None = None
    ) -> Run:
        """A row for the engine.

        Args:
            prepared: the row.
            caller: who asked; callers are served evenly.
            finish: called when it has ended.
            tell: is given the text so far and says whether to go on.
        """
        from engines.models.flat.script import Half, Run

        row = prepared.row
        plain = [Half(np.array(prepared.prompts[0]), self._changes.plain)]
        halves = [self._half(prompt, row.modifiers) for prompt in prepared.prompts] if row.modifiers else plain
        weight = row.modifiers.contrast.weight if row.modifiers.contrast else 0.0
        if isinstance(row, ScoreRow):
            return Run(halves, caller, finish, tails=prepared.tails, weight=weight)
        if isinstance(row, ActivationRow):
            layer = self._changes.layer_at(row.depth)
            return Run(halves[:1], caller, finish, tails=prepared.tails, layer=layer)
        until = row.until

        def told(tokens: Sequence[int]) -> bool:
            text, ended = cut(self.decode(tokens), until)
            return (tell is None or tell(text)) and not ended

        return Run(
            halves,
            caller,
            finish,
            new=row.max_new_tokens,
            ends=frozenset() if row.ignore_end else self._ends,
            temperature=row.temperature,
            seed=row.seed,
            tell=told,
            weight=weight,
        )

    def result(self, prepared: Prepared, run: Run, seconds: float, *, stopped: bool = False) -> Result:
        """What came out of a row."""
        length = len(prepared.prompts[0])
        if isinstance(prepared.row, ScoreRow):
            return Scored(length, tuple(run.logprobs))
        if isinstance(prepared.row, ActivationRow):
            return Activation(length, run.layer or 0, run.states.cpu().numpy())  # type: ignore[union-attr]
        text = cut(self.decode(run.tokens), prepared.row.until)[0]
        return Generation(text, length, len(run.tokens), seconds, stopped)

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """Continue every row; see `LanguageModel.generate`.

        Raises:
            EngineError: a row does not fit the context (kind too-long).
        """
        left: set[int] = set()

        def tell(place: int, text: str) -> bool:
            if listen and listen(place, text) is False:
                left.add(place)
            return place not in left

        made = self._together(rows, tell, stop)
        return [
            one if place not in left else Generation(one.text, one.prompt_tokens, one.new_tokens, one.seconds, True)
            for place, one in enumerate(made)
            if isinstance(one, Generation)
        ]

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """Log-probabilities of continuations; what rows share is computed once.

        Raises:
            EngineError: a row does not fit the context (too-long), has an empty continuation (model), or was stopped.
        """
        made = self._together(rows, lambda _place, _text: True, stop)
        return [one for one in made if isinstance(one, Scored)]

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """The output of a layer over every row's answer; raises as `score` does."""
        made = self._together(rows, lambda _place, _text: True, stop)
        return [one for one in made if isinstance(one, Activation)]

    def _together(self, rows: Sequence[Row], tell: Callable[[int, str], bool], stop: Stop) -> list[Result]:
        """Rows of one caller, from the first step to the last."""
        prepared = [self.prepare(row) for row in rows]
        start = time.perf_counter()
        made: dict[int, Result] = {}
        runs: list[Run] = []
        for place, one in enumerate(prepared):

            def finish(run: Run, place: int = place, one: Prepared = one) -> None:
                made[place] = self.result(one, run, time.perf_counter() - start)

            runs.append(self.open(one, "", finish=finish, tell=lambda text, place=place: tell(place, text)))  # type: ignore[misc]
        for run in sorted(runs, key=lambda run: run.halves[0].prompt.tolist()):
            self.engine.add(run)
        while len(made) < len(runs):
            if stop():
                break
            self.engine.step()
        for place, run in enumerate(runs):
            if place not in made:
                self.engine.drop(run)
                if run.tails:
                    raise EngineError(FailureKind.STOPPED, "stopped before the scores were complete")
                made[place] = self.result(prepared[place], run, time.perf_counter() - start, stopped=True)
        return [made[place] for place in range(len(rows))]

    def _half(self, prompt: Tokens, modifiers: Modifiers) -> Half:
        from engines.models.flat.script import Half

        change = self._changes.of(modifiers)
        before = range(-1, -1 - len(change.prefix), -1) if change.prefix is not None else ()
        return Half(np.array([*before, *prompt]), change)

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
