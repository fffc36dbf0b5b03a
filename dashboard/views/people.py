"""People: users of a dataset on a map, their personas, one person's timeline, and what each method knows of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import navigation
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import later
from dashboard.parts import people_controls as controls
from dashboard.parts import people_knowledge as knowledge
from dashboard.parts import people_map as drawn
from dashboard.parts import people_timeline as timeline
from dashboard.parts import playground_own_session as own
from dashboard.parts import playground_profile as profile
from dashboard.parts import playground_sets as sets
from data.errors import AttuneError
from engines.coldstart import USERS
from engines.coldstart import drawn as drawn_users
from engines.topn.questions import rating_task

if TYPE_CHECKING:
    from dashboard.parts.people_controls import Asked
    from dashboard.services import Services

PAGE = Page(
    title="People",
    icon=":material/group:",
    group="Try",
    order=70,
    path="people",
    question="Who are these users, what is in their profile, and what does each method know of it?",
)

KNOWN_HEIGHT = 900  # of the table of methods and one of them in full, which prepare every method


def render(services: Services) -> None:
    """Draw the page."""
    services = sets.Beside(services)  # type: ignore[assignment]
    with boundary("The people"):
        asked = controls.request(services)
        if asked is None:
            return
        noted: Any = own.recorded(services, asked)
        left, right = st.columns([3, 2], gap="large")
        with left, boundary("The map"):
            drawn.draw(noted, asked)
        with right, boundary("The timeline"):
            timeline.draw(asked)
            _onwards(asked)
        named = controls.METHOD.name in st.query_params
        later.when_seen(partial(knowledge.draw, noted, asked), key="pe_knows", height=KNOWN_HEIGHT, at_once=named)
        profile.source(asked.dataset.info)


def _onwards(asked: Asked) -> None:
    """To the pages that run something for this person."""
    data, task, user = asked.dataset.info.id, asked.task.id, asked.user.id
    with st.container(horizontal=True, gap="medium"):
        if asked.example:
            query = {"pg_dataset": data, "pg_task": task, "pg_user": user}
            navigation.page_link("playground", "Ask methods for this person", query=query, icon=":material/play_arrow:")
        if not asked.uploaded and _has_list(asked):
            query = {"rc_dataset": data, "rc_user": user}
            navigation.page_link("recommend", "Recommend to this person", query=query, icon=":material/recommend:")
        if asked.example:
            others = drawn_users(asked.dataset, asked.task, asked.hidden, seed=asked.seed, count=USERS)
            users = [user, *(other for other in others if other != user)][:USERS]
            query = {"cs_dataset": data, "cs_task": task, "cs_users": ",".join(users)}
            navigation.page_link("cold-start", "Quality against history length", query=query, icon=":material/ac_unit:")


def _has_list(asked: Asked) -> bool:
    """Whether recommenders can rank things for this person."""
    try:
        return rating_task(asked.dataset).reads == asked.task.reads
    except AttuneError:
        return False
