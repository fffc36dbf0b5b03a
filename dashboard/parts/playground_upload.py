"""Bring your own data: files become a set of this session; saving and deleting are acts of their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.parts import playground_own_session as session
from dashboard.parts import playground_sets as sets
from dashboard.parts.playground_address import RUN, dataset_field
from data import saved
from data.errors import AttuneError
from data.importer import SESSION, Importer, Setting
from data.importers import datasets, importers

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.imported import Imported

SAID, FIRST = "pg_sets_said", "lamp"
ROUND = "pg_sets_round"
REASONS = 6
KEPT = "Read here and held in this session only: nothing stays on disk or in the address, and it goes when you leave."
PUBLIC = "This server is public: sets are not saved or deleted from here."
CLEARED = tuple(state.text(name) for name in ("pg_task", "pg_user", "pg_example"))


def draw(services: Services) -> None:
    """The popover with the upload, what was read, and what can be saved or deleted."""
    said = st.session_state.pop(SAID, None)
    with st.popover("Your data", icon=":material/upload_file:", key="pg_sets", width="stretch"):
        _message(said)
        uploads = session.mine(services).uploads
        for name, found in list(uploads.items()):
            _uploaded(services, name, found.made)
        _upload(services)
        _saved(services)


def _message(said: tuple[str, str] | None) -> None:
    """What came of the last click; the popover stays open."""
    if said:
        kind, text = said
        (st.error if kind == "error" else st.success)(text, icon=":material/error:" if kind == "error" else None)


def offered() -> list[Importer]:
    """The importers of files, which a browser can send."""
    return [importers[name] for name in importers if importers[name].endings]


def _upload(services: Services) -> None:
    known = {importer.name: importer for importer in offered()}
    st.markdown("**Upload files**")
    st.caption(KEPT)
    chosen = known[st.selectbox("Format", list(known), list(known).index(FIRST), key="pg_sets_format")]
    st.caption(f"{chosen.summary}: {chosen.path}. Tested on {chosen.tested}.")
    at = f"{chosen.name}_{st.session_state.get(ROUND, 0)}"
    with st.form(f"pg_sets_form_{at}", border=False):
        st.file_uploader("Files", type=list(chosen.endings), accept_multiple_files=True, key=f"pg_sets_files_{at}")
        st.text_input("Name of the set", max_chars=sets.LONGEST_NAME, key=f"pg_sets_name_{at}", placeholder=chosen.name)
        for setting in chosen.settings:
            _setting(setting, f"pg_sets_{at}_{setting.name}")
        st.form_submit_button(
            "Read these files", type="primary", key=f"pg_sets_read_{at}", on_click=_read,
            args=(services, chosen.name, at),
        )  # fmt: skip


def _setting(setting: Setting, key: str) -> None:
    label = setting.name.replace("-", " ").capitalize()
    if setting.accepted:
        place = setting.accepted.index(setting.default)
        st.selectbox(
            label, setting.accepted, place, format_func=lambda v: v or "(as found)", key=key, help=setting.help
        )
    else:
        st.text_input(label, setting.default, key=key, help=setting.help, max_chars=200)


def _read(services: Services, importer: str, at: str) -> None:
    """Read what was uploaded; fit for a callback."""
    keys = {one.name: f"pg_sets_{at}_{one.name}" for one in importers[importer].settings}
    said = {setting: str(st.session_state.get(key) or "") for setting, key in keys.items()}
    files: Sequence[Any] = st.session_state.get(f"pg_sets_files_{at}") or ()
    name = str(st.session_state.get(f"pg_sets_name_{at}") or "")
    try:
        found = sets.upload(services, importer, files, settings=said, name=name)
    except AttuneError as error:
        st.session_state[SAID] = ("error", sentence(error))
        return
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # another widget, so that the browser's files go
    st.session_state[SAID] = ("done", f"{counted(found.made)}. It is chosen as the dataset.")
    _show(services, found.made.info.id)


def _show(services: Services, name: str) -> None:
    """Choose a set in the address."""
    state.put(dataset_field(sets.Beside(services).dataset_names()), name, RUN, *CLEARED)


def counted(made: Imported) -> str:
    """What a set holds, in words."""
    items = sum(len(user.items) for user in made.users)
    what = f"{len(made.users):,} people, {items:,} items, {len(made.examples):,} held-out examples"
    return f"{safe.markdown(made.info.name)}: {what}"


def sentence(error: AttuneError) -> str:
    """An error as a sentence."""
    text = safe.markdown(str(error), 600)
    return f"{text[:1].upper()}{text[1:]}."


def lines(made: Imported) -> list[str]:
    """What was read, kept and refused, with reasons and first places."""
    found = []
    for tally in made.tallies:
        found.append(f"{tally.what}: {tally.read:,} read, {tally.kept:,} kept, {tally.refused:,} refused")
        for one in tally.refusals[:REASONS]:
            found.append(f"{one.count:,} refused, accepted is {one.reason} (first: {one.first[0]})")
    return [*found, *made.notes]


def _uploaded(services: Services, name: str, made: Imported) -> None:
    with st.container(border=True, key=f"pg_sets_own_{name}"):
        st.markdown(f"**{counted(made)}**")
        st.markdown("\n".join(f"- {safe.markdown(line)}" for line in lines(made)))
        st.caption("In this session only.")
        with st.container(horizontal=True, gap="small"):
            public = services.settings.public
            saving = PUBLIC if public else "Everybody who reaches this server can then use it."
            st.button(
                "Save on this server", icon=":material/save:", key=f"pg_sets_save_{name}", disabled=public, help=saving,
                on_click=_act, args=(services, "save", name),
            )  # fmt: skip
            st.button(
                "Remove", icon=":material/delete:", key=f"pg_sets_drop_{name}", on_click=_act,
                args=(services, "drop", name),
            )  # fmt: skip
        _person(services, name, [user.id for user in made.users])


def _person(services: Services, name: str, people: Sequence[str]) -> None:
    key = f"pg_sets_who_{name}"
    with st.expander("Delete one person", key=f"pg_sets_person_{name}"):
        st.selectbox("Person", people, None, format_func=safe.plain, key=key, placeholder="Choose or type")
        st.button(
            "Delete this person", icon=":material/person_remove:", key=f"pg_sets_without_{name}",
            on_click=partial(_act, services, "without", name, key),
        )  # fmt: skip


def _saved(services: Services) -> None:
    """The saved sets, each to be deleted as a whole or by a person."""
    known = [name for name in (*datasets, *datasets.damaged) if name not in datasets.built_in]
    if not known:
        return
    st.markdown("**Saved on this server**")
    if services.settings.public:
        st.caption(PUBLIC)
        return
    name = st.selectbox("Saved set", known, key="pg_sets_saved")
    sure = st.checkbox("Delete it with every state, answer and run made of it", key=f"pg_sets_sure_{name}")
    st.button(
        "Delete this set", icon=":material/delete:", key="pg_sets_delete", disabled=not sure, on_click=_act,
        args=(services, "delete", name),
    )  # fmt: skip
    if name not in datasets.damaged:
        _person(services, name, [user.id for user in saved.load(name).users()])


def _act(services: Services, what: str, name: str, key: str = "") -> None:
    """Do what a button says, and say what came of it; fit for a callback."""
    user = str(st.session_state.get(key) or "") if key else ""
    if key and not user:
        st.session_state[SAID] = ("error", "Choose a person first.")
        return
    try:
        if what == "save":
            kept = sets.save(services, name)
            st.session_state[SAID] = ("done", f"Saved as {safe.markdown(kept)}.")
            _show(services, kept)
            return
        if what == "without" and name.startswith(SESSION):
            sets.without(services, name, user)
        elif what == "drop":
            sets.drop(services, name)
        else:
            sets.delete(services, name, user)
    except AttuneError as error:
        st.session_state[SAID] = ("error", sentence(error))
        return
    gone = f"{safe.markdown(user)} of {safe.markdown(name)}" if user else safe.markdown(name)
    st.session_state[SAID] = ("done", f"Deleted {gone}, with all that was made of it here.")
    state.clear(RUN, *CLEARED, *(() if user else (state.text("pg_dataset"),)))
