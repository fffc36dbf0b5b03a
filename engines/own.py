"""A request and a person of the reader's own beside a dataset's: made from texts that one session holds.

Nothing here is kept. What is cached elsewhere by a dataset's digest holds its own people alone, since `SessionDataset`
names the session's person but does not count them among its users.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from string import Formatter

from data.digest import digest
from data.errors import AttuneError
from data.imported import NOT_GIVEN
from data.records import Dataset, Example, Persona, ProfileItem, Task, TaskKind, User
from engines.counterfactual import own_field
from engines.own_catalog import Thing
from engines.prompts import broken_up

LONGEST, MOST_TEXTS, MOST_RATED, FEWEST_RANKED, MOST_RANKED = 600, 12, 20, 2, 20
PREFIX = "me-"
SOURCE = "said by yourself"
_UNSEEN = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class OwnError(AttuneError):
    """A text of the reader's own that cannot be used; the message says what is accepted."""


@dataclass(frozen=True)
class Profile:
    """What the reader gave of themselves.

    Attributes:
        texts: short texts, the oldest first.
        ratings: subject id to stars.
        traits: declared traits by name.
    """

    texts: tuple[str, ...] = ()
    ratings: Mapping[str, int] = field(default_factory=dict, hash=False)
    traits: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        return bool(self.texts or self.ratings)

    def digest(self) -> str:
        """What identifies it."""
        return digest([list(self.texts), dict(self.ratings), dict(self.traits)])


@dataclass(frozen=True)
class SessionDataset(Dataset):
    """A dataset with one more person, who can be asked for by id but is nobody's wrong user, mate or neighbour."""

    guest: User | None = field(default=None, repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, User]:
        """User id to user, the session's person last."""
        known = {user.id: user for user in self.load_users()}
        return known | ({self.guest.id: self.guest} if self.guest else {})

    def users(self) -> Sequence[User]:
        """The dataset's own people."""
        return self.load_users()


def clean(text: str, what: str = "the text") -> str:
    """A text of the reader's as one line, without control characters and fence marks.

    Raises:
        OwnError: nothing is left, or it is too long; nothing is cut.
    """
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    line = broken_up(" ".join(kept.split()))
    if not line:
        raise OwnError(f"{what} is empty; write at least one word")
    if len(line) > LONGEST:
        raise OwnError(f"{what} has {len(line):,} characters; at most {LONGEST} are accepted")
    return line


def _is_shown(character: str) -> bool:
    return character not in _TURNS and unicodedata.category(character) not in _UNSEEN


def split_texts(pasted: str) -> tuple[str, ...]:
    """Pasted texts, parted by blank lines, or by lines where no line is blank.

    Raises:
        OwnError: there is none, there are too many, or one is too long.
    """
    whole = pasted.replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = re.split(r"\n[ \t]*\n\s*", whole) if re.search(r"\n[ \t]*\n", whole) else whole.split("\n")
    found = [part for part in parts if "".join(filter(_is_shown, part)).strip()]
    if not found:
        raise OwnError(f"there is no text; write 1 to {MOST_TEXTS} short texts, a blank line between two")
    if len(found) > MOST_TEXTS:
        raise OwnError(f"there are {len(found)} texts; at most {MOST_TEXTS} are accepted")
    return tuple(clean(part, f"text {number}") for number, part in enumerate(found, start=1))


_cuts: dict[tuple[str, str], datetime] = {}


def session_cut(dataset: Dataset, task: Task) -> datetime:
    """The cut of a person who is not in the data: the latest of all people's, so that all that is known counts."""
    key = (dataset.digest, task.id)
    if key not in _cuts:
        readers = [user.id for user in dataset.users() if any(item.kind == task.reads for item in user.items)]
        _cuts[key] = max(dataset.cut(task, user) for user in readers)
    return _cuts[key]


def as_user(
    dataset: Dataset, task: Task, profile: Profile, *, user_id: str, things: Mapping[str, Thing] | None = None
) -> User:
    """The reader as a person of a dataset: the items are dated in the last seconds before the cut, in their order.

    A text fills the field that the task writes; what it was made from is not known and says so.

    Raises:
        KeyError: a rated subject is none of `things`.
    """
    cut = session_cut(dataset, task)
    given = _rated(profile, things or {}) or _written(dataset, task, profile, user_id)
    items = []
    for number, extra in enumerate(given):
        at = cut - timedelta(seconds=len(given) - number)
        item = ProfileItem(f"{user_id}/{number + 1}", user_id, "", task.reads, at, extra)
        items.append(replace(item, text=profile.texts[number] if profile.texts else task.write_item(item).strip()))
    traits = dict(profile.traits)
    return User(user_id, "you", tuple(items), Persona(", ".join(traits.values()), traits, tuple(traits), SOURCE))


def _rated(profile: Profile, things: Mapping[str, Thing]) -> list[dict[str, str]]:
    return [{**things[subject].fields, "rating": str(stars)} for subject, stars in profile.ratings.items()]


def _written(dataset: Dataset, task: Task, profile: Profile, user_id: str) -> list[dict[str, str]]:
    alike = [one for one in dataset.tasks if one.reads == task.reads]
    unknown = dict.fromkeys((name for one in alike for name in _names(one.item_template)), NOT_GIVEN)
    unknown |= dict.fromkeys(_names(task.query_template), NOT_GIVEN)
    return [
        unknown | {own_field(task): text, "subject": f"{user_id}-{number}"}
        for number, text in enumerate(profile.texts, start=1)
    ]


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def beside(dataset: Dataset, guest: User) -> SessionDataset:
    """The dataset with the session's person beside its own people."""

    def find_cut(_view: Dataset, task: Task, user: str) -> datetime:
        return session_cut(dataset, task) if user == guest.id else dataset.cut(task, user)

    return SessionDataset(
        info=dataset.info,
        tasks=dataset.tasks,
        digest=dataset.digest,
        load_users=dataset.users,
        make_examples=lambda _view, task, split, seed: dataset.examples(task, split, seed),
        find_cut=find_cut,
        excluded=dataset.excluded,
        holding=lambda people: dataset.holding(people - {guest.id}),
        guest=guest,
    )


@dataclass(frozen=True)
class Asker:
    """For whom an own request is, and the session that asks.

    Attributes:
        token: of the session; it makes the example's id, and so every run's, its own.
        profile: digest of the session's profile where the user is the reader; else empty.
    """

    dataset: Dataset
    task: Task
    user: str
    token: str
    profile: str = ""

    def name(self, *asked: object) -> str:
        """The id of a request: of the session, the task, the person with their data, and what is asked."""
        return f"own/{digest([self.token, self.task.id, self.user, self.profile, *asked])}"


def text_request(asker: Asker, text: str) -> Example:
    """A request in the reader's words, already clean; it fills the first field of the task's request."""
    task = asker.task
    first, *others = _names(task.input_template)
    fields = dict.fromkeys([*others, *_names(task.query_template)], "") | {first: text}
    cut = asker.dataset.cut(task, asker.user)
    return Example(asker.name(text), task.id, asker.user, text, "", cut, fields)


def thing_request(asker: Asker, thing: Thing) -> Example:
    """A request for the rating of something that the user has not rated; nothing about it is given in any arm."""
    task = asker.task
    fields = {name: thing.fields.get(name, "") for name in (*_names(task.input_template), *_names(task.query_template))}
    cut = asker.dataset.cut(task, asker.user)
    return Example(
        asker.name(thing.subject), task.id, asker.user, thing.label, "", cut, fields=fields, subject=thing.subject
    )


def choice_request(asker: Asker, things: Sequence[Thing]) -> Example:
    """A request to rank what the reader picked.

    Raises:
        OwnError: there are too few or too many.
    """
    if not FEWEST_RANKED <= len(things) <= MOST_RANKED:
        raise OwnError(f"{len(things)} are picked; pick {FEWEST_RANKED} to {MOST_RANKED} to be ranked")
    return Example(
        asker.name([thing.subject for thing in things]),
        asker.task.id,
        asker.user,
        f"Which of {len(things)} that you picked comes next?",
        "",
        asker.dataset.cut(asker.task, asker.user),
        candidates={thing.subject: thing.title for thing in things},
    )


def unrated(things: Sequence[Thing], user: User) -> tuple[Thing, ...]:
    """What a person has never rated, also not in what is held out."""
    known = {item.extra.get("subject") for item in user.items}
    return tuple(thing for thing in things if thing.subject not in known)


def takes_text(task: Task) -> bool:
    """Whether an own request of this task is written, and not picked."""
    return task.kind in {TaskKind.REWRITE, TaskKind.GENERATE}
