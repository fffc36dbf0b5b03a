"""What is said about the lists: places of the held-out films, NDCG, novelty and popularity of the ten, overlap."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import charts, share, tables
from engines.recommenders import recommenders
from engines.topn.beside import Answer, pairs
from engines.topn.figures import FIGURES
from engines.types import Arm
from taxonomy.model import EntryRef
from taxonomy.vocab import Kind

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.parts.recommend_controls import Asked
    from dashboard.services import Services

EVERYBODY = "the same for everybody"  # of a recommender that is given nobody's data: it has a mark of its own
OFFSET = {Arm.RIGHT: 0.0, Arm.WRONG: 0.18, Arm.NOBODY: -0.18}


def draw(services: Services, asked: Asked, answers: Sequence[Answer]) -> None:
    """What to notice, the places as a chart, the figures and overlaps as tables, and the exports."""
    st.markdown(f"**What to notice:** {safe.markdown(notice(asked, answers))}")
    st.subheader("Where the held-out films landed", anchor=False)
    places = places_frame(asked, answers)
    alt = f"Places of {len(asked.question.liked)} liked held-out films in the lists of {len(answers)} recommenders. "
    charts.show(chart(asked, answers), alt=alt + notice(asked, answers), table=places, key="rc_places")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("What the lists are like", anchor=False)
        tables.frame(figures_frame(answers), alt="Figures of each list", key="rc_figures")
        st.caption(
            "NDCG, recall and MRR of one person say little: `python -m engines recommend` gives those of all people, "
            "with intervals. Novelty is the mean of -log2 of the share of people who saw a film, in bits, and says "
            "nothing about quality."
        )
    with right:
        st.subheader("In common", anchor=False)
        tables.frame(overlap_frame(answers), alt="How much of the ten two lists have in common", key="rc_overlap")
    refs = [
        EntryRef(Kind.METHOD, each.entry, each.entry)
        for a in answers
        for each in recommenders[a.recommender].info.follows
    ]
    share.bar(services, lists_frame(asked, answers), name="Recommended lists", entries=list(dict.fromkeys(refs)))


def name_of(answer: Answer) -> str:
    """The recommender's name."""
    return safe.plain(recommenders[answer.recommender].info.name)


def notice(asked: Asked, answers: Sequence[Answer]) -> str:
    """The best place of a held-out film, how far the wrong user's list differs, and what the changes did."""
    best = min(answers, key=lambda one: min(one.main.said.places))
    at = min(best.main.said.places)
    said = [f"{name_of(best)} lists a liked held-out film highest, at place {at} of {_candidates(asked):,}."]
    both = [one for one in answers if {Arm.RIGHT, Arm.WRONG} <= set(one.lists)]
    if both:
        nearer = sum(min(one.main.said.places) < min(one.lists[Arm.WRONG].said.places) for one in both)
        kept = [len(set(one.main.said.top) & set(one.lists[Arm.WRONG].said.top)) for one in both]
        shared = f"{min(kept)} to {max(kept)}" if min(kept) != max(kept) else str(kept[0])
        said.append(
            f"{nearer} of {len(both)} personal recommenders list one higher for the right user than for the wrong one; "
            f"{shared} of the ten are the same for both."
        )
    moved = [one for one in answers if one.before]
    if moved:
        entered = [
            f"{len(set(one.main.said.top) - set(one.before.said.top))} ({name_of(one)})" for one in moved if one.before
        ]
        said.append(f"Films that came into the ten by your changes: {', '.join(entered)}.")
    return " ".join(said)


def _candidates(asked: Asked) -> int:
    return len(asked.crowd.items.ids) - len(asked.history)


def places_frame(asked: Asked, answers: Sequence[Answer]) -> pd.DataFrame:
    """A row for each recommender, arm and held-out film; liked or not."""
    import pandas as pd

    rows = [
        {
            "recommender": name_of(one),
            "arm": arm.value,
            "film": safe.plain(asked.title(subject)),
            "rating": asked.question.held_out[subject],
            "looked for": subject in asked.question.liked,
            "place": place,
            "place before your changes": _before(one, arm, subject),
        }
        for one in answers
        for arm, made in one.lists.items()
        for subject, place in made.said.places_all.items()
    ]
    frame = pd.DataFrame(rows)
    return frame if any(one.before for one in answers) else frame.drop(columns="place before your changes")


def _before(one: Answer, arm: Arm, subject: str) -> int | None:
    return one.before.said.places_all[subject] if one.before and one.lists[arm] is one.main else None


def figures_frame(answers: Sequence[Answer]) -> pd.DataFrame:
    """A row for each recommender and arm."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"recommender": name_of(one), "arm": arm.value}
            | {figure.name: round(figure.of(made.said), 3) for figure in FIGURES.values()}
            for one in answers
            for arm, made in one.lists.items()
        ]
    )


def overlap_frame(answers: Sequence[Answer]) -> pd.DataFrame:
    """Pairs of recommenders, and the right against the wrong user within one; of ten."""
    import pandas as pd

    names = {one.recommender: name_of(one) for one in answers}
    rows = [{"one": names[a], "other": names[b], "of 10": round(10 * share)} for a, b, share in pairs(answers)]
    for one in answers:
        if {Arm.RIGHT, Arm.WRONG} <= set(one.lists):
            both = set(one.main.said.top) & set(one.lists[Arm.WRONG].said.top)
            rows.append({"one": name_of(one), "other": "the same, wrong user", "of 10": len(both)})
    return pd.DataFrame(rows)


def lists_frame(asked: Asked, answers: Sequence[Answer]) -> pd.DataFrame:
    """All lists, a row for each film of each list."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "recommender": one.recommender,
                "arm": arm.value,
                "history of": asked.question.user if arm is Arm.RIGHT else one.owner if arm is Arm.WRONG else "",
                "place": pick.place,
                "film": safe.plain(asked.crowd.items.titles[pick.item]),
                "id": asked.crowd.items.ids[pick.item],
                "score": pick.score,
                "share of people": made.said.shares[pick.place - 1],
                "held out": asked.crowd.items.ids[pick.item] in asked.question.held_out,
            }
            for one in answers
            for arm, made in one.lists.items()
            for pick in made.picks
        ]
    )


def chart(asked: Asked, answers: Sequence[Answer]) -> Any:
    """A line for each recommender; a mark for each arm and liked film, on a logarithmic axis of places.

    Every arm is drawn, also those whose lists are not shown.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for arm, personal in itertools.product(Arm, (True, False)):
        rows = [
            (at, place, subject, one)
            for at, one in enumerate(answers)
            if arm in one.lists and (recommenders[one.recommender].info.level is not None) is personal
            for subject, place in one.lists[arm].said.places_all.items()
            if subject in asked.question.liked
        ]
        if not rows:
            continue
        styles = [theme.point_style(recommenders[one.recommender].info.level, arm.value) for *_, one in rows]
        figure.add_scatter(
            x=[place for _, place, _, _ in rows],
            y=[at + OFFSET[arm] for at, _, _, _ in rows],
            mode="markers",
            name=theme.ARMS[arm.value].label if personal else EVERYBODY,
            hovertext=[
                safe.html(safe.plain(f"{asked.title(s)}: {p}, {name_of(one)}, {arm.value}")) for _, p, s, one in rows
            ],
            hoverinfo="text",
            marker={name: [style[name] for style in styles] for name in ("symbol", "color", "size")}
            | {"line": {"width": 2, "color": [style["color"] for style in styles]}},
        )
    figure.add_vline(x=10.5, line={"color": theme.GREY, "width": 1.5, "dash": "dash"}, layer="below")
    names = [safe.html(name_of(one)) for one in answers]
    figure.update_yaxes(tickvals=list(range(len(answers))), ticktext=names, range=[len(answers) - 0.5, -0.5])
    ticks = [1, 3, 10, 30, 100, 300, 1000, 3000]
    figure.update_xaxes(title="place (\u2190 better); left of the line is the ten", type="log", tickvals=ticks)
    figure.update_layout(height=110 + 46 * len(answers), legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"})
    return figure
