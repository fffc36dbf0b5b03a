"""Personalization methods: one file each, registered by id; they condition the model and never generate."""

from __future__ import annotations

from typing import Any

from data.registry import Registry
from engines.types import Config, Method

methods: Registry[Any] = Registry("method", "engines.methods")


def make_method(method_id: str, config: Config | None = None) -> Method:
    """A method with its settings.

    Raises:
        UnknownNameError: no method has this id.
    """
    made: Method = methods[method_id](config or Config())
    return made
