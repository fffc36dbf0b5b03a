"""Personalization methods: one file each, registered by id; they condition the model and never generate."""

from __future__ import annotations

from typing import Any

from data.registry import Registry
from engines.types import Config, Method, MethodInfo


def sound(made: Any) -> None:
    """Check what every caller relies on, so that a method that lacks it is named and leaves the others alone.

    Raises:
        TypeError: it has no `MethodInfo`, cannot be made of a `Config`, or lacks a step.
    """
    if not isinstance(getattr(made, "info", None), MethodInfo):
        raise TypeError("a method needs info = MethodInfo(...)")
    one = made(Config())
    if missing := [step for step in ("prepare", "condition") if not callable(getattr(one, step, None))]:
        raise TypeError(f"a method needs {' and '.join(missing)}")


methods: Registry[Any] = Registry("method", "engines.methods", sound)


def make_method(method_id: str, config: Config | None = None) -> Method:
    """A method with its settings.

    Raises:
        UnknownNameError: no method has this id.
    """
    made: Method = methods[method_id](config or Config())
    return made
