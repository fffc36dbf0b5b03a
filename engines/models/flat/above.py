"""Rows that begin above the first layer: what the layers below make of a row's tokens is kept for rows under others.

An adapter of the upper layers leaves the lower ones as they are, so these make the same of a request and its answers
under every such adapter: the right and the wrong user's, a persona's, everyone's. The first of these rows is read from
the first layer, and how its tokens enter the lowest layer that is changed is kept; the others begin there, beside rows
that are on their way from below. The slot of such a row holds no keys and values of the layers below, so that its
prompt is not kept for others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from engines.models.flat.lower import Lower
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
        self.rows, self.candidates = Prefixes(ROWS_MB << 20), Lower(CANDIDATES_MB << 20)
        self._layers: set[int] = set()

    def clear(self) -> None:
        """Forget everything."""
        self.rows.clear()
        self.candidates.clear()
        self._layers.clear()

    def below(self, run: Run) -> Below:
        """Where a row that is about to be read begins, and what is to be noted of it."""
        most = run.halves[0].change.lowest
        if not most or len(run.halves) > 1 or not run.tails or run.layer is not None:
            return Below()
        line, packs = _line(run), _packs(run)
        for layer in sorted((one for one in self._layers if one <= most), reverse=True):
            if self.rows.match(str(layer), line) == len(line) and all(self._has(one, layer) for one in packs):
                states = torch.cat([part[0, 0, 0] for part in self.rows.find(str(layer), line)])
                return Below(layer, line=states, packs={one: self.candidates.find(one, layer) for one in packs})
        return Below(watched=most)

    def keep(self, run: Run) -> None:
        """Keep what was noted of a row that has ended: of its line what its slot did not hold before, and its packs."""
        layer, line = run.below.watched, run.below.line
        if not layer or line is None:
            return
        self._layers.add(layer)
        self.rows.add(str(layer), _line(run), line[None, None, None], run.below.start)
        for name, states in run.below.packs.items():
            self.candidates.keep(name, layer, states)

    def _has(self, name: Hashable, layer: int) -> bool:
        return self.candidates.highest(name, layer) == layer


@dataclass(eq=False)
class Below:
    """What a row has of the layers below the lowest that its adapter changes; of most rows it is nothing.

    Attributes:
        begins: the layer that its tokens begin at; 0 for a row that begins with the first.
        watched: the layer before which its states are noted, for other rows; 0 for none.
        line: its prompt, from `start` on, with the single answer behind it [tokens, width] before that layer.
        packs: its candidates [tokens, width] there, by name.
    """

    begins: int = 0
    watched: int = 0
    line: Tensor | None = None
    packs: dict[Hashable, Tensor] = field(default_factory=dict)
    start: int = 0

    def read(self, want: Want) -> None:
        """The prompt from where the slot ends, and the single answer behind it, are about to be read."""
        want.begins, want.watched = self.begins, self.watched
        if self.line is not None:
            want.given = self.line[want.half.length :]
        else:
            self.start = want.half.length

    def was_read(self, want: Want) -> None:
        """Note what was read."""
        if self.watched:
            self.line = torch.cat(want.below)

    def packed(self, want: Want, run: Run, place: int) -> None:
        """A pack of candidates is about to be read."""
        want.begins, want.watched = self.begins, self.watched
        want.given = self.packs.get(_pack(run, place))

    def was_packed(self, want: Want, run: Run, place: int) -> None:
        """Note what was read of it."""
        if self.watched:
            self.packs[_pack(run, place)] = torch.cat(want.below)


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
