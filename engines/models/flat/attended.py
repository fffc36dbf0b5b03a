"""Attention with a mask whose way back is a few products of whole matrices.

The way back of PyTorch's own kernel for processors took two and a half times as long as these products in bfloat16 and
was a quarter of the time of a soft prompt's training. The way forward stays the kernel's.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Attended(torch.autograd.Function):
    """Scaled dot-product attention of one pass; keeps what it reads, its output and the sums of its weights."""

    @staticmethod
    def forward(ctx: Any, how: tuple[Tensor, float], *parts: Tensor) -> Tensor:
        """Query [rows, heads, n, width], key and value [rows, heads, m, width].

        `how` is a mask [n, m] that is added to the scores, and what these are multiplied by before.
        """
        (mask, scale), (query, key, value) = how, parts
        made, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, 0.0, False, attn_mask=mask, scale=scale
        )
        ctx.scale = scale
        ctx.save_for_backward(query, key, value, mask, made, sums)
        return made  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor, Tensor, Tensor]:
        """With P the weights and D = grad V^T: dV = P^T grad, dS = P (D - sum(grad out)), dQ = dS K, dK = dS^T Q."""
        query, key, value, mask, made, sums = ctx.saved_tensors
        scores = (query @ key.transpose(-1, -2)).float().mul_(ctx.scale).add_(mask)
        weights = scores.sub_(sums[..., None]).exp_()
        drift = (grad * made).float().sum(-1, keepdim=True)
        slope = (grad @ value.transpose(-1, -2)).float().sub_(drift).mul_(weights).mul_(ctx.scale).to(query.dtype)
        weights = weights.to(query.dtype)
        return None, slope @ key, slope.transpose(-1, -2) @ query, weights.transpose(-1, -2) @ grad


def attended(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, *, scale: float) -> Tensor:
    """Attention behind a mask, as `scaled_dot_product_attention` gives it; for shapes see `Attended.forward`."""
    mask = mask.to(query.dtype)
    if query.dtype == torch.bfloat16 and query.device.type == "cpu" and torch.is_grad_enabled():
        made: Tensor = Attended.apply((mask, scale), query, key, value)  # type: ignore[no-untyped-call]
        return made
    return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
