"""What sequences are on their way into a layer, kept from one training to the next, bounded in bytes.

Trainings that one follows after another learn from many of the same items: those of a group's members, each time
without one of them, and a person's own, by several methods. Layers in which nothing is learnt make the same of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from torch import Tensor

MOST_BYTES = 200_000_000


class Lower:
    """Hidden states of sequences before a layer of the model as it is; what was used longest ago leaves first.

    A sequence is named by its tokens, or by whatever else determines it.

    Args:
        most: bytes that they may have.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most, self.held = most, 0
        self._kept: OrderedDict[tuple[int, Hashable], Tensor] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.held = 0

    def highest(self, name: Hashable, most: int) -> int:
        """The highest layer up to `most` before which a sequence is kept; 0, where it has to be embedded."""
        layers = {layer for layer, _ in self._kept}
        return max((layer for layer in layers if layer <= most and (layer, name) in self._kept), default=0)

    def find(self, name: Hashable, layer: int) -> Tensor:
        """A sequence [tokens, width] before a layer where it is kept; it counts as used now."""
        self._kept.move_to_end((layer, name))
        return self._kept[layer, name]

    def keep(self, name: Hashable, layer: int, hidden: Tensor) -> None:
        """Keep a sequence [tokens, width] as it enters a layer; `hidden` must be no part of a larger tensor."""
        old = self._kept.pop((layer, name), None)
        self.held += hidden.nbytes - (0 if old is None else old.nbytes)
        self._kept[layer, name] = hidden
        while self.held > self.most:
            self.held -= self._kept.popitem(last=False)[1].nbytes
