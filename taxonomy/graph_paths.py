"""The best paths between two points of the graph: over specific links, never over a point that everything has."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx

from taxonomy.graph import CatalogGraph
from taxonomy.graph_facts import GraphFact

MOST_PATHS = 3
MOST_TRIED = 150  # cheapest paths looked at before the search ends


@dataclass(frozen=True)
class Step:
    """One edge of a path and the facts behind it, the most telling first."""

    start: str
    end: str
    facts: tuple[GraphFact, ...]


@dataclass(frozen=True)
class Path:
    """A way from one point to another.

    Attributes:
        cost: the sum over its edges of 1 + (log2 d + log2 e) / 2, where d and e are the numbers of neighbours of the
            edge's ends: a short path over things that few others have is cheap.
    """

    points: tuple[str, ...]
    steps: tuple[Step, ...]
    cost: float

    @property
    def inner(self) -> frozenset[str]:
        """The points between the ends."""
        return frozenset(self.points[1:-1])


def best_paths(catalog: CatalogGraph, start: str, end: str, graph: nx.Graph | None = None) -> tuple[Path, ...]:
    """The cheapest paths, at most three, that differ.

    Points with more than `MOST_NEIGHBOURS` neighbours are no stepping stones; the ends may be such points. A path
    differs from a cheaper one when they have two or more points that are not on both, and when less than half of their
    inner points stand on both. Points that every path must take do not count for that half.

    Args:
        catalog: where the points and their facts come from.
        start: the id of the first point.
        end: the id of the last point.
        graph: the part of the graph that may be walked; all of it unless given.

    Raises:
        KeyError: one of the points is not in the graph.
    """
    for point in (start, end):
        catalog.points[point]
    if start == end:
        return ()
    walked = _weighted(catalog, catalog.graph if graph is None else graph, start, end)
    found: list[Path] = []
    forced: frozenset[str] = frozenset()
    for points in _by_cost(walked, start, end):
        path = _path(catalog, walked, points)
        if not found:
            forced = _forced(walked, path)
        if all(_differs(path, other, forced) for other in found):
            found.append(path)
        if len(found) == MOST_PATHS:
            break
    return tuple(found)


def edge_cost(catalog: CatalogGraph, one: str, two: str) -> float:
    """What a step between two neighbours costs."""
    degrees = (catalog.points[one].neighbours, catalog.points[two].neighbours)
    return 1 + sum(math.log2(max(1, degree)) for degree in degrees) / 2


def _weighted(catalog: CatalogGraph, graph: nx.Graph, start: str, end: str) -> nx.Graph:
    kept = [point for point in graph if point not in catalog.hubs or point in {start, end}]
    part = nx.Graph()
    part.add_nodes_from(kept)
    inside = set(kept)
    part.add_edges_from(
        (one, two, {"cost": edge_cost(catalog, one, two)}) for one, two in graph.edges if {one, two} <= inside
    )
    return part


def _by_cost(graph: nx.Graph, start: str, end: str) -> Iterator[tuple[str, ...]]:
    if start not in graph or end not in graph or not nx.has_path(graph, start, end):
        return
    paths = nx.shortest_simple_paths(graph, start, end, weight="cost")
    yield from (tuple(points) for points in itertools.islice(paths, MOST_TRIED))


def _path(catalog: CatalogGraph, graph: nx.Graph, points: tuple[str, ...]) -> Path:
    pairs = list(itertools.pairwise(points))
    steps = tuple(Step(one, two, catalog.between(one, two)) for one, two in pairs)
    return Path(points, steps, sum(graph.edges[pair]["cost"] for pair in pairs))


def _forced(graph: nx.Graph, path: Path) -> frozenset[str]:
    """The inner points without which the ends are not linked."""
    start, end = path.points[0], path.points[-1]
    return frozenset(
        point for point in path.inner if not nx.has_path(nx.restricted_view(graph, [point], []), start, end)
    )


def _differs(path: Path, other: Path, forced: frozenset[str]) -> bool:
    free, others = path.inner - forced, other.inner - forced
    return len(path.inner ^ other.inner) >= 2 and 2 * len(free & others) < max(1, min(len(free), len(others)))
