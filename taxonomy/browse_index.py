"""Sets of entries as bits: one row of bits for each value of each facet, read from a snapshot, held in memory.

An entry's number is its place in the order of the names, and bit number n of a set says whether entry n is in it. To
combine two sets is one pass over them. The counts of all values within a set are one pass over the bits of those values
that many entries have, and over the entries of those that few have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from taxonomy.question import BrowseQuery, Clause
from taxonomy.store import Store
from taxonomy.vocab import BrowseFacet, Kind, Mark

Bits = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Ref = tuple[str, str]  # kind and key
FEW = 24  # a value is rare if less than this part of the entries has it
AT_ONCE = 64  # rows of bits at a time, so that what comes of them stays in the processor's cache
Live = Mapping[BrowseFacet, Mapping[str, Iterable[Ref]]]
LiveFacets = Callable[[Sequence[Ref]], Live]  # told all entries, says which have which values


@dataclass(frozen=True)
class Value:
    """A value of a facet: its name, and for a node of the taxonomy its mark, depth and place in the walk."""

    facet: BrowseFacet
    value: str
    name: str = ""
    mark: Mark | None = None
    depth: int = 0
    position: int = 0


class FacetIndex:
    """The values of all facets and which entries have them; never changed once made.

    Args:
        store: the snapshot.
        live: gives the facets that the snapshot cannot know, such as what runs here.
    """

    def __init__(self, store: Store, live: LiveFacets | None = None) -> None:
        self.refs: tuple[Ref, ...] = tuple((row["kind"], row["key"]) for row in store.query("browse_entries"))
        self.count = len(self.refs)
        self.numbers = {ref: number for number, ref in enumerate(self.refs)}
        self.all = self.packed(np.ones(self.count, np.bool_))
        rows = store.query("browse_values")
        pairs = store.columns("browse_pairs")
        tagged = [(_value(row), pairs["entry"][row["first"] : row["first"] + row["entries"]]) for row in rows]
        for facet, values in (live(self.refs) if live else {}).items():
            tagged += [(Value(facet, value), self._numbers(refs)) for value, refs in sorted(values.items())]
        tagged.sort(key=lambda each: (list(BrowseFacet).index(each[0].facet), each[0].position, each[0].value))
        self.values = tuple(value for value, _ in tagged)
        self.bits: Bits = np.array([self.packed(self._flags(numbers)) for _, numbers in tagged], np.uint64)
        self._rare = Rare([np.sort(numbers) for _, numbers in tagged], self.count)
        self._common = np.flatnonzero(~self._rare.rows)
        self._common_bits = np.ascontiguousarray(self.bits[self._common])
        self.rows = {(value.facet, value.value): row for row, value in enumerate(self.values)}
        self.spans = {facet: self._span(facet) for facet in BrowseFacet}

    def packed(self, flags: Flags) -> Bits:
        """The set of the entries that are marked."""
        padded = np.zeros(-(-self.count // 64) * 64, np.bool_)
        padded[: self.count] = flags
        return np.packbits(padded, bitorder="little").view(np.uint64)

    def flags(self, bits: Bits) -> Flags:
        """Which entries are in a set."""
        return np.unpackbits(bits.view(np.uint8), count=self.count, bitorder="little").view(np.bool_)

    def having(self, facet: BrowseFacet, values: Iterable[str]) -> Bits:
        """The entries that have at least one of these values; an unknown value is one that nothing has."""
        known = [row for value in values if (row := self.rows.get((facet, value))) is not None]
        return np.bitwise_or.reduce(self.bits[known], axis=0) if known else np.zeros_like(self.all)

    def within(self, bits: Bits, span: slice) -> Counts:
        """How many entries of a set have each of the values of a span."""
        first, last = np.searchsorted(self._common, [span.start, span.stop])
        counts = self._rare.within(self.flags(bits), span)
        for start in range(first, last, AT_ONCE):
            rows = slice(start, min(last, start + AT_ONCE))
            sizes = np.bitwise_count(self._common_bits[rows] & bits).sum(axis=1, dtype=np.int64)
            counts[self._common[rows] - span.start] = sizes
        return counts

    def tags(self, number: int) -> dict[BrowseFacet, tuple[str, ...]]:
        """The values of an entry, facet by facet, in the order of the index."""
        has = (self.bits[:, number >> 6] >> np.uint64(number & 63)) & np.uint64(1)
        tags: dict[BrowseFacet, tuple[str, ...]] = {}
        for row in np.flatnonzero(has):
            value = self.values[row]
            tags[value.facet] = (*tags.get(value.facet, ()), value.value)
        return tags

    def _flags(self, numbers: npt.NDArray[np.int32]) -> Flags:
        flags = np.zeros(self.count, np.bool_)
        flags[numbers] = True
        return flags

    def _numbers(self, refs: Iterable[Ref]) -> npt.NDArray[np.int32]:
        return np.array([self.numbers[ref] for ref in refs if ref in self.numbers], np.int32)

    def _span(self, facet: BrowseFacet) -> slice:
        own = [row for row, value in enumerate(self.values) if value.facet is facet]
        return slice(own[0], own[-1] + 1) if own else slice(0, 0)


class Rare:
    """The values that few entries have, as lists of these entries: to count those is less work than to read all bits.

    Args:
        members: the entries of every value.
        count: how many entries there are.
    """

    def __init__(self, members: Sequence[npt.NDArray[np.int32]], count: int) -> None:
        self.rows: Flags = np.array([len(numbers) * FEW < count for numbers in members], np.bool_)
        own = [numbers if rare else numbers[:0] for numbers, rare in zip(members, self.rows, strict=True)]
        self._members = np.concatenate([*own, np.empty(0, np.int32)]).astype(np.intp)
        self._starts = np.concatenate([[0], np.cumsum([len(numbers) for numbers in own], dtype=np.intp)])

    def within(self, flags: Flags, span: slice) -> Counts:
        """How many of the marked entries have each of the values of a span; zeros for those that many have."""
        starts = self._starts[span.start : span.stop + 1]
        has = flags[self._members[starts[0] : starts[-1]]]
        sums = np.concatenate([[0], np.cumsum(has, dtype=np.int64)])
        counts: Counts = np.diff(sums[starts - starts[0]])
        return counts


def size(bits: Bits) -> int:
    """How many entries a set has."""
    return int(np.bitwise_count(bits).sum())


class Conditions:
    """A question's conditions as sets, kept apart by facet, so that a facet's counts can leave its own choice out.

    Args:
        query: the question; its text is no part of it.
        found: the entries that fit its text, phrases and avoided words.
    """

    def __init__(self, index: FacetIndex, query: BrowseQuery, found: Bits | None = None) -> None:
        self._index = index
        self._always = index.all if found is None else found
        if query.kinds:
            self._always = self._always & index.having(BrowseFacet.KIND, (kind.value for kind in query.kinds))
        for clause in query.clauses:
            self._always = self._always & self._of(clause)
        self._any = {facet: index.having(facet, values) for facet, values in query.facets.items() if values}
        for facet, values in query.required.items():
            for value in values:
                self._always = self._always & index.having(facet, [value])
        self._excluded = [(facet, value) for facet, values in query.excluded.items() for value in sorted(values)]
        self.result = self._but()

    def counts(self) -> Counts:
        """For every value the number of entries that fit with it chosen, in the order of the index's values.

        Within the facet of the value, the choice of alternatives does not count; everything else does. For an excluded
        value it is the number of entries that this one exclusion keeps back.
        """
        index = self._index
        counts = index.within(self.result, slice(0, len(index.values)))
        for facet in self._any:
            counts[index.spans[facet]] = index.within(self._but(facet), index.spans[facet])
        for pair in self._excluded:
            if pair in index.rows:
                row = index.rows[pair]
                counts[row] = size(self._but(pair[0], pair) & index.bits[row])
        return counts

    def _of(self, clause: Clause) -> Bits:
        found = self._index.having(clause.facet, clause.values)
        return self._index.all & ~found if clause.negated else found

    def _but(self, facet: BrowseFacet | None = None, exclusion: tuple[BrowseFacet, str] | None = None) -> Bits:
        """The entries that fit everything but the alternatives of a facet and one exclusion."""
        kept = self._always
        for other, bits in self._any.items():
            if other is not facet:
                kept = kept & bits
        for pair in self._excluded:
            if pair != exclusion:
                kept = kept & ~self._index.having(pair[0], [pair[1]])
        return kept


def _value(row: dict[str, Any]) -> Value:
    mark = Mark(row["mark"]) if row["mark"] else None
    return Value(
        BrowseFacet(row["facet"]), row["value"], row["name"] or "", mark, row["depth"] or 0, row["position"] or 0
    )


def kinds_and_keys(refs: Iterable[Ref]) -> tuple[tuple[Kind, str], ...]:
    """References as typed pairs."""
    return tuple((Kind(kind), key) for kind, key in refs)
