"""Kinds of personal data replaced by placeholders before a method sees them, so that retrieval does not either.

Items keep their ids, times and subjects, which no prompt holds; the request is not redacted. A redacted trait cannot be
matched with that of others, so a method that looks for people alike widens its group by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace

from data.records import Persona, ProfileItem, Task, User
from engines.privacy import EVERYTHING, KINDS, Detector, field_spans, fields_of, kind_of_trait, redact
from engines.world import Mates, World


@dataclass(frozen=True)
class Redaction:
    """What is taken out of everybody's data.

    Attributes:
        kinds: keys of kinds, or `everything`, which leaves nothing of anyone.
        detector: the rules.
    """

    task: Task
    kinds: frozenset[str]
    detector: Detector
    _known: dict[tuple[str, str, str], str] = field(default_factory=dict, repr=False, compare=False)

    def user(self, user: User) -> User:
        """A person with redacted items and traits; of `everything` nobody is left."""
        if EVERYTHING in self.kinds:
            return User("", "nobody", (), Persona("", {}, (), ""))
        found = self.detector.of(user)
        items = tuple(self._item(found, item) for item in user.items)
        traits = {name: self._trait(name, value) for name, value in user.persona.traits.items()}
        same = traits == dict(user.persona.traits)
        persona = user.persona if same else replace(user.persona, traits=traits, cell=", ".join(traits.values()))
        return replace(user, items=items, persona=persona, name=self._name(user.name))

    def item(self, item: ProfileItem, owner: User | None) -> ProfileItem:
        """A single item with its fields redacted."""
        return self._item(self.detector.of(owner), item)

    def world(self, world: World) -> World:
        """The same surroundings, with what they hand out of other people redacted."""
        same = {one.name: getattr(world, one.name) for one in fields(World)}
        return RedactedWorld(**same, redaction=self)

    def _item(self, found: Detector, item: ProfileItem) -> ProfileItem:
        names = fields_of(self.task) & set(item.extra)
        changed = {name: self._field(found, name, str(item.extra[name]), item.user) for name in names}
        if all(changed[name] == item.extra[name] for name in names):
            return item
        made = replace(item, extra={**item.extra, **changed})
        return replace(made, text=self.task.write_item(made).strip())

    def _field(self, found: Detector, name: str, value: str, owner: str) -> str:
        key = (name, value, owner)
        if key not in self._known:
            self._known[key] = redact(value, field_spans(found, name, value), self.kinds)
        return self._known[key]

    def _trait(self, name: str, value: str) -> str:
        kind = kind_of_trait(name)
        return KINDS[kind].placeholder if kind in self.kinds else value

    def _name(self, name: str) -> str:
        return KINDS["name"].placeholder if "name" in self.kinds else name


@dataclass(frozen=True)
class RedactedWorld(World):
    """A world that hands out other people's items and traits redacted."""

    redaction: Redaction | None = None

    def mates(self, user: User) -> Mates:
        """The others of the persona, redacted; nobody where everything is redacted."""
        found, change = super().mates(user), self.redaction
        if change is None or EVERYTHING in change.kinds:
            return Mates((), "", backed_off=True)
        return replace(found, users=tuple(change.user(mate) for mate in found.users))

    def others(self) -> Iterator[User]:
        """All people but the target, redacted; nobody where everything is redacted."""
        found, change = super().others(), self.redaction
        if change is None or EVERYTHING in change.kinds:
            return iter(())
        return (change.user(other) for other in found)

    def outsiders(self) -> Iterator[User]:
        """All people outside the target's fold, redacted; nobody where everything is redacted."""
        found, change = super().outsiders(), self.redaction
        if change is None or EVERYTHING in change.kinds:
            return iter(())
        return (change.user(other) for other in found)

    def everyone(self, count: int) -> tuple[ProfileItem, ...]:
        """The same items for all users, redacted; none where everything is redacted."""
        found, change = super().everyone(count), self.redaction
        if change is None or EVERYTHING in change.kinds:
            return ()
        return tuple(change.item(item, self.dataset.by_id.get(item.user)) for item in found)
