"""Attention whose way back is ours: its values and slopes are those of the formula, in both precisions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engines.models.flat.attended import Attended, attended

SCALE = 0.125


def given(precision: torch.dtype) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Query, key and value of two rows behind a prefix of five tokens, the mask, and a slope of the output."""
    draw = torch.Generator().manual_seed(3)

    def some(tokens: int) -> Tensor:
        return torch.randn(2, 3, tokens, 16, generator=draw).to(precision).requires_grad_()

    mask = torch.zeros(8, 13)
    mask[:, 5:] = torch.full((8, 8), float("-inf")).triu(1)
    return some(8), some(13), some(13), mask, torch.randn(2, 3, 8, 16, generator=draw).to(precision)


def by_formula(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, grad: Tensor) -> list[Tensor]:
    """Output and slopes in float64."""
    parts = [part.detach().double().requires_grad_() for part in (query, key, value)]
    weights = (parts[0] @ parts[1].transpose(-1, -2) * SCALE + mask.double()).softmax(-1)
    made = weights @ parts[2]
    return [made.detach(), *torch.autograd.grad(made, parts, grad.double())]


@pytest.mark.parametrize(("precision", "most"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_values_and_slopes_are_those_of_the_formula(precision: torch.dtype, most: float) -> None:
    query, key, value, mask, grad = given(precision)
    made = Attended.apply((mask.to(precision), SCALE), query, key, value)  # type: ignore[no-untyped-call]
    found = [made, *torch.autograd.grad(made, (query, key, value), grad)]
    for one, wanted in zip(found, by_formula(query, key, value, mask, grad), strict=True):
        assert one.dtype == precision
        assert float((one.double() - wanted).norm() / wanted.norm()) < most


@pytest.mark.parametrize(("precision", "ours"), [(torch.float32, False), (torch.bfloat16, True)])
def test_ours_is_used_where_it_is_faster_and_something_is_learnt(precision: torch.dtype, ours: bool) -> None:
    query, key, value, mask, _ = given(precision)
    learning = attended(query, key, value, mask, scale=SCALE)
    assert ("Attended" in type(learning.grad_fn).__name__) is ours
    with torch.no_grad():
        assert torch.allclose(attended(query, key, value, mask, scale=SCALE), learning, atol=1e-6)
