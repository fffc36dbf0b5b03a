"""Browsing: text, facets with counts, sorting, paging; sets of entries in memory, their rows from the snapshot."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from taxonomy.browse_index import Bits, Conditions, FacetIndex, Flags, LiveFacets, kinds_and_keys, size
from taxonomy.browse_labels import Labels
from taxonomy.browse_words import FIELDS, WordIndex
from taxonomy.folding import fold
from taxonomy.model import EntryRef, NodeRef
from taxonomy.question import BrowsePage, BrowseQuery, BrowseRow, Clause
from taxonomy.store import Store
from taxonomy.vocab import BrowseFacet, Facet, Kind, Mark, Sort

Numbers = npt.NDArray[np.intp]
Ranking = Sequence[tuple[Kind, str, float]]  # what a search found, with scores: the higher, the better
MOST_ROWS, FARTHEST, MOST_WORDS, LONGEST_TEXT = 1000, 1_000_000, 12, 400
MOST_KEPT = 4000  # rows in memory: all of the real catalog, some megabytes of a large one


class Browser:
    """Answers questions about one snapshot; may be shared by threads.

    Args:
        store: the snapshot.
        live: called once, at the first question, for the facets that the snapshot cannot know.
    """

    def __init__(self, store: Store, live: LiveFacets | None = None) -> None:
        self._store, self._live = store, live
        self._lock = threading.Lock()
        self._index: FacetIndex | None = None
        self._labels: Labels | None = None
        self._words: WordIndex | None = None
        self._kept: dict[int, BrowseRow] = {}
        self._orders: dict[tuple[Sort, bool], Numbers] = {}

    @property
    def index(self) -> FacetIndex:
        """The sets of entries by facet, read at the first question."""
        with self._lock:
            if self._index is None:
                self._index = FacetIndex(self._store, self._live)
            return self._index

    @property
    def labels(self) -> Labels:
        """The values of all facets in words."""
        index = self.index
        with self._lock:
            if self._labels is None:
                self._labels = Labels(index)
            return self._labels

    @property
    def words(self) -> WordIndex:
        """The words of all entries, read at the first question with a text."""
        count = self.index.count
        with self._lock:
            if self._words is None:
                texts = self._store.columns("browse_texts")
                self._words = WordIndex({field: texts[field] for field in FIELDS}, count)
            return self._words

    def page(self, query: BrowseQuery, ranking: Ranking | None = None) -> BrowsePage:
        """The page of entries that fit a question, how many fit, and the counts of every facet.

        The text is cut to its first 400 characters and 12 words, the limit to 0..1000, the offset to 0..1,000,000.

        Args:
            query: the question.
            ranking: the entries that a search found for the question's text, or that are like the one it names, best
                first; None to look for the words of the text here.

        Raises:
            ValueError: the question asks for entries like another one, and there is no ranking.
        """
        conditions, scores = self._conditions(query, ranking)
        first = min(max(0, query.offset), FARTHEST)
        shown = self._ordered(conditions.result, query, scores, first + min(max(0, query.limit), MOST_ROWS))[first:]
        facets = self.labels.of(conditions.counts())
        return BrowsePage(tuple(self._rows(shown)), size(conditions.result), facets)

    def total(self, query: BrowseQuery, ranking: Ranking | None = None) -> int:
        """How many entries fit a question."""
        return size(self._conditions(query, ranking)[0].result)

    def matching(self, query: BrowseQuery, ranking: Ranking | None = None) -> tuple[tuple[Kind, str], ...]:
        """Kind and key of every entry that fits a question, in its order; limit and offset do not count."""
        conditions, scores = self._conditions(query, ranking)
        refs = self.index.refs
        return kinds_and_keys(refs[number] for number in self._ordered(conditions.result, query, scores))

    def rows(self, refs: Iterable[tuple[str, str]]) -> list[BrowseRow]:
        """The rows of some entries, by kind and key; unknown ones are left out."""
        numbers = self.index.numbers
        return self._rows(numbers[kind, key] for kind, key in refs if (kind, key) in numbers)

    def crossed(
        self, query: BrowseQuery, rows: BrowseFacet, columns: BrowseFacet, ranking: Ranking | None = None
    ) -> dict[tuple[str, str], int]:
        """How many of the entries that fit a question have each pair of values of two facets; zeros are there too."""
        result, index = self._conditions(query, ranking)[0].result, self.index
        span = index.spans[columns]
        named = [value.value for value in index.values[span]]
        table: dict[tuple[str, str], int] = {}
        for row in range(*index.spans[rows].indices(len(index.values))):
            counts = index.within(result & index.bits[row], span).tolist()
            table |= {(index.values[row].value, name): count for name, count in zip(named, counts, strict=True)}
        return table

    def statement(self, query: BrowseQuery, ranking: Ranking | None = None) -> str:
        """The question as SQL that stands alone; empty where it asks for what the snapshot does not know.

        What a search or words found stands in it as numbers of entries, in their order.
        """
        conditions = list(stated(query))
        if any(clause.facet is BrowseFacet.RUNS_HERE for clause in conditions):
            return ""
        worded = query.like is not None or _words(f"{query.text} {' '.join(query.phrases)} {' '.join(query.avoided)}")
        bare = replace(query, kinds=frozenset(), facets={}, required={}, excluded={}, clauses=())
        set_of, scores = self._conditions(bare, ranking)
        found = self._ordered(set_of.result, query, scores).tolist() if worded else None
        return self._store.statement(
            "browse_table",
            facets=[clause.facet.value for clause in conditions],
            options=[sorted(clause.values) for clause in conditions],
            negated=[clause.negated for clause in conditions],
            found=found,
            sort=query.sort.value,
            descending=query.descending,
        )

    def _conditions(self, query: BrowseQuery, ranking: Ranking | None) -> tuple[Conditions, npt.NDArray[Any] | None]:
        """The sets of a question, and what each entry is worth to its words; no worth where there are none."""
        scores = self._scores(query, ranking)
        found = None if scores is None else self.index.packed(scores > 0)
        for phrase, negated in [*((p, False) for p in query.phrases), *((p, True) for p in query.avoided)]:
            flags = self._phrase(phrase)
            if flags is not None:
                own = self.index.packed(~flags if negated else flags)
                found = own if found is None else found & own
        if scores is None and query.phrases:
            scores = self.words.scores(_words(" ".join(query.phrases)))
        return Conditions(self.index, query, found), scores

    def _scores(self, query: BrowseQuery, ranking: Ranking | None) -> npt.NDArray[Any] | None:
        """What each entry is worth to the text, 0 where it does not fit; None where there is no text."""
        if query.like is not None and ranking is None:
            raise ValueError("entries like another one have to be ranked by a search")
        words = _words(query.text)
        if query.like is None and not words:
            return None
        if ranking is None:
            return self.words.scores(words)
        scores = np.zeros(self.index.count, np.float64)
        numbers = [
            number for kind, key, _ in ranking if (number := self.index.numbers.get((kind.value, key))) is not None
        ]
        scores[numbers] = np.arange(len(numbers), 0, -1, dtype=np.float64)  # the place, since a score may be 0
        return scores

    def _phrase(self, phrase: str) -> Flags | None:
        """The entries that have these words one after another; None for a phrase without words."""
        words = _words(phrase)
        if not words:
            return None
        flags = self.words.having(words)
        if len(words) > 1:
            ids = np.flatnonzero(flags).tolist()
            rows = self._store.query("browse_phrase", ids=ids, phrase=" ".join(words)) if ids else []
            flags = np.zeros_like(flags)
            flags[[row["id"] for row in rows]] = True
        return flags

    def _ordered(
        self, result: Bits, query: BrowseQuery, scores: npt.NDArray[Any] | None, wanted: int | None = None
    ) -> Numbers:
        """The numbers of the first `wanted` entries of a set in the question's order."""
        flags = self.index.flags(result)
        if query.sort is Sort.BEST and scores is not None:
            numbers = np.flatnonzero(flags)
            return numbers[np.argsort(-scores[numbers], kind="stable")][:wanted]
        order = self._order(query.sort, descending=query.descending)
        return order[flags[order]][:wanted]

    def _order(self, sort: Sort, *, descending: bool) -> Numbers:
        """All entries in an order; what has no year comes last, and equals stand by name."""
        with self._lock:
            if not self._orders:
                columns = self._store.columns("browse_order")
                year, results, links = (columns[name].astype(np.int64) for name in ("year", "results", "links"))
                names = np.arange(len(year), dtype=np.intp)
                late = np.where(year < 0, 1 << 20, year)
                for down in (False, True):
                    sign = -1 if down else 1
                    self._orders[Sort.NAME, down] = names[::sign]
                    self._orders[Sort.YEAR, down] = np.argsort(np.where(year < 0, late, sign * year), kind="stable")
                    self._orders[Sort.RESULTS, down] = np.argsort(sign * results, kind="stable")
                    self._orders[Sort.LINKS, down] = np.argsort(sign * links, kind="stable")
                    self._orders[Sort.BEST, down] = np.lexsort((names, -links, -results))
            return self._orders[sort, descending]

    def _rows(self, numbers: Iterable[int]) -> list[BrowseRow]:
        """The rows of some entries; those that were shown lately are still in memory."""
        ids = [int(number) for number in numbers]
        kept = self._kept
        absent = [number for number in ids if number not in kept]
        if absent:
            kept = {**(kept if len(kept) < MOST_KEPT else {}), **self._read_rows(absent)}
            kept |= self._read_rows([number for number in ids if number not in kept])
            self._kept = kept  # replaced as a whole, so that another thread sees one or the other
        return [kept[number] for number in ids]

    def _read_rows(self, ids: list[int]) -> dict[int, BrowseRow]:
        if not ids:
            return {}
        nodes: dict[tuple[str, str], list[NodeRef]] = {}
        refs = [self.index.refs[number] for number in ids]
        asked = {"kinds": [kind for kind, _ in refs], "keys": [key for _, key in refs]}
        for row in self._store.query("entry_nodes", **asked):
            node = NodeRef(row["key"], row["name"], Facet(row["facet"]), Mark(row["mark"]))
            nodes.setdefault((row["entry_kind"], row["entry_key"]), []).append(node)
        rows = {row.pop("id"): row for row in self._store.query("browse_rows", ids=ids)}
        return {
            number: self._row(number, rows[number], tuple(nodes.get(ref, ())))
            for number, ref in zip(ids, refs, strict=True)
        }

    def _row(self, number: int, row: dict[str, Any], nodes: tuple[NodeRef, ...]) -> BrowseRow:
        ref = EntryRef(Kind(row.pop("kind")), row.pop("key"), row.pop("name"))
        mark = row.pop("mark")
        tags = self.index.tags(number)
        return BrowseRow(ref=ref, mark=Mark(mark) if mark else None, nodes=nodes, tags=tags, **row)


def stated(query: BrowseQuery) -> Iterator[Clause]:
    """All conditions on facets that a question states, each as a clause."""
    if query.kinds:
        yield Clause(BrowseFacet.KIND, frozenset(kind.value for kind in query.kinds))
    yield from query.clauses
    yield from (Clause(facet, values) for facet, values in query.facets.items() if values)
    yield from (Clause(facet, frozenset({value})) for facet, values in query.required.items() for value in values)
    yield from (Clause(facet, values, negated=True) for facet, values in query.excluded.items() if values)


def _words(text: str) -> list[str]:
    return fold(text[:LONGEST_TEXT]).split()[:MOST_WORDS]
