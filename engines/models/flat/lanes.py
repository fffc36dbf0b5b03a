"""A pass of the model over pieces of rows: in one stream, or in two beside each other, each with half of the threads.

Threads that share multiplications wait for each other some three hundred times a pass, two streams of different rows
once. Only reading is shared out: writing a token a row takes what memory gives, and two streams would read all weights
twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from engines.models.cores import narrowed, threads
from engines.models.flat.above import through
from engines.models.flat.caches import Attending, Layout, Piece, lay_out
from engines.models.flat.layers import Loaded
from engines.models.flat.script import Want

CHUNK = 256
LANE = 160
WORTH = 64
Pieces = Sequence[tuple[Want, Piece]]


def room(readers: int) -> tuple[int, int]:
    """How many prompt tokens a pass reads, of one row and in all, where so many rows have some to read."""
    return (LANE, 2 * LANE) if readers > 1 and threads() > 1 else (CHUNK, CHUNK)


def shared_out(pieces: Pieces) -> list[Pieces]:
    """Two parts of about equally many tokens, or all in one where no two of at least `WORTH` tokens can be made.

    The lighter has at least half as many as the other.
    """
    parts: tuple[list[tuple[Want, Piece]], ...] = ([], [])
    sizes = [0, 0]
    for one in sorted(pieces, key=lambda one: -len(one[1].tokens)):
        lighter = sizes.index(min(sizes))
        parts[lighter].append(one)
        sizes[lighter] += len(one[1].tokens)
    return list(parts) if min(sizes) >= max(WORTH, max(sizes) // 2) else [pieces]


class Lanes:
    """The passes of one model. Called from one thread.

    Args:
        loaded: a model whose modules `layers.prepare` has exchanged.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._model, self._flow = loaded.model, loaded.flow
        self._beside: ThreadPoolExecutor | None = None

    def read(self, pieces: Pieces) -> None:
        """Each want gets the states of its piece's tokens, and each slot their keys and values."""
        parts = shared_out(pieces) if threads() > 1 and self._model.device.type == "cpu" else [pieces]
        if len(parts) == 1:
            self._read(pieces)
            return
        self._beside = self._beside or ThreadPoolExecutor(1, "model-lane")
        with narrowed():
            other = self._beside.submit(self._narrowly, parts[1])
            try:
                self._read(parts[0])
            finally:
                other.exception()  # waits: nothing is forgotten while it is still read
            other.result()

    def _narrowly(self, pieces: Pieces) -> None:
        with narrowed(), torch.inference_mode():
            self._read(pieces)

    def _read(self, pieces: Pieces) -> None:
        layout = lay_out([piece for _, piece in pieces])
        flow, device = self._flow, self._model.device
        self._change(layout, pieces)
        flow.attend, flow.turned = Attending(layout), None
        flow.watched, flow.seen = {want.layer for want, _ in pieces if want.layer is not None}, {}
        flow.watched |= {want.watched - 1 for want, _ in pieces if want.watched}
        tokens = torch.tensor(layout.tokens, dtype=torch.long, device=device)
        embedded = self._model.get_input_embeddings()(tokens.clamp(min=0))
        for want, piece in pieces:
            prefix = want.half.change.prefix
            if prefix is not None and min(piece.tokens) < 0:
                at = layout.starts[id(piece)]
                for place, token in enumerate(piece.tokens):
                    if token < 0:
                        embedded[at + place] = prefix[-1 - token]
        positions = torch.tensor([layout.positions], device=device)
        given = {id(piece): want.given[: len(piece.tokens)] for want, piece in pieces if want.given is not None}
        later = [(piece, given[id(piece)]) for piece in layout.later]
        hidden = self._through(embedded[None], positions, later)
        for want, piece in pieces:
            start, count = layout.starts[id(piece)], len(piece.tokens)
            states = hidden if want.layer is None else flow.seen[want.layer]
            want.got.append(states[start : start + count])
            if want.watched:
                want.below.append(flow.seen[want.watched - 1][start : start + count].clone())
            want.tokens, want.positions = want.tokens[count:], want.positions[count:]
            want.given = want.given[count:] if want.given is not None else None
            if piece.mask is None:
                piece.slot.length += count

    def _through(self, embedded: Tensor, positions: Tensor, later: Sequence[tuple[Piece, Tensor]]) -> Tensor:
        """The last states [tokens, width]."""
        decoder = self._model.get_decoder()
        if later:
            return through(decoder, embedded, positions, later)
        made: Tensor = decoder(inputs_embeds=embedded, position_ids=positions, use_cache=False).last_hidden_state
        return made[0]

    def _change(self, layout: Layout, pieces: Pieces) -> None:
        """Tell the modules which tokens are under which adapter or vector."""
        flow, by_key = self._flow, defaultdict(list)
        flow.adapters, flow.steers = [], {}
        for want, piece in pieces:
            if want.half.change.key:
                start = layout.starts[id(piece)]
                by_key[want.half.change.key].append((want.half.change, range(start, start + len(piece.tokens))))
        for some in by_key.values():
            change = some[0][0]
            tokens = torch.tensor([t for _, span in some for t in span], device=self._model.device)
            if change.factors:
                flow.adapters.append((change.factors, tokens))
            if change.steer:
                flow.steers.setdefault(change.steer[0], []).append((change.steer[1], tokens))
