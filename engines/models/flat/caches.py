"""Keys and values of running rows, in pages of equal slots, and attention over them.

A row has one slot for as long as it runs. Rows of like length share a page, so that one step attends for all of a
page's rows at once with little padding; of pages that nobody uses the last few stay for the next rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

PAGE_TOKENS = 4096
SMALLEST = 256
SPARE = 2  # pages that nobody uses and that stay for the next rows; memory that was written before is had at once


@dataclass(frozen=True)
class Shape:
    """What a token's keys and values take."""

    layers: int
    heads: int
    width: int
    dtype: torch.dtype
    device: torch.device

    @property
    def token_bytes(self) -> int:
        """Bytes of keys and values of one token in all layers."""
        return 2 * self.layers * self.heads * self.width * torch.finfo(self.dtype).bits // 8


def shape_of(model: Any) -> Shape:
    """The shape of a model's cache."""
    config = model.config
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    return Shape(config.num_hidden_layers, heads, width, model.dtype, model.device)


class Page:
    """Slots of one capacity.

    Attributes:
        kv: [layers, 2, slots, heads, capacity, width].
    """

    def __init__(self, shape: Shape, capacity: int) -> None:
        self.capacity = capacity
        slots = max(1, PAGE_TOKENS // capacity)
        size = (shape.layers, 2, slots, shape.heads, capacity, shape.width)
        self.kv = _zeros(size, shape)
        self.free = list(range(slots))[::-1]
        self.slots = slots


def _zeros(size: tuple[int, ...], shape: Shape) -> Tensor:
    """Zeros; on a CPU memory that the system gives only where it is written, so that empty slots cost nothing."""
    if shape.device.type != "cpu":
        return torch.zeros(size, dtype=shape.dtype, device=shape.device)
    count = int(np.prod(size)) * torch.finfo(shape.dtype).bits // 8
    return torch.from_numpy(np.zeros(count, np.uint8)).view(shape.dtype).view(size)


@dataclass(eq=False)
class Slot:
    """One row's keys and values; `length` tokens are there."""

    page: Page
    place: int
    length: int = 0

    def copy(self, start: int, end: int) -> Tensor:
        """Keys and values [layers, 2, heads, end - start, width] of some tokens, as a tensor of their own."""
        return self.page.kv[:, :, self.place, :, start:end].clone()

    def extend(self, given: Tensor) -> None:
        """Put keys and values [layers, 2, heads, n, width] behind what is there."""
        end = self.length + given.shape[3]
        self.page.kv[:, :, self.place, :, self.length : end] = given
        self.length = end


class Pool:
    """All pages; the bound on their tokens is kept by who takes slots."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.pages: list[Page] = []
        self._spare: dict[int, Page] = {}

    def capacity(self, tokens: int) -> int:
        """The capacity of the slot that a row of so many tokens gets: powers of two and the middles between them."""
        size = SMALLEST
        while size < tokens:
            size = size * 3 // 2 if size & (size - 1) == 0 else size * 4 // 3
        return size

    def take(self, tokens: int) -> Slot:
        """A slot for so many tokens."""
        capacity = self.capacity(tokens)
        page = next((p for p in self.pages if p.capacity == capacity and p.free), None)
        if page is None:
            page = self._spare.pop(capacity, None) or Page(self.shape, capacity)
            self.pages.append(page)
        return Slot(page, page.free.pop())

    def give_back(self, slot: Slot) -> None:
        """A slot whose row has left."""
        slot.page.free.append(slot.place)
        slot.page.free.sort(reverse=True)
        if len(slot.page.free) == slot.page.slots:
            self.pages.remove(slot.page)
            self._spare.pop(slot.page.capacity, None)
            # what one long row had would be kept for no other, and what is no number would spoil the next rows: masked
            # places are read too. Such a value goes up through all layers, so that the last one shows it.
            if slot.page.slots > 1 and bool(torch.isfinite(slot.page.kv[-1]).all()):
                self._spare[slot.page.capacity] = slot.page
            while len(self._spare) > SPARE:
                del self._spare[next(iter(self._spare))]


@dataclass(eq=False)
class Piece:
    """Tokens of one row that a step reads behind what its slot holds.

    Attributes:
        tokens: token ids; negative ones are places of a soft prefix.
        positions: depth of each token in its row.
        mask: bool [n, n], what the tokens see of each other; None for causal.
        begins: the layer that they begin at.
    """

    slot: Slot
    tokens: Sequence[int]
    positions: Sequence[int]
    mask: Tensor | None = None
    begins: int = 0


@dataclass(eq=False)
class Layout:
    """How one step's tokens lie side by side: pieces of several tokens first, then one token a row, page by page.

    Those that begin above the first layer come last, those that begin higher up behind the others; they are not among
    `tokens`, which are embedded, but `positions` and `starts` count them.
    """

    pieces: list[Piece]
    singles: list[tuple[Page, list[Piece]]]
    later: list[Piece] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    starts: dict[int, int] = field(default_factory=dict)


def lay_out(pieces: Sequence[Piece]) -> Layout:
    """Order pieces and note where each begins (by `id` of the piece)."""
    first = [piece for piece in pieces if not piece.begins]
    several = [piece for piece in first if len(piece.tokens) > 1]
    by_page: dict[int, tuple[Page, list[Piece]]] = {}
    for piece in first:
        if len(piece.tokens) == 1:
            by_page.setdefault(id(piece.slot.page), (piece.slot.page, []))[1].append(piece)
    singles = [(page, sorted(rows, key=lambda piece: piece.slot.place)) for page, rows in by_page.values()]
    later = sorted((piece for piece in pieces if piece.begins), key=lambda piece: piece.begins)
    layout = Layout(several, singles, later)
    for piece in [*several, *(piece for _, rows in singles for piece in rows), *later]:
        layout.starts[id(piece)] = len(layout.positions)
        layout.tokens += () if piece.begins else piece.tokens
        layout.positions += piece.positions
    return layout


class Attending:
    """The attention of one step over a layout."""

    def __init__(self, layout: Layout) -> None:
        self._pieces = [_Several(piece, layout.starts[id(piece)]) for piece in (*layout.pieces, *layout.later)]
        self._pages = [_Singles(page, rows, layout.starts[id(rows[0])]) for page, rows in layout.singles]

    def __call__(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `engines.models.flat.layers.Attend`."""
        made = torch.empty_like(query)
        for piece in self._pieces:
            if piece.begins > layer:
                break
            at = slice(piece.start, piece.end)
            made[at] = piece.attend(layer, query=query[at], key=key[at], value=value[at], scale=scale)
        for page in self._pages:
            at = slice(page.start, page.end)
            made[at] = page.attend(layer, query=query[at], key=key[at], value=value[at], scale=scale)
        return made


class _Several:
    """Several tokens of one row."""

    def __init__(self, piece: Piece, start: int) -> None:
        count = len(piece.tokens)
        self.start, self.end, self.begins = start, start + count, piece.begins
        self.before, self.length = piece.slot.length, piece.slot.length + count
        self.slot = piece.slot
        self.mask: Tensor | None = None
        if piece.mask is not None or self.before:
            own = piece.mask if piece.mask is not None else torch.ones(count, count, dtype=torch.bool).tril()
            past, cache = torch.ones(count, self.before, dtype=torch.bool), piece.slot.page.kv
            seen = torch.cat([past, own], 1).to(cache.device)
            # as it is added to the scores; the kernel would make that of a bool mask in every layer
            self.mask = torch.zeros(seen.shape, dtype=cache.dtype, device=cache.device).masked_fill_(~seen, -torch.inf)

    def attend(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        cache = self.slot.page.kv[layer, :, self.slot.place]
        cache[0, :, self.before : self.length] = key.transpose(0, 1)
        cache[1, :, self.before : self.length] = value.transpose(0, 1)
        seen = cache[:, None, :, : self.length]
        made: Tensor = torch.nn.functional.scaled_dot_product_attention(
            query.transpose(0, 1)[None],
            seen[0],
            seen[1],
            attn_mask=self.mask,
            is_causal=self.mask is None,
            scale=scale,
            enable_gqa=True,
        )
        return made[0].transpose(0, 1)


class _Singles:
    """One token of each of some rows of a page; heads that share keys stand side by side as if they were tokens."""

    def __init__(self, page: Page, rows: Sequence[Piece], start: int) -> None:
        self.start, self.end = start, start + len(rows)
        self.page = page
        self.places = torch.tensor([row.slot.place for row in rows], device=page.kv.device)
        self.at = torch.tensor([row.slot.length for row in rows], device=page.kv.device)
        self.upper = max(row.slot.place for row in rows) + 1
        self.longest = max(row.slot.length for row in rows) + 1
        self.whole = self.upper == len(rows)
        ends = torch.ones(self.upper, dtype=torch.long, device=page.kv.device)
        ends[self.places] = self.at + 1
        self.mask = (torch.arange(self.longest, device=page.kv.device)[None] < ends[:, None])[:, None, None]

    def attend(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        cache = self.page.kv[layer]
        cache[0][self.places, :, self.at] = key
        cache[1][self.places, :, self.at] = value
        rows, heads, width = query.shape
        shared = cache.shape[2]
        if not self.whole:
            spread = query.new_zeros(self.upper, heads, width)
            spread[self.places] = query
            query = spread
        group = heads // shared
        made = torch.nn.functional.scaled_dot_product_attention(
            query.view(self.upper, shared, group, width),
            cache[0, : self.upper, :, : self.longest],
            cache[1, : self.upper, :, : self.longest],
            attn_mask=self.mask.expand(-1, -1, group, -1),
            scale=scale,
        ).reshape(self.upper, heads, width)
        return made if self.whole else made[self.places][:rows]
