"""The Playground: methods side by side on one real request, with three arms and the evidence of each answer."""

from __future__ import annotations

import functools
from typing import Any

import streamlit as st

from dashboard import lenses, safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import playground_controls as controls
from dashboard.parts import playground_likelihood as likelihood
from dashboard.parts import playground_own_session as own
from dashboard.parts import playground_presenter as presenter
from dashboard.parts import playground_profile as profile
from dashboard.parts import playground_results as results
from dashboard.parts import playground_run as runs
from dashboard.parts import playground_sets as sets
from dashboard.parts import playground_time as times
from dashboard.parts import playground_upload as upload
from dashboard.parts.playground_address import Asked
from dashboard.services import Services
from engines.methods import methods

LONGEST = 300
SIDE_BY_SIDE = "compare"
PAGE = Page(
    title="Playground",
    icon=":material/play_arrow:",
    group="Try",
    order=40,
    path="playground",
    question="What does each method answer for this user, and why?",
)


def render(services: Services) -> None:
    """Draw the page."""
    services = sets.Beside(services)  # type: ignore[assignment]
    _broken_methods()
    present, top = presenter.on(), st.container()
    if present:
        presenter.style()
    folded = st.expander("Controls", icon=":material/tune:", key="pg_controls") if present else st.container()
    with folded:
        first, *others = st.columns([4, 3, 6, 5, 2])
        with first:
            name = controls.dataset_select(services)
            upload.draw(services)
    with boundary("The playground"):
        with folded:
            asked = controls.request(services, name, others)
            chosen = lens_select()
        if chosen is None:
            _compare(services, asked, top=top, folded=folded)
            return
        if present:
            with top:
                presenter.bar(services, asked, running=True, start=runs.start)
        st.markdown(f"**{chosen.lens.question}**")
        with boundary(chosen.lens.title):
            if asked.lack:
                st.info(asked.lack, icon=":material/edit_note:")
            else:
                chosen.draw(own.recorded(services, asked), asked)
        profile.source(asked.dataset.info, services.model)


def _broken_methods() -> None:
    """Name the method files that could not be used; the others run."""
    for module, why in methods.broken.items():
        said = safe.markdown(f"engines/methods/{module}.py is left out: {why}", LONGEST)
        st.warning(f"{said}. The other methods run.", icon=":material/extension_off:")


def lens_select() -> lenses.Found | None:
    """How to look at the request; None for methods side by side."""
    found = {each.lens.key: each for each in lenses.discover()}
    field = state.choice("pg_lens", SIDE_BY_SIDE, accepted=(SIDE_BY_SIDE, *found))
    seen = state.here(field)
    state.show_notes(seen)
    titles = {SIDE_BY_SIDE: ":material/view_column: Side by side"}
    titles |= {key: f"{each.lens.icon} {each.lens.title}" for key, each in found.items()}
    st.segmented_control(
        "Look at it", field.accepted, format_func=titles.get, required=True, **state.bound(field, seen[field])
    )
    return found.get(seen[field])


def _compare(services: Services, asked: Asked, *, top: Any, folded: Any) -> None:
    """Methods side by side; a presenter has the few buttons of `top`, everybody those of `folded`."""
    with folded:
        bar = st.container()
    shown = None
    with boundary("The comparison"):
        shown = runs.shown(services, asked)
    clicks = {
        "run": runs.start,
        "stop": functools.partial(runs.stop, services),
        "swap": functools.partial(runs.swap, services, asked),
        "beside": lambda: _expected(services, asked),
        "end": presenter.offer,
    }
    running = shown is not None and not shown.run.view().done
    stale = shown is None or shown.stale
    with bar:
        controls.actions(services, asked, running=running, stale=stale, on=clicks)
        if trouble := runs.trouble():
            st.warning(safe.markdown(trouble), icon=":material/person_off:")
    if presenter.on():
        with top:
            presenter.bar(services, asked, running=running and not stale, start=runs.start)
    profile.draw(asked, opened=shown is None)
    with boundary("The results"), st.container(key="pg_results"):
        results.draw(services, asked, shown)
    with boundary("The likelihood of each answer"):
        likelihood.draw(services, asked, shown)
    profile.source(asked.dataset.info, services.model)


def _expected(services: Services, asked: Asked) -> None:
    """How long a run will take, which is no promise."""
    if said := times.before(services, asked):
        st.caption(said, help=times.HELP, width="content")
