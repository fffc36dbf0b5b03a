"""The form in which the reader becomes a user: a few short texts, or ratings of well-known things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts import playground_own_session as session
from dashboard.parts.playground_address import RUN
from engines import own
from engines.own_catalog import Thing, offered, things

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.records import Dataset, Task

ERRORS = "pg_own_errors"
NOT_SEEN, NOT_SAID = "not seen", "not said"
OPTION = 90
KEPT = "Kept in this session only: not in the address, not on disk."


def keep_error(place: str, error: own.OwnError) -> None:
    """Show an error at the next drawing of a form."""
    st.session_state.setdefault(ERRORS, {})[place] = str(error)


def show_error(place: str) -> None:
    """The error of the last click, once."""
    if said := st.session_state.get(ERRORS, {}).pop(place, ""):
        st.error(f"{safe.markdown(said[:1].upper() + said[1:])}.", icon=":material/error:")


def counted(profile: own.Profile) -> str:
    """How much there is of a profile, in words."""
    if profile.ratings:
        return f"{len(profile.ratings)} {'rating' if len(profile.ratings) == 1 else 'ratings'}"
    count = len(profile.texts)
    return f"{count} {'text' if count == 1 else 'texts'}" if count else "nothing yet"


def draw(services: Services, dataset: Dataset, task: Task) -> None:
    """The form, closed once it is filled."""
    given = session.mine(services).profiles.get(dataset.info.id, own.Profile())
    known = things(dataset, task)
    what = "rate films that you know" if known else "give short texts that you wrote"
    label = f"You: {counted(given)}" if given else f"Be the user: {what}"
    with st.expander(label, icon=":material/person_edit:", expanded=not given, key=f"pg_me_{bool(given)}"):
        if known:
            _ratings(services, dataset, known, given)
        else:
            _texts(services, dataset, given)
        show_error("me")


def _texts(services: Services, dataset: Dataset, given: own.Profile) -> None:
    key = session.key_of(f"texts_{dataset.info.id}")
    st.caption(
        f"Up to {own.MOST_TEXTS} texts, each of at most {own.LONGEST} characters, a blank line between two; without "
        f"blank lines every line is a text. {KEPT} What your texts were made from is not known, so retrieval has "
        "nothing to compare and takes the last ones."
    )
    with st.form(f"{key}_form", border=False):
        st.text_area("Your texts", "\n\n".join(given.texts), key=key, height=200, max_chars=own.MOST_TEXTS * 700)
        traits = _traits(dataset, given)
        st.form_submit_button(
            "Use these texts",
            type="primary",
            key=f"{key}_use",
            on_click=_use_texts,
            args=(services, dataset.info.id, key, traits),
        )


def _use_texts(services: Services, name: str, key: str, traits: Mapping[str, str]) -> None:
    state.clear(RUN)
    try:
        texts = own.split_texts(str(st.session_state[key]))
    except own.OwnError as error:
        keep_error("me", error)
        return
    session.mine(services).profiles[name] = own.Profile(texts, traits=_said(traits))


def _ratings(services: Services, dataset: Dataset, known: Sequence[Thing], given: own.Profile) -> None:
    first = offered(known)
    by_id = {thing.subject: thing for thing in known}
    others = [subject for subject in by_id if subject not in {thing.subject for thing in first}]
    st.caption(f"Well known and of many kinds, by the number of ratings in the data. {KEPT}")
    more = st.multiselect(
        "Add others to rate, type to search",
        others,
        [subject for subject in given.ratings if subject in others],
        format_func=lambda subject: safe.plain(by_id[subject].label, OPTION),
        max_selections=own.MOST_RATED - len(first),
        key=session.key_of(f"more_{dataset.info.id}"),
    )
    rows = [*first, *(by_id[subject] for subject in more)]
    keys = {thing.subject: session.key_of(f"stars_{thing.subject}") for thing in rows}
    options = (NOT_SEEN, *map(str, range(1, 6)))
    with st.form(session.key_of(f"rate_{dataset.info.id}"), border=False):
        with st.grid(2, min_column_width=300, key="pg_me_films"):
            for thing in rows:
                stars = given.ratings.get(thing.subject, 0)
                st.radio(safe.markdown(thing.title), options, stars, horizontal=True, key=keys[thing.subject])
        traits = _traits(dataset, given)
        st.form_submit_button(
            "Use these ratings",
            type="primary",
            key=session.key_of(f"rate_use_{dataset.info.id}"),
            on_click=_use_ratings,
            args=(services, dataset.info.id, keys, traits),
        )


def _use_ratings(services: Services, name: str, keys: Mapping[str, str], traits: Mapping[str, str]) -> None:
    state.clear(RUN)
    said = {subject: str(st.session_state.get(key, NOT_SEEN)) for subject, key in keys.items()}
    stars = {subject: int(value) for subject, value in said.items() if value != NOT_SEEN}
    if not stars:
        keep_error("me", own.OwnError("nothing is rated; rate at least one"))
        return
    session.mine(services).profiles[name] = own.Profile(ratings=stars, traits=_said(traits))


def _traits(dataset: Dataset, given: own.Profile) -> dict[str, str]:
    """A choice for each trait that all people of the data declare; trait name to widget key."""
    people = [user.persona.traits for user in dataset.users()]
    names = [name for name in people[0] if all(name in traits for traits in people)]
    keys = {name: session.key_of(f"trait_{dataset.info.id}_{name}") for name in names}
    if names:
        st.caption("About you, if you like: methods of the persona level use it, and a wrong user differs in it.")
        with st.grid(len(names), min_column_width=160, key="pg_me_traits"):
            for name, key in keys.items():
                values = [NOT_SAID, *sorted({traits[name] for traits in people})]
                at = values.index(given.traits[name]) if given.traits.get(name) in values else 0
                st.selectbox(safe.plain(name[:1].upper() + name[1:]), values, at, format_func=safe.plain, key=key)
    return keys


def _said(keys: Mapping[str, str]) -> dict[str, str]:
    found = {name: str(st.session_state.get(key, NOT_SAID)) for name, key in keys.items()}
    return {name: value for name, value in found.items() if value != NOT_SAID}
