"""Parts of the graph that fit on a screen: the surroundings of a point, and the most central points of the whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import networkx as nx

from taxonomy.graph import CatalogGraph
from taxonomy.graph_facts import Relation
from taxonomy.graph_shape import Shape
from taxonomy.vocab import Kind

NEAR, FAR = 1, 2


@dataclass(frozen=True)
class Filter:
    """What of the graph is looked at; empty sets mean all.

    Attributes:
        most: how many points are drawn.
        hubs: whether points with very many neighbours are drawn, where they are not the one that is asked for.
    """

    kinds: frozenset[Kind] = frozenset()
    relations: frozenset[Relation] = frozenset()
    most: int = 60
    hubs: bool = True


@dataclass(frozen=True)
class Cut:
    """A part of the graph that is drawn.

    Attributes:
        points: their ids, the most relevant first.
        edges: the pairs that have a fact of the chosen relations.
        ring: how many steps a point is from the one in the middle; empty for the whole.
        left_out: how many points fit the filter and were left out because of the limit.
        hubs_left_out: the hubs that were left out because they are hubs.
    """

    points: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    left_out: int
    hubs_left_out: tuple[str, ...] = ()
    ring: dict[str, int] = field(default_factory=dict, hash=False)


def surroundings(catalog: CatalogGraph, middle: str, asked: Filter, radius: int = NEAR) -> Cut:
    """A point, its neighbours and, with radius 2, theirs; hubs are shown but not walked through.

    The points kept are the nearest, and among them those at which a random walk that keeps returning to the middle
    spends most of its time (personalized PageRank, damping 0.85).

    Raises:
        KeyError: there is no such point.
    """
    own = catalog.points[middle].ref.kind
    graph = catalog.restricted(asked.kinds | {own} if asked.kinds else asked.kinds, asked.relations)
    ring = {middle: 0}
    for point in graph.neighbors(middle) if middle in graph else ():
        if _is_kept(catalog, point, asked):
            ring[point] = 1
    if radius >= FAR:
        for point in [each for each, steps in ring.items() if steps == 1 and each not in catalog.hubs]:
            for far in graph.neighbors(point):
                if _is_kept(catalog, far, asked):
                    ring.setdefault(far, FAR)
    walk: dict[str, float] = nx.pagerank(graph.subgraph(ring), personalization={middle: 1}) if len(ring) > 1 else {}
    order = sorted(ring, key=lambda point: (ring[point], -walk.get(point, 0), point))
    kept = order[: asked.most]
    hidden = () if asked.hubs else tuple(sorted(set(graph.neighbors(middle)) & catalog.hubs - set(ring)))
    return Cut(
        tuple(kept),
        _edges(graph, kept),
        left_out=len(order) - len(kept),
        hubs_left_out=hidden,
        ring={point: ring[point] for point in kept},
    )


def whole(catalog: CatalogGraph, shape: Shape, asked: Filter, community: int | None = None) -> Cut:
    """The most central points (PageRank of the whole graph) that fit a filter and have an edge to another one."""
    graph = catalog.restricted(asked.kinds, asked.relations)
    members = None if community is None else set(shape.communities[community].points)
    fitting = [
        point
        for point in graph
        if (asked.hubs or point not in catalog.hubs) and (members is None or point in members) and graph.degree(point)
    ]
    order = sorted(fitting, key=lambda point: (-shape.centrality[point].pagerank, point))
    kept = order[: asked.most]
    hidden = [] if asked.hubs or members is not None else [point for point in graph if point in catalog.hubs]
    return Cut(tuple(kept), _edges(graph, kept), left_out=len(order) - len(kept), hubs_left_out=tuple(hidden))


def _is_kept(catalog: CatalogGraph, point: str, asked: Filter) -> bool:
    fits = not asked.kinds or catalog.points[point].ref.kind in asked.kinds
    return fits and (asked.hubs or point not in catalog.hubs)


def _edges(graph: nx.Graph, kept: Collection[str]) -> tuple[tuple[str, str], ...]:
    return tuple(_ordered(graph.subgraph(kept).edges))


def _ordered(edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs in an order of their own, since that of a subgraph's edges depends on a set."""
    return sorted((one, two) if one <= two else (two, one) for one, two in edges)
