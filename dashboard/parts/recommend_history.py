"""The history that lists are made of, with what is held out behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.parts import tables

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.parts.recommend_controls import Asked


def draw(asked: Asked) -> None:
    """One line that says whose history it is, and all of it in a closed table."""
    user = asked.question.dataset.by_id[asked.question.user]
    traits = ", ".join(user.persona.traits.values())
    changed = len(asked.changes.removed), len(asked.changes.added)
    said = f"{user.name} ({traits}): {len(asked.history)} films before {asked.question.cut:%d %b %Y %H:%M} UTC"
    if any(changed):
        said += f"; {changed[0]} removed and {changed[1]} added by you"
    held, liked = len(asked.question.held_out), len(asked.question.liked)
    st.markdown(
        f"**{safe.markdown(said)}**. Held out behind them: {held}, of which the user liked {liked} (4 stars or more); "
        "these are looked for."
    )
    with st.expander("The history and what is held out", icon=":material/history:"):
        tables.frame(frame(asked), alt="The history, newest first, and what is held out", key="rc_history")


def frame(asked: Asked) -> pd.DataFrame:
    """Held-out films first, then the history from the newest."""
    import pandas as pd

    question = asked.question
    top = f"{float(question.task.labels[-1]):g}"
    items = {
        i.extra["subject"]: i for i in question.dataset.by_id[question.user].items if i.kind == question.task.reads
    }
    rows = [
        {
            "film": safe.plain(asked.title(subject)),
            f"rating (of {top})": float(items[subject].extra["rating"]),
            "when": items[subject].at,
            "place": what,
        }
        for subjects, what in ((tuple(question.held_out), "held out"), (asked.history, "history"))
        for subject in subjects
    ]
    for row, subject in zip(rows, (*question.held_out, *asked.history), strict=True):
        row["place"] = "removed by you" if subject in asked.changes.removed else row["place"]
    rows += [
        {"film": safe.plain(asked.title(subject)), "place": "added by you"} for subject in reversed(asked.changes.added)
    ]
    return pd.DataFrame(rows)
