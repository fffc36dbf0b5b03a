"""Batched decoding of prompts with a key-value cache: prompts are read without padding, rows leave when they end.

A batch holds a bounded number of cached tokens, so memory is bounded however many rows are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.models.packing import shared

BATCH_TOKENS = 8192


@dataclass(frozen=True)
class Row:
    """One prompt to continue, as tokens; `place` is its number among the caller's rows."""

    place: int
    prompt: tuple[int, ...]
    new: int
    temperature: float
    seed: int


@dataclass
class Outcome:
    """The tokens that one row got, and whether it was stopped before its end."""

    tokens: list[int] = field(default_factory=list)
    stopped: bool = False


Tell = Callable[[int, Sequence[int]], bool]


def decode(model: Any, rows: Sequence[Row], ends: set[int], *, listen: Tell, stop: Callable[[], bool]) -> list[Outcome]:
    """Decode all rows, batch after batch; `listen(place, tokens)` says whether a row goes on."""
    outcomes = [Outcome() for _ in rows]
    for batch in batches(rows):
        if stop():
            for row in batch:
                outcomes[row.place].stopped = True
            continue
        _Batch(model, batch, outcomes).run(ends, listen, stop)
    return outcomes


def batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows in the order of their prompts, so that what begins alike stands together; within the token bound."""
    batch: list[Row] = []
    widest = 0
    for row in sorted(rows, key=lambda r: r.prompt):
        wider = max(widest, len(row.prompt) + row.new)
        if batch and (len(batch) + 1) * wider > BATCH_TOKENS:
            yield batch
            batch, wider = [], len(row.prompt) + row.new
        widest = wider
        batch.append(row)
    if batch:
        yield batch


@dataclass(frozen=True)
class Read:
    """A prompt that was read: keys and values [1, heads, tokens, width] a layer, and the last state [1, width]."""

    prompt: tuple[int, ...]
    layers: list[tuple[Any, Any]]
    hidden: Any


def read(model: Any, prompt: tuple[int, ...], before: Read | None) -> Read:
    """Read one prompt without padding; what it shares with the one read before is not computed again."""
    import torch
    from transformers import DynamicCache

    if before and before.prompt == prompt:
        return before
    common = min(shared(before.prompt, prompt), len(prompt) - 1) if before else 0
    cache: Any = DynamicCache(config=model.config)
    for layer, (keys, values) in enumerate(before.layers if before and common else []):
        cache.update(keys[:, :, :common], values[:, :, :common], layer)
    with torch.inference_mode():
        tokens = torch.tensor([prompt[common:]], device=model.device)
        out = model.model(input_ids=tokens, past_key_values=cache, use_cache=True)
    return Read(prompt, [(layer.keys, layer.values) for layer in cache.layers], out.last_hidden_state[:, -1])


class _Batch:
    """The running state of one batch; index i of every tensor is `rows[i]`, prompts are padded on the left."""

    def __init__(self, model: Any, rows: list[Row], outcomes: list[Outcome]) -> None:
        import torch

        self.model, self.rows, self.outcomes = model, rows, outcomes
        self.device = model.device
        self.draws = [torch.Generator().manual_seed(row.seed) for row in rows]
        self.cache: Any = None
        self.first: Any = None

    def _prefill(self, stop: Callable[[], bool]) -> bool:
        """Read every prompt and lay the keys and values side by side; False if stopped meanwhile."""
        import torch
        from transformers import DynamicCache

        made: list[Read] = []
        for row in self.rows:
            if stop():
                return False
            made.append(read(self.model, row.prompt, made[-1] if made else None))
        longest = max(len(one.prompt) for one in made)
        gaps = torch.tensor([longest - len(one.prompt) for one in made], device=self.device)
        self.mask = (torch.arange(longest, device=self.device)[None] >= gaps[:, None]).long()
        self.positions = (longest - 1 - gaps)[:, None]
        self.first = torch.cat([one.hidden for one in made])
        self.cache = DynamicCache(config=self.model.config)
        for layer in range(len(made[0].layers)):
            keys, values = (torch.cat([_padded(one.layers[layer][part], longest) for one in made]) for part in (0, 1))
            self.cache.update(keys, values, layer)
        return True

    def run(self, ends: set[int], listen: Tell, stop: Callable[[], bool]) -> None:
        """Step until every row has ended, reached its length or been stopped."""
        import torch

        with torch.inference_mode():
            going = self._prefill(stop)
            while self.rows:
                if not going or stop():
                    for row in self.rows:
                        self.outcomes[row.place].stopped = True
                    return
                tokens = self._choose(self._step())
                alive = []
                for i, (row, token) in enumerate(zip(self.rows, tokens, strict=True)):
                    got = self.outcomes[row.place].tokens
                    if token not in ends:
                        got.append(token)
                        if listen(row.place, got) and len(got) < row.new:
                            alive.append(i)
                self._advance(alive, tokens)

    def _step(self) -> Any:
        if self.first is not None:
            hidden, self.first = self.first, None
            return self.model.lm_head(hidden).float()
        out = self.model.model(
            input_ids=self.input,
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=self.cache,
            use_cache=True,
        )
        return self.model.lm_head(out.last_hidden_state[:, -1]).float()

    def _choose(self, logits: Any) -> list[int]:
        import torch

        chosen: list[int] = logits.argmax(-1).tolist()
        for i, row in enumerate(self.rows):
            if row.temperature > 0:
                weights = torch.softmax(logits[i].cpu() / row.temperature, -1)
                chosen[i] = int(torch.multinomial(weights, 1, generator=self.draws[i]))
        return chosen

    def _advance(self, alive: list[int], tokens: list[int]) -> None:
        import torch

        if len(alive) < len(self.rows):
            keep = torch.tensor(alive, device=self.device, dtype=torch.long)
            if alive:
                self.cache.batch_select_indices(keep)
            self.mask, self.positions = self.mask[keep], self.positions[keep]
            self.rows = [self.rows[i] for i in alive]
            self.draws = [self.draws[i] for i in alive]
        self.input = torch.tensor([[tokens[i]] for i in alive], device=self.device, dtype=torch.long)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(alive), 1)], 1)
        self.positions = self.positions[:, -1:] + 1


def _padded(states: Any, length: int) -> Any:
    """Keys or values [1, heads, tokens, width] with zeros on the left up to a length; the mask hides them."""
    import torch

    return torch.nn.functional.pad(states, (0, 0, length - states.shape[2], 0))
