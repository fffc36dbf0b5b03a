"""The Playground's controls: each is bound to the address, and a change of what is asked takes the results' place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.navigation import address
from dashboard.parts import playground_address as fields
from dashboard.parts import playground_methods, playground_settings
from dashboard.parts import playground_outside as outside
from dashboard.parts import playground_own as own
from dashboard.parts.playground_address import ME, OWN, RUN, SEED, SOURCE, WHO, Asked
from dashboard.theme import Origin
from data.errors import AttuneError
from data.importer import SESSION

if TYPE_CHECKING:
    from dashboard.services import Services
    from dashboard.state import Field
    from data.records import Dataset, Example, Task, User

LONGEST_OPTION = 90


def dataset_select(services: Services) -> str:
    """The dataset; drawn by itself, so that another can be chosen where this one cannot be read."""
    field = fields.dataset_field(services.dataset_names())
    seen = state.here(field)
    state.show_notes(seen)
    dependent = (task_name, user_name, example_name)
    labels = {name: dataset_label(services, name) for name in field.accepted}
    st.selectbox(
        "Dataset",
        field.accepted,
        format_func=labels.get,
        **_bound(field, seen[field], *dependent),
    )
    return seen[field]


def dataset_label(services: Services, name: str) -> str:
    """A dataset as an option: its name, and whether its people are fictional or its files missing."""
    try:
        info = services.dataset(name).info
    except AttuneError:
        return f"{name} (cannot be read)"
    if name.startswith(SESSION):
        return safe.plain(f"{info.name} (this session only)")
    return safe.plain(f"{info.name} ({Origin.FICTIONAL.value})" if info.fictional else info.name)


task_name, user_name, example_name = (state.text(f"pg_{name}") for name in ("task", "user", "example"))


def _bound(field: Field, value: object, *cleared: Field) -> dict[str, object]:
    """As `state.bound`; what was run was another question, so the address does not ask to run this one yet."""
    return state.bound(field, value, RUN, *cleared)


def task_select(dataset: Dataset, name: str, *cleared: Field[Any], said: str | None = None) -> Task:
    """A task of a dataset, the first until another is chosen.

    Args:
        dataset: has the tasks.
        name: of the field in the address.
        cleared: what means nothing with another task.
        said: the help of the control.
    """
    field = state.choice(name, dataset.tasks[0].id, accepted=(task.id for task in dataset.tasks))
    seen = state.here(field)
    state.show_notes(seen)
    titles = {task.id: task.name for task in dataset.tasks}
    st.selectbox(
        "Task",
        field.accepted,
        format_func=lambda task: safe.plain(titles[task]),
        help=said,
        **state.bound(field, seen[field], *cleared),
    )
    return dataset.task(seen[field])


def request(services: Services, name: str, places: Sequence[Any]) -> Asked:
    """The controls of the request and of the methods, and what they ask for.

    Args:
        services: data and methods.
        name: the dataset.
        places: four columns for task, user, example and seed.

    Raises:
        AttuneError: the dataset is not installed or cannot be read.
    """
    dataset = services.dataset(name)
    seen = state.here(SEED, RUN, WHO, SOURCE)
    state.show_notes(seen)
    first, *middle, last = places
    with first:
        task = task_select(dataset, task_name.name, RUN, example_name)
    with last:
        st.number_input("Seed", SEED_LOW, SEED_HIGH, step=1, **_bound(SEED, seen[SEED], example_name))
    own.modes(services)
    written = seen[WHO] == ME or seen[SOURCE] == OWN
    given = _own(services, dataset, task, middle) if written else _held_out(services, dataset, task, middle)
    methods, arms, settings = playground_methods.choose(services, given.dataset, task)
    run = state.here(RUN)[RUN]
    who, example = given.user, given.example
    asked = Asked(
        given.dataset, task, who, example, methods, arms, seen[SEED], settings, run, own=written, lack=given.lack
    )
    asked = replace(asked, uploaded=name.startswith(SESSION))
    return asked if asked.lack else replace(asked, lack=outside.lack(services, asked))


def _held_out(services: Services, dataset: Dataset, task: Task, places: Sequence[Any]) -> own.Given:
    """Somebody in the data, and one of their held-out examples."""
    examples = services.examples(dataset, task.id, state.here(SEED)[SEED])
    with places[0]:
        user = _user(dataset, examples)
    with places[1]:
        return own.Given(dataset, dataset.by_id[user], _example(examples[user]))


def _own(services: Services, dataset: Dataset, task: Task, places: Sequence[Any]) -> own.Given:
    """A request of the reader's own, for somebody in the data or for the reader."""
    person = ""
    if state.here(WHO)[WHO] != ME:
        with places[0]:
            person = _user(dataset, fields.readers(dataset, task))
    return own.request(services, dataset, task, person=person, places=places)


SEED_LOW, SEED_HIGH = 0, 9999


def user_label(user: User) -> str:
    """A person as an option: id or name, traits, number of items."""
    count = f"{len(user.items)} items"
    return safe.plain(", ".join([user.name, *user.persona.traits.values(), count]), LONGEST_OPTION)


def _user(dataset: Dataset, examples: Mapping[str, Sequence[Example]]) -> str:
    field = fields.user_field(dataset, examples)
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        f"User ({len(examples)}, type to search)",
        field.accepted,
        format_func=lambda user: user_label(dataset.by_id[user]),
        **_bound(field, seen[field], example_name),
    )
    return seen[field]


def _example(own: Sequence[Example]) -> Example:
    field, by_id = fields.example_field(own), {example.id: example for example in own}
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        f"Held-out example ({len(own)})",
        field.accepted,
        format_func=lambda example: safe.plain(by_id[example].input, LONGEST_OPTION),
        **_bound(field, seen[field]),
    )
    return by_id[seen[field]]


def actions(
    services: Services, asked: Asked, *, running: bool, stale: bool, on: Mapping[str, Callable[[], None]]
) -> None:
    """Run, Stop, swap the user, settings, copy the link; `on` has what each of the first three does.

    It may also have what else to draw: `beside` Stop, and at the `end` of the row.
    While a run computes, only another one can be started beside it.
    """
    problem = asked.problem()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Run",
            key="pg_do_run",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(problem) or (running and not stale),
            on_click=on["run"],
        )
        st.button("Stop", key="pg_do_stop", icon=":material/stop:", disabled=not running, on_click=on["stop"])
        if "beside" in on:
            on["beside"]()
        st.button(
            "Swap the user",
            key="pg_do_swap",
            icon=":material/swap_horiz:",
            help="Ask the same methods for the wrong user of this request.",
            on_click=on["swap"],
        )
        playground_settings.draw(services, asked)
        with st.popover("Copy link", icon=":material/link:", key="pg_link"):
            st.caption("This address restores data, user, example, methods and settings, and runs them.")
            if asked.own:
                st.caption("What you wrote, rated or picked is not in it: whoever opens it gives their own.")
            st.code(fields.link_to(_here(), st.query_params.to_dict()), language=None, wrap_lines=True)
        if "end" in on:
            on["end"]()
        if problem:
            st.markdown(problem, width="content")


def _here() -> str:
    return st.context.url or address("playground")
