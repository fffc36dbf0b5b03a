"""Settings of methods in their short form, as addresses and commands hold them: `recent-history.k16.b800.plain`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engines.prompts import TEMPLATES
from engines.types import Config

Settings = tuple[tuple[str, Config], ...]

K_LIMITS, BUDGET_LIMITS = (0, 64), (64, 4096)
_SETTING = re.compile(r"([a-z0-9-]+)((?:\.(?:k\d{1,4}|b\d{1,6}|fenced|plain))+)", re.ASCII)


def parse_settings(given: str, known: Sequence[str]) -> Settings:
    """Settings from their short form.

    Raises:
        ValueError: a method is unknown, or a value is outside its limits.
    """
    found: dict[str, Config] = {}
    for text in filter(None, given.split(",")):
        match = _SETTING.fullmatch(text)
        if not match or match[1] not in known:
            raise ValueError("settings of methods that run here, such as recent-history.k16.b800.plain")
        config = Config()
        for part in match[2][1:].split("."):
            config = _with(config, part)
        found[match[1]] = config
    return tuple((method, config) for method, config in found.items() if config != Config())


def _with(config: Config, part: str) -> Config:
    if part in TEMPLATES:
        return replace(config, template=part)
    low, high = K_LIMITS if part[0] == "k" else BUDGET_LIMITS
    if not low <= int(part[1:]) <= high:
        raise ValueError(f"{'k' if part[0] == 'k' else 'a budget'} from {low} to {high}")
    return replace(config, k=int(part[1:])) if part[0] == "k" else replace(config, budget=int(part[1:]))


def show_settings(settings: Settings) -> str:
    """The short form of settings; what is as usual is left out."""
    usual, shown = Config(), []
    for method, config in settings:
        parts = [f"k{config.k}"] if config.k != usual.k else []
        parts += [f"b{config.budget}"] if config.budget != usual.budget else []
        parts += [config.template] if config.template != usual.template else []
        shown += [".".join((method, *parts))] if parts else []
    return ",".join(shown)


def config_of(settings: Settings, method: str, seed: int) -> Config:
    """The settings of one method under a seed."""
    return replace(dict(settings).get(method, Config()), seed=seed)
