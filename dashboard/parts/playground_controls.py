"""The Playground's controls: each is bound to the address, and a change of what is asked takes the results' place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state, theme
from dashboard.navigation import address
from dashboard.parts import playground_address as fields
from dashboard.parts import playground_own as own
from dashboard.parts.playground_address import ARMS, ME, MOST, OWN, RUN, SEED, SOURCE, WHO, Asked, Settings
from dashboard.parts.playground_rows import ARM_NAME
from dashboard.theme import Origin
from data.errors import AttuneError
from engines.models.facts import lacking
from engines.prompts import TEMPLATES
from engines.types import Arm, Config, MethodInfo, Reach

if TYPE_CHECKING:
    from dashboard.services import LiveMethod, Services
    from dashboard.state import Field
    from data.records import Dataset, Example, Task, User

LONGEST_OPTION = 90
UNABLE = " (not with this model)"


def dataset_select(services: Services) -> str:
    """The dataset; drawn by itself, so that another can be chosen where this one cannot be read."""
    field = fields.dataset_field(services.dataset_names())
    seen = state.here(field)
    state.show_notes(seen)
    dependent = (task_name, user_name, example_name)
    st.selectbox(
        "Dataset",
        field.accepted,
        format_func=lambda name: dataset_label(services, name),
        **_bound(field, seen[field], *dependent),
    )
    return seen[field]


def dataset_label(services: Services, name: str) -> str:
    """A dataset as an option: its name, and whether its people are fictional or its files missing."""
    try:
        info = services.dataset(name).info
    except AttuneError:
        return f"{name} (cannot be read)"
    return safe.plain(f"{info.name} ({Origin.FICTIONAL.value})" if info.fictional else info.name)


task_name, user_name, example_name = (state.text(f"pg_{name}") for name in ("task", "user", "example"))


def _bound(field: Field, value: object, *cleared: Field) -> dict[str, object]:
    """As `state.bound`; what was run was another question, so the address does not ask to run this one yet."""
    return state.bound(field, value, RUN, *cleared)


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
    task_field = fields.task_field(dataset)
    seen = state.here(task_field, SEED, RUN, WHO, SOURCE)
    state.show_notes(seen)
    task = dataset.task(seen[task_field])
    first, *middle, last = places
    with first:
        names = {task.id: task.name for task in dataset.tasks}
        st.selectbox(
            "Task",
            task_field.accepted,
            format_func=lambda task: safe.plain(names[task]),
            **_bound(task_field, seen[task_field], example_name),
        )
    with last:
        st.number_input("Seed", SEED_LOW, SEED_HIGH, step=1, **_bound(SEED, seen[SEED], example_name))
    own.modes(services)
    written = seen[WHO] == ME or seen[SOURCE] == OWN
    given = _own(services, dataset, task, middle) if written else _held_out(services, dataset, task, middle)
    methods, arms, settings = _methods(services)
    run = state.here(RUN)[RUN]
    who, example = given.user, given.example
    return Asked(
        given.dataset, task, who, example, methods, arms, seen[SEED], settings, run, own=written, lack=given.lack
    )


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
    return safe.plain(
        f"{user.name}, {', '.join(user.persona.traits.values())}, {len(user.items)} items", LONGEST_OPTION
    )


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


def _methods(services: Services) -> tuple[tuple[str, ...], tuple[Arm, ...], Settings]:
    known = {method.id: method for method in services.methods()}
    absent = _unable(services, known)
    chosen, settings = fields.methods_field(tuple(known)), fields.settings_field(tuple(known))
    seen = state.here(chosen, settings, ARMS)
    state.show_notes(seen)
    left, right = st.columns([10, 5])
    with left:
        st.multiselect(
            f"Methods (two to {MOST})",
            chosen.accepted,
            format_func=lambda method: method_label(known[method]) + (UNABLE if absent[method] else ""),
            max_selections=MOST,
            **_bound(chosen, seen[chosen]),
        )
        for why in filter(None, (absent[method] for method in seen[chosen])):
            st.caption(safe.markdown(why), width="content")
    with right:
        st.pills(
            "Arms: whose data is given",
            ARMS.accepted,
            selection_mode="multi",
            format_func=lambda arm: ARM_NAME[Arm(arm)],
            wrap=True,
            **_bound(ARMS, seen[ARMS]),
        )
    arms = tuple(arm for arm in Arm if arm.value in seen[ARMS])
    return seen[chosen], arms, seen[settings]


def _unable(services: Services, known: Mapping[str, LiveMethod]) -> dict[str, str]:
    """Why the model cannot run each method, empty where it can; without a model the run itself says what is missing."""
    try:
        model = services.model
    except AttuneError:
        return dict.fromkeys(known, "")
    return {name: lacking(method.info, model) for name, method in known.items()}


def method_label(method: LiveMethod) -> str:
    """A method as an option: the shape and letter of its level, and its name."""
    look = theme.level_look(method.info.level.value if method.info.level else None)
    return " ".join(filter(None, (look.glyph, look.letter, safe.plain(method.info.name))))


def takes_items(info: MethodInfo) -> bool:
    """Whether the number of items means something to a method: traits alone have none."""
    return info.uses is not Reach.NOTHING and info.technique != "prompt.persona"


def _settings(services: Services, asked: Asked) -> None:
    known = {method.id: method for method in services.methods()}
    field, settings = fields.settings_field(tuple(known)), asked.settings
    with st.popover("Settings", icon=":material/tune:", key="pg_settings"):
        st.caption("Items, budget and template of each method. What differs from the usual is in the address.")
        usual = {name for name, _ in settings}
        for method in (known[name] for name in asked.methods):
            mark = " (changed)" if method.id in usual else ""
            with st.expander(safe.markdown(f"{method_label(method)}{mark}"), key=f"pg_of_{method.id}"):
                _one(method, field, settings)


def _one(method: LiveMethod, field: Field[Settings], settings: Settings) -> None:
    config = fields.config_of(settings, method.id, 0)
    if takes_items(method.info):
        _number(
            "k", "Items in the prompt, at most (k)", method=method.id, limits=fields.K_LIMITS, setting=(field, config)
        )
    _number("budget", "Prompt tokens, at most", method=method.id, limits=fields.BUDGET_LIMITS, setting=(field, config))
    key = f"pg_template_{method.id}"
    st.session_state[key] = config.template
    st.segmented_control(
        "Template",
        TEMPLATES,
        key=key,
        help="Fenced: the profile stands between two marks and is called data. Plain: without them.",
        on_change=_keep,
        args=(field, method.id, "template", key),
    )


def _number(
    part: str, label: str, *, method: str, limits: tuple[int, int], setting: tuple[Field[Settings], Config]
) -> None:
    key = f"pg_{part}_{method}"
    st.session_state[key] = getattr(setting[1], part)
    st.number_input(label, *limits, step=1, key=key, on_change=_keep, args=(setting[0], method, part, key))


def _keep(field: Field[Settings], method: str, part: str, key: str) -> None:
    """Put one setting into the address, beside those that stand there."""
    value, settings = st.session_state[key], state.here(field)[field]
    config = fields.config_of(settings, method, Config().seed)
    if value is not None:
        state.put(field, fields.changed(settings, method, replace(config, **{part: value})), RUN)


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
        _settings(services, asked)
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
