"""Browsing: free text, facets and their counts, sorting and paging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taxonomy.folding import fold
from taxonomy.model import BrowsePage, BrowseQuery, BrowseRow, EntryRef, FacetCount, NodeRef
from taxonomy.store import Store
from taxonomy.vocab import BrowseFacet, Facet, InSurvey, Kind, Mark, TextLength

MOST_ROWS, FARTHEST, MOST_WORDS, LONGEST_TEXT = 1000, 1_000_000, 12, 400
DEFAULT_KINDS = frozenset(Kind) - {Kind.PAPER}
_LABELS: dict[BrowseFacet, dict[str, str]] = {
    BrowseFacet.KIND: {kind.value: kind.value for kind in Kind},
    BrowseFacet.HAS_CODE: {"yes": "with code", "no": "without code"},
    BrowseFacet.TEXT_LENGTH: {
        TextLength.SHORT: "short text",
        TextLength.LONG: "long text",
        TextLength.NA: "no text to write",
    },
    BrowseFacet.IN_SURVEY: {value.value: value.label for value in InSurvey},
}


def answer(store: Store, query: BrowseQuery) -> BrowsePage:
    """The page of entries that fit a question.

    The text is cut to its first 400 characters and 12 words, the limit to 0..1000, the offset to 0..1,000,000.
    """
    chosen = list(_chosen(query))
    asked = {
        "words": fold(query.text[:LONGEST_TEXT]).split()[:MOST_WORDS],
        "facets": [facet for facet, _ in chosen],
        "options": [value for _, value in chosen],
        "chosen": len({facet for facet, _ in chosen}),
    }
    rows = store.query(
        "browse_rows",
        **asked,
        sort=query.sort.value,
        descending=query.descending,
        limit=min(max(0, query.limit), MOST_ROWS),
        offset=min(max(0, query.offset), FARTHEST),
    )
    totals = {row.pop("total") for row in rows} or {store.query("browse_total", **asked)[0]["total"]}
    counts: dict[BrowseFacet, list[FacetCount]] = {facet: [] for facet in BrowseFacet}
    for row in store.query("browse_facets", **asked):
        counts[BrowseFacet(row["facet"])].append(_count(row))
    facets = {facet: tuple(_in_order(facet, values)) for facet, values in counts.items()}
    return BrowsePage(tuple(_rows(store, rows)), totals.pop(), facets)


def _chosen(query: BrowseQuery) -> Iterator[tuple[str, str]]:
    """Every chosen pair of facet and value; a facet with an empty choice is not chosen."""
    by_facet = {BrowseFacet(facet): frozenset(values) for facet, values in query.facets.items() if values}
    kinds = frozenset(kind.value for kind in query.kinds)
    listed = by_facet.pop(BrowseFacet.KIND, frozenset())
    wanted = kinds & listed if kinds and listed else kinds | listed
    if kinds and listed and not wanted:
        wanted = frozenset({"nothing"})
    for kind in sorted(wanted or DEFAULT_KINDS):
        yield BrowseFacet.KIND.value, str(kind)
    for facet, values in sorted(by_facet.items()):
        yield from ((facet.value, str(value)) for value in sorted(values))


def _count(row: dict[str, Any]) -> FacetCount:
    facet, value = BrowseFacet(row["facet"]), row["value"]
    label = row["name"] or _LABELS.get(facet, {}).get(value, value)
    mark = Mark(row["mark"]) if row["mark"] else None
    return FacetCount(value, label, mark, row["entries"], row["depth"] or 0)


def _in_order(facet: BrowseFacet, counts: list[FacetCount]) -> list[FacetCount]:
    """Years from the newest, words in the order of their vocabulary, nodes as in their tree."""
    if facet is BrowseFacet.YEAR:
        return sorted(counts, key=lambda count: count.value, reverse=True)
    order = list(_LABELS.get(facet, ()))
    if order:
        return sorted(counts, key=lambda count: order.index(count.value))
    shallowest = min((count.depth for count in counts), default=0)
    return [FacetCount(c.value, c.label, c.mark, c.count, c.depth - shallowest) for c in counts]


def _rows(store: Store, rows: list[dict[str, Any]]) -> Iterator[BrowseRow]:
    nodes: dict[tuple[str, str], list[NodeRef]] = {}
    asked = {"kinds": [row["kind"] for row in rows], "keys": [row["key"] for row in rows]}
    for row in store.query("entry_nodes", **asked) if rows else ():
        node = NodeRef(row["key"], row["name"], Facet(row["facet"]), Mark(row["mark"]))
        nodes.setdefault((row["entry_kind"], row["entry_key"]), []).append(node)
    for row in rows:
        kind, key = row.pop("kind"), row.pop("key")
        ref = EntryRef(Kind(kind), key, row.pop("name"))
        mark = row.pop("mark")
        yield BrowseRow(ref=ref, mark=Mark(mark) if mark else None, nodes=tuple(nodes.get((kind, key), ())), **row)
