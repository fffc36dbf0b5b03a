"""Rows that run together, one step at a time: a row joins at any step and leaves when it ends or is dropped.

A step reads a bounded number of prompt tokens and writes one token for every row that writes, in one flat pass. So a
newcomer waits for a step, not for others' answers, and a long prompt holds up nobody for longer than one chunk.
Whoever has been served least comes first; rows are admitted by the memory that their tokens take.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from engines.models.cores import shared as shared_cores
from engines.models.flat.above import Below, Entering
from engines.models.flat.caches import Piece, Pool, shape_of
from engines.models.flat.lanes import CHUNK, Lanes, room
from engines.models.flat.layers import Loaded
from engines.models.flat.prefixes import Prefixes, shared
from engines.models.flat.script import Draw, Half, Pick, Run, Want

UNREAD = 1024
WORTH_WAITING = 24
RUNNING_MB = 256
PREFIX_MB = 512
ROWS_OF_LOGITS = 64
PACES = 15


class Engine:
    """A model's rows. For one thread.

    Args:
        loaded: a model whose modules `layers.prepare` has exchanged.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._lanes, self._head, self._enters_above = Lanes(loaded), loaded.head, loaded.enters_above
        shape = shape_of(loaded.model)
        self.pool = Pool(shape)
        self.entering = Entering()
        self.prefixes = Prefixes(PREFIX_MB << 20, with_it=self.entering.clear)
        self.budget = (RUNNING_MB << 20) // shape.token_bytes
        self.waiting: list[Run] = []
        self.running: list[Run] = []
        self.suspects: list[Run] = []
        self.served: defaultdict[Hashable, int] = defaultdict(int)
        self._paces: dict[str, deque[float]] = {"read": deque(maxlen=PACES), "write": deque(maxlen=PACES)}

    def add(self, run: Run) -> None:
        """A row that waits for its turn."""
        run.keep = self._keep
        others = [one.caller for one in (*self.waiting, *self.running)]
        if run.caller not in others:
            self.served[run.caller] = min((self.served[caller] for caller in others), default=0)
        self.waiting.append(run)

    def drop(self, run: Run) -> None:
        """Take a row out, wherever it stands; its `finish` is not called."""
        for rows in (self.waiting, self.running, self.suspects):
            if run in rows:
                rows.remove(run)
        self._free(run)

    def recover(self) -> list[Run]:
        """After a pass that failed: forget what was read, and try the rows that ran one by one.

        Returns:
            The row at fault, if it ran alone.
        """
        guilty = list(self.running) if len(self.running) == 1 else []
        self.suspects += self.running if not guilty else []
        for run in self.running:
            for half in run.halves:
                half.slot = None
        self.running.clear()
        self.pool.pages.clear()
        self.prefixes.clear()
        return guilty

    def step(self) -> bool:
        """One pass for everybody; whether there was anything to do."""
        self._admit()
        if not self.running:
            self.served.clear()
            return False
        start = time.perf_counter()
        with shared_cores(), torch.inference_mode():
            read, written = self._pass()
        self._measure(read, written, time.perf_counter() - start)
        return True

    def _admit(self) -> None:
        """Let waiting rows in while there is memory, and while not too much is unread."""
        if self.suspects:
            if not self.running:
                self._enter(self.suspects.pop(0))
            return
        held = sum(half.slot.page.capacity for run in self.running for half in run.halves if half.slot)
        unread = sum(run.unread for run in self.running)
        while self.waiting and (not self.running or unread < UNREAD):
            run = self._next()
            if run is None:
                return
            size = sum(self.pool.capacity(run.size(half)) for half in run.halves)
            if self.running and held + size > self.budget:
                return
            self.waiting.remove(run)
            self._enter(run)
            held, unread = held + size, unread + run.unread

    def _next(self) -> Run | None:
        """The shortest row of the caller served least, unless another row just now reads what it begins with.

        The shortest first, so that everybody soon sees a first answer.
        """
        for run in sorted(self.waiting, key=lambda one: (self.served[one.caller], one.unread)):
            if run.waits_for is not None and run.waits_for in self.running and run.waits_for.reading:
                continue
            run.waits_for = self._reader(run)
            if run.waits_for is None:
                return run
        return None

    def _reader(self, run: Run) -> Run | None:
        """A row that still reads a beginning which this one shares, so that it is read once."""
        own = run.halves[0]
        have = -1
        for one in self.running:
            if not one.reading or one.halves[0].change.key != own.change.key or one.below.begins:
                continue  # one that begins above the first layer leaves no prompt
            have = self.prefixes.match(own.change.key, own.prompt) if have < 0 else have
            if min(shared(one.halves[0].prompt, own.prompt), len(own.prompt) - 1) > have + WORTH_WAITING:
                return one
        return None

    def _enter(self, run: Run) -> None:
        for half in run.halves:
            slot = half.slot = self.pool.take(run.size(half))
            for kv in self.prefixes.find(half.change.key, half.prompt[:-1]):
                slot.extend(kv)
        run.below = self.entering.below(run) if self._enters_above else Below()
        run.begin()
        self.running.append(run)

    def _keep(self, half: Half) -> None:
        """Enter a prompt that was read among the prefixes."""
        start = self.prefixes.match(half.change.key, half.prompt)
        if start < len(half.prompt) and half.slot is not None:
            self.prefixes.add(half.change.key, half.prompt, half.slot.copy(start, len(half.prompt)), start)

    def _free(self, run: Run) -> None:
        for half in run.halves:
            if half.slot is not None:
                self.pool.give_back(half.slot)
                half.slot = None

    def _pass(self) -> tuple[int, int]:
        """Read and write; the tokens read, and those written."""
        pieces: list[tuple[Want, Piece]] = []
        most, whole = room(sum(run.unread > 0 for run in self.running))
        left = whole
        for run in sorted(self.running, key=lambda one: self.served[one.caller]):
            if not isinstance(run.asks, list):
                continue
            for want in run.asks:
                writes, share = bool(run.tokens), 1 - want.begins / self.pool.shape.layers  # of the layers
                count = len(want.tokens)
                if not writes and want.mask is None:
                    count = min(count, int(min(left, most) / share))
                if not count or (not writes and left <= 0):
                    continue
                assert want.half.slot is not None  # noqa: S101 - running rows have one
                span = want.tokens[:count], want.positions[:count]
                pieces.append((want, Piece(want.half.slot, *span, want.mask, want.begins)))
                left -= 0 if writes else round(count * share)
                self.served[run.caller] += count
        self._forward(pieces)
        return whole - left, self._answer()

    def _answer(self) -> int:
        """Give rows what they asked for until all want to read again; the number of tokens written."""
        for run in list(self.running):
            if isinstance(run.asks, list) and not any(want.tokens for want in run.asks):
                self._go_on(run, [want.states() for want in run.asks])
        picking = [run for run in self.running if isinstance(run.asks, Pick)]
        while picking:
            for run, values in zip(picking, self._picked(picking), strict=True):
                self._go_on(run, values)
            picking = [run for run in self.running if isinstance(run.asks, Pick)]
        drawing = [run for run in self.running if isinstance(run.asks, Draw)]
        if drawing:
            for run, token in zip(drawing, self._drawn(drawing), strict=True):
                self._go_on(run, token)
        return len(drawing)

    def _go_on(self, run: Run, given: Any) -> None:
        if not run.answer(given):
            self.running.remove(run)
            self._free(run)
            self.entering.keep(run)
            run.finish(run)

    def _forward(self, pieces: Sequence[tuple[Want, Piece]]) -> None:
        """One pass of the model over all pieces; each want gets its states."""
        if pieces:
            self._lanes.read(pieces)

    def _logits(self, runs: Sequence[Run], hidden: Sequence[Sequence[Tensor]]) -> Tensor:
        """Logits [n, vocabulary] of rows' hidden states by half; a contrast is subtracted and made a distribution."""
        logits: Tensor = self._head(torch.cat([parts[0] for parts in hidden])).float()
        start = 0
        for run, parts in zip(runs, hidden, strict=True):
            end = start + len(parts[0])
            if len(parts) > 1:
                own, other = (one.log_softmax(-1) for one in (logits[start:end], self._head(parts[1]).float()))
                logits[start:end] = (1 + run.weight) * own - run.weight * other
            start = end
        return logits

    def _drawn(self, runs: Sequence[Run]) -> list[int]:
        logits = self._logits(runs, [run.asks.hidden for run in runs if isinstance(run.asks, Draw)])
        chosen: list[int] = logits.argmax(-1).tolist()
        for place, run in enumerate(runs):
            if run.temperature > 0:
                weights = torch.softmax(logits[place].cpu() / run.temperature, -1)
                chosen[place] = int(torch.multinomial(weights, 1, generator=run.draws))
        return chosen

    def _picked(self, runs: Sequence[Run]) -> list[list[float]]:
        """Log-probabilities for every row's tokens, a bounded number of logits at a time."""
        found: list[list[float]] = [[] for _ in runs]
        cuts = []
        for place, run in enumerate(runs):
            assert isinstance(run.asks, Pick)  # noqa: S101 - filtered by the caller
            count = len(run.asks.tokens)
            cuts += [(place, run.asks, s, min(s + ROWS_OF_LOGITS, count)) for s in range(0, count, ROWS_OF_LOGITS)]
        while cuts:
            some: list[tuple[int, Pick, int, int]] = []
            size = 0
            while cuts and (not some or size + cuts[0][3] - cuts[0][2] <= ROWS_OF_LOGITS):
                some.append(cuts.pop(0))
                size += some[-1][3] - some[-1][2]
            hidden = [[part[start:end] for part in asked.hidden] for _, asked, start, end in some]
            logits = self._logits([runs[place] for place, *_ in some], hidden)
            tokens = [token for _, asked, start, end in some for token in asked.tokens[start:end]]
            values = (logits[range(len(tokens)), tokens] - logits.logsumexp(-1)).tolist()
            for place, _, start, end in some:
                found[place] += values[: end - start]
                values = values[end - start :]
        return found

    def _measure(self, read: int, written: int, seconds: float) -> None:
        """The pace of reading from steps that mostly read, of writing from steps that only write."""
        if read >= CHUNK // 2:
            self._paces["read"].append(read / seconds)
        elif written and not read:
            self._paces["write"].append(written / seconds)

    def pace(self) -> tuple[float, float]:
        """Tokens a second of reading and of writing, medians of the last steps; 0 where there were none."""
        read, write = (statistics.median(paces) if paces else 0.0 for paces in self._paces.values())
        return read, write
