"""Histories of people, gathered entry by entry, whose last entries are held out: what most importers make of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.errors import DataError, Place
from data.imported import Imported, hold_out, in_order
from data.importer import Asked, Setting
from data.records import DatasetInfo, Persona, ProfileItem, Task, User

PEOPLE = "people"
NOBODY = Persona("", {}, (), "no traits are known")
ORDERED = "There are no times: the order of the file stands in for them, the last entry of a person as the newest."
HELD_OUT = Setting("held-out", "How many of each person's last entries are held out, 1 to 20.", "3")
FEWEST = Setting("fewest", "People with fewer entries are left out, 2 to 100.", "4")


@dataclass
class Histories:
    """Entries by person, each within the limits.

    Attributes:
        what: what one entry is called where it is counted.
        kind: the kind of the items.
    """

    asked: Asked
    what: str
    kind: str = "item"
    _found: dict[str, list[tuple[datetime | None, Mapping[str, Any]]]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _all: int = 0

    def add(
        self, user: str, extra: Mapping[str, Any], place: Place, *, at: datetime | None = None, name: str = ""
    ) -> None:
        """One more entry of a person; `extra` has what templates name, and `subject` where it is about something.

        Raises:
            DataError: it is one too many.
        """
        limits, own = self.asked.source.limits, self._found.get(user, [])
        if user not in self._found and len(self._found) >= limits.users:
            raise DataError(place, "is of one person too many", f"at most {limits.users:,} people")
        if len(own) >= limits.items or self._all >= limits.all_items:
            most = f"at most {limits.items:,} entries a person and {limits.all_items:,} in all"
            raise DataError(place, "is one entry too many", most)
        self._found.setdefault(user, own).append((at, extra))
        self._names.setdefault(user, name or user)
        self._all += 1
        self.asked.ledger.taken(self.what)

    def made(self, info: DatasetInfo, tasks: Sequence[Task], personas: Mapping[str, Persona] | None = None) -> Imported:
        """People with enough entries, in the order of the file; their last ones are held out, with one cut a person."""
        most, fewest = self.asked.whole("held-out", 1, 20), self.asked.whole("fewest", 2, 100)
        users = []
        for user, entries in self._found.items():
            if len(entries) < fewest:
                error = DataError(Place(self.asked.source.name), f"has {len(entries)}", f"{fewest} entries or more")
                self.asked.ledger.refuse(PEOPLE, error)
                continue
            self.asked.ledger.taken(PEOPLE)
            users.append(self._user(user, entries, min(most, len(entries) - 1), (personas or {}).get(user, NOBODY)))
        examples, cuts = hold_out(users, tasks, most)
        return Imported(info, tuple(tasks), tuple(users), tuple(examples), cuts)

    def _user(
        self, user: str, entries: list[tuple[datetime | None, Mapping[str, Any]]], last: int, persona: Persona
    ) -> User:
        times = in_order(len(entries), last)
        if any(at is None for at, _ in entries):
            self.asked.ledger.note(ORDERED)
        else:
            entries = sorted(entries, key=lambda entry: (entry[0] is None, entry[0]))
        items = [
            ProfileItem(
                id=f"{user}/{number}",
                user=user,
                text=str(extra["shown"]),
                kind=self.kind,
                at=at or time,
                extra={"subject": f"{user}/{number}", **{k: v for k, v in extra.items() if k != "shown"}},
            )
            for number, ((at, extra), time) in enumerate(zip(entries, times, strict=True), start=1)
        ]
        return User(user, self._names[user], tuple(items), persona)
