"""The rows that browsing reads: every entry with its folded texts, and the values that filter it."""

from __future__ import annotations

import re
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
    Facet.DATA: BrowseFacet.DATA,
    Facet.EVALUATION: BrowseFacet.METRIC_FAMILY,
}
_INHERITED = frozenset({BrowseFacet.LEVEL, BrowseFacet.TECHNIQUE, BrowseFacet.USAGE, BrowseFacet.APPLICATION})
_COLUMNS = (
    *("title", "authors", "year", "venue", "summary", "mark"),
    *("url", "code_url", "data_url", "arxiv_id", "in_survey"),
)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")

Values = dict[tuple[str, str], set[tuple[str, str]]]


def index_rows(tables: Tables) -> Tables:
    """The rows of `entry` and `entry_facet`, made from the rows of the tables that state facts."""
    links = _links(tables)
    things = (_entry(kind, row, results, links[kind, row["key"]]) for kind, row, results in _things(tables))
    entries = sorted(things, key=lambda entry: (entry["name_folded"], entry["kind"], entry["key"]))
    values: Values = {(entry["kind"], entry["key"]): set(_own_values(entry)) for entry in entries}
    _work_values(tables, values)
    _node_values(tables, values)
    _inherit(tables, values)
    facets: list[Row] = [
        {"entry": place, "kind": kind, "key": key, "facet": str(facet), "value": value}
        for place, ((kind, key), own) in enumerate(values.items())
        for facet, value in own
    ]
    return {"entry": [{"id": place, **entry} for place, entry in enumerate(entries)], "entry_facet": facets}


def venue_series(venue: str) -> str:
    """The venue without its year: `Findings of ACL` for both `Findings of ACL 2024` and `ACL Findings`."""
    series = " ".join(_YEAR.sub(" ", venue).replace(",", " ").split())
    return f"Findings of {series.removesuffix(' Findings')}" if series.endswith(" Findings") else series


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


def _links(tables: Tables) -> Counter[tuple[str, str]]:
    """How many other entries each one is directly tied to: data and metrics, members of a class, works of a paper."""
    pairs = {("method", row["method"], "dataset", row["dataset"]) for row in tables["method_dataset"] if row["dataset"]}
    pairs |= {("dataset", row["dataset"], "metric", row["metric"]) for row in tables["dataset_metric"]}
    pairs |= {("node", row["challenge"], "method", row["method"]) for row in tables["challenge_method"]}
    pairs |= {(row["kind"], row["key"], "paper", row["paper"]) for row in tables["entry_paper"]}
    for kind in ("method", "dataset", "metric"):
        pairs |= {(kind, row[kind], "node", row["node"]) for row in tables[f"{kind}_node"]}
    return Counter(end for a, b, c, d in pairs for end in ((a, b), (c, d)))


def _entry(kind: str, row: Row, results: int, links: int) -> Row:
    absent = {"title": "", "authors": "", "summary": "", "venue": ""}
    entry = {name: row.get(name, absent.get(name)) for name in _COLUMNS}
    return {
        "kind": kind,
        "key": row["key"],
        "name": row["name"],
        **entry,
        "results": results,
        "links": links,
        "name_folded": f" {fold(row['name'])} {fold(row['key'])}",
        "title_folded": f" {fold(entry['title'] + ' ' + row.get('also', ''))}",
        "rest_folded": f" {fold(entry['summary'] + ' ' + entry['authors'])}",
    }


def _own_values(entry: Row) -> Iterable[tuple[str, str]]:
    """The values that stand in the entry itself; yes and no only where the question makes sense."""
    yield BrowseFacet.KIND, entry["kind"]
    if entry["year"] is not None:
        yield BrowseFacet.YEAR, str(entry["year"])
    if series := venue_series(entry["venue"]):
        yield BrowseFacet.VENUE, series
    if entry["in_survey"] is not None:
        yield BrowseFacet.IN_SURVEY, entry["in_survey"]
    if entry["mark"] is not None:
        yield BrowseFacet.MARK, entry["mark"]
    if entry["kind"] in {"method", "dataset"}:
        yield BrowseFacet.HAS_CODE, "yes" if entry["code_url"] else "no"
    if entry["kind"] == "dataset":
        yield BrowseFacet.HAS_DATA, "yes" if entry["data_url"] else "no"
    if entry["kind"] != "node":
        yield BrowseFacet.HAS_RESULTS, "yes" if entry["results"] else "no"


def _work_values(tables: Tables, values: Values) -> None:
    """The values that stand in the tables of methods, datasets, metrics and nodes, and beside them."""
    plain = (
        ("dataset", "dataset", "text_length", BrowseFacet.TEXT_LENGTH),
        ("metric", "metric", "direction", BrowseFacet.DIRECTION),
        ("node", "node", "facet", BrowseFacet.TREE),
    )
    for kind, table, column, facet in plain:
        for row in tables[table]:
            values[kind, row["key"]].add((facet, row[column]))
    beside = (
        ("dataset", "dataset_task", "task", BrowseFacet.TASK),
        ("metric", "metric_need", "need", BrowseFacet.NEEDS),
        ("method", "challenge_method", "challenge", BrowseFacet.CHALLENGE),
        ("method", "method_dataset", "dataset", BrowseFacet.DATASET),
    )
    for kind, table, column, facet in beside:
        for row in tables[table]:
            if row[column] is not None:
                values[kind, row[kind]].add((facet, row[column].replace(",", " ")))


def _node_values(tables: Tables, values: Values) -> None:
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


def _inherit(tables: Tables, values: Values) -> None:
    """A paper has the levels, techniques, usages and applications of the entries that it describes."""
    for row in tables["entry_paper"]:
        own = values[row["kind"], row["key"]]
        values["paper", row["paper"]] |= {(facet, value) for facet, value in own if facet in _INHERITED}
