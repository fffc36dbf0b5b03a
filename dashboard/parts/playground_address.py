"""The Playground's fields of the address, and what they ask for: data, person, example, methods with their settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from dashboard import state
from dashboard.state import Field
from engines.live import Column
from engines.settings import BUDGET_LIMITS as BUDGET_LIMITS  # noqa: PLC0414
from engines.settings import K_LIMITS as K_LIMITS  # noqa: PLC0414
from engines.settings import Settings as Settings  # noqa: PLC0414
from engines.settings import config_of as config_of  # noqa: PLC0414
from engines.settings import parse_settings as parse_settings  # noqa: PLC0414
from engines.settings import show_settings as show_settings  # noqa: PLC0414
from engines.types import Arm, Config

if TYPE_CHECKING:
    from data.records import Dataset, Example, Task, User

FEWEST, MOST = 2, 6
FIRST_DATASET = "movielens-100k"
FIRST_METHODS = ("none", "global-examples", "recent-history", "rag-dense")
# Chosen by their profiles alone: strict raters, so that a history says something that an average does not.
FIRST_PEOPLE = ("774", "609")

ARMS = state.choices("pg_arms", tuple(arm.value for arm in Arm), accepted=[arm.value for arm in Arm])
SEED = state.integer("pg_seed", 7, low=0, high=9999)
RUN = state.flag("pg_run")
THEM, ME, HELD_OUT, OWN = "them", "me", "held-out", "own"
# Only which of them is asked stands in the address; what the reader wrote or rated never does.
WHO = state.choice("pg_who", THEM, accepted=(THEM, ME))
SOURCE = state.choice("pg_source", HELD_OUT, accepted=(HELD_OUT, OWN))


@dataclass(frozen=True)
class Asked:
    """What the address asks for, each part checked to be there.

    Attributes:
        run: whether the comparison is to be computed, or only set up.
        own: whether it holds a text, choice or profile of this session's reader.
        lack: what the reader has to give before it can be asked, empty if nothing.
        uploaded: whether the data is this session's, uploaded and not saved.
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
    own: bool = False
    lack: str = ""
    uploaded: bool = False

    @property
    def private(self) -> bool:
        """Whether what is computed holds what this session's reader gave, and is dropped with the session."""
        return self.own or self.uploaded

    def columns(self) -> tuple[Column, ...]:
        """The methods with their settings."""
        return tuple(Column(method, config_of(self.settings, method, self.seed)) for method in self.methods)

    def problem(self) -> str:
        """Why this cannot be run, empty if it can."""
        if self.lack:
            return self.lack
        if len(self.methods) < FEWEST:
            return f"Choose {FEWEST} to {MOST} methods to compare."
        return "" if self.arms else "Choose at least one arm: right user, wrong user or nobody."


def dataset_field(names: Sequence[str]) -> Field[str]:
    """Which data."""
    return state.choice("pg_dataset", FIRST_DATASET if FIRST_DATASET in names else names[0], accepted=names)


def user_field(dataset: Dataset, examples: Mapping[str, object]) -> Field[str]:
    """Which person; those without an example of the task are known, but cannot be chosen."""
    first = next((person for person in FIRST_PEOPLE if person in examples), next(iter(examples)))

    def parse(given: str) -> str:
        if given in examples:
            return given
        known = "this person has no example of the task" if given in dataset.by_id else "nobody has this id"
        raise ValueError(f"one of {len(examples)} people with an example of the task; {known}")

    return Field("pg_user", first, parse, str, tuple(examples))


def readers(dataset: Dataset, task: Task) -> dict[str, User]:
    """Everybody with an item that the task reads: for whom an own request can be asked."""
    return {user.id: user for user in dataset.users() if any(item.kind == task.reads for item in user.items)}


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
