"""Lists side by side, a column for each recommender: the right user's ten beside the wrong user's and nobody's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, state
from dashboard.parts import badges, cards
from dashboard.parts import playground_job as jobs
from dashboard.parts.recommend_controls import RERANK
from data.digest import digest
from data.errors import AttuneError
from engines.jobs import Job, JobView, Report
from engines.recommenders import Tools, recommenders
from engines.topn.beside import Answer, Fits, Shown, answer
from engines.types import Arm
from taxonomy.model import UnknownEntryError
from taxonomy.vocab import Kind

if TYPE_CHECKING:
    from dashboard.parts.recommend_controls import Asked
    from dashboard.services import Services
    from engines.recommenders import RecommenderInfo

ARMS = state.choices("rc_arms", (Arm.RIGHT.value, Arm.WRONG.value), accepted=[arm.value for arm in Arm])
LONGEST = 70
_TABLE = "border-collapse:collapse;width:100%;table-layout:fixed;font-size:.86rem;line-height:1.3"
_CELL = "padding:.28em .35em;vertical-align:top;border-bottom:1px solid rgba(136,142,150,.25);overflow-wrap:anywhere"
LEGEND = (
    "\u2713 is a held-out film that this user liked; \u25e6 in another arm's list stands in the right user's as well; "
    "+ came in by your changes. Scores are of each recommender's own kind and cannot be compared across columns."
)


def draw(services: Services, asked: Asked) -> list[Answer]:
    """All columns; the answers that are there, in the order of the columns."""
    arms = _arms()
    quick = _quick(services, asked)
    answers: dict[str, Answer] = {}
    for place, column in enumerate(st.columns(len(asked.names), gap="medium")):
        name = asked.names[place]
        with column:
            _head(services, recommenders[name].info)
            found = quick.get(name) or _slow(services, asked, name)
            if isinstance(found, AttuneError):
                st.error(safe.markdown(str(found)), icon=":material/error:")
            elif found is not None:
                answers[name] = found
                _column(asked, found, arms)
    st.caption(LEGEND)
    return [answers[name] for name in asked.names if name in answers]


def _arms() -> tuple[str, ...]:
    seen = state.here(ARMS)
    state.show_notes(seen)
    names = {"right": "right user", "wrong": "wrong user", "nobody": "nobody"}
    st.pills(
        "Whose history the recommender is given",
        ARMS.accepted,
        selection_mode="multi",
        format_func=names.get,
        **state.bound(ARMS, seen[ARMS]),
    )
    return seen[ARMS] or (Arm.RIGHT.value,)


def tools_of(services: Services, asked: Asked, name: str) -> Tools:
    """The model and the encoder, only where the recommender asks for them."""
    info = recommenders[name].info
    model = services.model if info.reads_model else None
    encoder = services.encoder if info.reads_text else None
    return Tools(model, encoder, seed=asked.seed, shortlist=asked.shortlist, listed=asked.listed)


def fits(services: Services) -> Fits:
    """The fitted recommenders of this process."""
    return services.shared("fitted recommenders", Fits)


def _quick(services: Services, asked: Asked) -> Mapping[str, Answer | AttuneError]:
    """The answers of recommenders that are fitted within a second or two."""
    found: dict[str, Answer | AttuneError] = {}
    with st.spinner("Fitting the recommenders on everyone before the cut", show_time=True):
        for name in asked.names:
            if recommenders[name].info.slow:
                continue
            try:
                tools = tools_of(services, asked, name)
                found[name] = answer(fits(services), name, asked.question, tools=tools, changes=asked.changes)
            except AttuneError as error:
                found[name] = error
    return found


def _slow(services: Services, asked: Asked, name: str) -> Answer | None:
    """What a job has found, with its button, progress and stop."""
    info, key = recommenders[name].info, f"rc_{name.replace('-', '_')}"
    asks = [asked.question.dataset.digest, asked.question.user, name, asked.seed, list(asked.changes.removed)]
    reads = (asked.listed if name == RERANK else asked.shortlist) if info.reads_model else 0
    job_id = digest(["recommend", *asks, list(asked.changes.added), reads])
    tools = tools_of(services, asked, name)

    def work(report: Report[Answer]) -> Answer:
        def tell(said: str, done: int, steps: int) -> None:
            report.tell(done, steps, said)

        own = replace(tools, stop=report.stop, tell=tell)
        return answer(fits(services), name, asked.question, tools=own, changes=asked.changes)

    st.caption(cost_text(info, asked, name))
    made = Job(job_id, work, about=asked.question.dataset.digest)
    jobs.controls(services, key, lambda: made, label="Recommend")
    watched = services.jobs.get(job_id)
    if watched is None:
        st.caption("Not computed for this history yet.")
        return None
    jobs.follow(services, job_id, _nothing)
    view: JobView[Answer] = watched.view()
    return view.result if view.ended else None


def cost_text(info: RecommenderInfo, asked: Asked, name: str) -> str:
    """What a slow recommender computes."""
    if name == RERANK:
        inner = recommenders[asked.listed].info.name
        return f"The language model scores the first 20 of the list of {inner}, in each arm."
    if info.reads_model:
        return f"The language model scores {asked.shortlist} candidates in each arm."
    return "Encodes all titles once." if info.reads_text else "Trains for some seconds, once for a user and seed."


def _nothing(_view: JobView[Any]) -> None:
    """The result is drawn with the others once it is whole."""


def _head(services: Services, info: RecommenderInfo) -> None:
    st.markdown(f"#### {safe.markdown(info.name)}")
    badges.draw([badges.level(info.level.value if info.level else "")])
    st.caption(safe.markdown(info.summary))
    with st.popover("What it follows", icon=":material/menu_book:", type="tertiary"):
        for each in info.follows:
            _entry(services, each.entry)
            st.caption(safe.markdown(f"{each.how.capitalize()} it. What differs: {each.differs}"))
        if info.after:
            st.caption(safe.markdown(f"{info.after} The catalog, which is about language models, has no entry of it."))


def _entry(services: Services, key: str) -> None:
    """A link to an entry; its key where the catalog in use does not have it."""
    try:
        cards.entry_link(services.catalog.entry(Kind.METHOD, key).ref)
    except UnknownEntryError:
        st.markdown(safe.markdown(key))


def _column(asked: Asked, found: Answer, arms: Sequence[str]) -> None:
    shown = {arm: made for arm, made in found.lists.items() if arm.value in arms} or dict(found.lists)
    st.html(landed_html(asked, found))
    st.html(table_html(asked, found, shown))
    if found.before:
        left = [column for column in found.before.said.top if column not in found.main.said.top]
        names = ", ".join(asked.crowd.items.titles[column] for column in left) or "nothing"
        st.caption(safe.markdown(f"Left the ten by your changes: {names}."))
    if found.scored is not None:
        st.caption(f"{found.scored} candidates scored by the model in each arm.")
    if found.note:
        st.caption(safe.markdown(found.note))


def landed_html(asked: Asked, found: Answer) -> str:
    """Where each liked held-out film stands for the right user, and for the wrong one behind it."""
    lines = []
    for subject in asked.question.liked:
        at = found.main.said.places_all[subject]
        said = f"<b>{at}</b>" + (" \u2713" if at <= len(found.main.picks) else "")
        before = found.before.said.places_all[subject] if found.before else at
        said += f" (was {before})" if before != at else ""
        if Arm.WRONG in found.lists and Arm.RIGHT in found.lists:
            said += f", wrong user {found.lists[Arm.WRONG].said.places_all[subject]}"
        lines.append(f"<div>{safe.html(safe.plain(asked.title(subject), LONGEST))}: {said}</div>")
    return f'<div style="font-size:.86rem"><b>Held-out films landed at</b>{"".join(lines)}</div>'


def table_html(asked: Asked, found: Answer, shown: Mapping[Arm, Shown]) -> str:
    """Ten rows, a column for each arm."""
    heads = "".join(
        f'<th style="{_CELL};text-align:left" scope="col">{safe.html(t)}</th>' for t in heads_of(asked, found, shown)
    )
    size = max((len(made.picks) for made in shown.values()), default=0)
    number = f"{_CELL};width:2.4em;white-space:nowrap;color:#888E96;text-align:right"
    rows = []
    for place in range(size):
        cells = "".join(f'<td style="{_CELL}">{_pick(asked, found, arm, place)}</td>' for arm in shown)
        rows.append(f'<tr><td style="{number}">{place + 1}</td>{cells}</tr>')
    head = f'<thead><tr><th style="{number}"></th>{heads}</tr></thead>'
    return f'<table style="{_TABLE}">{head}<tbody>{"".join(rows)}</tbody></table>'


def heads_of(asked: Asked, found: Answer, shown: Mapping[Arm, Shown]) -> list[str]:
    """What the columns of a table are called."""
    if len(found.lists) == 1:
        return ["the same for everybody, without what is seen"]
    names: Mapping[Arm, Callable[[], str]] = {
        Arm.RIGHT: partial(_name, asked, asked.question.user, "right user"),
        Arm.WRONG: partial(_name, asked, found.owner, "wrong user"),
        Arm.NOBODY: lambda: "nobody",
    }
    return [names[arm]() for arm in shown]


def _name(asked: Asked, user: str, what: str) -> str:
    known = asked.question.dataset.by_id.get(user)
    return f"{what}, {safe.plain(known.name, 24)}" if known else what


def _pick(asked: Asked, found: Answer, arm: Arm, place: int) -> str:
    """One title with its marks."""
    made = found.lists[arm]
    if place >= len(made.picks):
        return ""
    column, score = made.picks[place].item, made.picks[place].score
    subject = asked.crowd.items.ids[column]
    marks = ""
    if subject in asked.question.liked:
        marks += '<b title="held out and liked">\u2713</b> '
    own = made is found.main
    if own and found.before and column not in found.before.said.top:
        marks += '<b title="came in by your changes">+</b> '
    if not own and column in found.main.said.top:
        marks += '<span title="also in the right user\u2019s ten">\u25e6</span> '
    title = safe.html(safe.plain(asked.crowd.items.titles[column], LONGEST))
    said = f"score {score:.4g}" if score is not None else "no score: listed by popularity"
    weight = "font-weight:600" if subject in asked.question.liked else ""
    return f'{marks}<span style="{weight}" title="{safe.html(said)} ({arm.value})">{title}</span>'
