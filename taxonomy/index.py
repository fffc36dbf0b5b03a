"""The rows that browsing reads: every entry with its folded texts, and the values that filter it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from taxonomy.folding import fold
from taxonomy.rows import Row, Tables
from taxonomy.vocab import BrowseFacet, Facet

_OF_NODE_FACET = {
    Facet.LEVEL: BrowseFacet.LEVEL,
    Facet.TECHNIQUE: BrowseFacet.TECHNIQUE,
    Facet.USAGE: BrowseFacet.USAGE,
    Facet.APPLICATION: BrowseFacet.APPLICATION,
    Facet.EVALUATION: BrowseFacet.METRIC_FAMILY,
}
_INHERITED = frozenset({BrowseFacet.LEVEL, BrowseFacet.TECHNIQUE, BrowseFacet.USAGE, BrowseFacet.APPLICATION})
_COLUMNS = ("title", "authors", "year", "summary", "mark", "url", "code_url", "arxiv_id", "in_survey")


def index_rows(tables: Tables) -> Tables:
    """The rows of `entry` and `entry_facet`, made from the rows of the tables that state facts."""
    entries: list[Row] = [_entry(kind, row, results) for kind, row, results in _things(tables)]
    values: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for entry in entries:
        values[entry["kind"], entry["key"]] = set(_own_values(entry))
    for row in tables["dataset"]:
        values["dataset", row["key"]].add((BrowseFacet.TEXT_LENGTH, row["text_length"]))
    _node_values(tables, values)
    _inherit(tables, values)
    facets: list[Row] = [
        {"kind": kind, "key": key, "facet": str(facet), "value": value}
        for (kind, key), own in values.items()
        for facet, value in own
    ]
    return {"entry": entries, "entry_facet": facets}


def _things(tables: Tables) -> Iterable[tuple[str, Row, int]]:
    methods = Counter(row["method_entry"] for row in tables["result"])
    datasets = Counter(row["dataset"] for row in tables["result"])
    metrics = Counter(row["metric"] for row in tables["result"])
    for kind, counts in (("method", methods), ("dataset", datasets), ("metric", metrics)):
        for row in tables[kind]:
            yield kind, row, counts[row["key"]]
    also: dict[str, str] = {}
    for row in tables["node_alias"]:
        also[row["node"]] = f"{also.get(row['node'], '')} {row['alias']}"
    for row in tables["node"]:
        yield "node", {**row, "summary": row["definition"], "also": also.get(row["key"], "")}, 0
    sources = {row["key"]: row["paper"] for row in tables["result_source"]}
    in_paper = Counter(sources[row["source"]] for row in tables["result"])
    for row in tables["paper"]:
        yield "paper", {**row, "name": row["title"]}, in_paper[row["key"]]


def _entry(kind: str, row: Row, results: int) -> Row:
    absent = {"title": "", "authors": "", "summary": ""}
    entry = {name: row.get(name, absent.get(name)) for name in _COLUMNS}
    return {
        "kind": kind,
        "key": row["key"],
        "name": row["name"],
        **entry,
        "results": results,
        "name_folded": f" {fold(row['name'])} {fold(row['key'])}",
        "title_folded": f" {fold(entry['title'] + ' ' + row.get('also', ''))}",
        "rest_folded": f" {fold(entry['summary'] + ' ' + entry['authors'])}",
    }


def _own_values(entry: Row) -> Iterable[tuple[str, str]]:
    yield BrowseFacet.KIND, entry["kind"]
    if entry["year"] is not None:
        yield BrowseFacet.YEAR, str(entry["year"])
    if entry["in_survey"] is not None:
        yield BrowseFacet.IN_SURVEY, entry["in_survey"]
    if entry["kind"] in {"method", "dataset"}:
        yield BrowseFacet.HAS_CODE, "yes" if entry["code_url"] else "no"


def _node_values(tables: Tables, values: dict[tuple[str, str], set[tuple[str, str]]]) -> None:
    """A tag counts for its node and for every node above it, except a root, which would hold everything."""
    above: dict[str, list[str]] = {}
    for row in tables["node_ancestor"]:
        above.setdefault(row["node"], []).append(row["ancestor"])
    roots = _roots(tables["node"])
    facet_of = {row["key"]: _OF_NODE_FACET.get(Facet(row["facet"])) for row in tables["node"]}
    for kind in ("method", "dataset", "metric"):
        for row in tables[f"{kind}_node"]:
            facet = facet_of[row["node"]]
            if facet is not None:
                values[kind, row[kind]] |= {(facet, node) for node in above[row["node"]] if node not in roots}


def _roots(nodes: list[Row]) -> frozenset[str]:
    return frozenset(str(row["key"]) for row in nodes if row["parent"] is None)


def _inherit(tables: Tables, values: dict[tuple[str, str], set[tuple[str, str]]]) -> None:
    """A paper has the levels, techniques, usages and applications of the entries that it describes."""
    for row in tables["entry_paper"]:
        own = values[row["kind"], row["key"]]
        values["paper", row["paper"]] |= {(facet, value) for facet, value in own if facet in _INHERITED}
