"""Your own request, and being the user: what the reader writes, rates or picks in place of what the data holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.parts import playground_own_form as forms
from dashboard.parts import playground_own_session as session
from dashboard.parts.playground_address import ME, OWN, RUN, SOURCE, WHO
from data.records import Dataset, Example, TaskKind
from engines import own
from engines.own_catalog import Thing, things

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.records import Task, User

FIRST_PICKED, OPTION = 5, 90
TROUBLE = "pg_own_trouble"
SEEN = "own_seen"
WHOSE = {"them": "Somebody in the data", ME: "Me"}
WHAT = {"held-out": "Held-out example", OWN: "My own request"}
LINKED = (
    "This link was made with a request or a profile of somebody's own. It stays in their session and is not in the "
    "link: the setup is restored, the rest is for you to give."
)


@dataclass(frozen=True)
class Given:
    """What the reader asks for; `lack` says what is missing, and then the example is empty."""

    dataset: Dataset
    user: User
    example: Example
    lack: str = ""


def modes(services: Services) -> None:
    """Whose request it is, where it comes from, and the button that deletes what is the reader's own."""
    seen = state.here(WHO, SOURCE)
    state.show_notes(seen)
    held = session.mine(services)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="pg_modes"):
        st.segmented_control(
            "For whom", WHO.accepted, format_func=WHOSE.get, required=True, width="content",
            **state.bound(WHO, seen[WHO], RUN),
        )  # fmt: skip
        if seen[WHO] == ME:
            st.session_state["pg_source_fixed"] = OWN
            st.segmented_control(
                "What is asked", (OWN,), format_func=WHAT.get, key="pg_source_fixed", disabled=True, width="content",
                help="Nothing of yours is held out, so what is asked is your own request as well.",
            )  # fmt: skip
        else:
            st.segmented_control(
                "What is asked", SOURCE.accepted, format_func=WHAT.get, required=True, width="content",
                **state.bound(SOURCE, seen[SOURCE], RUN),
            )  # fmt: skip
        if not held.empty:
            st.button(
                "Delete my data", icon=":material/delete:", key="pg_own_delete", on_click=session.forget,
                args=(services,), help="Removes what you wrote or rated, and all answers that were made with it.",
            )  # fmt: skip


def request(services: Services, dataset: Dataset, task: Task, *, person: str, places: Sequence[Any]) -> Given:
    """The controls of an own request, and of the reader's profile where no person is given.

    Args:
        services: holds the session's runs.
        dataset: the chosen data.
        task: what is asked of the methods.
        person: id of a person in the data; empty if the reader is the user.
        places: where the user's and the example's controls stand.
    """
    _linked()
    held, lack = session.mine(services), ""
    view, profile = dataset, ""
    if not person:
        given = held.profiles.get(dataset.info.id, own.Profile())
        known = {thing.subject: thing for thing in things(dataset, task)}
        guest = own.as_user(dataset, task, given, user_id=held.user, things=known)
        view, profile, person = own.beside(dataset, guest), given.digest(), guest.id
        with places[0]:
            _fixed("User", f"You, {forms.counted(given)}", "pg_me_user")
        forms.draw(services, dataset, task)
        lack = "" if given else "Give your own texts or ratings first."
    asker = own.Asker(view, task, person, held.token, profile)
    example, missing = _asked(services, asker, places[1])
    return Given(view, view.by_id[person], example, lack or missing)


def _linked() -> None:
    """Tell who opens a link, or reloads, that what was own is not there; only what this session gave can be."""
    if not st.session_state.get(SEEN) and state.here(RUN)[RUN]:
        st.session_state[TROUBLE] = LINKED
        state.clear(RUN)
    st.session_state[SEEN] = True
    if said := st.session_state.pop(TROUBLE, ""):
        st.info(safe.markdown(said), icon=":material/link_off:")


def _fixed(label: str, said: str, key: str) -> None:
    """A control that shows what is given elsewhere."""
    st.selectbox(label, [safe.plain(said)], disabled=True, key=f"{key}_{len(said)}")


def _asked(services: Services, asker: own.Asker, place: Any) -> tuple[Example, str]:
    """The example, and what is missing."""
    if own.takes_text(asker.task):
        return _text(services, asker, place)
    if asker.task.kind is TaskKind.CHOOSE:
        return _empty(
            asker
        ), "Two given answers are chosen between here; the page Preferences asks for your own choices."
    known = own.unrated(things(asker.dataset, asker.task), asker.dataset.by_id[asker.user])
    if asker.task.kind is TaskKind.RATE:
        return _thing(services, asker, known, place)
    return _choice(services, asker, known, place)


def _text(services: Services, asker: own.Asker, place: Any) -> tuple[Example, str]:
    held, about = session.mine(services), (asker.dataset.info.id, asker.task.id)
    said = str(held.requests.get(about, ""))
    with place:
        _fixed("Example", "My own request, below", "pg_own_fixed")
    key = session.key_of(f"text_{asker.task.id}")
    with st.form(f"{key}_form", border=True):
        st.text_area(
            f"Your own request: {asker.task.name.lower()}",
            said,
            key=key,
            max_chars=own.LONGEST,
            height=110,
            placeholder="Write a few sentences.",
            help="Kept in this session only, never in the address.",
        )
        st.form_submit_button("Use this request", on_click=_use, args=(services, about, key), key=f"{key}_use")
    forms.show_error(about[1])
    return own.text_request(asker, said), "" if said else "Write your own request first."


def _use(services: Services, about: tuple[str, str], key: str) -> None:
    try:
        session.mine(services).requests[about] = own.clean(str(st.session_state[key]), "your request")
    except own.OwnError as error:
        forms.keep_error(about[1], error)
    state.clear(RUN)


def _thing(services: Services, asker: own.Asker, known: Sequence[Thing], place: Any) -> tuple[Example, str]:
    by_id, about = {thing.subject: thing for thing in known}, (asker.dataset.info.id, asker.task.id)
    if not by_id:
        return _empty(asker), "Nothing is left to be rated."
    said = str(session.mine(services).requests.get(about, ""))
    key = session.key_of(f"thing_{asker.task.id}")
    st.session_state[key] = said if said in by_id else known[0].subject
    with place:
        st.selectbox(
            f"Not rated yet ({len(by_id):,}, type to search)",
            list(by_id),
            format_func=lambda subject: safe.plain(by_id[subject].label, OPTION),
            key=key,
            on_change=partial(_pick, services, about, key),
        )
    return own.thing_request(asker, by_id[st.session_state[key]]), ""


def _choice(services: Services, asker: own.Asker, known: Sequence[Thing], place: Any) -> tuple[Example, str]:
    by_id, about = {thing.subject: thing for thing in known}, (asker.dataset.info.id, asker.task.id)
    first = [thing.subject for thing in known[:FIRST_PICKED]]
    said = session.mine(services).requests.get(about, first)
    key = session.key_of(f"choice_{asker.task.id}")
    st.session_state[key] = [subject for subject in said if subject in by_id]
    with place:
        _fixed("Example", "My own choice, below", "pg_own_fixed")
    st.multiselect(
        f"To be ranked: {own.FEWEST_RANKED} to {own.MOST_RANKED} that the user has not rated, type to search",
        list(by_id),
        format_func=lambda subject: safe.plain(by_id[subject].label, OPTION),
        max_selections=own.MOST_RANKED,
        key=key,
        on_change=partial(_pick, services, about, key),
    )
    try:
        return own.choice_request(asker, [by_id[subject] for subject in st.session_state[key]]), ""
    except own.OwnError as error:
        return _empty(asker), f"{safe.markdown(str(error)).capitalize()}."


def _pick(services: Services, about: tuple[str, str], key: str) -> None:
    found = st.session_state[key]
    session.mine(services).requests[about] = found if isinstance(found, str) else tuple(found or ())
    state.clear(RUN)


def _empty(asker: own.Asker) -> Example:
    """No request yet."""
    return Example(asker.name(), asker.task.id, asker.user, "", "", asker.dataset.cut(asker.task, asker.user))
