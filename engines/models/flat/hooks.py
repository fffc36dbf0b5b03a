"""What the modules of a model are told of the step that runs now, and the hook on each decoder layer."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from torch import Tensor


class Attend(Protocol):
    """Attention of one step: writes keys and values [tokens, heads, width] of a layer and reads what each row sees."""

    def __call__(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """The attended values [tokens, heads, width]."""
        ...


class Flow(threading.local):
    """What the modules of a model need to know of the step that runs now, in each thread for itself.

    Attributes:
        attend: the attention of this step.
        adapters: (module name to low-rank factors already scaled, the tokens that they are for).
        steers: layer to (vector already scaled, the tokens that it is for).
        watched: the layers whose outputs [tokens, width] are put into `seen`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attend: Attend | None = None
        self.adapters: list[tuple[dict[str, tuple[Tensor, Tensor]], Tensor]] = []
        self.steers: dict[int, list[tuple[Tensor, Tensor]]] = {}
        self.watched: set[int] = set()
        self.seen: dict[int, Tensor] = {}
        self.turned: tuple[Tensor, Tensor] | None = None

    def attention(self, layer: int, *, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See `Attend`."""
        assert self.attend is not None  # noqa: S101 - set for every step
        return self.attend(layer, query=query, key=key, value=value, scale=scale)


def steering(flow: Flow, layer: int) -> Any:
    """A hook that adds the vectors of the rows that have some to a layer's output, and keeps it where it is watched."""

    def add(_module: Any, _given: Any, made: Any) -> Any:
        states = made[0] if isinstance(made, tuple) else made
        for vector, tokens in flow.steers.get(layer, ()):
            states[0, tokens] += vector
        if layer in flow.watched:
            flow.seen[layer] = states[0]
        return made

    return add
