"""What a snapshot is made of: its tables and views, their columns, and what each holds."""

from __future__ import annotations

from dataclasses import dataclass

from taxonomy.store import Store


@dataclass(frozen=True)
class ColumnInfo:
    """A column: its type as DuckDB calls it, and what it holds."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class TableInfo:
    """A table or a view, and what one row of it is."""

    name: str
    kind: str
    holds: str
    columns: tuple[ColumnInfo, ...]


def structure(store: Store) -> tuple[TableInfo, ...]:
    """All tables, then all views."""
    found: dict[tuple[str, str, str], list[ColumnInfo]] = {}
    for row in store.query("structure"):
        place = (row["table"], row["kind"], row["holds"])
        found.setdefault(place, []).append(ColumnInfo(row["column"], row["type"], row["meaning"]))
    return tuple(TableInfo(*place, tuple(columns)) for place, columns in found.items())
