"""What Cold start measures: data and task, methods, users, lengths of history; all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts.playground_address import FIRST_DATASET, K_LIMITS
from dashboard.parts.playground_controls import dataset_label, task_select
from dashboard.parts.playground_methods import method_label
from data.importer import SESSION
from engines.coldstart import (
    ALL,
    EXAMPLES,
    FEWEST_USERS,
    FIRST_LENGTHS,
    LENGTHS,
    MOST_EXAMPLES,
    MOST_METHODS,
    MOST_USERS,
    USERS,
    Plan,
    drawn,
)
from engines.families import by_family
from engines.live import Column
from engines.models.facts import lacking
from engines.outside_preview import calls_out
from engines.runs.bench import Bench, lacking_items
from engines.types import Config

if TYPE_CHECKING:
    from dashboard.services import LiveMethod, Services
    from dashboard.state import Field
    from data.records import Dataset, Example, Task, User

FEWEST_METHODS = 2
FIRST_METHODS = ("persona-examples", "recent-history", "rag-bm25")
NAMES = {"all" if length == ALL else str(length): length for length in LENGTHS}
FIRST = tuple(name for name, length in NAMES.items() if length in FIRST_LENGTHS)

RUN = state.flag("cs_run")
SEED = state.integer("cs_seed", 7, low=0, high=9999)
K = state.integer("cs_k", Config().k, low=K_LIMITS[0], high=K_LIMITS[1])
COUNT = state.integer("cs_examples", EXAMPLES, low=1, high=MOST_EXAMPLES)
SPANS = state.choices("cs_lengths", FIRST, accepted=NAMES)
TASK, USERS_FIELD, METHODS = (state.text(f"cs_{name}") for name in ("task", "users", "methods"))


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    Attributes:
        examples: the held-out requests of everybody, by user.
        run: whether it is to be measured, or only set up.
        uploaded: whether the data is this session's, uploaded and not saved.
    """

    dataset: Dataset
    task: Task
    examples: Mapping[str, Sequence[Example]]
    methods: tuple[str, ...]
    users: tuple[str, ...]
    lengths: tuple[int, ...]
    k: int
    count: int
    seed: int
    run: bool
    uploaded: bool

    @property
    def private(self) -> bool:
        """Whether what is measured is dropped with the session."""
        return self.uploaded

    @property
    def user(self) -> User:
        """The first of the users."""
        return self.dataset.by_id[(*self.users, *self.dataset.by_id)[0]]

    @property
    def config(self) -> Config:
        """The settings of every method."""
        return Config(k=self.k, seed=self.seed)

    def problem(self) -> str:
        """Why it cannot be measured, empty if it can."""
        if not FEWEST_METHODS <= len(self.methods) <= MOST_METHODS:
            return f"Choose {FEWEST_METHODS} to {MOST_METHODS} methods."
        if not FEWEST_USERS <= len(self.users) <= MOST_USERS:
            return f"Choose {FEWEST_USERS} to {MOST_USERS} users: an interval resamples them."
        if len(self.lengths) < 2:
            return "Choose at least two lengths."
        if host := calls_out(self.methods):
            return f"One of the methods sends words to {host}. Only the Playground shows them first: leave it out here."
        return ""

    def plan(self, services: Services) -> Plan:
        """What is measured; its id needs the model."""
        bench = Bench(self.dataset, self.task, services.model, services.encoder, self.seed)
        columns = tuple(Column(method, self.config) for method in self.methods)
        return Plan(bench, columns, self.users, self.lengths, self.count)


def fitting(services: Services, dataset: Dataset, task: Task) -> dict[str, LiveMethod]:
    """The methods that run on the task, with these data and this model, by family."""
    known = {method.id: method for method in services.methods()}
    order = [name for some in by_family(list(known)).values() for name in some]
    model = services.model
    return {
        name: known[name]
        for name in order
        if not (known[name].info.why_unfit(task.kind) or lacking_items(known[name].info, dataset, task))
        and not lacking(known[name].info, model)
    }


def users_field(examples: Mapping[str, object], first: tuple[str, ...]) -> Field[tuple[str, ...]]:
    """Whose requests are asked; each must have one."""

    def parse(given: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(one for one in given.split(",") if one))
        if len(found) > MOST_USERS or any(one not in examples for one in found):
            raise ValueError(f"at most {MOST_USERS} of {len(examples)} people with a held-out request")
        return found

    return state.Field(USERS_FIELD.name, first, parse, ",".join, tuple(examples))


def request(services: Services) -> Asked | None:
    """Draw the controls; None where there is nobody to ask for, with the reason shown."""
    names = services.dataset_names()
    data = state.choice("cs_dataset", FIRST_DATASET if FIRST_DATASET in names else names[0], accepted=names)
    seen = state.here(data, RUN, SEED, K, COUNT, SPANS)
    state.show_notes(seen)
    places = st.columns([4, 4, 2, 2, 2], vertical_alignment="bottom")
    with places[0]:
        labels = {name: dataset_label(services, name) for name in names}
        cleared = (RUN, TASK, USERS_FIELD, METHODS)
        st.selectbox("Data", names, format_func=labels.get, **state.bound(data, seen[data], *cleared))
    dataset = services.dataset(seen[data])
    with places[1]:
        task = task_select(dataset, TASK.name, RUN, USERS_FIELD, METHODS)
    numbers = (
        ("Requests a user, at most", COUNT, 1, MOST_EXAMPLES, "Of each user's held-out requests, the first so many."),
        ("Items in the prompt (k)", K, *K_LIMITS, "A longer history than k only gives more to choose from."),
        ("Seed", SEED, 0, 9999, "Draws the users to begin with, the wrong users and what methods draw."),
    )
    for place, (label, field, low, high, said) in zip(places[2:], numbers, strict=True):
        with place:
            st.number_input(label, low, high, step=1, help=said, **state.bound(field, seen[field], RUN))
    examples = services.examples(dataset, task.id, seen[SEED])
    if len(examples) < FEWEST_USERS:
        st.info(f"Fewer than {FEWEST_USERS} people of this data have a held-out request.", icon=":material/person_off:")
        return None
    left, right = st.columns([3, 2])
    with left:
        methods = _methods(fitting(services, dataset, task))
    with right:
        lengths = _lengths(seen[SPANS])
    users = _users(dataset, task, examples, seen[SEED])
    uploaded = dataset.info.id.startswith(SESSION)
    k, count, seed = (seen[field] for field in (K, COUNT, SEED))
    return Asked(dataset, task, examples, methods, users, lengths, k, count, seed, seen[RUN], uploaded)


def _methods(known: Mapping[str, LiveMethod]) -> tuple[str, ...]:
    first = tuple(name for name in FIRST_METHODS if name in known)
    field = state.choices(METHODS.name, first, accepted=known, most=MOST_METHODS)
    seen = state.here(field)
    state.show_notes(seen)
    st.multiselect(
        f"Methods ({FEWEST_METHODS} to {MOST_METHODS} of {len(known)} that run on this task)",
        field.accepted,
        format_func=lambda name: method_label(known[name]),
        max_selections=MOST_METHODS,
        **state.bound(field, seen[field], RUN),
    )
    return seen[field]


def _users(dataset: Dataset, task: Task, examples: Mapping[str, object], seed: int) -> tuple[str, ...]:
    field = users_field(examples, drawn(dataset, task, examples, seed=seed, count=USERS))
    seen = state.here(field)
    state.show_notes(seen)
    st.multiselect(
        f"Users ({FEWEST_USERS} to {MOST_USERS}; to begin with {USERS} by lot)",
        field.accepted,
        format_func=lambda user: label(dataset.by_id[user], task),
        max_selections=MOST_USERS,
        **state.bound(field, seen[field], RUN),
    )
    return seen[field]


def label(user: User, task: Task) -> str:
    """A person in few words: name and how many items there are."""
    return f"{safe.plain(user.name, 40)} ({sum(item.kind == task.reads for item in user.items)} items)"


def _lengths(chosen: tuple[str, ...]) -> tuple[int, ...]:
    st.multiselect(
        "Lengths of the history",
        SPANS.accepted,
        help="How many of the user's last items before the cut a method is given.",
        **state.bound(SPANS, tuple(sorted(chosen, key=NAMES.__getitem__)), RUN),
    )
    return tuple(sorted({NAMES[name] for name in chosen}))
