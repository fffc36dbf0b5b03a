"""The Graph page's fields of the address: which view, which points, and what is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard import state
from dashboard.state import Field, Values
from taxonomy.graph import POINT_KINDS, CatalogGraph
from taxonomy.graph_facts import Relation
from taxonomy.graph_views import Filter
from taxonomy.vocab import Kind

EGO, WHOLE, PATHS = "around", "whole", "paths"
VIEWS = {EGO: "Around an entry", WHOLE: "The whole", PATHS: "Paths between two"}
SIZES = {"pagerank": "PageRank", "neighbours": "number of neighbours", "betweenness": "betweenness"}
RELATIONS = {relation.name.lower().replace("_", "-"): relation for relation in Relation}
NUMBERS = ("20", "40", "60", "100", "150", "200")
MOST = {EGO: "60", WHOLE: "100", PATHS: "40"}

RADIUS = state.integer("gr_radius", 1, low=1, high=2)
KINDS = state.choices("gr_kinds", accepted=(kind.value for kind in POINT_KINDS))
LINKS = state.choices("gr_links", accepted=RELATIONS)
SIZE = state.choice("gr_size", "pagerank", accepted=SIZES)


@dataclass(frozen=True)
class Fields:
    """The fields whose accepted values or defaults depend on the graph or on each other."""

    entry: Field[str]
    start: Field[str]
    end: Field[str]
    view: Field[str]
    most: Field[str]
    hubs: Field[bool]
    community: Field[str]

    @property
    def all(self) -> tuple[Field[Any], ...]:
        """Every field of the page, those included that depend on nothing."""
        own = (self.entry, self.start, self.end, self.view, self.most, self.hubs, self.community)
        return (*own, RADIUS, KINDS, LINKS, SIZE)


def point_field(name: str, graph: CatalogGraph, default: str = "") -> Field[str]:
    """A point of the graph, or a paper, which stands for the first entry that it describes."""

    def parse(given: str) -> str:
        if given in graph.points:
            return given
        kind, _, key = given.partition(":")
        described = graph.described(key) if kind == Kind.PAPER else ()
        if not described:
            raise ValueError("kind:key of a method, dataset, metric, paper or class below a root, such as method:oppu")
        return described[0]

    return Field(name, default, parse, str, tuple(graph.points))


def fields_of(graph: CatalogGraph, pair: tuple[str, str]) -> Fields:
    """The fields for the address that the reader sees; `pair` are the ends of the example path."""
    entry = point_field("gr_entry", graph)
    start, end = (point_field(name, graph, point) for name, point in zip(("gr_from", "gr_to"), pair, strict=True))
    given = state.here(entry, start, end)
    implied = PATHS if (given[start], given[end]) != pair else EGO if given[entry] else WHOLE
    view = state.choice("gr_view", implied, accepted=VIEWS)
    shown = state.here(view)[view]
    most = state.choice("gr_most", MOST[shown], accepted=NUMBERS)
    hubs = state.flag("gr_hubs", default=shown != WHOLE)
    return Fields(entry, start, end, view, most, hubs, state.text("gr_community", longest=120))


def filter_of(seen: Values, fields: Fields) -> Filter:
    """What of the graph is drawn."""
    return Filter(
        kinds=frozenset(Kind(kind) for kind in seen[KINDS]),
        relations=frozenset(RELATIONS[name] for name in seen[LINKS]),
        most=int(seen[fields.most]),
        hubs=seen[fields.hubs],
    )
