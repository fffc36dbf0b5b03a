"""The Playground's lenses: ways to look at one request. One file here is one lens, found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services


@dataclass(frozen=True)
class Lens:
    """A way to look at the request that the Playground's controls ask for.

    Attributes:
        key: its name in the address.
        icon: a Material symbol, such as `:material/grid_on:`.
        order: its place among the lenses, from the lowest.
        question: the one question that it answers, shown above it.
    """

    key: str
    title: str
    icon: str
    order: int
    question: str


@dataclass(frozen=True)
class Found:
    """A discovered lens with the function that draws it."""

    lens: Lens
    draw: Callable[[Services, Asked], None]


def discover() -> tuple[Found, ...]:
    """Every lens of this package in its order.

    Raises:
        TypeError: a module there has no `LENS` or no `draw`.
    """
    found = [_found(module.name) for module in pkgutil.iter_modules(__path__)]
    return tuple(sorted(found, key=lambda each: (each.lens.order, each.lens.key)))


def _found(name: str) -> Found:
    module = importlib.import_module(f"{__name__}.{name}")
    lens, draw = getattr(module, "LENS", None), getattr(module, "draw", None)
    if not isinstance(lens, Lens) or not callable(draw):
        raise TypeError(f"dashboard/lenses/{name}.py needs LENS = Lens(...) and draw(services, asked)")
    return Found(lens, draw)
