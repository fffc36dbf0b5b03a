"""One person's lists by one recommender: right user, wrong user, nobody, and the right user with a changed history.

The recommender is fitted on everyone before the person's cut but the person, so that what the widgets take out of the
history is gone; one fit serves all arms and changes, and the last fits are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engines.arms import Given
from engines.errors import EngineError, FailureKind
from engines.recommenders import Pick, Recommender, Tools, recommenders
from engines.topn import figures
from engines.topn.crowd import Crowd, Person, crowd_before, person_of
from engines.topn.evaluate import arms_of, one_list
from engines.topn.figures import TOP, List
from engines.topn.questions import Question, candidates
from engines.types import Arm

KEPT = 12


@dataclass(frozen=True)
class Changes:
    """Subjects that are taken out of the right user's history, and others that are added as the newest."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


@dataclass(frozen=True)
class Shown:
    """One list: the ten with scores, and what is said of it."""

    picks: tuple[Pick, ...]
    said: List


@dataclass(frozen=True)
class Answer:
    """The lists of one recommender.

    Attributes:
        lists: by arm; an arm that does not exist is absent.
        before: the right user's (or nobody's) list without the changes; None where nothing was changed.
        owner: whose history the wrong arm was given; empty where there is none, and `note` says why or what to know.
        scored: how many candidates the language model scored for each list; None for all.
    """

    recommender: str
    lists: Mapping[Arm, Shown]
    before: Shown | None = None
    owner: str = ""
    note: str = ""
    scored: int | None = None

    @property
    def main(self) -> Shown:
        """The right user's list, or the only one there is."""
        return self.lists.get(Arm.RIGHT) or self.lists[Arm.NOBODY]


class Fits:
    """The last fitted recommenders of a process; a fit that is being made is waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[object, ...], Recommender] = OrderedDict()
        self._making: dict[tuple[object, ...], threading.Lock] = {}

    def get(self, name: str, question: Question, tools: Tools) -> Recommender:
        """The recommender fitted on everyone before the question's cut but the person."""
        info = recommenders[name].info
        asked = (question.dataset.digest, question.task.id, question.user, question.cut)
        key: tuple[object, ...] = (name, *asked, tools.seed, tools.listed)
        if info.reads_model:
            key = (*key, tools.shortlist, tools.model.digest if tools.model else "")
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._made:
                    self._made.move_to_end(key)
                    return self._using(self._made[key], tools)
            fitted = recommenders[name]().fit(crowd_of(question), tools)
            with self._lock:
                self._made[key] = fitted
                while len(self._made) > KEPT:
                    self._making.pop(self._made.popitem(last=False)[0], None)
        return fitted

    @staticmethod
    def _using(fitted: Recommender, tools: Tools) -> Recommender:
        """The fitted recommender with the caller's own progress and stop signal."""
        other: Recommender = object.__new__(type(fitted))
        other.__dict__.update(fitted.__dict__)
        other.tools = tools
        return other


def crowd_of(question: Question) -> Crowd:
    """Everyone before a question's cut but the person who is asked for."""
    return crowd_before(question.dataset, question.task, question.cut).without(question.user)


def answer(fits: Fits, name: str, question: Question, *, tools: Tools, changes: Changes = Changes()) -> Answer:
    """All lists of one recommender for a question."""
    fitted = fits.get(name, question, tools)
    crowd, notes, owner = fitted.crowd, [], ""
    right = person_of(crowd, question.given(Arm.RIGHT, tools.seed).user)
    changed = changed_person(crowd, right, changes)
    people: dict[Arm, Person] = {}
    for arm in arms_of(name, tuple(Arm)):
        if arm is Arm.RIGHT:
            people[arm] = changed
            continue
        try:
            given = question.given(arm, tools.seed)
        except EngineError as error:
            if error.kind is not FailureKind.NO_WRONG_USER:
                raise
            notes.append(str(error))
            continue
        people[arm] = person_of(crowd, given.user)
        owner, notes = _about(given, owner, notes)
    main = Arm.RIGHT if Arm.RIGHT in people else Arm.NOBODY
    lists = {
        arm: listed(fitted, question, changed if arm is main else right, one, arm=arm) for arm, one in people.items()
    }
    before = None
    if changes:
        before = listed(fitted, question, right, right if main is Arm.RIGHT else people[main], arm=main)
    scored = getattr(fitted, "scored", None)
    return Answer(name, lists, before, owner, "; ".join(notes), scored() if scored else None)


def changed_person(crowd: Crowd, right: Person, changes: Changes) -> Person:
    """The person with some things taken out and others added at the end; subjects that are not known are ignored."""
    places = crowd.items.places
    out = [places[subject] for subject in changes.removed if subject in places]
    kept = right.seen[~np.isin(right.seen, out)]
    new = [places[subject] for subject in changes.added if subject in places]
    new = [column for column in new if column not in set(kept.tolist())]
    return replace(right, seen=np.concatenate([kept, np.array(new, np.int64)]))


def listed(fitted: Recommender, question: Question, right: Person, given: Person, *, arm: Arm) -> Shown:
    """The list for a given history among what neither it nor the right user's holds; held-out things stay listed."""
    crowd = fitted.crowd
    allowed = candidates(crowd, [right], [given])
    order, scores = fitted.order([given], allowed)
    said = one_list(crowd, question, order[0], names=("", arm.value))
    top = order[0, : min(TOP, int(allowed.sum()))]
    shown = [None if np.isnan(scores[0, column]) else float(scores[0, column]) for column in top]
    picks = tuple(Pick(int(column), at, score) for at, (column, score) in enumerate(zip(top, shown, strict=True), 1))
    return Shown(picks, said)


def pairs(answers: Sequence[Answer]) -> list[tuple[str, str, float]]:
    """How much of the ten each two recommenders have in common."""
    return [
        (one.recommender, other.recommender, figures.overlap(one.main.said.top, other.main.said.top))
        for place, one in enumerate(answers)
        for other in answers[place + 1 :]
    ]


def _about(given: Given, owner: str, notes: list[str]) -> tuple[str, list[str]]:
    return given.owner or owner, [*notes, given.note] if given.note else notes
