"""Choosing among people's adapters layer by layer, by how a newcomer's tokens look to the gates (after Per-Pcs)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engines.models.flat.lessons import Reader, lay_out
from engines.models.flat.trainable import Trainable

SHARPNESS = 10.0


def choose(
    model: Trainable, lessons: tuple[Any, ...], pool: list[dict[str, Any]], *, keep: int
) -> dict[str, list[tuple[int, float]]]:
    """For each layer the places in the pool of the pieces that fit best, with their weights, which add up to 1.

    A piece's score is the mean cosine of its gate with the newcomer's tokens as they enter the layer, where the layers
    below already have the pieces that were chosen for them. Nothing is learnt.

    Args:
        model: all of its layers from the lowest piece on let gradients through, so that they use factors.
        lessons: the newcomer's history.
        pool: of each person `a:MODULE`, `b:MODULE` and `g:LAYER`.
        keep: how many pieces a layer gets.
    """
    layers = sorted({int(name[2:]) for one in pool for name in one if name.startswith("g:")})
    reader = Reader(model, lessons, first=0)
    layout = lay_out(lessons, reader.prefix, 0, model.device)
    model.flow.attend = layout.attend
    model.learnt.factors, model.learnt.weights, model.learnt.gates = {}, {}, {}
    chosen: dict[str, list[tuple[int, float]]] = {}
    with torch.no_grad():
        hidden = reader.begin(lessons, layout)
        for number in range(len(model.layers)):
            if number in layers:
                tokens = model.layers[number].input_layernorm(hidden)[0][: hidden.shape[1] - layout.filler].float()
                scores = torch.stack([_likeness(tokens, torch.from_numpy(one[f"g:{number}"])) for one in pool])
                best = scores.topk(min(keep, len(pool)))
                weights = torch.softmax(SHARPNESS * best.values, 0)
                chosen[str(number)] = list(zip(best.indices.tolist(), weights.tolist(), strict=True))
                model.learnt.factors = {**model.learnt.factors, **joined(pool, number, chosen[str(number)])}
            hidden = model.run(hidden, layout.places, layers=range(number, number + 1))
    model.learnt.factors = {}
    return chosen


def joined(pool: list[dict[str, Any]], layer: int, some: list[tuple[int, float]]) -> dict[str, tuple[Tensor, Tensor]]:
    """The chosen pieces of a layer as factors whose effects add up by their weights."""
    names = [name[2:] for name in pool[0] if name.startswith("a:") and f".{layer}." in name]
    return {
        name: (
            torch.cat([torch.from_numpy(pool[place][f"a:{name}"]) for place, _ in some]),
            torch.cat([torch.from_numpy(pool[place][f"b:{name}"]) * weight for place, weight in some], 1),
        )
        for name in names
    }


def _likeness(tokens: Tensor, gate: Tensor) -> Tensor:
    return torch.cosine_similarity(tokens, gate[None], -1).mean()
