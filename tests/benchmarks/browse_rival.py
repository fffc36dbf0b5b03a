"""Browsing with pandas: the same questions, answered from frames in memory by one who knows pandas well.

Everything that can be prepared is: categorical values, an inverted list for every value of every facet, one order for
each way of sorting, folded texts. So what is compared is the work of one question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from taxonomy.folding import fold
from taxonomy.question import BrowseQuery
from taxonomy.store import Store
from taxonomy.vocab import BrowseFacet, Sort

Flags = npt.NDArray[np.bool_]
NODES = "SELECT e.id AS entry, n.node FROM entry_node n JOIN entry e USING (kind, key)"


@dataclass(frozen=True)
class Answer:
    """What must be equal on both sides: the entries of the page, how many fit, and the counts that are not zero."""

    shown: tuple[tuple[str, str], ...]
    total: int
    counts: dict[tuple[str, str], int]


class PandasBrowser:
    """The catalog as frames."""

    def __init__(self, store: Store) -> None:
        def frame(sql: str) -> pd.DataFrame:
            return store._connection.cursor().execute(sql).df()

        self.entries = frame("SELECT * FROM entry ORDER BY id").set_index("id", drop=False)
        pairs = frame("SELECT entry, facet, value FROM entry_facet ORDER BY facet, value, entry")
        pairs["pair"] = (pairs["facet"] + ":" + pairs["value"]).astype("category")
        self.pairs = pairs[["entry", "pair"]]
        self.numbers = pairs["entry"].to_numpy()
        self.members = {str(pair): rows["entry"].to_numpy() for pair, rows in pairs.groupby("pair", observed=True)}
        self.by_facet = {str(facet): rows.index.to_numpy() for facet, rows in pairs.groupby("facet", observed=True)}
        self.nodes = frame(NODES).groupby("entry")["node"].agg(list)
        self.orders = {(sort, down): self._order(sort, descending=down) for sort in Sort for down in (False, True)}

    def page(self, query: BrowseQuery) -> Answer:
        """The page of entries that fit, how many fit, and the count of every value but zeros."""
        always, worth = self._always(query)
        chosen = {facet: self._having(facet, values) for facet, values in query.facets.items() if values}
        result = self._all(always, chosen)
        counts = self._counts(result, query, always, chosen)
        if worth is None and query.phrases:
            worth = self._worth(" ".join(query.phrases))
        shown = self._shown(result, query, worth)
        rows = self.entries.iloc[shown]
        rows.assign(nodes=self.nodes.reindex(rows.index)).to_dict("records")  # what a card shows
        refs = zip(rows["kind"], rows["key"], strict=True)
        return Answer(tuple(refs), int(result.sum()), counts)

    def _always(self, query: BrowseQuery) -> tuple[Flags, npt.NDArray[np.int64] | None]:
        kept = np.ones(len(self.entries), np.bool_)
        worth = self._worth(query.text)
        if worth is not None:
            kept &= worth > 0
        if query.kinds:
            kept &= self._having(BrowseFacet.KIND, frozenset(kind.value for kind in query.kinds))
        for clause in query.clauses:
            kept &= self._having(clause.facet, clause.values) ^ clause.negated
        for facet, values in query.required.items():
            for value in values:
                kept &= self._having(facet, frozenset({value}))
        for phrases, wanted in ((query.phrases, True), (query.avoided, False)):
            for phrase in phrases:
                texts = (self.entries[f"{name}_folded"] + " " for name in ("name", "title", "rest"))
                found = [text.str.contains(f" {fold(phrase)} ", regex=False).to_numpy(bool) for text in texts]
                kept &= np.logical_or.reduce(found) == wanted
        return kept, worth

    def _all(self, always: Flags, chosen: dict[BrowseFacet, Flags], but: BrowseFacet | None = None) -> Flags:
        kept = always.copy()
        for facet, flags in chosen.items():
            if facet is not but:
                kept &= flags
        return kept

    def _counts(
        self, result: Flags, query: BrowseQuery, always: Flags, chosen: dict[BrowseFacet, Flags]
    ) -> dict[tuple[str, str], int]:
        barred = [(facet, value) for facet, values in query.excluded.items() for value in values]
        kept = self._without(result, barred)
        result[:] = kept
        counted = self.pairs["pair"][kept[self.numbers]].value_counts(sort=False)
        for facet in chosen:
            rows = self.by_facet[facet.value]
            own = self._without(self._all(always, chosen, facet), barred)
            part = self.pairs["pair"].iloc[rows[own[self.numbers[rows]]]].value_counts(sort=False)
            names = part.index[part.index.str.startswith(f"{facet.value}:")]
            counted[names] = part[names]
        for facet, value in barred:
            others = [pair for pair in barred if pair != (facet, value)]
            base = self._without(self._all(always, chosen, facet), others)
            counted[f"{facet.value}:{value}"] = int((base & self._having(facet, frozenset({value}))).sum())
        found = counted[counted > 0]
        return {tuple(str(pair).split(":", 1)): int(count) for pair, count in found.items()}  # type: ignore[misc]

    def _without(self, flags: Flags, barred: list[tuple[BrowseFacet, str]]) -> Flags:
        kept = flags.copy()
        for facet, value in barred:
            kept &= ~self._having(facet, frozenset({value}))
        return kept

    def _having(self, facet: BrowseFacet, values: frozenset[str]) -> Flags:
        flags = np.zeros(len(self.entries), np.bool_)
        for value in values:
            flags[self.members.get(f"{facet.value}:{value}", [])] = True
        return flags

    def _worth(self, text: str) -> npt.NDArray[np.int64] | None:
        words = fold(text).split()
        if not words:
            return None
        total, every = np.zeros(len(self.entries), np.int64), np.ones(len(self.entries), np.bool_)
        name, title, rest = (self.entries[f"{each}_folded"] for each in ("name", "title", "rest"))
        for word in words:
            tiers = [(rest, f" {word}", 1), (title, f" {word}", 10)]
            tiers += [(name, word, 20)] if len(word) >= 3 else []
            tiers += [(name, f" {word}", 30), (name + " ", f" {word} ", 40)]
            marks = np.zeros(len(self.entries), np.int64)
            for column, pattern, value in tiers:
                marks[column.str.contains(pattern, regex=False).to_numpy(bool)] = value
            total += marks
            every &= marks > 0
        return np.where(every, total, 0)

    def _shown(self, result: Flags, query: BrowseQuery, worth: npt.NDArray[np.int64] | None) -> npt.NDArray[Any]:
        span = slice(query.offset, query.offset + query.limit)
        if query.sort is Sort.BEST and worth is not None:
            fitting = np.flatnonzero(result)
            return fitting[np.argsort(-worth[fitting], kind="stable")][span]
        order = self.orders[query.sort, query.descending]
        return order[result[order]][span]

    def _order(self, sort: Sort, *, descending: bool) -> npt.NDArray[Any]:
        frame = self.entries.reset_index(drop=True)
        if sort is Sort.NAME:
            return frame.index.to_numpy()[:: -1 if descending else 1]
        if sort is Sort.BEST:
            return frame.sort_values(["results", "links"], ascending=False, kind="stable").index.to_numpy()
        return (
            frame[sort.value].sort_values(ascending=not descending, kind="stable", na_position="last").index.to_numpy()
        )
