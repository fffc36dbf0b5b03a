"""Rows that begin above the first layer: what the layers below make of a row's tokens is kept for rows under others.

An adapter of the upper layers leaves the lower ones as they are, so these make the same of a request and its answers
under every such adapter: the right and the wrong user's, a persona's, everyone's. The first of these rows is read from
the first layer, and how its tokens enter the lowest layer that is changed is kept; the others begin there, beside rows
that are on their way from below. The slot of such a row holds no keys and values of the layers below, so that its
prompt is not kept for others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from engines.models.flat.prefixes import Ids, Prefixes

if TYPE_CHECKING:
    from engines.models.flat.caches import Piece
    from engines.models.flat.script import Run, Want

ROWS_MB, CANDIDATES_MB = 128, 64


class Entering:
    """How the tokens of rows enter some layers of the model as it is; what was used longest ago leaves first.

    Prompts with the answer behind them stand in a tree, so that those that begin alike are kept once; candidates that
    were read side by side are named by their row.
    """

    def __init__(self) -> None:
        self.rows = Prefixes(ROWS_MB << 20)
        self.most, self.held = CANDIDATES_MB << 20, 0
        self._layers: set[int] = set()
        self._candidates: OrderedDict[Hashable, Tensor] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self.rows.clear()
        self._layers.clear()
        self._candidates.clear()
        self.held = 0

    def highest(self, run: Run, most: int) -> int:
        """The highest layer up to `most` which all of a row can begin at; 0, where that is the first."""
        line, packs = _line(run), _packs(run)
        for layer in sorted((one for one in self._layers if one <= most), reverse=True):
            if all((layer, name) in self._candidates for name in packs) and self.rows.match(str(layer), line) == len(
                line
            ):
                return layer
        return 0

    def line(self, run: Run, layer: int) -> Tensor:
        """A row's prompt with the single answer behind it [tokens, width] before a layer where they are kept."""
        return torch.cat([part[0, 0, 0] for part in self.rows.find(str(layer), _line(run))])

    def candidates(self, run: Run, layer: int) -> dict[Hashable, Tensor]:
        """A row's packs of candidates [tokens, width] before a layer where they are kept."""
        for name in (names := _packs(run)):
            self._candidates.move_to_end((layer, name))
        return {name: self._candidates[layer, name] for name in names}

    def keep(self, run: Run, layer: int, line: Tensor, *, start: int, candidates: dict[Hashable, Tensor]) -> None:
        """Keep a row before a layer: of its line what follows the first `start` tokens, and all of its packs."""
        self._layers.add(layer)
        self.rows.add(str(layer), _line(run), line[None, None, None], start)
        for name, states in candidates.items():
            self.held += states.nbytes - getattr(self._candidates.pop((layer, name), None), "nbytes", 0)
            self._candidates[layer, name] = states
        while self.held > self.most:
            self.held -= self._candidates.popitem(last=False)[1].nbytes


class Below:
    """What a row has of the layers below the lowest that its adapter changes; of most rows it is nothing.

    Attributes:
        begins: the layer that its tokens begin at; 0 for a row that begins with the first.
        watched: the layer before which its states are noted, for other rows; 0 for none.
    """

    def __init__(self, begins: int = 0, watched: int = 0) -> None:
        self.begins, self.watched = begins, watched
        self._start = 0
        self._line: Tensor | None = None
        self._candidates: dict[Hashable, Tensor] = {}

    def enter(self, run: Run, kept: Entering) -> None:
        """Take what is kept of a row that begins above the first layer."""
        self._line = kept.line(run, self.begins)
        self._candidates = kept.candidates(run, self.begins)

    def leave(self, run: Run, kept: Entering) -> None:
        """Keep what was noted of a row that has ended."""
        if self.watched and self._line is not None:
            kept.keep(run, self.watched, self._line, start=self._start, candidates=self._candidates)

    def read(self, want: Want) -> None:
        """The prompt from where the slot ends, and the single answer behind it, are about to be read."""
        want.begins, want.watched, self._start = self.begins, self.watched, want.half.length
        if self.begins:
            assert self._line is not None  # noqa: S101 - it has entered
            want.given = self._line[self._start :]

    def was_read(self, want: Want) -> None:
        """Note what was read."""
        if self.watched:
            self._line = torch.cat(want.below)

    def packed(self, want: Want, run: Run, place: int) -> None:
        """A pack of candidates is about to be read."""
        want.begins, want.watched = self.begins, self.watched
        want.given = self._candidates[_pack(run, place)] if self.begins else None

    def was_packed(self, want: Want, run: Run, place: int) -> None:
        """Note what was read of it."""
        if self.watched:
            self._candidates[_pack(run, place)] = torch.cat(want.below)


def below(run: Run, kept: Entering) -> Below:
    """Where a row that is about to be read begins, and what is to be noted of it."""
    change = run.halves[0].change
    if not change.lowest or len(run.halves) > 1 or not run.tails or run.layer is not None:
        return Below()
    layer = kept.highest(run, change.lowest)
    if not layer:
        return Below(watched=change.lowest)
    made = Below(begins=layer)
    made.enter(run, kept)
    return made


def _line(run: Run) -> Ids:
    return np.array([*run.halves[0].prompt.tolist(), *run.chain], np.int64)


def _packs(run: Run) -> list[Hashable]:
    return [_pack(run, place) for place, one in enumerate(run.packs) if len(one.tokens)]


def _pack(run: Run, place: int) -> Hashable:
    return tuple(run.halves[0].prompt.tolist()), run.tails, place


def through(decoder: Any, hidden: Tensor, positions: Tensor, later: Sequence[tuple[Piece, Tensor]]) -> Tensor:
    """The last states [tokens, width] of tokens that begin with the first layer, and of those that begin later.

    Args:
        decoder: whose attention modules are all `layers.Attention`.
        hidden: what enters the first layer [1, n, width]; n may be 0.
        positions: [1, tokens], of those first and of the later ones in their order.
        later: pieces with their states [n, width] before the layer that each begins at, in the order of the layers.
    """
    turning = decoder.rotary_emb(hidden, positions)
    joining = {layer: [states for _, states in some] for layer, some in groupby(later, lambda one: one[0].begins)}
    for number in range(0 if hidden.shape[1] else min(joining), len(decoder.layers)):
        if number in joining:
            hidden = torch.cat([hidden[0], *joining[number]])[None]
        made = decoder.layers[number](hidden, attention_mask=None, position_ids=positions, position_embeddings=turning)
        hidden = made[0] if isinstance(made, tuple) else made
    last: Tensor = decoder.norm(hidden)[0]
    return last
