"""The Playground: methods side by side on one real request, with three arms and the evidence of each answer."""

from __future__ import annotations

import functools

import streamlit as st

from dashboard import lenses, safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import playground_controls as controls
from dashboard.parts import playground_profile as profile
from dashboard.parts import playground_results as results
from dashboard.parts import playground_run as runs
from dashboard.parts.playground_address import Asked
from dashboard.services import Services

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
    first, *others = st.columns([4, 3, 6, 5, 2])
    with first:
        name = controls.dataset_select(services)
    with boundary("The playground"):
        asked = controls.request(services, name, others)
        chosen = lens_select()
        if chosen is None:
            _compare(services, asked)
        else:
            st.markdown(f"**{chosen.lens.question}**")
            with boundary(chosen.lens.title):
                chosen.draw(services, asked)
            profile.source(asked.dataset.info)


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


def _compare(services: Services, asked: Asked) -> None:
    bar = st.container()
    shown = None
    with boundary("The comparison"):
        shown = runs.shown(services, asked)
    clicks = {
        "run": runs.start,
        "stop": functools.partial(runs.stop, services),
        "swap": functools.partial(runs.swap, services, asked),
    }
    with bar:
        running = shown is not None and not shown.run.view().done
        controls.actions(services, asked, running=running, stale=shown is None or shown.stale, on=clicks)
        if trouble := runs.trouble():
            st.warning(safe.markdown(trouble), icon=":material/person_off:")
    profile.draw(asked, opened=shown is None)
    with boundary("The results"):
        results.draw(services, asked, shown)
    profile.source(asked.dataset.info)
