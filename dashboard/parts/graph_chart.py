"""The pictures of the graph: the surroundings of a point, the whole by community, and paths between two points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import safe, theme
from dashboard.parts import charts
from dashboard.parts import graph_marks as drawing
from dashboard.parts.graph_marks import Mark, Ruler
from taxonomy.graph import CatalogGraph
from taxonomy.graph_layout import STRETCH, Layout, Place
from taxonomy.graph_paths import Path
from taxonomy.graph_shape import Shape
from taxonomy.graph_views import Cut

EGO_HEIGHT, WHOLE_HEIGHT, LANE = 620, 760, 120
LONGEST_HEADING, HEADING_HALF = 30, 2.4  # letters of a community's name; half of its width as places are measured
LETTER, LINE = 6.2, 15.0  # pixels of a label's letter and line
EGO_WIDTH, LONGEST_SIDE = 600.0, 20
USUAL_WIDTH = 1000.0  # pixels of the chart on a desk; on a telephone, names are read on a tap


def around(graph: CatalogGraph, cut: Cut, layout: Layout, weight: Mapping[str, float]) -> Any:
    """The surroundings of a point: its own links are strong, those among its neighbours faint."""
    middle = cut.points[0]
    figure = drawing.figure(EGO_HEIGHT)
    own = [pair for pair in cut.edges if middle in pair]
    others = [pair for pair in cut.edges if middle not in pair and not set(pair) & graph.hubs]
    drawing.lines(figure, graph, others, layout=layout, width=0.25)
    drawing.lines(figure, graph, own, layout=layout, width=1.3)
    drawing.middles(figure, graph, [(middle, two if one == middle else one) for one, two in own], layout)
    reach = max((math.hypot(*place) for place in layout.places.values()), default=1.0) or 1.0
    made = [
        Mark(
            graph.points[point],
            layout.places[point],
            1.0 if point == middle else 0.6 * weight[point],
            safe.plain(graph.points[point].ref.name, LONGEST_SIDE),
            _outwards(layout.places[point], reach),
            chosen=point == middle,
        )
        for point in cut.points
    ]
    ruler = _ruler(4.0 * reach / EGO_WIDTH, 2.3 * reach / EGO_HEIGHT)
    drawing.marks(figure, drawing.apart_labels(made, ruler)[::-1])
    drawing.frame(figure, (-2.0 * reach, 2.0 * reach), (-1.15 * reach, 1.15 * reach))
    return figure


@dataclass(frozen=True)
class Whole:
    """The most central points by community; links between communities are fainter than those within one.

    Attributes:
        weight: how large each point is, as a share of the largest.
        chosen: the point whose links are strong; empty for none.
    """

    cut: Cut
    layout: Layout
    weight: Mapping[str, float]
    chosen: str = ""


def whole(graph: CatalogGraph, shape: Shape, drawn: Whole) -> Any:
    """The picture of the whole."""
    cut, layout, weight, chosen = drawn.cut, drawn.layout, drawn.weight, drawn.chosen
    figure = drawing.figure(WHOLE_HEIGHT)
    names = [graph.points[shape.communities[disc.community].name].ref.name for disc in layout.discs]
    figure.update_layout(  # all at once: each addition to a figure copies those before it
        shapes=[drawing.ground(disc.centre, disc.radius) for disc in layout.discs],
        annotations=[_heading(name, d.centre, d.radius) for name, d in zip(names, layout.discs, strict=True)],
    )
    inside = [pair for pair in cut.edges if shape.community.get(pair[0], -1) == shape.community.get(pair[1], -2)]
    drawing.lines(figure, graph, sorted(set(cut.edges) - set(inside)), layout=layout, width=0.18)
    drawing.lines(figure, graph, inside, layout=layout, width=0.7)
    own = [pair for pair in cut.edges if chosen in pair]
    drawing.lines(figure, graph, own, layout=layout, width=2.0)
    across, upright = _extent(layout)
    ruler = _ruler((across[1] - across[0]) / USUAL_WIDTH, (upright[1] - upright[0]) / WHOLE_HEIGHT)
    near = {point for pair in own for point in pair}
    order = sorted(cut.points, key=lambda point: (point != chosen, point not in near))  # stable: else the most central
    named = {shape.communities[disc.community].name for disc in layout.discs} - {chosen}  # the heading says it
    made = [
        Mark(
            graph.points[point],
            layout.places[point],
            weight[point],
            "" if point in named else _name(graph, point),
            chosen=point == chosen,
        )
        for point in order
    ]
    half = LONGEST_HEADING * ruler.letter / 2
    headings = [(d.centre[0], d.centre[1] + d.radius + ruler.line / 2, half, ruler.line / 2) for d in layout.discs]
    drawing.marks(figure, drawing.apart_labels(made, ruler, headings)[::-1])
    drawing.frame(figure, across, upright)
    return figure


def paths(graph: CatalogGraph, found: Sequence[Path]) -> Any:
    """Each path on a line of its own, the best on top, from the left to the right."""
    figure = drawing.figure(50 + LANE * len(found))
    made: list[Mark] = []
    for row, path in enumerate(found):
        last = len(path.points) - 1
        places = {point: (place / last, -float(row)) for place, point in enumerate(path.points)}
        layout = Layout(places)
        pairs = [(step.start, step.end) for step in path.steps]
        drawing.lines(figure, graph, pairs, layout=layout, width=1.0)
        drawing.middles(figure, graph, pairs, layout)
        for place, point in enumerate(path.points):
            side = "right" if place == 0 else "left" if place == last else "center"
            above = f"{'top' if place % 2 == 0 else 'bottom'} {side}"
            ends = place in {0, last}
            made.append(Mark(graph.points[point], places[point], 0.4, _name(graph, point), above, chosen=ends))
    drawing.marks(figure, made)
    drawing.frame(figure, (-0.03, 1.03), (-len(found) + 0.4, 0.6))
    return figure


def weights(values: Mapping[str, float]) -> dict[str, float]:
    """Values as shares of the largest, by which marks are sized."""
    top = max(values.values(), default=0.0) or 1.0
    return {point: value / top for point, value in values.items()}


def _ruler(across: float, upright: float) -> Ruler:
    """The sizes of letters and marks, given how much of the plane a pixel shows in both directions."""
    return Ruler(LETTER * across, LINE * upright, drawing.LARGEST * across)


def _heading(name: str, centre: Place, radius: float) -> dict[str, Any]:
    ink, _ = theme.ink(charts.base())
    return {
        "x": centre[0],
        "y": centre[1] + radius,
        "text": f"<b>{safe.html(safe.plain(name, LONGEST_HEADING))}</b>",
        "showarrow": False,
        "yanchor": "bottom",
        "font": {"size": 12, "color": ink},
    }


def _extent(layout: Layout) -> tuple[tuple[float, float], tuple[float, float]]:
    xs, ys = zip(*layout.places.values(), strict=True) if layout.places else ((0.0,), (0.0,))
    wide = [max(STRETCH * d.radius, HEADING_HALF) for d in layout.discs]
    from_discs = [(d.centre[0] - half, d.centre[0] + half) for d, half in zip(layout.discs, wide, strict=True)]
    tall = [(d.centre[1] - d.radius, d.centre[1] + d.radius) for d in layout.discs]
    low_x, high_x = min([*xs, *(one for one, _ in from_discs)]), max([*xs, *(two for _, two in from_discs)])
    low_y, high_y = min([*ys, *(one for one, _ in tall)]), max([*ys, *(two for _, two in tall)])
    return (low_x - 1.4, high_x + 1.4), (low_y - 0.8, high_y + 1.2)


def _name(graph: CatalogGraph, point: str) -> str:
    return safe.plain(graph.points[point].ref.name, drawing.LONGEST_NAME)


def _outwards(place: Place, reach: float) -> str:
    """Where the label of a point on a ring stands: away from the middle."""
    x, y = place
    if math.hypot(x, y) < 1e-9:
        return "top center"
    side = "right" if x > 0.12 * reach else "left" if x < -0.12 * reach else "center"
    if side != "center":
        return f"middle {side}"
    return "top center" if y > 0 else "bottom center"
