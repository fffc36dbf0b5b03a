"""What sequences are on their way into a layer, kept from one training to the next, bounded in bytes.

Trainings that one follows after another learn from many of the same items: those of a group's members, each time
without one of them, and a person's own, by several methods. Layers in which nothing is learnt make the same of them.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor

from engines.models.flat.packing import Tokens

MOST_BYTES = 200_000_000


class Lower:
    """Hidden states of sequences before a layer of the model as it is; what was used longest ago leaves first.

    Args:
        most: bytes that they may have.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.most, self.held = most, 0
        self._kept: OrderedDict[tuple[int, Tokens], Tensor] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.held = 0

    def highest(self, tokens: Tokens, most: int) -> int:
        """The highest layer up to `most` before which a sequence is kept; 0, where it has to be embedded."""
        layers = {layer for layer, _ in self._kept}
        return max((layer for layer in layers if layer <= most and (layer, tokens) in self._kept), default=0)

    def find(self, tokens: Tokens, layer: int) -> Tensor:
        """A sequence [tokens, width] before a layer where it is kept; it counts as used now."""
        self._kept.move_to_end((layer, tokens))
        return self._kept[layer, tokens]

    def keep(self, tokens: Tokens, layer: int, hidden: Tensor) -> None:
        """Keep a sequence [tokens, width] as it enters a layer; `hidden` must be no part of a larger tensor."""
        old = self._kept.pop((layer, tokens), None)
        self.held += hidden.nbytes - (0 if old is None else old.nbytes)
        self._kept[layer, tokens] = hidden
        while self.held > self.most:
            self.held -= self._kept.popitem(last=False)[1].nbytes
