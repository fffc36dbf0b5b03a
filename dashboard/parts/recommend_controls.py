"""Whose lists, by which recommenders, with which history: the controls of Recommend, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import streamlit as st

from dashboard import safe, state
from dashboard.parts import badges
from dashboard.parts.entry_run import datasets_here
from dashboard.parts.playground_controls import user_label
from dashboard.state import Field
from dashboard.theme import Origin
from data.errors import AttuneError
from engines.recommenders import recommenders, with_own_lists
from engines.topn.beside import Changes, crowd_of
from engines.topn.questions import Question, questions, rating_task

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.records import Dataset
    from engines.topn.crowd import Crowd

FEWEST, MOST = 2, 4
FIRST = ("popularity", "item-knn", "ease")
FIRST_DATASET = "movielens-100k"
MOST_CHANGES, LONGEST_TITLE = 20, 90
SHORTLISTS = ("50", "100", "200", "500")
RERANK = "llm-rerank"

SEED = state.integer("rc_seed", 7, low=0, high=9999)
SHORTLIST = state.choice("rc_short", "100", accepted=SHORTLISTS)


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    Attributes:
        crowd: what the recommenders are fitted on, for titles and for who saw what.
        history: subjects of the right user's history, the newest first.
        listed: the recommender whose list is re-ranked.
    """

    question: Question
    crowd: Crowd
    history: tuple[str, ...]
    names: tuple[str, ...]
    seed: int
    shortlist: int
    listed: str
    changes: Changes

    def title(self, subject: str) -> str:
        """What a subject is called."""
        return self.crowd.items.titles[self.crowd.items.places[subject]]

    def problem(self) -> str:
        """Why this cannot be shown, empty if it can."""
        return "" if len(self.names) >= FEWEST else f"Choose {FEWEST} to {MOST} recommenders."


def subjects(name: str, known: Callable[[str], bool]) -> Field[tuple[str, ...]]:
    """Subjects in the address, quoted, at most `MOST_CHANGES`; each must be known."""

    def parse(given: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(unquote(part) for part in given.split(",") if part))
        if len(found) > MOST_CHANGES or not all(known(one) for one in found):
            raise ValueError(f"at most {MOST_CHANGES} ids that this person has (to remove) or has not (to add)")
        return found

    return Field(name, (), parse, lambda ids: ",".join(quote(each, safe="/-_.:") for each in ids))


def request(services: Services) -> Asked | None:
    """Draw the controls; None where no dataset has lists, with the reason shown."""
    found = with_lists(services)
    if not found:
        st.info("No dataset with ratings is installed. MovieLens-100K comes with `make install`.")
        return None
    first, second, third = st.columns([3, 5, 2])
    names = state.choice("rc_dataset", FIRST_DATASET if FIRST_DATASET in found else next(iter(found)), accepted=found)
    changes = (subjects("rc_out", bool), subjects("rc_in", bool))
    seen = state.here(names, SEED, SHORTLIST)
    state.show_notes(seen)
    dataset = found[seen[names]]
    with first:
        st.selectbox(
            "Data",
            names.accepted,
            format_func=lambda name: safe.plain(found[name].info.name),
            **state.bound(names, seen[names], USER, *changes),
        )
    by_user = people(services, dataset)
    with second:
        user = _user(services, dataset, by_user, changes)
    with third:
        st.number_input(
            "Seed",
            0,
            9999,
            step=1,
            help="Draws the wrong user and what is drawn in fits.",
            **state.bound(SEED, seen[SEED]),
        )
    chosen = _recommenders()
    shortlist, listed = _model_reads(chosen)
    question = by_user[user]
    crowd, rated = opened(question)
    return Asked(question, crowd, rated, chosen, seen[SEED], shortlist, listed, _changes(question, crowd, rated))


USER = state.text("rc_user", longest=80)


def with_lists(services: Services) -> dict[str, Dataset]:
    """The installed datasets that have ratings of subjects, by id."""
    found = {}
    for dataset in datasets_here(services):
        try:
            rating_task(dataset)
        except AttuneError:
            continue
        found[dataset.info.id] = dataset
    return found


def people(services: Services, dataset: Dataset) -> Mapping[str, Question]:
    """Everybody who can be asked for, by id, in the dataset's order."""

    def make() -> Mapping[str, Question]:
        by_id = {one.user: one for one in questions(dataset, rating_task(dataset))}
        return {user.id: by_id[user.id] for user in dataset.users() if user.id in by_id}

    return services.shared(f"people with lists: {dataset.digest}", make)


def opened(question: Question) -> tuple[Crowd, tuple[str, ...]]:
    """What recommenders see for a question, and the history, newest first."""
    crowd = crowd_of(question)
    items = question.dataset.by_id[question.user].items
    rated = [i.extra["subject"] for i in items if i.kind == question.task.reads and i.at < question.cut]
    return crowd, tuple(reversed(rated))


def first_person(by_user: Mapping[str, Question]) -> str:
    """Who is shown first, by the data alone: of those who liked most of what is held out, the middle by history."""
    most = max(len(one.liked) for one in by_user.values())
    fit = [one for one in by_user.values() if len(one.liked) == most]
    by_length = sorted(fit, key=lambda one: (len(one.dataset.by_id[one.user].items), one.user))
    return by_length[len(by_length) // 2].user


def _user(services: Services, dataset: Dataset, by_user: Mapping[str, Question], changes: Sequence[Field]) -> str:
    first = services.shared(f"first person with a list: {dataset.digest}", lambda: first_person(by_user))

    def parse(given: str) -> str:
        if given not in by_user:
            raise ValueError(f"one of {len(by_user)} people with a history and a liked film behind it")
        return given

    field = Field(USER.name, first, parse, str, tuple(by_user))
    seen = state.here(field)
    state.show_notes(seen)
    st.selectbox(
        f"User ({len(by_user)}, type to search)",
        field.accepted,
        format_func=lambda user: user_label(dataset.by_id[user]),
        **state.bound(field, seen[field], *changes),
    )
    return seen[field]


def _recommenders() -> tuple[str, ...]:
    known = recommenders.names()
    field = state.choices("rc_names", tuple(name for name in FIRST if name in known), accepted=known, most=MOST)
    seen = state.here(field)
    state.show_notes(seen)
    st.multiselect(
        f"Recommenders ({FEWEST} to {MOST})",
        known,
        format_func=lambda name: safe.plain(recommenders[name].info.name),
        max_selections=MOST,
        placeholder="Choose recommenders",
        **state.bound(field, seen[field]),
    )
    return seen[field]


def _model_reads(chosen: Sequence[str]) -> tuple[int, str]:
    """How many candidates the language model scores, and whose list it re-ranks; shown where it is asked."""
    lists = state.choice("rc_list", "ease", accepted=with_own_lists())
    seen = state.here(SHORTLIST, lists)
    state.show_notes(seen)
    scores = any(recommenders[name].info.reads_model and name != RERANK for name in chosen)
    if not (scores or RERANK in chosen):
        return int(seen[SHORTLIST]), seen[lists]
    left, right, _ = st.columns([3, 3, 4])
    if scores:
        left.selectbox(
            "Candidates the model scores",
            SHORTLISTS,
            help="The most popular unseen films; what is not scored is listed behind.",
            **state.bound(SHORTLIST, seen[SHORTLIST]),
        )
    if RERANK in chosen:
        right.selectbox(
            "List that is re-ranked",
            lists.accepted,
            format_func=lambda name: safe.plain(recommenders[name].info.name),
            help="Its first 20 are put into the language model's order.",
            **state.bound(lists, seen[lists]),
        )
    return int(seen[SHORTLIST]), seen[lists]


def _changes(question: Question, crowd: Crowd, rated: Sequence[str]) -> Changes:
    """Films taken out and put in; what is held out cannot be added, because it is what is looked for."""
    own = set(rated)
    free = [
        one for one in (crowd.items.ids[c] for c in crowd.columns) if one not in own and one not in question.held_out
    ]
    places, titles = crowd.items.places, crowd.items.titles
    out, new = subjects("rc_out", own.__contains__), subjects("rc_in", set(free).__contains__)
    seen = state.here(out, new)
    state.show_notes(seen)

    def title(subject: str) -> str:
        return safe.plain(titles[places[subject]], LONGEST_TITLE)

    left, right = st.columns(2)
    with left:
        st.multiselect(
            f"Remove from the history ({len(rated)})",
            list(rated),
            format_func=title,
            max_selections=MOST_CHANGES,
            placeholder="Choose films, the newest first",
            **state.bound(out, seen[out]),
        )
    with right:
        st.multiselect(
            f"Add as just seen ({len(free)})",
            free,
            format_func=title,
            max_selections=MOST_CHANGES,
            placeholder="Choose films, the most popular first",
            **state.bound(new, seen[new]),
        )
    return Changes(seen[out], seen[new])


def source(asked: Asked) -> None:
    """Where the data are from."""
    info = asked.question.dataset.info
    badges.draw([badges.origin(Origin.FICTIONAL if info.fictional else Origin.MEASURED)])
    st.caption(safe.markdown(f"{info.name}. {info.summary} Licence: {info.licence}. {info.citation}"))
