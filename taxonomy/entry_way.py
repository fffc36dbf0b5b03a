"""Where an entry stands among others: the classes above it, and what comes before and after it."""

from __future__ import annotations

from dataclasses import dataclass

from taxonomy.model import EntryRef
from taxonomy.store import Store
from taxonomy.vocab import Kind


@dataclass(frozen=True)
class Way:
    """How to go on from an entry.

    Attributes:
        above: of a class, those above it from the root down; empty for other kinds.
        before: the entry before it, None at the beginning.
        after: the entry after it, None at the end.
        place: its place among the entries of its kind, from 1.
        entries: how many these are.
    """

    above: tuple[EntryRef, ...]
    before: EntryRef | None
    after: EntryRef | None
    place: int
    entries: int


def way_of(store: Store, kind: Kind, key: str) -> Way:
    """Where an entry stands: entries by name, classes in the order of the taxonomy.

    Raises:
        IndexError: there is no such entry.
    """
    row = store.query("entry_beside", kind=kind.value, key=key)[0]
    above = store.query("entry_above", key=key) if kind is Kind.NODE else []
    before, after = (
        EntryRef(kind, row[f"{side}_key"], row[f"{side}_name"]) if row[f"{side}_key"] is not None else None
        for side in ("before", "after")
    )
    refs = tuple(EntryRef(Kind.NODE, node["key"], node["name"]) for node in above)
    return Way(refs, before, after, row["place"], row["entries"])
