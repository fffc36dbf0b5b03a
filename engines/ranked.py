"""Choosing the best items for a request, with the reason beside each; what all retrieval methods share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.records import ProfileItem, Task
from engines.types import Used
from engines.world import World


@dataclass(frozen=True)
class RankedItems:
    """A user's visible items, to be ranked for each request."""

    world: World
    items: tuple[ProfileItem, ...]

    def texts(self, task: Task) -> list[str]:
        """What each item is compared by."""
        return compared(task, self.items)


def compared(task: Task, items: Sequence[ProfileItem]) -> list[str]:
    """What items are compared by, as the task says."""
    return [task.query_template.format_map(item.extra) for item in items]


def most_recent(items: Sequence[ProfileItem], k: int) -> list[Used]:
    """The k most recent of some items in time order, newest first."""
    newest = list(reversed(items))[:k]
    return [Used(item, why=f"{place} most recent") for place, item in enumerate(newest, start=1)]


def best(items: Sequence[ProfileItem], scores: Sequence[float], k: int, *, measure: str) -> list[Used]:
    """The k items of highest score, ties by recency; items without any match fill up, the most recent first."""
    order = sorted(range(len(items)), key=lambda i: (-scores[i], -i))[:k]
    return [
        Used(items[i], scores[i] if scores[i] else None, f"{measure} match" if scores[i] else "no match, most recent")
        for i in order
    ]
