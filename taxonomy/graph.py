"""The catalog as a graph: methods, datasets, metrics and classes are points, facts are the edges between them.

Papers are no points: that two entries come from one paper is a fact between them. The roots of the taxonomy's trees are
left out, because everything would belong to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import networkx as nx

from taxonomy.graph_facts import GraphFact, Relation, graph_fact
from taxonomy.model import EntryRef
from taxonomy.store import Store
from taxonomy.vocab import Facet, Kind, Level

MOST_NEIGHBOURS = 60  # of a point that may be a stepping stone; above it, everything would be near to everything
POINT_KINDS = (Kind.METHOD, Kind.DATASET, Kind.METRIC, Kind.NODE)


@dataclass(frozen=True)
class Point:
    """One thing of the graph.

    Attributes:
        id: `kind:key`, as addresses write it.
        levels: the levels of a method or dataset; for the class of a level, that level.
        facet: the tree that a class belongs to; None for other kinds.
        neighbours: how many points it has a fact with.
    """

    ref: EntryRef
    levels: tuple[str, ...]
    facet: Facet | None
    neighbours: int

    @property
    def id(self) -> str:
        """`kind:key`."""
        return point_id(self.ref.kind, self.ref.key)

    @property
    def level(self) -> str | None:
        """The level of a thing that has exactly one."""
        return self.levels[0] if len(self.levels) == 1 else None

    @property
    def is_hub(self) -> bool:
        """Whether it has too many neighbours to be a stepping stone."""
        return self.neighbours > MOST_NEIGHBOURS


class CatalogGraph:
    """The graph of one snapshot; never changed after it was made, and fit for several threads.

    Attributes:
        points: by id, in the order of kind and key.
        facts: every fact once.
        graph: the same as a networkx graph of ids, frozen, points and edges always in the same order.
        hubs: the ids with more than `MOST_NEIGHBOURS` neighbours.
    """

    def __init__(self, store: Store) -> None:
        rows = store.query("graph_nodes")
        names = {point_id(row["kind"], row["key"]): row["name"] for row in rows}
        self.facts: tuple[GraphFact, ...] = tuple(graph_fact(row, names) for row in store.query("graph_links"))
        self._between: dict[frozenset[str], list[GraphFact]] = {}
        strongest = list(Relation)
        for fact in sorted(self.facts, key=lambda fact: strongest.index(fact.relation)):
            self._between.setdefault(frozenset((fact.first, fact.second)), []).append(fact)
        self.graph = self._drawn(names)
        self.points: Mapping[str, Point] = {
            point_id(row["kind"], row["key"]): Point(
                EntryRef(Kind(row["kind"]), row["key"], row["name"]),
                (row["key"],) if row["key"] in set(Level) else tuple(row["levels"]),
                Facet(row["facet"]) if row["facet"] else None,
                self.graph.degree(point_id(row["kind"], row["key"])),
            )
            for row in rows
        }
        self.hubs: frozenset[str] = frozenset(key for key, point in self.points.items() if point.is_hub)
        self._paper_entries = _by_paper(store)

    def between(self, one: str, two: str) -> tuple[GraphFact, ...]:
        """The facts that link two points in the order of `Relation`; empty where there is none."""
        return tuple(self._between.get(frozenset((one, two)), ()))

    def around(self, point: str, relations: Collection[Relation] = ()) -> tuple[GraphFact, ...]:
        """The facts of one point, only those of some relations if any are given."""
        near = (self.between(point, other) for other in self.graph.neighbors(point))
        return tuple(fact for facts in near for fact in facts if not relations or fact.relation in relations)

    def restricted(self, kinds: Collection[Kind] = (), relations: Collection[Relation] = ()) -> nx.Graph:
        """The part of the graph with some kinds of points and some relations; nothing given means all of them."""
        if not kinds and not relations:
            return self.graph
        kept = {key for key, point in self.points.items() if not kinds or point.ref.kind in kinds}
        part = nx.Graph()
        part.add_nodes_from(key for key in self.points if key in kept)
        part.add_edges_from(
            (one, two)
            for one, two in self.graph.edges
            if one in kept and two in kept and (not relations or self._has(one, two, relations))
        )
        return part

    def described(self, paper: str) -> tuple[str, ...]:
        """The points that a paper describes; empty for an unknown paper or one without entries."""
        return self._paper_entries.get(paper, ())

    def _has(self, one: str, two: str, relations: Collection[Relation]) -> bool:
        return any(fact.relation in relations for fact in self.between(one, two))

    def _drawn(self, names: Mapping[str, str]) -> nx.Graph:
        graph = nx.Graph()
        graph.add_nodes_from(names)
        graph.add_edges_from(sorted({tuple(sorted((fact.first, fact.second))) for fact in self.facts}))
        return nx.freeze(graph)


def point_id(kind: str, key: str) -> str:
    """How addresses and edges name a thing."""
    return f"{Kind(kind).value}:{key}"


def _by_paper(store: Store) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in store.query("graph_papers"):
        found.setdefault(row["paper"], []).append(point_id(row["kind"], row["key"]))
    return {paper: tuple(entries) for paper, entries in found.items()}


def example_pair(catalog: CatalogGraph) -> tuple[str, str]:
    """A method and a metric for a first look at paths: those with most neighbours that stand three steps apart."""
    order = sorted(catalog.points.values(), key=lambda point: (-point.neighbours, point.id))
    method = next(point.id for point in order if point.ref.kind is Kind.METHOD)
    walked = catalog.graph.subgraph(set(catalog.points) - catalog.hubs)
    steps = nx.single_source_shortest_path_length(walked, method)
    metrics = [point.id for point in order if point.ref.kind is Kind.METRIC]
    return method, next((metric for metric in metrics if steps.get(metric, 0) > 2), metrics[0])
