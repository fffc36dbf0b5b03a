"""A row's modifiers as tensors of the model, made once for as long as rows use them."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any

import numpy as np
import torch

from engines.errors import EngineError, FailureKind
from engines.models.flat.script import Change
from engines.modifiers import Adapter, Modifiers

KEPT, KEPT_BYTES = 64, 512 << 20
NUMBERED = re.compile(r"\.layers\.(\d+)\.")


class Changes:
    """The modifiers that rows of one model carry.

    Args:
        model: a transformers model whose modules may have been exchanged.
        linear: the input and output size of each linear layer by its name, as it was before.
    """

    plain = Change()

    def __init__(self, model: Any, linear: dict[str, tuple[int, int]]) -> None:
        config = model.config
        self._width, self._layers = int(config.hidden_size), int(config.num_hidden_layers)
        self._dtype, self._device, self._linear = model.dtype, model.device, linear
        self._made: OrderedDict[str, Change] = OrderedDict()

    def check(self, modifiers: Modifiers) -> None:
        """Whether modifiers fit the model.

        Raises:
            EngineError: a layer is unknown or a shape differs; the text says which.
        """
        if modifiers.adapter:
            self._check_adapter(modifiers.adapter)
        prefix, steer = modifiers.prefix, modifiers.steer
        if prefix and (prefix.embeddings.ndim != 2 or prefix.embeddings.shape[1] != self._width):
            _refuse("a soft prefix", f"shape {prefix.embeddings.shape}", f"[n, {self._width}]")
        if steer and steer.vector.shape != (self._width,):
            _refuse("a steering vector", f"shape {steer.vector.shape}", f"[{self._width}]")
        if steer and not 0 <= steer.layer < self._layers:
            _refuse("a steering vector", f"layer {steer.layer}", f"layers 0 to {self._layers - 1}")

    def layer_at(self, depth: float) -> int:
        """The layer at a share of the model's depth, from 0 for the first to 1 for the last.

        Raises:
            EngineError: the share is none.
        """
        if not 0 <= depth <= 1:
            _refuse("a depth", f"{depth:g}", "0 to 1")
        return round(depth * (self._layers - 1))

    def _check_adapter(self, adapter: Adapter) -> None:
        for name, (down, up) in adapter.factors.items():
            if name not in self._linear:
                near = ", ".join([known for known in self._linear if known.split(".")[-1] == name.split(".")[-1]][:2])
                _refuse(
                    "an adapter",
                    f"the layer {name}",
                    f"linear layers of the model, such as {near or next(iter(self._linear))}",
                )
            inner, outer = self._linear[name]
            if down.shape[1:] != (inner,) or up.shape != (outer, down.shape[0]):
                _refuse("an adapter", f"{name} {down.shape} {up.shape}", f"[rank, {inner}] and [{outer}, rank]")

    def of(self, modifiers: Modifiers) -> Change:
        """The change that checked modifiers make; a contrast is no change but a second row."""
        key = modifiers.digest
        if not key:
            return self.plain
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        adapter, steer = modifiers.adapter, modifiers.steer
        factors = None
        if adapter:
            factors = {
                name: (self._tensor(down), self._tensor(up * adapter.scale))
                for name, (down, up) in adapter.factors.items()
            }
        made = self._made[key] = Change(
            key,
            self._tensor(modifiers.prefix.embeddings) if modifiers.prefix else None,
            factors,
            (steer.layer, self._tensor(steer.vector * steer.strength)) if steer else None,
            _lowest(modifiers),
        )
        while len(self._made) > KEPT or (len(self._made) > 1 and sum(map(_size, self._made.values())) > KEPT_BYTES):
            self._made.popitem(last=False)
        return made

    def _tensor(self, array: Any) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self._device, self._dtype)


def _lowest(modifiers: Modifiers) -> int:
    """The lowest layer that modifiers change; 0 where some are in no layer of a number."""
    if modifiers.prefix:
        return 0
    found = [NUMBERED.search(name) for name in modifiers.adapter.factors] if modifiers.adapter else []
    numbers = [int(one[1]) if one else 0 for one in found]
    return min([*numbers, *([modifiers.steer.layer] if modifiers.steer else [])], default=0)


def _size(change: Change) -> int:
    parts = [part for pair in (change.factors or {}).values() for part in pair]
    return sum(part.nbytes for part in parts)


def _refuse(what: str, found: str, accepted: str) -> None:
    raise EngineError(FailureKind.MODEL, f"{what} with {found} does not fit this model; accepted: {accepted}")
