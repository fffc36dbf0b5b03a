"""What a row may change about the model besides its prompt: adapters, prefix embeddings, a steering vector, a contrast.

All are plain arrays, so that methods make them without PyTorch and a digest names them. Shapes: `width` is the model's
hidden size, `inner` and `outer` are a linear layer's input and output sizes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from data.digest import digest

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from engines.rows import Message

    Floats = npt.NDArray[np.float32]


def _named(array: Any) -> list[Any]:
    return [array.shape, hashlib.sha256(array.astype("float32", copy=False).tobytes()).hexdigest()]


@dataclass(frozen=True, eq=False)
class Adapter:
    """Low-rank factors (LoRA, arXiv 2106.09685): y += scale * (x A^T) B^T on named linear layers.

    Attributes:
        factors: module name, such as `model.layers.0.self_attn.q_proj`, to (A [rank, inner], B [outer, rank]).
    """

    factors: Mapping[str, tuple[Floats, Floats]]
    scale: float = 1.0

    @cached_property
    def digest(self) -> str:
        """What identifies the factors."""
        return digest([self.scale, {name: [_named(a), _named(b)] for name, (a, b) in sorted(self.factors.items())}])


@dataclass(frozen=True, eq=False)
class SoftPrefix:
    """Embeddings [n, width] that stand before the prompt's own tokens."""

    embeddings: Floats

    @cached_property
    def digest(self) -> str:
        """What identifies the embeddings."""
        return digest(_named(self.embeddings))


@dataclass(frozen=True, eq=False)
class Steering:
    """A vector [width] that is added to the output of decoder layer `layer` (from 0) at every position of the row."""

    layer: int
    vector: Floats
    strength: float = 1.0

    @cached_property
    def digest(self) -> str:
        """What identifies layer, vector and strength."""
        return digest([self.layer, self.strength, _named(self.vector)])


@dataclass(frozen=True)
class Contrast:
    """A second prompt whose log-probabilities are subtracted: log p = (1 + weight) log p(row) - weight log p(other)."""

    messages: tuple[Message, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Modifiers:
    """All that one row carries besides its prompt; what is None changes nothing.

    Attributes:
        owners: whose data they were made of, so that deleting somebody's data drops the answers under them.
    """

    adapter: Adapter | None = None
    prefix: SoftPrefix | None = None
    steer: Steering | None = field(default=None)
    contrast: Contrast | None = None
    owners: frozenset[str] = frozenset()

    @cached_property
    def digest(self) -> str:
        """What identifies the modifiers that change activations; empty for none. The contrast has a row of its own."""
        parts = [one.digest if one else "" for one in (self.adapter, self.prefix, self.steer)]
        return ":".join(parts) if any(parts) else ""

    def __bool__(self) -> bool:
        return any((self.adapter, self.prefix, self.steer, self.contrast))


PLAIN = Modifiers()
