"""Presenter mode: large type for a projector, controls folded away, the next example by one key. Nothing external."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts.playground_address import example_field

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from data.records import Example

PRESENT = state.flag("pg_present")
SCALE = 1.5
COLUMN = 240
# Everything on the pages is measured in rem; the bounds keep a phone readable and a wall usable.
STYLE = (
    "<style>html:root{font-size:clamp(18px,1.4vw,30px) !important}"
    '[data-testid="stSidebar"],[data-testid="stSidebarCollapsedControl"],[data-testid="stExpandSidebarButton"],'
    '[data-testid="stHeader"]{display:none !important}'
    '[data-testid="stMainBlockContainer"]{max-width:none;padding:1rem 2rem 2rem}'
    '[data-testid="stMainBlockContainer"] [data-testid="stHeading"]:has(h1){display:none}</style>'
)


def on() -> bool:
    """Whether the address asks for presenter mode."""
    return state.here(PRESENT)[PRESENT]


def offer() -> None:
    """The button that begins it."""
    if not on():
        st.button(
            "Present",
            key="pg_do_present",
            icon=":material/slideshow:",
            help="Large type for a projector: only the request, the verdict and the columns.",
            on_click=state.put,
            args=(PRESENT, True),
        )


def style() -> None:
    """Large type, and no frame around the page."""
    st.html(STYLE)


def neighbours(own: Sequence[Example], shown: str) -> tuple[int, str | None, str | None]:
    """The place of an example among its user's from 1, and the ids of those before and behind it."""
    ids = [example.id for example in own]
    at = ids.index(shown) if shown in ids else 0
    return at + 1, ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None


def bar(services: Services, asked: Asked, *, running: bool, start: Callable[[], None]) -> None:
    """Previous, next, run; what is fixed; and the way out."""
    own = services.examples(asked.dataset, asked.task.id, asked.seed).get(asked.user.id, ())
    place, before, behind = (0, None, None) if asked.own else neighbours(own, asked.example.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pg_presenter"):
        for label, icon, other, key in (
            ("Previous", ":material/arrow_back:", before, "Left"),
            ("Next", ":material/arrow_forward:", behind, "Right"),
        ):
            st.button(
                label,
                key=f"pg_present_{key.lower()}",
                icon=icon,
                shortcut=key,
                disabled=other is None,
                on_click=state.put,
                args=(example_field(own), other),
            )
        st.button(
            "Run",
            key="pg_present_run",
            icon=":material/play_arrow:",
            type="primary",
            disabled=running or bool(asked.problem()),
            on_click=start,
        )
        which = "own request" if asked.own else f"example {place} of {len(own)}"
        fixed = f"{asked.user.name}, {which}, seed {asked.seed}"
        st.markdown(safe.markdown(fixed), width="content")
        st.button(
            "Leave presenter mode",
            key="pg_present_leave",
            icon=":material/close_fullscreen:",
            type="tertiary",
            on_click=state.put,
            args=(PRESENT, False),
        )
