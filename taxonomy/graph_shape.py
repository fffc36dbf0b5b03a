"""The shape of the graph: which points are central, and which hang together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from taxonomy.betweenness import betweenness
from taxonomy.graph import CatalogGraph
from taxonomy.vocab import Kind

SEED = 7
NAMING_KINDS = frozenset({Kind.NODE, Kind.DATASET})


@dataclass(frozen=True)
class Centrality:
    """How central a point is, by three measures.

    Attributes:
        neighbours: how many points it has a fact with.
        pagerank: the share of a random walk's time at it (damping 0.85); all points together have 1.
        betweenness: the share of all shortest paths between two other points that pass through it.
    """

    neighbours: int
    pagerank: float
    betweenness: float


@dataclass(frozen=True)
class Community:
    """Points that have more facts with each other than with the rest.

    Attributes:
        name: the id of its most central class or dataset, else of its most central point.
        points: their ids, the most central first.
    """

    name: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """What is computed once for a graph.

    Attributes:
        communities: the largest first; hubs are in none.
        community: point to the place of its community; absent for hubs and for points without a community.
        modularity: of this division, hubs left out: 0 is no better than chance, 1 the most there is.
    """

    centrality: Mapping[str, Centrality]
    communities: tuple[Community, ...]
    community: Mapping[str, int]
    modularity: float


def shape_of(catalog: CatalogGraph, seed: int = SEED) -> Shape:
    """Centrality of all points and the division into communities; the same for the same graph and seed."""
    graph = catalog.graph
    ranks: dict[str, float] = nx.pagerank(graph)
    between = betweenness(graph)
    centrality = {
        point: Centrality(catalog.points[point].neighbours, ranks[point], between[point]) for point in catalog.points
    }
    groups, modularity = _divided(catalog, seed)
    communities = tuple(_community(catalog, group, ranks) for group in groups)
    place = {point: number for number, each in enumerate(communities) for point in each.points}
    return Shape(centrality, communities, place, modularity)


def specificity(catalog: CatalogGraph, one: str, two: str) -> float:
    """The weight of an edge: low between points that have many others, 1 / sqrt(d e) of their neighbours d and e."""
    return 1 / math.sqrt(catalog.points[one].neighbours * catalog.points[two].neighbours)


def _divided(catalog: CatalogGraph, seed: int) -> tuple[list[list[str]], float]:
    """Louvain's communities of the graph without hubs, the largest first.

    The algorithm walks sets; those of whole numbers have the same order in every process, those of texts do not.
    """
    names = [point for point in catalog.points if point not in catalog.hubs and catalog.graph.degree(point)]
    number = {name: place for place, name in enumerate(names)}
    graph = nx.Graph()
    graph.add_nodes_from(range(len(names)))
    for one, two in catalog.graph.edges:
        if one in number and two in number:
            graph.add_edge(number[one], number[two], weight=specificity(catalog, one, two))
    found = nx.community.louvain_communities(graph, weight="weight", seed=seed)
    modularity = float(nx.community.modularity(graph, found, weight="weight"))
    groups = [[names[place] for place in sorted(members)] for members in found]
    return sorted(groups, key=lambda group: (-len(group), group[0])), modularity


def _community(catalog: CatalogGraph, members: Sequence[str], ranks: Mapping[str, float]) -> Community:
    """A community by its most central members; centrality is that within the community, then that in the whole."""
    inside = catalog.graph.subgraph(members)
    order = sorted(members, key=lambda point: (-inside.degree(point), -ranks[point], point))
    naming = [point for point in order if catalog.points[point].ref.kind in NAMING_KINDS]
    return Community((naming or order)[0], tuple(order))
