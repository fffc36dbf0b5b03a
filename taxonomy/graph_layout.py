"""Where the points of a drawn part of the graph stand: the same for the same part, in every process.

Positions are in units of about one mark's width. Widths are stretched, because a screen is wider than it is high.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from taxonomy.graph import CatalogGraph
from taxonomy.graph_shape import SEED, Shape, specificity
from taxonomy.graph_views import FAR, Cut

Place = tuple[float, float]
STRETCH = 1.5
GAP = 0.9  # between two communities
NEAREST, PUSHES = 0.95, 120  # marks are pushed apart to this distance, at most so many times
GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Disc:
    """The ground on which a community stands; `radius` is its height, its width is `STRETCH` times as large."""

    community: int
    centre: Place
    radius: float


@dataclass(frozen=True)
class Layout:
    """Positions of points, and the grounds of communities for the whole."""

    places: Mapping[str, Place]
    discs: tuple[Disc, ...] = ()


def around(catalog: CatalogGraph, cut: Cut) -> Layout:
    """The middle in the middle, its neighbours on a ring in the order of their kinds, theirs on a second one.

    Points of the second ring stand as near as they can to the points that they are linked to.
    """
    first = [point for point in cut.points if cut.ring[point] == 1]
    second = [point for point in cut.points if cut.ring[point] == FAR]
    first.sort(key=lambda point: (catalog.points[point].ref.kind.value, catalog.points[point].facet or "", point))
    angle = {point: 2 * math.pi * place / max(1, len(first)) for place, point in enumerate(first)}
    linked: dict[str, list[float]] = {}
    for pair in cut.edges:
        for one, two in (pair, pair[::-1]):
            if one in angle and cut.ring[two] == FAR:
                linked.setdefault(two, []).append(angle[one])
    wanted = {point: _mean_angle(linked.get(point, [0.0])) for point in second}
    inner = max(1.0, len(first) / 24)
    places = {cut.points[0]: (0.0, 0.0)} | {point: _on_ring(turn, inner) for point, turn in angle.items()}
    order = sorted(second, key=lambda point: (wanted[point], point))
    for place, point in enumerate(order):
        outer = inner + 0.55 + 0.3 * (place % 2)
        places[point] = _on_ring(2 * math.pi * place / len(order) + _offset(order, wanted), outer)
    return Layout(places)


def apart(catalog: CatalogGraph, shape: Shape, cut: Cut) -> Layout:
    """Communities on grounds of their own that do not overlap, linked ones near each other; hubs stand outside.

    Within a community the places are those of a spring model (Fruchterman and Reingold, 1991) from a seed, spread over
    the ground and moved apart where marks would cover each other.
    """
    groups: dict[int, list[str]] = {}
    for point in cut.points:
        groups.setdefault(shape.community.get(point, -1), []).append(point)
    loose = groups.pop(-1, [])
    links = _links_between(shape, cut)
    order = sorted(groups, key=lambda number: (-len(groups[number]), number))
    discs: dict[int, Disc] = {}
    for number in order:
        radius = 0.62 * math.sqrt(len(groups[number])) + 0.4
        discs[number] = _free_ground(number, radius, list(discs.values()), links)
    places: dict[str, Place] = {}
    for number, disc in discs.items():
        members = sorted(groups[number])
        spread = _moved_apart(_within(catalog, members, cut) * disc.radius * 0.86, disc.radius * 0.86)
        for point, (x, y) in zip(members, spread.tolist(), strict=True):
            places[point] = (round(disc.centre[0] + x * STRETCH, 6), round(disc.centre[1] + y, 6))
    bottom = min((disc.centre[1] - disc.radius for disc in discs.values()), default=0.0) - 1.5
    for place, point in enumerate(loose):
        places[point] = ((place - (len(loose) - 1) / 2) * 4, bottom)
    return Layout(places, tuple(discs.values()))


def _within(catalog: CatalogGraph, members: Sequence[str], cut: Cut) -> NDArray[np.float64]:
    """Places inside the unit disc [n, 2], spread evenly from its middle to its rim."""
    if len(members) == 1:
        return np.zeros((1, 2))
    number = {name: place for place, name in enumerate(members)}
    graph = nx.Graph()
    graph.add_nodes_from(range(len(members)))
    for one, two in cut.edges:
        if one in number and two in number:
            graph.add_edge(number[one], number[two], weight=10 * specificity(catalog, one, two))
    raw = nx.spring_layout(graph, seed=SEED, iterations=120, k=1.6 / math.sqrt(len(members)))
    off: NDArray[np.float64] = np.array([raw[place] for place in range(len(members))], dtype=np.float64)
    off -= off.mean(axis=0)
    rank = np.argsort(np.argsort(np.round(np.hypot(off[:, 0], off[:, 1]), 9), kind="stable"), kind="stable")
    turn = np.arctan2(off[:, 1], off[:, 0])
    evenly = np.sqrt((rank + 0.5) / len(members))
    return np.stack([evenly * np.cos(turn), evenly * np.sin(turn)], axis=1)


def _moved_apart(places: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Places [n, 2] inside a disc; those nearer than a mark's width are pushed apart as far as there is room."""
    places = places.copy()
    for _ in range(PUSHES):
        gap = places[:, None, :] - places[None, :, :]
        distance = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(distance, np.inf)
        lack = np.clip(NEAREST - distance, 0.0, None)
        if not lack.any():
            break
        push = (gap / np.maximum(distance, 1e-9)[..., None]) * (0.5 * lack)[..., None]
        places += push.sum(axis=1)
        outside = np.maximum(np.hypot(places[:, 0], places[:, 1]) / radius, 1.0)
        places /= outside[:, None]
    return places


def _links_between(shape: Shape, cut: Cut) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for one, two in cut.edges:
        a, b = shape.community.get(one, -1), shape.community.get(two, -1)
        if a != b and min(a, b) >= 0:
            pair = (min(a, b), max(a, b))
            found[pair] = found.get(pair, 0) + 1
    return found


def _free_ground(number: int, radius: float, taken: Sequence[Disc], links: Mapping[tuple[int, int], int]) -> Disc:
    """The free place nearest to the communities that this one is most linked to, searched along a spiral."""
    weights = [links.get((min(number, disc.community), max(number, disc.community)), 0) + 0.5 for disc in taken]
    total = sum(weights) or 1.0
    wanted = tuple(
        sum(w * disc.centre[axis] for w, disc in zip(weights, taken, strict=True)) / total for axis in (0, 1)
    )
    for turn in itertools.count():
        away = 0.35 * math.sqrt(turn)
        x = wanted[0] + away * STRETCH * math.cos(turn * GOLDEN)
        y = wanted[1] + away * math.sin(turn * GOLDEN)
        if all(_distance((x, y), disc.centre) >= radius + disc.radius + GAP for disc in taken):
            return Disc(number, (x, y), radius)
    raise AssertionError("a spiral has free ground")


def _distance(one: Place, two: Place) -> float:
    return math.hypot((one[0] - two[0]) / STRETCH, one[1] - two[1])


def _on_ring(angle: float, radius: float) -> Place:
    return radius * math.cos(angle), radius * math.sin(angle)


def _mean_angle(angles: Sequence[float]) -> float:
    x, y = sum(math.cos(each) for each in angles), sum(math.sin(each) for each in angles)
    return math.atan2(y, x) % (2 * math.pi) if math.hypot(x, y) > 1e-9 else angles[0]


def _offset(order: Sequence[str], wanted: Mapping[str, float]) -> float:
    """The turn of an evenly spaced ring that brings its points nearest to where they want to be."""
    if not order:
        return 0.0
    turns = [wanted[point] - 2 * math.pi * place / len(order) for place, point in enumerate(order)]
    return _mean_angle(turns)
