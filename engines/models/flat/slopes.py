"""Parts of a layer with slopes of their own, which keep only what they read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Swish(torch.autograd.Function):
    """silu(gate) * up of [1, n, 2 inner], gate first; keeps its input alone."""

    @staticmethod
    def forward(ctx: Any, both: Tensor) -> Tensor:
        """[1, n, inner]."""
        ctx.save_for_backward(both)
        gate, up = both.chunk(2, -1)
        return nn.functional.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """[1, n, 2 inner]."""
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, -1)
        made = torch.empty_like(both)
        high = torch.sigmoid(gate)
        torch.mul(grad, torch.mul(gate, high), out=made[..., gate.shape[-1] :])
        slope = torch.addcmul(high, gate * high, 1 - high)
        torch.mul(slope.mul_(up), grad, out=made[..., : gate.shape[-1]])
        return made


class Normed(torch.autograd.Function):
    """Root mean square norm with a frozen weight."""

    @staticmethod
    def forward(ctx: Any, given: Tensor, weight: Tensor, eps: float) -> Tensor:
        """[..., width] to the same."""
        scale = torch.rsqrt(given.float().pow(2).mean(-1, keepdim=True) + eps).to(given.dtype)
        ctx.save_for_backward(given, weight, scale)
        return given * scale * weight

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """With y = x s w and s = (mean x^2 + eps)^-1/2: s (g w - x s^2 mean(g w x))."""
        given, weight, scale = ctx.saved_tensors
        weighed = grad * weight
        mean = (weighed * given).mean(-1, keepdim=True)
        return torch.addcmul(weighed, given, mean * scale * scale, value=-1).mul_(scale), None, None
