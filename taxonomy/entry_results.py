"""The published numbers of any entry: of a method, a dataset or family of datasets, a metric, a paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from taxonomy.model import EntryRef, PublishedResult
from taxonomy.store import Store
from taxonomy.vocab import Direction, Kind, ResultKind


@dataclass(frozen=True)
class EntryResults:
    """Published numbers with what stands beside them on the same axes.

    Attributes:
        rows: all of them, by source, table, dataset, task, split, backbone and metric.
        parts: the datasets whose numbers a family shows, where it has none of its own; else empty.
    """

    rows: tuple[PublishedResult, ...]
    parts: tuple[EntryRef, ...] = ()

    @property
    def sources(self) -> int:
        """In how many papers and leaderboards they were printed."""
        return len({row.source for row in self.rows})


def entry_results(store: Store, kind: Kind, key: str) -> EntryResults:
    """The published numbers that belong on an entry's page; none for a node."""
    rows = tuple(
        PublishedResult(
            **{
                **row,
                "method_kind": ResultKind(row["method_kind"]),
                "direction": Direction(row["direction"]),
            }
        )
        for row in store.query("entry_results", kind=kind.value, key=key)
    )
    parts = _parts(rows, key) if kind is Kind.DATASET else ()
    return EntryResults(rows, parts)


def results_statement(store: Store, kind: Kind, key: str) -> str:
    """The same question as SQL that stands alone."""
    return store.statement("entry_results", kind=kind.value, key=key)


def _parts(rows: Iterable[PublishedResult], key: str) -> tuple[EntryRef, ...]:
    names = {row.dataset: row.dataset_name for row in rows}
    return tuple(EntryRef(Kind.DATASET, part, name) for part, name in sorted(names.items()) if part != key)
