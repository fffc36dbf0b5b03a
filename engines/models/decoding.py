"""Batched decoding of prompts with a key-value cache: left-padded batches, rows leave when they end.

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
    """Families that share most of their prompt, then the rest by length; each batch within the token bound."""
    singles: list[Row] = []
    for family in families(rows):
        if len(family) == 1:
            singles += family
        else:
            yield from _bounded(family)
    yield from _bounded(sorted(singles, key=lambda r: len(r.prompt) + r.new))


def families(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows whose prompts share at least half of their tokens with the one before, in the order of their tokens."""
    found: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: r.prompt):
        if found and 2 * shared(found[-1][0].prompt, row.prompt) >= len(row.prompt):
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _bounded(rows: Sequence[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    widest = 0
    for row in rows:
        widest = max(widest, len(row.prompt) + row.new)
        if batch and (len(batch) + 1) * widest > BATCH_TOKENS:
            yield batch
            batch, widest = [], len(row.prompt) + row.new
        batch.append(row)
    if batch:
        yield batch


class _Batch:
    """The running state of one padded batch; index i of every tensor is `rows[i]`."""

    def __init__(self, model: Any, rows: list[Row], outcomes: list[Outcome]) -> None:
        import torch
        from transformers import DynamicCache

        self.model, self.rows, self.outcomes = model, rows, outcomes
        self.device = model.device
        self.cache: Any = DynamicCache(config=model.config)
        common = self._prefix()
        rests = [row.prompt[common:] for row in rows]
        longest = max(len(rest) for rest in rests)
        padded = [[0] * (longest - len(rest)) + list(rest) for rest in rests]
        self.input = torch.tensor(padded, device=self.device)
        gaps = torch.tensor([longest - len(rest) for rest in rests], device=self.device)
        places = torch.arange(longest, device=self.device)[None]
        own = (places >= gaps[:, None]).long()
        self.mask = torch.cat([own.new_ones(len(rows), common), own], 1)
        self.positions = (places - gaps[:, None]).clamp(min=0) + common
        self.draws = [torch.Generator().manual_seed(row.seed) for row in rows]

    def _prefix(self) -> int:
        """Read what all rows share once, keep it for each of them, and say how many tokens it is."""
        import torch

        first = self.rows[0].prompt
        common = min((min(shared(first, row.prompt), len(row.prompt) - 1) for row in self.rows[1:]), default=0)
        if common:
            with torch.inference_mode():
                tokens = torch.tensor([first[:common]], device=self.device)
                self.model.model(input_ids=tokens, past_key_values=self.cache, use_cache=True)
                self.cache.batch_repeat_interleave(len(self.rows))
        return common

    def run(self, ends: set[int], listen: Tell, stop: Callable[[], bool]) -> None:
        """Step until every row has ended, reached its length or been stopped."""
        import torch

        with torch.inference_mode():
            while self.rows:
                if stop():
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
