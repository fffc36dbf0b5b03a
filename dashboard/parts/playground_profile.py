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
from data.imported import is_order
from engines.models.facts import Facts, ask_soon, facts
from engines.own import PREFIX
from engines.types import Capability

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from data.records import DatasetInfo, Example, ProfileItem, Task, User
    from engines.types import LanguageModel

LONGEST = 500
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
    noun = {"rating": "ratings", "post": "posts", "choice": "choices"}.get(task.reads, "items")
    known = f"{traits} ({user.persona.source})" if traits else "no traits declared"
    head = f"{len(items):,} {noun} before the cut; {known}"
    if is_reader(user):
        head = f"{len(items):,} {noun}, kept in this session only; {known}"
    return Profile(head, _taste(items), tuple(reversed(items))[:RECENT])


def is_reader(user: User) -> bool:
    """Whether the person is the reader, whose items have an order but no dates."""
    return user.id.startswith(PREFIX)


def _taste(items: Sequence[ProfileItem]) -> str:
    stars = [float(item.extra["rating"]) for item in items if "rating" in item.extra]
    if not stars:
        return ""
    liked = Counter(
        genre
        for item in items
        if float(item.extra.get("rating", 0)) >= LIKED
        for genre in item.extra.get("genres", "").split(", ")
        if genre
    )
    best = ", ".join(genre for genre, _ in liked.most_common(MOST_GENRES))
    return f"mean rating {sum(stars) / len(stars):.1f}" + (f"; most often liked: {best}" if best else "")


def as_rows(recent: Sequence[ProfileItem]) -> list[dict[str, str]]:
    """Rated items as rows of a table."""
    return [
        _when(item)
        | {
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
        held_out = "" if is_reader(asked.user) else " What is held out is not shown."
        st.caption(f"The {len(profile.recent)} most recent, newest first.{held_out}")
        if profile.recent and "rating" in profile.recent[0].extra:
            import pandas as pd

            tables.frame(pd.DataFrame(as_rows(profile.recent)), alt=line, key="pg_profile_table")
        else:
            st.html("".join(_quote(item) for item in profile.recent) or "<p>Nothing.</p>")


def _quote(item: ProfileItem) -> str:
    when = "".join(f"<small>{day}</small><br>" for day in _when(item).values())
    return f'<blockquote style="{QUOTE}">{when}{_said(item)}</blockquote>'


def _said(item: ProfileItem) -> str:
    """The text; of a choice the request, the answer that was chosen, and the one that was not."""
    prompt, chosen, rejected = (str(item.extra.get(name, "")) for name in ("prompt", "chosen", "rejected"))
    if not (prompt and chosen):
        return safe.html(item.text)
    left = f"<br><small>Not chosen: {safe.html(rejected)}</small>" if rejected else ""
    return f"<small>Request: {safe.html(prompt)}</small><br>{safe.html(chosen)}{left}"


def _when(item: ProfileItem) -> dict[str, str]:
    return {} if item.user.startswith(PREFIX) or is_order(item.at) else {"when": f"{item.at:%Y-%m-%d}"}


def source(info: DatasetInfo, model: LanguageModel | None = None) -> None:
    """Licence, citation, whether the people are real, and the model; shown wherever the data is."""
    if info.fictional:
        badges.draw([badges.origin(Origin.FICTIONAL)])
    st.caption(safe.markdown(f"{info.name}: {info.summary} {info.licence}. {info.citation}"))
    if model is not None:
        ask_soon(model)
        st.caption(safe.markdown(model_line(facts(model)), LONGEST))


def model_line(known: Facts) -> str:
    """The model in a sentence: name, precision, server, and what it does not give, with the reason."""
    where = f", on the server at {known.server}" if known.server else ", on this machine"
    said = f"Model: {known.name}, precision: {known.precision}{where}."
    if known.problem:
        return f"{said} {known.problem}"
    if not known.asked:
        return f"{said} It is being asked what it can do; the next click shows it."
    if Capability.SCORE in known.why_not:
        said += (
            f" No likelihoods, because {known.why_not[Capability.SCORE]}: ratings and rankings are read from its "
            "answers, and what needs likelihoods is absent."
        )
    return said
