"""The Playground's fields of the address, and what they ask for: data, person, example, methods with their settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from dashboard import state
from dashboard.state import Field
from engines.live import Column
from engines.prompts import TEMPLATES
from engines.types import Arm, Config

if TYPE_CHECKING:
    from data.records import Dataset, Example, Task, User

Settings = tuple[tuple[str, Config], ...]

FEWEST, MOST = 2, 6
FIRST_DATASET = "movielens-100k"
FIRST_METHODS = ("none", "global-examples", "recent-history", "rag-dense")
# Chosen by their profiles alone: strict raters, so that a history says something that an average does not.
FIRST_PEOPLE = ("774", "609")
K_LIMITS, BUDGET_LIMITS = (0, 64), (64, 4096)
_SETTING = re.compile(r"([a-z0-9-]+)((?:\.(?:k\d{1,4}|b\d{1,6}|fenced|plain))+)", re.ASCII)

ARMS = state.choices("pg_arms", tuple(arm.value for arm in Arm), accepted=[arm.value for arm in Arm])
SEED = state.integer("pg_seed", 7, low=0, high=9999)
RUN = state.flag("pg_run")


@dataclass(frozen=True)
class Asked:
    """What the address asks for, each part checked to be there.

    Attributes:
        run: whether the comparison is to be computed, or only set up.
    """

    dataset: Dataset
    task: Task
    user: User
    example: Example
    methods: tuple[str, ...]
    arms: tuple[Arm, ...]
    seed: int
    settings: Settings
    run: bool

    def columns(self) -> tuple[Column, ...]:
        """The methods with their settings."""
        return tuple(Column(method, config_of(self.settings, method, self.seed)) for method in self.methods)

    def problem(self) -> str:
        """Why this cannot be run, empty if it can."""
        if len(self.methods) < FEWEST:
            return f"Choose {FEWEST} to {MOST} methods to compare."
        return "" if self.arms else "Choose at least one arm: right user, wrong user or nobody."


def dataset_field(names: Sequence[str]) -> Field[str]:
    """Which data."""
    return state.choice("pg_dataset", FIRST_DATASET if FIRST_DATASET in names else names[0], accepted=names)


def task_field(dataset: Dataset) -> Field[str]:
    """Which of the dataset's tasks."""
    return state.choice("pg_task", dataset.tasks[0].id, accepted=(task.id for task in dataset.tasks))


def user_field(dataset: Dataset, examples: Mapping[str, Sequence[Example]]) -> Field[str]:
    """Which person; those without an example of the task are known, but cannot be chosen."""
    first = next((person for person in FIRST_PEOPLE if person in examples), next(iter(examples)))

    def parse(given: str) -> str:
        if given in examples:
            return given
        known = "this person has no example of the task" if given in dataset.by_id else "nobody has this id"
        raise ValueError(f"one of {len(examples)} people with an example of the task; {known}")

    return Field("pg_user", first, parse, str, tuple(examples))


def example_field(own: Sequence[Example]) -> Field[str]:
    """Which of the person's held-out examples."""
    return state.choice("pg_example", own[0].id, accepted=(example.id for example in own))


def methods_field(known: Sequence[str]) -> Field[tuple[str, ...]]:
    """Which methods, in the order of their columns."""
    first = tuple(method for method in FIRST_METHODS if method in known)
    return state.choices("pg_methods", first, accepted=known, most=MOST)


def settings_field(known: Sequence[str]) -> Field[Settings]:
    """The methods' settings in short: `recent-history.k16.b800.plain,rag-dense.k4`; defaults are left out."""

    def parse(given: str) -> Settings:
        return parse_settings(given, known)

    return Field("pg_set", (), parse, show_settings)


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
    """The short form of settings."""
    usual, shown = Config(), []
    for method, config in settings:
        parts = [f"k{config.k}"] if config.k != usual.k else []
        parts += [f"b{config.budget}"] if config.budget != usual.budget else []
        parts += [config.template] if config.template != usual.template else []
        shown.append(".".join((method, *parts)))
    return ",".join(shown)


def config_of(settings: Settings, method: str, seed: int) -> Config:
    """The settings of one method under a seed."""
    return replace(dict(settings).get(method, Config()), seed=seed)


def changed(settings: Settings, method: str, config: Config) -> Settings:
    """Settings with those of one method replaced; the usual ones are left out."""
    usual = Config()
    plain = replace(config, seed=usual.seed)
    kept = {**dict(settings), method: plain}
    return tuple((name, one) for name, one in kept.items() if one != usual)


def link_to(page: str, query: Mapping[str, str]) -> str:
    """The address that restores this page in another browser, its results included."""
    parts = urlsplit(page)
    named = {name: value for name, value in query.items() if name.startswith("pg_")} | {RUN.name: "1"}
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(named, safe=',/')}"
