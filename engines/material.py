"""What a method may need of a data set's items beyond their being there, and whether a set holds it.

Both questions are asked of what can be seen of all items, whatever their time: they decide whether a method is offered,
and nothing of an item goes further.
"""

from __future__ import annotations

from enum import StrEnum

from data.imported import holds
from data.records import Dataset, Task


class Material(StrEnum):
    """What a method needs of the items."""

    ANSWERS = "past requests with the answers to them"
    SHARED = "rated things with a title each that several people share"


_found: dict[tuple[str, Task, Material], bool] = {}


def has(dataset: Dataset, task: Task, material: Material) -> bool:
    """Whether the items that a task reads hold it; looked for once and kept."""
    key = (dataset.digest, task, material)
    if key not in _found:
        _found[key] = (_answers if material is Material.ANSWERS else _shared)(dataset, task)
    return _found[key]


def _answers(dataset: Dataset, task: Task) -> bool:
    """Whether any item holds a request of the task with its answer."""
    return any(holds(task, item) for user in dataset.users() for item in user.items if item.kind == task.reads)


def _shared(dataset: Dataset, task: Task) -> bool:
    """Whether all items are ratings of things whose title is the same for all, and any of them is of two people.

    A title that differs from person to person is that person's words, which a list of things must not pass on.
    """
    first: dict[str, tuple[str, str]] = {}
    together = False
    for user in dataset.users():
        for item in user.items:
            if item.kind != task.reads:
                continue
            if not {"rating", "subject", "title"} <= item.extra.keys():
                return False
            who, title = first.setdefault(str(item.extra["subject"]), (user.id, str(item.extra["title"])))
            if title != str(item.extra["title"]):
                return False
            together = together or who != user.id
    return together
