"""Whose people, and which of them: the controls of People, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts.playground_address import FIRST_DATASET, FIRST_PEOPLE
from dashboard.parts.playground_controls import dataset_label, task_select, user_label
from dashboard.state import Field
from data.importer import SESSION
from engines import usermap
from engines.usermap import seen_of

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.records import Dataset, Example, Task, User

SEED = 7
EVERY = ""
USER = state.text("pe_user", longest=200)
PERSONA = state.text("pe_persona", longest=200)
METHOD = state.text("pe_method", longest=80)


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    Attributes:
        user: the chosen person, with all items.
        seen: the same person with what may be known: of the kind that the task reads, before the own cut, and about
            nothing held out.
        examples: the person's held-out requests; methods and readers see them without their answers.
        hidden: the subjects of each user's held-out examples.
        persona: the persona that the map shows alone; empty for all.
        uploaded: whether the data is this session's, uploaded and not saved.
    """

    dataset: Dataset
    task: Task
    user: User
    seen: User
    examples: Sequence[Example]
    hidden: Mapping[str, frozenset[str]]
    persona: str
    uploaded: bool
    seed: int = SEED

    @property
    def example(self) -> Example | None:
        """The request for which methods are looked at: the person's first."""
        return self.examples[0] if self.examples else None

    @property
    def private(self) -> bool:
        """Whether what is computed is dropped with the session."""
        return self.uploaded


def user_field(dataset: Dataset, first: str) -> Field[str]:
    """Which person; anybody of the dataset."""

    def parse(given: str) -> str:
        if given not in dataset.by_id:
            raise ValueError(f"one of {len(dataset.by_id)} people of this data")
        return given

    return Field(USER.name, first, parse, str, tuple(dataset.by_id))


def cells_of(dataset: Dataset) -> dict[str, int]:
    """Persona to the number of its people, the largest first; people without one are left out."""
    counts: dict[str, int] = {}
    for user in dataset.users():
        if user.persona.cell:
            counts[user.persona.cell] = counts.get(user.persona.cell, 0) + 1
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def persona_field(cells: Mapping[str, int]) -> Field[str]:
    """Which persona the map shows alone."""

    def parse(given: str) -> str:
        if given not in cells:
            raise ValueError(f"one of {len(cells)} personas of this data")
        return given

    return Field(PERSONA.name, EVERY, parse, str, (EVERY, *cells))


def first_person(dataset: Dataset, examples: Mapping[str, object]) -> str:
    """Who is shown first: whom the Playground shows, or the first with a held-out request."""
    known = [*FIRST_PEOPLE, *examples, *dataset.by_id]
    return next(person for person in known if person in dataset.by_id and (person in examples or not examples))


def hidden_of(examples: Mapping[str, Sequence[Example]]) -> dict[str, frozenset[str]]:
    """The subjects of each user's held-out examples."""
    return {person: frozenset(one.subject for one in some) for person, some in examples.items()}


def map_ahead(services: Services) -> None:
    """Make the map that the page opens with, before anybody asks for it."""
    dataset = services.dataset(FIRST_DATASET)
    task = dataset.tasks[0]
    hidden = hidden_of(services.examples(dataset, task.id, SEED))
    services.jobs.start(usermap.job(dataset, task, services.encoder, hidden=hidden, seed=SEED)).wait()


def request(services: Services) -> Asked | None:
    """Draw the controls; None where the data has nobody, with the reason shown."""
    names = services.dataset_names()
    data = state.choice("pe_dataset", FIRST_DATASET if FIRST_DATASET in names else names[0], accepted=names)
    seen = state.here(data)
    state.show_notes(seen)
    places = st.columns([3, 3, 5, 3])
    with places[0]:
        labels = {name: dataset_label(services, name) for name in names}
        st.selectbox("Data", names, format_func=labels.get, **state.bound(data, seen[data], *_after_data()))
    dataset = services.dataset(seen[data])
    if not dataset.by_id:
        st.info("There is nobody in this data.", icon=":material/person_off:")
        return None
    with places[1]:
        task = task_select(dataset, TASK.name, said=READS)
    examples = services.examples(dataset, task.id, SEED)
    with places[2]:
        user = dataset.by_id[_user(dataset, examples)]
    with places[3]:
        persona = _persona(dataset)
    hidden = hidden_of(examples)
    known = seen_of(dataset, task, user, hidden.get(user.id, frozenset()))
    uploaded = dataset.info.id.startswith(SESSION)
    return Asked(dataset, task, user, known, examples.get(user.id, ()), hidden, persona, uploaded)


TASK = state.text("pe_task")
READS = "Says which items are read, and from when on they are held out."


def _after_data() -> tuple[Field[str], ...]:
    """What means nothing in other data."""
    return TASK, USER, PERSONA


def _user(dataset: Dataset, examples: Mapping[str, object]) -> str:
    field = user_field(dataset, first_person(dataset, examples))
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        f"Person ({len(dataset.by_id)}, type to search, or click on the map)",
        field.accepted,
        format_func=lambda user: user_label(dataset.by_id[user]),
        **state.bound(field, seen[field]),
    )
    return seen[field]


def _persona(dataset: Dataset) -> str:
    cells = cells_of(dataset)
    field = persona_field(cells)
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        f"Persona on the map ({len(cells)})",
        field.accepted,
        format_func=lambda cell: f"{safe.plain(cell, 60)} ({cells[cell]})" if cell else "all",
        disabled=len(cells) < 2,
        **state.bound(field, seen[field]),
    )
    return seen[field]


def pick(asked: Asked, user: str) -> None:
    """Choose a person by the map; fit for a callback."""
    if user in asked.dataset.by_id:
        state.put(user_field(asked.dataset, first_person(asked.dataset, asked.hidden)), user)
