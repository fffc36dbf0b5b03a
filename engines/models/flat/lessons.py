"""Token sequences of which parts are to be learnt, laid side by side for passes that gradients flow through.

All sequences of a pass follow one prefix, the longest that they share: the system message and the empty profile of most
prompts. It is read once a pass, however many sequences follow it, and its gradient is the sum of theirs. Lower layers
that nothing learnt stands below are read once for all passes, and for all trainings while there is room (`lower.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from engines.models.flat.attended import attended
from engines.models.flat.packing import Tokens, shared
from engines.models.flat.trainable import Trainable

# oneDNN makes code for every shape that it multiplies, which takes longer than the product and is kept, so shapes
# should be few; but a pass of four film ratings has 131 tokens, of which rounding to 128 made 256.
ROUND = 32


@dataclass(frozen=True)
class Lesson:
    """One prompt with one answer.

    Attributes:
        tokens: of both.
        start: where the answer begins; from there on tokens are learnt.
        sample: which sample of the training it belongs to; a pair has two lessons.
        front: embeddings [n, width] that stand before this prompt alone, or none.
    """

    tokens: Tokens
    start: int
    sample: int
    front: Tensor | None = None


def common_prefix(lessons: Sequence[Lesson]) -> int:
    """How many leading tokens all lessons share, before the first that is learnt or predicts one."""
    first = lessons[0].tokens
    limit = min(one.start for one in lessons) - 1
    return max(0, min(limit, *(shared(first, one.tokens) for one in lessons)))


class Gather(torch.autograd.Function):
    """Rows of a tensor by place, where the way back is known: it gathers as well instead of adding up."""

    @staticmethod
    def forward(ctx: Any, given: Tensor, to: Tensor, way_back: tuple[Tensor, Tensor | None]) -> Tensor:
        """[n, ...] to [places, ...].

        `way_back` is the places and, if not None, a factor for each: 0 where nothing real stands.
        """
        ctx.back, ctx.real = way_back
        return given.index_select(0, to)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """[places, ...] to [n, ...]."""
        made = grad.index_select(0, ctx.back)
        return (made if ctx.real is None else made * ctx.real.view(-1, *[1] * (grad.dim() - 1))), None, None


@dataclass(frozen=True)
class Layout:
    """Where the tokens of one pass lie: the prefix, then each lesson's own tokens, without padding.

    Attributes:
        prefix: tokens of the prefix, a learnt front included.
        pads: [lessons * longest] place of each token among the lessons' own, for attention in a rectangle.
        back: [own tokens] place in the rectangle.
        real: [lessons * longest] 1 where a token stands, 0 at padding.
        mask: [longest, prefix + longest], added to the attention scores.
        places: [1, tokens] position of each token.
        asks: [answer tokens] which tokens predict; `answers` are what they should predict.
        filler: rows at the end that stand for no token, so that few different shapes are multiplied.
        counts: answer tokens of each lesson.
    """

    prefix: int
    lessons: int
    pads: Tensor
    back: Tensor
    real: Tensor
    mask: Tensor
    places: Tensor
    asks: Tensor
    answers: Tensor
    filler: int
    counts: list[int] = field(default_factory=list)

    def attend(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Attention of one layer [tokens, heads, width]; see `layers.Attend`."""
        del layer
        groups = query.shape[1] // key.shape[1]
        size, many = self.prefix, self.lessons

        def rows(part: Tensor, repeat: int) -> Tensor:
            some = part[size : len(part) - self.filler]
            own: Tensor = Gather.apply(some, self.pads, (self.back, None))  # type: ignore[no-untyped-call]
            laid = own.view(many, -1, *part.shape[1:]).transpose(1, 2)
            return laid.repeat_interleave(repeat, 1) if repeat > 1 else laid

        def front(part: Tensor, repeat: int) -> Tensor:
            laid = part[:size].transpose(0, 1)[None]
            return laid.repeat_interleave(repeat, 1) if repeat > 1 else laid

        keys, values = rows(key, groups), rows(value, groups)
        if size:
            first_keys, first_values = front(key, groups), front(value, groups)
            before = nn.functional.scaled_dot_product_attention(
                front(query, 1), first_keys, first_values, is_causal=True, scale=scale
            )
            keys = torch.cat([first_keys.expand(many, -1, -1, -1), keys], 2)
            values = torch.cat([first_values.expand(many, -1, -1, -1), values], 2)
        made = attended(rows(query, 1), keys, values, self.mask, scale=scale)
        laid_out = made.transpose(1, 2).reshape(-1, *query.shape[1:])
        real = self.real.to(query.dtype)
        own: Tensor = Gather.apply(laid_out, self.back, (self.pads, real))  # type: ignore[no-untyped-call]
        parts = [before[0].transpose(0, 1), own] if size else [own]
        return torch.cat([*parts, own.new_zeros(self.filler, *own.shape[1:])]) if self.filler else torch.cat(parts)


def lay_out(lessons: Sequence[Lesson], prefix: int, front: int, device: torch.device) -> Layout:
    """The layout of some lessons behind `prefix` shared tokens, with `front` learnt embeddings before those.

    A lesson's own front counts among its own tokens; such lessons share no prefix.
    """
    sizes = [len(one.tokens) - prefix + _front(one) for one in lessons]
    longest, before = -(-max(sizes) // 8) * 8, prefix + front
    pads = torch.zeros(len(lessons), longest, dtype=torch.long)
    real = torch.zeros(len(lessons), longest)
    back, places, asks, answers, counts = [], [torch.arange(before)], [], [], []
    start = 0
    for row, (one, size) in enumerate(zip(lessons, sizes, strict=True)):
        pads[row, :size] = torch.arange(start, start + size)
        real[row, :size] = 1.0
        back.append(torch.arange(row * longest, row * longest + size))
        places.append(torch.arange(before, before + size))
        first = before + start + one.start - prefix + _front(one) - 1
        counts.append(len(one.tokens) - one.start)
        asks.append(torch.arange(first, first + counts[-1]))
        answers.append(torch.tensor(one.tokens[one.start :]))
        start += size
    filler = -(before + start) % ROUND
    places.append(torch.zeros(filler, dtype=torch.long))
    mask = torch.zeros(longest, before + longest)
    mask[:, before:] = torch.full((longest, longest), float("-inf")).triu(1)
    return Layout(
        before,
        len(lessons),
        pads.view(-1).to(device),
        torch.cat(back).to(device),
        real.view(-1).to(device),
        mask.to(device),
        torch.cat(places)[None].to(device),
        torch.cat(asks).to(device),
        torch.cat(answers).to(device),
        filler,
        counts,
    )


def _front(lesson: Lesson) -> int:
    return 0 if lesson.front is None else len(lesson.front)


class Reader:
    """Reads lessons with a model, in passes of its own lower layers or through all of them.

    Args:
        model: ready for gradients.
        lessons: all that will be read.
        first: the lowest layer that anything is learnt in; what lies below is read once.
        alone: lessons share no prefix, because each has a front of its own.
    """

    def __init__(self, model: Trainable, lessons: Sequence[Lesson], *, first: int, alone: bool = False) -> None:
        self.model, self.lessons, self.first = model, lessons, first
        self.prefix = 0 if alone else common_prefix(lessons)
        self._low: list[Tensor] = []
        self._low_prefix: Tensor | None = None

    def warm(self, passes: Sequence[Sequence[int]]) -> None:
        """Read the frozen lower layers of all lessons once, from where an earlier training left them."""
        if not self.first:
            return
        kept, low = self.model.lower, dict[int, Tensor]()
        with torch.no_grad():
            for some in passes:
                lessons = [self.lessons[i] for i in some]
                start = min(kept.highest(one.tokens, self.first) for one in lessons)
                found = [kept.find(one.tokens, start) for one in lessons] if start else []
                if start < self.first:
                    found = self._read(lessons, found, start)
                    for one, hidden in zip(lessons, found, strict=True):
                        kept.keep(one.tokens, self.first, hidden)
                low.update(zip(some, found, strict=True))
        self._low_prefix = low[0][: self.prefix]
        self._low = [low[i][self.prefix :] for i in range(len(self.lessons))]

    def _read(self, lessons: Sequence[Lesson], found: Sequence[Tensor], start: int) -> list[Tensor]:
        """Whole lessons [tokens, width] before the lowest layer that is learnt in, from those before another."""
        layout = lay_out(lessons, self.prefix, 0, self.model.device)
        self.model.flow.attend = layout.attend
        hidden = self.begin(lessons, layout)
        if start:
            parts = [found[0][: self.prefix], *(one[self.prefix :] for one in found)]
            hidden = _filled(torch.cat(parts)[None], layout.filler)
        hidden = self.model.run(hidden, layout.places, layers=range(start, self.first))[0]
        rest = hidden[self.prefix : len(hidden) - layout.filler]
        own = torch.split(rest, [len(one.tokens) - self.prefix for one in lessons])
        return [torch.cat([hidden[: self.prefix], part]) for part in own]

    def logprobs(
        self, some: Sequence[int], *, front: Tensor | None = None, fronts: Sequence[Tensor] | None = None
    ) -> list[Tensor]:
        """For each lesson the log-probability of each answer token.

        Args:
            some: which lessons.
            front: learnt embeddings [n, width] that stand before every prompt.
            fronts: the same for each lesson alone.
        """
        lessons = [self.lessons[i] for i in some]
        if fronts is not None:
            lessons = [replace(one, front=own) for one, own in zip(lessons, fronts, strict=True)]
        layout = lay_out(lessons, self.prefix, 0 if front is None else len(front), self.model.device)
        self.model.flow.attend = layout.attend
        if self.first:
            assert self._low_prefix is not None  # noqa: S101 - warmed
            hidden = torch.cat([self._low_prefix, *(self._low[i] for i in some)])[None]
        else:
            hidden = self._embedded(lessons, front)
        layers = range(self.first, len(self.model.layers))
        hidden = _filled(hidden, layout.filler)
        hidden = self.model.run(hidden, layout.places, layers=layers)[0].index_select(0, layout.asks)
        return list(torch.split(self.model.likely(hidden, layout.answers), layout.counts))

    def begin(self, lessons: Sequence[Lesson], layout: Layout) -> Tensor:
        """The embeddings [1, tokens, width] of a pass, with its filler."""
        return _filled(self._embedded(lessons, None), layout.filler)

    def _embedded(self, lessons: Sequence[Lesson], front: Tensor | None) -> Tensor:
        """The embeddings [1, tokens, width] that a pass begins with."""
        parts = [] if front is None else [front.to(self.model.dtype)]
        if self.prefix:
            parts.append(self._looked_up(lessons[0].tokens[: self.prefix]))
        for one in lessons:
            if one.front is not None:
                parts.append(one.front.to(self.model.dtype))
            parts.append(self._looked_up(one.tokens[self.prefix :]))
        return torch.cat(parts)[None]

    def _looked_up(self, tokens: Tokens) -> Tensor:
        made: Tensor = self.model.embed(torch.tensor(tokens, device=self.model.device))
        return made


def _filled(hidden: Tensor, filler: int) -> Tensor:
    """[1, n, width] with rows of zeros behind."""
    return nn.functional.pad(hidden, (0, 0, 0, filler)) if filler else hidden
