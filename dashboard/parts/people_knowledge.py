"""What each method knows about the chosen person: whose items it may draw from, what it made, what is in the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import navigation, safe, state, theme
from dashboard.parts import badges, playground_job, share, tables
from dashboard.parts import playground_time as times
from dashboard.parts import playground_why as why
from dashboard.parts.people_controls import METHOD
from dashboard.parts.playground_address import Asked as Compared
from dashboard.parts.playground_levels import may_see
from engines import knowledge
from engines.costs import size
from engines.families import by_family, family_of
from engines.knowledge import Known, Status
from engines.methods import methods
from engines.runs.cells import Bench
from engines.types import Arm, Reach

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.parts.people_controls import Asked
    from dashboard.services import Services
    from engines.jobs import JobView

PATIENCE = 6.0
KEY = "pe_make"
VECTOR = 384 * 4  # bytes of MiniLM's vector of a text, float32
FIRST = "recent-history"


def draw(services: Services, asked: Asked) -> None:
    """All methods as a table, the button that makes the rest, and one method in full."""
    st.subheader("What each method knows of this person", anchor=False)
    if asked.example is None:
        st.info("Nothing is held out for this person, so there is no request to look at.", icon=":material/info:")
        return
    names = [name for some in by_family(list(methods)).values() for name in some]
    bench = Bench(asked.dataset, asked.task, services.model, services.encoder, asked.seed)
    about = knowledge.Asked(bench, asked.example)
    with st.spinner("Looking at what the methods would be given"):
        job = services.jobs.start(knowledge.at_once(about, names))
        job.wait(PATIENCE)
    view = job.view()
    if not view.ended or view.result is None:
        playground_job.follow(services, job.id, _nothing)
        return
    st.markdown(
        f"For the request **{safe.markdown(asked.example.input, 160)}**, whose answer is held out. Methods that write, "
        "score, encode or train are not run for this table."
    )
    found = dict(view.result)
    found |= _made(services, asked, about, [name for name, one in found.items() if one.status is Status.MODEL])
    frame = table(found)
    tables.frame(frame, alt=message(found), key="pe_known")
    st.caption(
        "Kept: vectors, weights and texts that are made of the person beside the items themselves; shared is what "
        "serves others too. Of methods that train it is what this person's data taught before, alone or among others'. "
        f"A vector of a text takes {size(VECTOR)} and can be made again. Tokens with \u2248 are counted from letters."
    )
    share.bar(services, frame, name="What methods know")
    _one(services, asked, about, found)


def _nothing(_view: JobView[Any]) -> None:
    """The result is drawn with the page once it is whole."""


def _made(services: Services, asked: Asked, about: knowledge.Asked, names: list[str]) -> Mapping[str, Known]:
    """What was made with the model for this person, and a button that makes the rest."""
    if not names:
        return {}
    found: dict[str, Known] = {}
    if getattr(services.model, "loaded", True):  # else nothing can be there, and the names of jobs would need it
        for some in (names, *([name] for name in names)):
            job = services.jobs.get(knowledge.made_now(about, some).id)
            found |= (job.view().result or {}) if job else {}
    if any(name not in found for name in names):
        st.caption(
            f"{len(names)} methods need the language model or the sentence encoder: {expected(services, asked, names)}."
        )
        _make(services, KEY, about, names)
    return found


def expected(services: Services, asked: Asked, names: list[str]) -> str:
    """About how long some methods take to make what they know."""
    request, columns, pace = asked.examples[0], tuple(names), times.pace_of(services)
    arms = (Arm.RIGHT,)
    compared = Compared(asked.dataset, asked.task, asked.user, request, columns, arms, asked.seed, (), run=False)
    said = times.about(times.work(compared).seconds(pace or times.USUAL))
    return said if pace else f"{said} once the model is loaded"


def _make(services: Services, key: str, about: knowledge.Asked, names: list[str]) -> None:
    """The button, progress and Stop of what makes some methods' knowledge; the watched job is of this person only."""
    held = f"{key}_job"
    named = held in st.session_state and getattr(services.model, "loaded", True)
    if named and st.session_state[held] != knowledge.made_now(about, names).id:
        st.session_state.pop(held)
    label = "Make what they know" if len(names) > 1 else "Make what it knows"
    watched = playground_job.controls(services, key, lambda: knowledge.made_now(about, names), label=label)
    playground_job.follow(services, watched, _nothing)


def table(found: Mapping[str, Known]) -> pd.DataFrame:
    """A row for each method."""
    import pandas as pd

    return pd.DataFrame([row(one) for one in found.values()])


def row(one: Known) -> dict[str, object]:
    """One method in words and numbers."""
    look = theme.level_look(one.info.level.value if one.info.level else None)
    ready = one.status is Status.READY
    return {
        "method": one.info.name,
        "level": f"{look.glyph} {look.label}",
        "family": family_of(one.method),
        "may draw from": _drawn(one),
        "in the prompt": in_prompt(one) if ready else "",
        "tokens": tokens(one) if ready else "",
        "kept": kept_of(one),
        "state": state_of(one),
    }


def state_of(one: Known) -> str:
    """How far the method is with the person, and what is missing."""
    said = {
        Status.MODEL: one.why,
        Status.TRAINING: one.why,
        Status.UNFIT: f"not here: {one.why}",
        Status.FAILED: f"failed: {one.why}",
    }
    return said.get(one.status, one.status.value)


def kept_of(one: Known) -> str:
    """What is kept of the person beside the items, what is shared, and how many texts were encoded for it."""
    said = [size(one.kept.own)] if one.kept.own else []
    said += [f"{size(one.kept.shared)} shared"] if one.kept.shared else []
    said += [f"{one.vectors:,} vectors"] if one.vectors else []
    return "; ".join(said)


def tokens(one: Known) -> str:
    """Tokens of the prompt; a guess is marked as one."""
    return f"{one.tokens:,}" if one.counted else f"\u2248 {one.tokens:,}"


def _drawn(one: Known) -> str:
    if one.sight is None:
        return ""
    if one.sight.reach is Reach.NOTHING:
        return "nothing"
    people = "the person" if one.sight.reach is Reach.OWN else f"{one.sight.people:,} people"
    if one.info.technique == "prompt.persona":
        return f"{one.sight.traits} traits"
    return f"{one.sight.items:,} items of {people}"


def in_prompt(one: Known) -> str:
    """What of people's data stands in the prompt, and what else changes the model."""
    made = one.made
    if made is None:
        return ""
    items = {part.item for message in made.messages for part in message.parts if part.item}
    texts = [part for message in made.messages for part in message.parts if part.owner and not part.item]
    said = [f"{len(items)} {'item' if len(items) == 1 else 'items'}"] if items else []
    said += [f"{len(texts)} {'text' if len(texts) == 1 else 'texts'} made of it"] if texts else []
    changes = made.modifiers
    kinds = (("a vector", changes.steer), ("an adapter", changes.adapter), ("a second prompt", changes.contrast))
    said += [f"beside it {name}" for name, there in kinds if there]
    return ", ".join(said) or "the request alone"


def message(found: Mapping[str, Known]) -> str:
    """The table in a sentence."""
    ready = [one for one in found.values() if one.status is Status.READY]
    return f"What {len(found)} methods know of this person; {len(ready)} are ready for a request."


def _one(services: Services, asked: Asked, about: knowledge.Asked, found: Mapping[str, Known]) -> None:
    """One method in full: what it may see, what it used, and its prompt."""
    field = state.choice(METHOD.name, FIRST if FIRST in found else next(iter(found)), accepted=found)
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        "Method in full",
        field.accepted,
        format_func=lambda name: safe.plain(found[name].info.name),
        **state.bound(field, seen[field]),
    )
    one = found[seen[field]]
    badges.draw([badges.level(one.info.level.value if one.info.level else "")])
    st.markdown(safe.markdown(one.info.summary))
    if one.sight:
        st.markdown(safe.markdown(may_see(one.sight, one.info)))
    _state(asked, one)
    if one.status is Status.MODEL:
        _make(services, f"{KEY}_one", about, [one.method])
    if one.made is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Items used**")
        st.html(why.used_table(one.made.evidence.used, asked.task))
        for note in one.made.evidence.notes:
            st.caption(safe.markdown(note, 400))
        if one.made.evidence.texts:
            st.markdown(f"**{why.tried(asked.task, one.made.evidence.texts)}**")
            st.html(why.summaries(one.made.evidence.texts))
    with right:
        st.markdown(f"**The prompt** :small[:gray[{'' if one.counted else 'about '}{one.tokens:,} tokens]]")
        st.html(why.prompt(one.made, asked.user.id))


def _state(asked: Asked, one: Known) -> None:
    """What is missing, and where to get it."""
    said = {
        Status.UNFIT: f"It does not run here: {one.why}",
        Status.MODEL: f"Nothing is made of this person yet: it {one.why}.",
        Status.TRAINING: "What it knows of a person is learnt by training, which is not started by a look. The "
        "Playground says how long it takes, shows its loss, and can stop it.",
        Status.OUTSIDE: f"It {one.why}: the Playground shows them first.",
        Status.FAILED: f"It failed: {one.why}",
    }.get(one.status, "")
    if said:
        st.info(safe.markdown(said, 400), icon=":material/info:")
    if one.status is Status.UNFIT:
        return
    query = {"pg_dataset": asked.dataset.info.id, "pg_task": asked.task.id, "pg_user": asked.user.id}
    compared = ("none", one.method) if one.method != "none" else ("none", FIRST)
    query |= {"pg_methods": ",".join(compared)}
    navigation.page_link("playground", "Run it for this person", query=query, icon=":material/play_arrow:")
