"""Records of LaMP's shape, `{id, input, profile: [{...}]}` and an output, as people with one request each.

A profile has no name, so every question stands for a person of its own. Where items have no date, the order of the
profile stands in for time; where they have, a question without one comes a day after the last of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from data import fields
from data.errors import DataError, Place
from data.imported import NOT_GIVEN, ORDER_CUT, Imported, in_order, names
from data.importer import Asked
from data.importers.lamp_tasks import RENAMED, Kind
from data.records import DatasetInfo, Example, Persona, ProfileItem, TaskKind, User

QUESTIONS, ITEMS = "questions", "profile items"
NOBODY = Persona("", {}, (), "no traits are known")
ORDERED = "Profiles without dates are taken in the order of the file, the last item as the newest."
LATER = "the profile items of a question, all before it"
QUOTED = re.compile(r'"([^"]*)"')
Rows = Iterator[tuple[int, Any]]


class Reader:
    """Makes people of records, one by one, and counts what is refused."""

    def __init__(self, asked: Asked, kind: Kind, file: str) -> None:
        self.asked, self.kind, self.file = asked, kind, file
        self.users: list[User] = []
        self.examples: list[Example] = []
        self.cuts: dict[str, datetime] = {}
        self._all = 0

    def take(self, line: int, value: Any, gold: str | None) -> None:
        """Keep a record with its output, or count why not."""
        place, ledger = Place(self.file, line), self.asked.ledger
        try:
            self._take(fields.record(value, place), place, gold)
            ledger.taken(QUESTIONS)
        except DataError as error:
            ledger.refuse(QUESTIONS, error)

    def _take(self, row: Mapping[str, Any], place: Place, gold: str | None) -> None:
        limits, task = self.asked.source.limits, self.kind.task
        name = fields.identifier(row, "id", place, limits)
        if name in self.cuts:
            raise DataError(
                Place(place.file, place.line, "id"), f"{name[:40]!r} stands twice", "an id for each question"
            )
        if len(self.users) >= limits.users:
            raise DataError(place, "is one too many", f"at most {limits.users:,} questions")
        if gold is None:
            raise DataError(Place(place.file, place.line, "output"), "there is none", "an output for each question")
        given = self._given(fields.text(row, "input", place, limits), place)
        target = fields.clean(gold, Place(place.file, place.line, "output"), limits.field_chars)
        if task.labels and target not in task.labels:
            raise DataError(
                Place(place.file, place.line, "output"), repr(target[:40]), f"one of {', '.join(task.labels)}"
            )
        profile = fields.listed(row, "profile", place)
        self._all += len(profile)
        if len(profile) > limits.items or self._all > limits.all_items:
            most = f"at most {limits.items:,}, and {limits.all_items:,} in all"
            raise DataError(Place(place.file, place.line, "profile"), f"has {len(profile):,} items", most)
        items, cut = self._items(name, profile, row, place=place, given=given)
        self.users.append(User(name, f"question {name}", items, NOBODY))
        self.cuts[name] = cut
        choices = {label: label for label in task.labels} if task.kind is TaskKind.RANK else {}
        self.examples.append(
            Example(
                id=f"{task.id}/{name}",
                task=task.id,
                user=name,
                input=given[self.kind.given],
                target=target,
                at=cut,
                fields=given,
                candidates=choices,
                subject=f"{name}/asked",
            )
        )

    def _given(self, said: str, place: Place) -> dict[str, str]:
        """The request's fields out of a benchmark's own input."""
        if self.kind.given == "title":
            return _citation(said, Place(place.file, place.line, "input"))
        text = next((said.partition(mark)[2] for mark in self.kind.after if mark in said), said).strip() or said
        return {self.kind.given: text, "query": text}

    def _items(
        self, name: str, profile: Sequence[Any], row: Mapping[str, Any], *, place: Place, given: Mapping[str, str]
    ) -> tuple[tuple[ProfileItem, ...], datetime]:
        """The items of a profile that can be kept, in the order of time, and the cut."""
        dated = any(isinstance(one, dict) and "date" in one for one in profile)
        found: list[tuple[datetime | None, dict[str, str]]] = []
        for number, one in enumerate(profile):
            try:
                found.append(
                    self._item(one, Place(place.file, place.line, f"profile[{number}]"), dated=dated, given=given)
                )
            except DataError as error:
                self.asked.ledger.refuse(ITEMS, _unnumbered(error))
        cut = ORDER_CUT
        if dated:
            last = max((at for at, _ in found if at), default=ORDER_CUT)
            cut = fields.when(row, "date", place) if "date" in row else last + timedelta(days=1)
            late = [one for one in found if one[0] and one[0] >= cut]
            if late:
                wrong = DataError(Place(place.file, place.line, "profile.date"), "not before its question", LATER)
                self.asked.ledger.refuse(ITEMS, wrong, len(late))
            found = sorted((one for one in found if one not in late), key=lambda one: one[0] or cut)
        elif found:
            self.asked.ledger.note(ORDERED)
        self.asked.ledger.taken(ITEMS, len(found))
        times = in_order(len(found))
        items = (
            ProfileItem(
                f"{name}/{number}", name, extra["query"], "item", at or time, {**extra, "subject": f"{name}/{number}"}
            )
            for number, ((at, extra), time) in enumerate(zip(found, times, strict=True), start=1)
        )
        return tuple(items), cut

    def _item(
        self, value: Any, place: Place, *, dated: bool, given: Mapping[str, str]
    ) -> tuple[datetime | None, dict[str, str]]:
        row, renamed = fields.record(value, place), RENAMED.get(self.kind.task.id, {})
        extra = {renamed.get(name, name): self._field(row, name, place) for name in self.kind.profile}
        self._known(extra, place)
        if any(given[name] == extra.get(name) for name in given if name != "title"):
            raise DataError(place, "is the question itself", "items that do not hold the request")
        extra = dict.fromkeys(names(self.kind.task.input_template), NOT_GIVEN) | extra
        extra["query"] = " ".join(extra[renamed.get(name, name)] for name in self.kind.query)
        return (fields.when(row, "date", place) if dated else None), extra

    def _field(self, row: Mapping[str, Any], name: str, place: Place) -> str:
        if name == "score":
            return fields.number(row, name, place, between=(1, 5))
        if name == "overall":
            return fields.number(row, name, place, between=(1, 5), step=0.5)
        return fields.text(row, name, place, self.asked.source.limits)

    def _known(self, extra: Mapping[str, str], place: Place) -> None:
        """A label of an item is one of the task's."""
        for name in ("tag", "category"):
            if name in extra and extra[name] not in self.kind.task.labels:
                raise DataError(
                    Place(place.file, place.line, f"{place.field}.{name}"),
                    repr(extra[name][:40]),
                    "a label of the task",
                )

    def made(self, info: DatasetInfo, notes: tuple[str, ...] = ()) -> Imported:
        """All that was kept."""
        return Imported(info, (self.kind.task,), tuple(self.users), tuple(self.examples), self.cuts, notes=notes)


def _citation(said: str, place: Place) -> dict[str, str]:
    """The paper and the two references of a LaMP-1 question, in quotation marks."""
    title, one, other = (
        _between(said, 'title "', '"'),
        _between(said, '[1]: "', '" [2]: "'),
        said.rpartition('[2]: "')[2],
    )
    other = other.removesuffix('"').strip() if '[2]: "' in said else ""
    if not (title and one and other):
        quoted = QUOTED.findall(said)
        if len(quoted) != 3 or not all(map(str.strip, quoted)):
            raise DataError(place, "has not three titles", "a title and two references in quotation marks")
        title, one, other = (text.strip() for text in quoted)
    return {"title": title, "first": one, "second": other, "query": f"{one} {other}"}


def _between(text: str, before: str, behind: str) -> str:
    return text.partition(before)[2].partition(behind)[0].strip() if before in text else ""


def _unnumbered(error: DataError) -> DataError:
    """The error with a field whose name does not count, so that equal reasons are one."""
    place = error.place
    return DataError(Place(place.file, place.line, re.sub(r"\[\d+\]", "", place.field)), error.found, error.accepted)


def guessed(rows: Sequence[Any], kinds: Sequence[Kind]) -> Kind | None:
    """The kind whose profile fields the first items have, those with the most fields first."""
    keys: set[str] = set()
    for row in rows:
        profile = row.get("profile") if isinstance(row, dict) else None
        for item in profile[:3] if isinstance(profile, list) else ():
            keys |= set(item) if isinstance(item, dict) else set()
    fit = [kind for kind in kinds if set(kind.profile) <= keys]
    return max(fit, key=lambda kind: len(kind.profile), default=None)
