"""Preferences: ten quick choices teach a reward model in front of the reader, beside a persona's and everyone's."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import badges, preferences_ask, preferences_charts, share, tables
from dashboard.parts import preferences_session as session
from dashboard.parts import preferences_shapes as shapes
from dashboard.services import Services
from dashboard.theme import Origin
from engines.methods import methods
from engines.preferences.bradley_terry import STRENGTH
from engines.preferences.teach import Lesson

PAGE = Page(
    title="Preferences",
    icon=":material/thumbs_up_down:",
    group="Try",
    order=60,
    path="preferences",
    question="What does the model learn from my own choices?",
)
METHODS = ("reward-best-of-n", "mixture-reward")
WEIGHTS = (
    "The reward is one direction in the 384 numbers that MiniLM gives a text; a single weight means nothing by itself. "
    "Shown is with what the direction goes: over all answers of the corpus, the correlation of the reward with what "
    "anybody can count, and the cosine with the rewards of four personas. A feature that goes with it need not be what "
    "you chose by."
)
RANKING = (
    "Answers that you are never asked about, by their reward. The reward reads wording and not the request, so places "
    "across requests are rough; the chance is against the other answer to the same request, with the interval of a "
    "Laplace approximation."
)
HITS = (
    "Each guess was made before the click was learnt from; an even guess counts one half. The persona is the one of "
    "four whose members' choices fit yours best so far, the wrong one differs from it in tone and in knowledge. None "
    "of the ten questions was used to learn what others like. Intervals are Wilson's over clicks; ten clicks are few."
)
READING = (
    "You can choose already. What your choices teach appears here once the sentence encoder has read all answers of "
    "the corpus, which it does once after each start of the server."
)


def render(services: Services) -> None:
    """Draw the page."""
    with boundary("The lesson"):
        lesson = session.lesson(services)
        said = shapes.last_sentence(lesson) if lesson else ""
        preferences_ask.draw(session.questions(services).asked, len(session.clicks()), said)
        if lesson is None:
            _reading(services)
        else:
            _lesson(services, lesson)
    with boundary("What it follows"):
        _followed(services)


def _lesson(services: Services, lesson: Lesson) -> None:
    st.html(f'<div role="status" style="font-size:1.15rem;font-weight:600">{safe.html(shapes.verdict(lesson))}</div>')
    if lesson.clicks:
        _learnt(services, lesson)
    else:
        st.info(
            "Choose once, and the reward's direction, the ranking of unseen answers and the guesses appear here. "
            "Your choices stay in this browser session and are never in the address.",
            icon=":material/touch_app:",
        )


@st.fragment(run_every=1.0)
def _reading(services: Services) -> None:
    """How far the encoder is, until the page can be drawn with what it read."""
    view = session.job(services).view()
    if view.ended:
        st.rerun()
    st.info(READING, icon=":material/hourglass_top:")
    share = view.done / view.steps if view.steps else 0.0
    st.progress(share, text=f"{view.done} of {view.steps} answers read" if view.done else "The encoder is being loaded")


def _learnt(services: Services, lesson: Lesson) -> None:
    left, right = st.columns(2, gap="large")
    with left, boundary("What moved"):
        st.subheader("What the last click moved")
        preferences_charts.moved(lesson)
        st.caption(WEIGHTS)
    with right, boundary("Certainty"):
        st.subheader("How sure it is")
        preferences_charts.certainty(lesson)
        left_over = lesson.doubt()[-1]
        st.caption(
            f"Mean over six pairs that are never asked. Of the spread of their log-odds {left_over:.0%} is left."
        )
    with boundary("Who predicted your clicks"):
        st.subheader("Who predicted your clicks")
        table = pd.DataFrame(shapes.hit_rows(lesson))
        tables.frame(table, alt=shapes.verdict(lesson), key="pf_hits")
        st.caption(HITS)
        share.bar(services, table, name="preferences")
    with boundary("The ranking"):
        st.subheader("The ranking of unseen answers")
        rows = pd.DataFrame(shapes.ranking_rows(lesson))
        tables.frame(rows, alt="Unseen answers by your reward, the highest first", key="pf_ranking")
        st.caption(RANKING)


def _followed(services: Services) -> None:
    """Where the idea comes from, how this differs, and where the same methods run on people of the data."""
    st.subheader("Where this comes from")
    for name in METHODS:
        info = methods[name].info
        for each in info.follows:
            entry = services.catalog.entry("method", each.entry)
            page_link("entry", entry.name, query={"kind": "method", "key": each.entry}, icon=":material/psychology:")
            st.markdown(safe.markdown(f"{info.name} {each.how} it. What differs: {each.differs}"))
    st.caption(f"Bradley and Terry's model, L2 strength {STRENGTH:g}, chosen on earlier choices of the corpus.")
    query = {"pg_dataset": session.DATASET, "pg_task": "preference", "pg_methods": ",".join(("none", *METHODS))}
    page_link("playground", "Run both on a person of the data", query=query, icon=":material/play_arrow:")
    badges.draw([badges.origin(Origin.MEASURED), badges.origin(Origin.FICTIONAL)])
