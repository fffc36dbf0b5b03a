"""What can be rated or picked in a dataset, best known first, and the few that a newcomer is offered to rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data.records import Dataset, Task

OFFERED = 10


@dataclass(frozen=True)
class Thing:
    """Something that people rated.

    Attributes:
        fields: what all its items say of it alike; empty where people differ, and without anybody's rating.
        count: how many people rated it.
    """

    subject: str
    title: str
    fields: Mapping[str, str] = field(hash=False)
    count: int

    @property
    def kinds(self) -> frozenset[str]:
        """Its genres."""
        return frozenset(filter(None, self.fields.get("genres", "").split(", ")))

    @property
    def label(self) -> str:
        """Its title, and its genres where they are known."""
        genres = self.fields.get("genres", "")
        return f"{self.title} ({genres})" if genres else self.title


_known: dict[tuple[str, str], tuple[Thing, ...]] = {}


def things(dataset: Dataset, task: Task) -> tuple[Thing, ...]:
    """All that the dataset's own people rated, most rated first; empty where nothing is rated."""
    key = (dataset.digest, task.reads)
    if key not in _known:
        counts: Counter[str] = Counter()
        fields: dict[str, dict[str, str]] = {}
        for user in dataset.users():
            for item in user.items:
                if item.kind == task.reads and "rating" in item.extra and "title" in item.extra:
                    subject = str(item.extra["subject"])
                    counts[subject] += 1
                    said = {name: str(value) for name, value in item.extra.items() if name != "rating"}
                    if fields.setdefault(subject, said) != said:  # what people say differently is theirs
                        fields[subject] = {n: v if said.get(n) == v else "" for n, v in fields[subject].items()}
        made = [Thing(one, fields[one]["title"], fields[one], count) for one, count in counts.items()]
        _known[key] = tuple(sorted(made, key=lambda thing: (-thing.count, thing.subject)))
    return _known[key]


def offered(known: Sequence[Thing], count: int = OFFERED) -> tuple[Thing, ...]:
    """Well-known things spread over genres: by number of ratings, each with a genre that none before it has."""
    picked: list[Thing] = []
    seen: set[str] = set()
    for thing in known:
        if len(picked) < count and thing.kinds - seen:
            picked.append(thing)
            seen |= thing.kinds
    rest = [thing for thing in known if thing not in picked]
    chosen = {thing.subject for thing in [*picked, *rest[: count - len(picked)]]}
    return tuple(thing for thing in known if thing.subject in chosen)
