"""Settings of methods in their short form, as addresses and commands hold them.

`recent-history.k16.b800.plain` has k items, a budget of tokens and a template; `context-steering.strength=1.5` has the
method's own option.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engines.methods import methods
from engines.options import shown
from engines.prompts import TEMPLATES
from engines.types import Config

Settings = tuple[tuple[str, Config], ...]

K_LIMITS, BUDGET_LIMITS = (0, 64), (64, 4096)
_PART = r"k\d{1,4}|b\d{1,6}|fenced|plain|[a-z][a-z0-9-]*=-?\d{1,6}(?:\.\d{1,4})?"
_SETTING = re.compile(rf"([a-z0-9-]+)((?:\.(?:{_PART}))+)", re.ASCII)
_BETWEEN = re.compile(r"\.(?=[a-z])")


def parse_settings(given: str, known: Sequence[str]) -> Settings:
    """Settings from their short form; several of one method are taken together.

    Raises:
        ValueError: a method or option is unknown, or a value is outside its limits.
    """
    found: dict[str, Config] = {}
    for text in filter(None, given.split(",")):
        match = _SETTING.fullmatch(text)
        if not match or match[1] not in known:
            raise ValueError("settings of methods that run here, such as recent-history.k16.b800.plain")
        config = found.get(match[1], Config())
        for part in _BETWEEN.split(match[2][1:]):
            config = with_option(match[1], config, part) if "=" in part else _with(config, part)
        found[match[1]] = config
    return tuple((method, config) for method, config in found.items() if config != Config())


def _with(config: Config, part: str) -> Config:
    if part in TEMPLATES:
        return replace(config, template=part)
    low, high = K_LIMITS if part[0] == "k" else BUDGET_LIMITS
    if not low <= int(part[1:]) <= high:
        raise ValueError(f"{'k' if part[0] == 'k' else 'a budget'} from {low} to {high}")
    return replace(config, k=int(part[1:])) if part[0] == "k" else replace(config, budget=int(part[1:]))


def with_option(method: str, config: Config, part: str) -> Config:
    """Settings with one option of a method, given as NAME=VALUE; the usual value is left out.

    Raises:
        ValueError: the method has no such option, or the value is outside its limits.
    """
    name, _, value = part.partition("=")
    options = {option.name: option for option in methods[method].info.options}
    if name not in options:
        raise ValueError(f"options of {method}: {', '.join(options)}" if options else f"{method} has no options")
    number = options[name].checked(float(value))
    kept = {other: chosen for other, chosen in config.options.items() if other != name}
    return replace(config, options=kept if number == options[name].default else kept | {name: number})


def show_settings(settings: Settings) -> str:
    """The short form of settings; what is as usual is left out."""
    usual, texts = Config(), []
    for method, config in settings:
        parts = [f"k{config.k}"] if config.k != usual.k else []
        parts += [f"b{config.budget}"] if config.budget != usual.budget else []
        parts += [config.template] if config.template != usual.template else []
        parts += [f"{name}={shown(value)}" for name, value in config.options.items()]
        texts += [".".join((method, *parts))] if parts else []
    return ",".join(texts)


def config_of(settings: Settings, method: str, seed: int) -> Config:
    """The settings of one method under a seed."""
    return replace(dict(settings).get(method, Config()), seed=seed)
