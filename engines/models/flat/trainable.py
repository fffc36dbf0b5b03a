"""A flat model through which gradients flow: frozen packed weights, and factors, prefixes or weights that are learnt.

The frozen product is one multiplication with oneDNN's packed weight forwards and one with its packed transpose
backwards; a projection with its adapters is one node of the graph, which keeps only what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from engines.errors import EngineError, FailureKind
from engines.models.flat.layers import Gated, Loaded, Norm, Projection, pack, tried
from engines.models.flat.lower import Lower
from engines.models.flat.slopes import Normed, Swish

Factors = Mapping[str, tuple[Tensor, Tensor]]
Names = tuple[str, ...]
SHAPES = (16, 64, 128)  # rows of logits at a time: few shapes, see `lessons.ROUND`, and little filler
CHUNK = SHAPES[-1]


class Learnt:
    """What is learnt now, for all projections of a model.

    Attributes:
        factors: module name to (A [rank, inner], B [outer, rank]), the scale in the second.
        weights: module name to a change [outer, inner] of the whole weight.
        gates: module name to a vector [inner]; the module's factors count as much as sigmoid(gate . input) says.
    """

    def __init__(self) -> None:
        self.factors: Factors = {}
        self.weights: Mapping[str, Tensor] = {}
        self.gates: Mapping[str, Tensor] = {}


class Product(torch.autograd.Function):
    """given [1, n, inner] times a frozen weight, with low-rank changes on spans of the outputs.

    The factors A of all spans read the same input, so they are one multiplication, forwards and backwards.
    """

    @staticmethod
    def forward(ctx: Any, given: Tensor, projection: TrainProjection, names: Names, *factors: Tensor) -> Tensor:
        """[1, n, outer]; `factors` are A and B of each name in turn."""
        made = projection.plain(given)
        ctx.projection, ctx.names = projection, names
        if not names:
            return made
        downs = torch.cat(factors[::2])
        lows = given[0] @ downs.T
        each = torch.split(lows, [a.shape[0] for a in factors[::2]], 1)
        for name, up, low in zip(names, factors[1::2], each, strict=True):
            start, end = projection.spans[name]
            made[0, :, start:end].addmm_(low, up.T)
        ctx.save_for_backward(given, downs, lows, *factors[1::2])
        return made

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        """Gradients of the input and of every factor that wants one."""
        grad, wanted = grad.contiguous(), ctx.needs_input_grad
        back = ctx.projection.back(grad) if wanted[0] else None
        if not ctx.names:
            return back, None, None
        given, downs, lows, *ups = ctx.saved_tensors
        ranks = [up.shape[1] for up in ups]
        spans = [grad[0, :, start:end] for start, end in map(ctx.projection.spans.__getitem__, ctx.names)]
        inner = torch.cat([part @ up for part, up in zip(spans, ups, strict=True)], 1)
        if back is not None:
            back[0].addmm_(inner, downs)
        found: list[Tensor | None] = [None] * (2 * len(ups))
        if any(wanted[3:]):
            found[::2] = torch.split(inner.T @ given[0], ranks)
            found[1::2] = [part.T @ low for part, low in zip(spans, torch.split(lows, ranks, 1), strict=True)]
        return back, None, None, *found


class TrainProjection(nn.Module):
    """A `Projection` that gradients pass through."""

    def __init__(self, frozen: Projection, learnt: Learnt) -> None:
        super().__init__()
        self.spans, self.bias, self.learnt = frozen.spans, frozen.bias, learnt
        self.weight, self.product = frozen.weight, frozen.product
        plain = frozen.weight.to_dense() if frozen.packed else frozen.weight
        self.turned, self.packed = pack(plain.T.contiguous())

    def plain(self, given: Tensor) -> Tensor:
        """The frozen product."""
        if self.product:
            made: Tensor = self.product(given, self.weight, self.bias, "none", [], "")
            return made
        return nn.functional.linear(given, self.weight, self.bias)

    def back(self, grad: Tensor) -> Tensor:
        """[1, n, outer] to the gradient of the input."""
        if self.product and self.packed:
            made: Tensor = self.product(grad, self.turned, None, "none", [], "")
            return made
        return nn.functional.linear(grad, self.turned)

    def forward(self, given: Tensor) -> Tensor:
        """[1, n, inner] to [1, n, outer]."""
        learnt = self.learnt
        names = tuple(name for name in self.spans if name in learnt.factors and name not in learnt.gates)
        factors = [part.to(given.dtype) for name in names for part in learnt.factors[name]]
        made: Tensor = Product.apply(given, self, names, *factors)  # type: ignore[no-untyped-call]
        changes = {n: given @ learnt.weights[n].T.to(given.dtype) for n in self.spans if n in learnt.weights}
        changes |= {name: self._gated(given, name) for name in self.spans if name in learnt.gates}
        if changes:
            zero = given.new_zeros(1)
            parts = [
                changes[name] if name in changes else zero.expand(1, given.shape[1], high - low)
                for name, (low, high) in self.spans.items()
            ]
            made = made + torch.cat(parts, -1)
        return made

    def _gated(self, given: Tensor, name: str) -> Tensor:
        """What the factors of a module add, each token by its gate: [1, n, outer]."""
        down, up = (part.to(given.dtype) for part in self.learnt.factors[name])
        open_by = torch.sigmoid(given @ self.learnt.gates[name].to(given.dtype))
        made: Tensor = ((given @ down.T) * open_by[..., None]) @ up.T
        return made


class TrainGated(nn.Module):
    """A `Gated` layer that gradients pass through."""

    def __init__(self, frozen: Gated, learnt: Learnt) -> None:
        super().__init__()
        self.act = frozen.act
        self.both, self.down = TrainProjection(frozen.both, learnt), TrainProjection(frozen.down, learnt)
        self.swish = type(frozen.act).__name__ in {"SiLU", "SiLUActivation"}

    def forward(self, given: Tensor) -> Tensor:
        """[1, n, width] to the same."""
        both = self.both(given)
        if self.swish:
            made: Tensor = Swish.apply(both)  # type: ignore[no-untyped-call]
        else:
            gate, up = both.chunk(2, -1)
            made = self.act(gate) * up
        down: Tensor = self.down(made)
        return down


class TrainNorm(nn.Module):
    """A `Norm` that gradients pass through."""

    def __init__(self, frozen: Norm) -> None:
        super().__init__()
        self.weight, self.eps = frozen.weight.detach(), frozen.eps

    def forward(self, given: Tensor) -> Tensor:
        """[..., width] to the same."""
        made: Tensor = Normed.apply(given, self.weight, self.eps)  # type: ignore[no-untyped-call]
        return made


class Likelihood(torch.autograd.Function):
    """Log-probabilities of given tokens from hidden states, some at a time, so that no table of all logits stays.

    Each token's slope is computed with its value, while its logits are there: (W[token] - sum p W).
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, answers: Tensor, head: TrainProjection) -> Tensor:
        """[n, width] and [n] to float32 [n]."""
        slopes, found, back = ctx.needs_input_grad[0], [], []
        for some, wanted in zip(torch.split(hidden, CHUNK), torch.split(answers, CHUNK), strict=True):
            size = next(each for each in SHAPES if each >= len(some))
            laid = nn.functional.pad(some, (0, 0, 0, size - len(some)))
            asked = nn.functional.pad(wanted, (0, size - len(wanted)))
            logs = torch.log_softmax(head.plain(laid[None])[0].float(), -1)
            found.append(logs.gather(1, asked[:, None])[:, 0])
            if slopes:
                spread = logs.exp_().neg_()
                spread[torch.arange(size), asked] += 1.0
                back.append(head.back(spread.to(laid.dtype)[None])[0])
        ctx.save_for_backward(torch.cat(back)[: len(hidden)] if slopes else hidden[:0])
        return torch.cat(found)[: len(hidden)]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """[n] to [n, width]."""
        (slope,) = ctx.saved_tensors
        return slope * grad[:, None].to(slope.dtype), None, None


def let_through(module: Any, learnt: Learnt) -> None:
    """Exchange the parts of a flat model's module for those that gradients pass through, in place."""
    for name, child in list(module.named_children()):
        made: nn.Module | None = None
        if isinstance(child, Gated):
            made = TrainGated(child, learnt)
        elif isinstance(child, Projection):
            made = TrainProjection(child, learnt)
        elif isinstance(child, Norm):
            made = TrainNorm(child)
        if made is None:
            let_through(child, learnt)
        else:
            setattr(module, name, made)


class Trainable:
    """A loaded model of which upper layers are made ready for gradients when they are first needed.

    Raises:
        EngineError: its layers cannot be run one by one, so that nothing can be learnt in it here.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.flow, self.learnt, self.lower = loaded.flow, Learnt(), Lower()
        self.decoder = loaded.model.get_decoder()
        self.embed = loaded.model.get_input_embeddings()
        self.layers = list(self.decoder.layers)
        self.head = TrainProjection(loaded.head, Learnt())
        self.dtype, self.device = loaded.model.dtype, loaded.model.device
        self.linear = loaded.linear
        self._ready = len(self.layers)
        for one in (*loaded.model.parameters(), *loaded.model.buffers()):
            one.requires_grad_(False)
        norm = getattr(self.decoder, "norm", None)
        self.last: Any = TrainNorm(norm) if isinstance(norm, Norm) else norm
        self._check(loaded)

    def _check(self, loaded: Loaded) -> None:
        """Whether the layers one by one give what the whole model gives."""
        probe = torch.arange(8, device=self.device)[None] + 3
        try:
            wanted = tried(loaded, probe)
            with torch.no_grad():
                hidden = self.run(
                    self.embed(probe), torch.arange(8, device=self.device)[None], layers=range(self._ready)
                )
                found = self.head.plain(self.last(hidden))[0].float().log_softmax(-1)
            same = bool((found - wanted).abs().median() < (1e-3 if self.dtype == torch.float32 else 1.0))
        except (AttributeError, TypeError, RuntimeError):
            same = False
        if not same:
            kind = loaded.model.config.model_type
            raise EngineError(
                FailureKind.UNABLE, f"nothing can be learnt in models of the kind {kind} here; use another"
            )

    def open(self, first: int) -> None:
        """Have gradients pass through all layers from `first` on."""
        for layer in self.layers[first : self._ready]:
            let_through(layer, self.learnt)
        self._ready = min(self._ready, first)

    def run(self, hidden: Tensor, places: Tensor, *, layers: range) -> Tensor:
        """Hidden states [1, n, width] through some layers; `flow.attend` is set by the caller."""
        self.flow.turned = None
        turning = self.decoder.rotary_emb(hidden, places)
        for number in layers:
            made = self.layers[number](hidden, attention_mask=None, position_ids=places, position_embeddings=turning)
            hidden = made[0] if isinstance(made, tuple) else made
        return hidden

    def likely(self, hidden: Tensor, answers: Tensor) -> Tensor:
        """Hidden states [n, width] of the last layer to the log-probability [n] of the token that follows each."""
        made: Tensor = Likelihood.apply(self.last(hidden), answers, self.head)  # type: ignore[no-untyped-call]
        return made
