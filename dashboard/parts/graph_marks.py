"""What the pictures of the graph are made of: shapes, lines, hover texts, and labels that do not overlap."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboard import safe, theme
from dashboard.parts import charts
from dashboard.theme import Look
from taxonomy.graph import CatalogGraph, Point
from taxonomy.graph_facts import GraphFact, Relation
from taxonomy.graph_layout import STRETCH, Layout, Place
from taxonomy.vocab import Kind

Box = tuple[float, float, float, float]  # the middle, half of the width, half of the height
SMALLEST, LARGEST = 9, 30
LONGEST_NAME = 24
WRAPPED = 70  # characters of a line of a hover text
DASH = {Relation.PUBLISHED_ON: "dash", Relation.PUBLISHED_IN: "dash", Relation.PAPER: "dot"}
SOLID = "solid"
ALWAYS = 30  # so many labels may cover the marks of less important points
MOST_FACTS = 3  # of a link in a hover text


@dataclass(frozen=True)
class Mark:
    """How one point is drawn; `size` is a share of the largest, an empty label leaves its name to the hover text."""

    point: Point
    place: Place
    size: float
    label: str = ""
    position: str = "top center"
    chosen: bool = False


def figure(height: int) -> Any:
    """An empty picture without axes."""
    import plotly.graph_objects as go

    made = go.Figure()
    made.update_layout(height=height, showlegend=False, hovermode="closest", margin={"l": 4, "r": 4, "t": 4, "b": 4})
    made.update_xaxes(visible=False, fixedrange=True)
    made.update_yaxes(visible=False, fixedrange=True)
    return made


def frame(drawn: Any, across: tuple[float, float], upright: tuple[float, float]) -> None:
    """What part of the plane is shown."""
    drawn.update_xaxes(range=list(across))
    drawn.update_yaxes(range=list(upright))


def look_of(point: Point) -> Look:
    """Shape and colour of a point."""
    return theme.kind_look(point.ref.kind.value, point.level)


def meaning_of(point: Point) -> str:
    """What the shape and colour of a point say."""
    if point.ref.kind is Kind.METHOD and point.level:
        return f"{point.level}-level method"
    return theme.KINDS[point.ref.kind.value].label


def lines(drawn: Any, graph: CatalogGraph, pairs: Iterable[tuple[str, str]], *, layout: Layout, width: float) -> None:
    """Links between points; a dash says that the strongest fact behind it is a published number or a shared paper."""
    import plotly.graph_objects as go

    by_dash: dict[str, list[tuple[str, str]]] = {}
    for one, two in pairs:
        by_dash.setdefault(dash_of(graph.between(one, two)), []).append((one, two))
    for dash, members in sorted(by_dash.items()):
        xs: list[float | None] = []
        ys: list[float | None] = []
        for one, two in members:
            (x, y), (to_x, to_y) = layout.places[one], layout.places[two]
            xs += [x, to_x, None]
            ys += [y, to_y, None]
        line = {"width": max(width, 0.8), "color": theme.GREY, "dash": dash}
        drawn.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=line, opacity=min(1.0, width), hoverinfo="skip"))


def dash_of(facts: Sequence[GraphFact]) -> str:
    """Solid, unless published numbers or the same paper link two points."""
    return next((DASH[fact.relation] for fact in facts if fact.relation in DASH), SOLID)


def middles(drawn: Any, graph: CatalogGraph, pairs: Sequence[tuple[str, str]], layout: Layout) -> None:
    """Invisible marks in the middle of links, whose hover text is the facts behind them."""
    import plotly.graph_objects as go

    ends = [(layout.places[one], layout.places[two]) for one, two in pairs]
    drawn.add_trace(
        go.Scatter(
            x=[0.5 * (one[0] + two[0]) for one, two in ends],
            y=[0.5 * (one[1] + two[1]) for one, two in ends],
            mode="markers",
            marker={"size": 14, "color": theme.GREY, "opacity": 0.0},
            hovertext=[facts_text(graph.between(*pair)) for pair in pairs],
            hoverinfo="text",
            customdata=[pair[1] for pair in pairs],
        )
    )


def marks(drawn: Any, made: Sequence[Mark]) -> None:
    """Points; their names are written beside them or shown on hover, and their ids go with a click."""
    import plotly.graph_objects as go

    looks = [look_of(mark.point) for mark in made]
    ink, _ = theme.ink(charts.base())
    sizes = [SMALLEST + (LARGEST - SMALLEST) * max(0.0, mark.size) ** 0.5 for mark in made]
    drawn.add_trace(
        go.Scatter(
            x=[mark.place[0] for mark in made],
            y=[mark.place[1] for mark in made],
            mode="markers+text",
            text=[f"<b>{_shown(mark.label)}</b>" if mark.chosen else _shown(mark.label) for mark in made],
            textposition=[mark.position for mark in made],
            textfont={"size": 11, "color": ink},
            cliponaxis=False,
            hovertext=[point_text(mark.point) for mark in made],
            hoverinfo="text",
            customdata=[mark.point.id for mark in made],
            marker={
                "symbol": [look.symbol for look in looks],
                "size": sizes,
                "color": [look.colour for look in looks],
                "opacity": 1.0,
                "line": {
                    "color": [ink if mark.chosen else theme.paper(charts.base()) for mark in made],
                    "width": [3 if mark.chosen else 1 for mark in made],
                },
            },
            selected={"marker": {"opacity": 1.0}},
            unselected={"marker": {"opacity": 1.0}, "textfont": {"color": ink}},
        )
    )


def ground(centre: Place, radius: float) -> dict[str, Any]:
    """A quiet ellipse below a community, as a shape of the layout."""
    _, quiet = theme.ink(charts.base())
    return {
        "type": "circle",
        "layer": "below",
        "x0": centre[0] - radius * STRETCH,
        "x1": centre[0] + radius * STRETCH,
        "y0": centre[1] - radius,
        "y1": centre[1] + radius,
        "line": {"width": 1, "color": quiet},
        "fillcolor": quiet,
        "opacity": 0.35,
    }


def point_text(point: Point) -> str:
    """The hover text of a point."""
    noun = "neighbour" if point.neighbours == 1 else "neighbours"
    name = _wrapped(point.ref.name)
    return f"<b>{name}</b><br>{safe.html(meaning_of(point))}, {point.neighbours} {noun}"


def facts_text(facts: Sequence[GraphFact]) -> str:
    """The hover text of a link: its facts in words, each with where it was read."""
    shown = [f"{_wrapped(fact.words)}<br><i>{_wrapped(f'Source: {fact.source}')}</i>" for fact in facts[:MOST_FACTS]]
    more = f"<br>and {len(facts) - MOST_FACTS} more" if len(facts) > MOST_FACTS else ""
    return "<br>".join(shown) + more


@dataclass(frozen=True)
class Ruler:
    """How large a letter, a line and the largest mark are, in the units of the places."""

    letter: float
    line: float
    mark: float


def apart_labels(marks: Sequence[Mark], ruler: Ruler, taken: Iterable[Box] = ()) -> list[Mark]:
    """The marks without those labels that would cover another mark or the label of a mark before them.

    A label above its mark that has no room is tried below it. The first labels may cover marks that come later.

    Args:
        marks: the most important first.
        ruler: the sizes of letters and marks.
        taken: where something is written already.
    """
    taken = list(taken)
    room = ruler.mark * 0.35
    own = [(mark.place[0], mark.place[1], room * (0.6 + mark.size), ruler.line * 0.4) for mark in marks]
    kept = []
    for number, mark in enumerate(marks):
        places = [mark.position, mark.position.replace("top", "bottom")]
        boxes = ((where, _label_box(replace(mark, position=where), ruler)) for where in dict.fromkeys(places))
        others = [*taken, *own[:number], *(own[number + 1 :] if number >= ALWAYS else ())]
        free = next(((where, box) for where, box in boxes if not any(_overlap(box, other) for other in others)), None)
        if free and mark.label:
            taken.append(free[1])
            kept.append(replace(mark, position=free[0]))
        else:
            kept.append(replace(mark, label=""))
    return kept


def _label_box(mark: Mark, ruler: Ruler) -> Box:
    """Where a label is written: its middle, half of its width and half of its height."""
    upright, _, side = mark.position.partition(" ")
    half = len(mark.label) * ruler.letter / 2
    away = ruler.mark * (0.25 + 0.4 * mark.size)
    x = mark.place[0] + {"left": -half - away, "right": half + away}.get(side, 0.0)
    y = mark.place[1] + {"top": ruler.line * 0.9, "bottom": -ruler.line * 0.9}.get(upright, 0.0)
    return x, y, half, ruler.line / 2


def _overlap(one: Box, other: Box) -> bool:
    return abs(one[0] - other[0]) < one[2] + other[2] and abs(one[1] - other[1]) < one[3] + other[3]


def legend(points: Collection[Point]) -> str:
    """HTML that says what the shapes of some points mean, and what the lines mean."""
    looks = {meaning_of(point): look_of(point) for point in points}
    items = [
        f'<span><span aria-hidden="true" style="color:{looks[what].colour}">{looks[what].glyph}</span> '
        f"{safe.html(what)}</span>"
        for what in sorted(looks)
    ]
    items += [
        f'<span><span aria-hidden="true" style="display:inline-block;width:1.6em;vertical-align:middle;'
        f'border-top:2px {style} {theme.GREY}"></span> {meaning}</span>'
        for style, meaning in (("solid", "a fact"), ("dashed", "published numbers"), ("dotted", "the same paper"))
    ]
    return f'<div style="display:flex;flex-wrap:wrap;gap:.1em 1.1em;font-size:.85rem">{"".join(items)}</div>'


def _shown(label: str) -> str:
    return safe.html(safe.plain(label, LONGEST_NAME)) if label else ""


def _wrapped(text: str) -> str:
    """Text of a hover box in lines that fit a telephone; no line break of its own survives."""
    made: list[str] = [""]
    for word in safe.plain(text).split():
        if made[-1] and len(made[-1]) + len(word) >= WRAPPED:
            made.append("")
        made[-1] = f"{made[-1]} {word}".strip()
    return "<br>".join(safe.html(line) for line in made)
