"""A preview of the chosen person: what was known before the cut, and nothing of what came after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.parts import badges, tables
from dashboard.theme import Origin

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from data.records import DatasetInfo, Example, ProfileItem, Task, User

RECENT, LIKED, MOST_GENRES = 12, 4, 3
QUOTE = "margin:.3em 0;padding:.1em .8em;border-left:3px solid rgba(136,142,150,.5)"


@dataclass(frozen=True)
class Profile:
    """A person before the cut: counts in words, and the most recent items, newest first."""

    head: str
    taste: str
    recent: tuple[ProfileItem, ...]


def profile_of(user: User, task: Task, example: Example) -> Profile:
    """What a method may know of a person for a request."""
    items = [
        i for i in user.before(example.at).items if i.kind == task.reads and i.extra.get("subject") != example.subject
    ]
    traits = ", ".join(f"{name}: {value}" for name, value in user.persona.traits.items())
    noun = {"rating": "ratings", "post": "posts"}.get(task.reads, "items")
    head = f"{len(items):,} {noun} before the cut; {traits} ({user.persona.source})"
    return Profile(head, _taste(items), tuple(reversed(items))[:RECENT])


def _taste(items: Sequence[ProfileItem]) -> str:
    stars = [int(item.extra["rating"]) for item in items if "rating" in item.extra]
    if not stars:
        return ""
    liked = Counter(
        genre
        for item in items
        if int(item.extra.get("rating", 0)) >= LIKED
        for genre in item.extra.get("genres", "").split(", ")
        if genre
    )
    best = ", ".join(genre for genre, _ in liked.most_common(MOST_GENRES))
    return f"mean rating {sum(stars) / len(stars):.1f}" + (f"; most often liked: {best}" if best else "")


def as_rows(recent: Sequence[ProfileItem]) -> list[dict[str, str]]:
    """Rated items as rows of a table."""
    return [
        {
            "when": f"{item.at:%Y-%m-%d}",
            "title": safe.plain(str(item.extra.get("title", item.text))),
            "rating": str(item.extra["rating"]),
            "genres": safe.plain(str(item.extra.get("genres", ""))),
        }
        for item in recent
    ]


def draw(asked: Asked, *, opened: bool) -> None:
    """The preview, closed behind one line that says who it is."""
    profile = profile_of(asked.user, asked.task, asked.example)
    line = f"Profile of {asked.user.name}: {profile.head}"
    with st.expander(safe.markdown(line), icon=":material/person:", expanded=opened, key="pg_profile"):
        if profile.taste:
            st.markdown(safe.markdown(profile.taste[:1].upper() + profile.taste[1:] + "."))
        st.caption(f"The {len(profile.recent)} most recent, newest first. What is held out is not shown.")
        if profile.recent and "rating" in profile.recent[0].extra:
            import pandas as pd

            tables.frame(pd.DataFrame(as_rows(profile.recent)), alt=line, key="pg_profile_table")
        else:
            st.html("".join(_quote(item) for item in profile.recent) or "<p>Nothing.</p>")


def _quote(item: ProfileItem) -> str:
    return f'<blockquote style="{QUOTE}"><small>{item.at:%Y-%m-%d}</small><br>{safe.html(item.text)}</blockquote>'


def source(info: DatasetInfo) -> None:
    """Licence, citation, and whether the people are real; shown wherever the data is."""
    if info.fictional:
        badges.draw([badges.origin(Origin.FICTIONAL)])
    st.caption(safe.markdown(f"{info.name}: {info.summary} {info.licence}. {info.citation}"))
