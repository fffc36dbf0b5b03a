"""The taxonomy as sunburst, icicle or treemap: how its sectors are sized, coloured and labelled."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from dashboard import safe, theme
from dashboard.parts.badges import MARK_SIGN
from dashboard.theme import Base
from taxonomy.tree import NO_LEVEL, Class, Measure, Tree

if TYPE_CHECKING:
    import pandas as pd

Shape = Literal["sunburst", "icicle", "treemap", "list"]
EVERYTHING = "all"
ALIKE = "alike"
SHAPES: tuple[Shape, ...] = ("sunburst", "icicle", "treemap", "list")
COLOURS = ("family", "level")
SIZES: Mapping[str, str] = MappingProxyType(
    {
        ALIKE: "every class alike",
        Measure.METHOD.value: "methods",
        Measure.DATASET.value: "datasets",
        Measure.METRIC.value: "metrics",
        Measure.RESULT.value: "published numbers",
    }
)
HEIGHTS: Mapping[str, int] = MappingProxyType({"sunburst": 500, "icicle": 680, "treemap": 560})  # pixels
LEVEL_MARK = "|"  # parts a class from a level in the id of a sector; no key holds it
_SMALLEST = 9  # pixels of a label; smaller ones are left out
_LINE = 18  # characters of a label
_RINGS = 3  # of the whole taxonomy at once; a click goes deeper


@dataclass(frozen=True)
class Look:
    """What a reader chose to see.

    Attributes:
        root: the key of a class, or `EVERYTHING`.
        size: a key of `SIZES`; colour: one of `COLOURS`.
        opened: the key of the class that is shown beside the chart; its field has a heavy outline.
    """

    root: str = EVERYTHING
    shape: Shape = "sunburst"
    size: str = ALIKE
    colour: str = "family"
    opened: str = ""

    @property
    def measure(self) -> Measure | None:
        """What is counted; None where every class has the same size."""
        return None if self.size == ALIKE else Measure(self.size)


@dataclass(frozen=True)
class Sector:
    """One field of the chart; its size is its own value and that of the fields within it."""

    id: str
    parent: str
    label: str
    text: str
    hover: str
    value: float
    colour: str


def sectors(tree: Tree, look: Look, base: Base) -> list[Sector]:
    """The fields of the chart, parents before children.

    A leaf is as large as the distinct things filed at it, a class above as the sum of what lies within it: a thing of
    two classes is drawn in both. So the sizes are exact at the leaves and sums of labels above, where the printed
    numbers count every thing once.
    """
    shown = list(tree.classes if look.root == EVERYTHING else tree.below(look.root))
    fills = _fills(look, shown, base)
    found = [Sector(EVERYTHING, "", "Taxonomy", "", "", 0, theme.QUIET[base])] if look.root == EVERYTHING else []
    for each in shown:
        parent = "" if each.key == look.root else each.parent or EVERYTHING
        split = dict(_split(each, look)) if look.colour == "level" else {}
        value = 0 if split else _value(each, look)
        found.append(
            Sector(each.key, parent, _label(each), counted(each, look), hover_of(each), value, fills[each.key])
        )
        found += [_level_sector(each, level, size, base) for level, size in split.items()]
    return found


def figure(tree: Tree, look: Look, base: Base) -> Any:
    """A Plotly figure of the tree; the fields have the keys of their classes as ids."""
    import plotly.graph_objects as go

    fields = sectors(tree, look, base)
    ink = [theme.ink_on(each.colour) for each in fields]
    drawn: dict[str, Any] = {
        "ids": [each.id for each in fields],
        "parents": [each.parent for each in fields],
        "labels": [each.label for each in fields],
        "text": [each.text for each in fields],
        "texttemplate": "%{label}<br>%{text}" if look.shape == "sunburst" else "%{label} %{text}",
        "values": [each.value for each in fields],
        "branchvalues": "remainder",
        "hovertext": [each.hover for each in fields],
        "hoverinfo": "text",
        "sort": False,
        "marker": {"colors": [each.colour for each in fields], "line": _outlines(fields, look, base)},
        "textfont": {"color": ink},
        "maxdepth": _RINGS if look.root == EVERYTHING else -1,
    }
    if look.shape == "sunburst":
        trace = go.Sunburst(**drawn, insidetextorientation="auto", leaf={"opacity": 1})
    elif look.shape == "icicle":
        trace = go.Icicle(**drawn, tiling={"orientation": "h"}, pathbar={"visible": False}, leaf={"opacity": 1})
    else:
        trace = go.Treemap(**drawn, tiling={"pad": 2}, pathbar={"visible": False}, root={"color": theme.QUIET[base]})
    found = go.Figure(trace)
    found.update_layout(height=HEIGHTS[look.shape], uniformtext={"minsize": _SMALLEST, "mode": "hide"})
    return found


def _outlines(fields: Sequence[Sector], look: Look, base: Base) -> dict[str, Any]:
    """The lines around the fields: of the ground's colour, but of the ink's and heavy around the class that is open."""
    is_open = [each.id == look.opened for each in fields]
    return {
        "width": [8 if each else 1.5 for each in is_open],
        "color": [theme.ink(base)[0] if each else theme.GROUND[base] for each in is_open],
    }


def class_of(name: str, tree: Tree) -> str | None:
    """The class of the field with an id; None where it is no class."""
    key = name.partition(LEVEL_MARK)[0]
    return key if key in tree else None


def undrawn(tree: Tree, look: Look) -> list[Class]:
    """The classes that have no field, because nothing of what is counted stands at or below them."""
    measure = look.measure
    shown = tree.classes if look.root == EVERYTHING else tree.below(look.root)
    return [each for each in shown if measure is not None and not each.counts[measure]]


def message(tree: Tree, look: Look) -> str:
    """The message of the chart in one sentence: the largest parts, and how many classes are empty."""
    below = tree.children(None if look.root == EVERYTHING else look.root)
    name = "the taxonomy" if look.root == EVERYTHING else tree[look.root].ref.name
    measure = look.measure
    if measure is None:
        parts = ", ".join(f"{each.ref.name} {len(tree.leaves(each.key))}" for each in below)
        return f"Classes without parts of their own in {name}: {parts or 'it is one itself'}"
    found = [each for each in sorted(below, key=lambda each: -each.counts[measure]) if each.counts[measure]]
    if not found:
        return f"No {SIZES[look.size]} are filed in {name}"
    whole = "" if look.root == EVERYTHING else f" of {tree[look.root].counts[measure]:,}"
    largest = ", ".join(f"{each.ref.name} ({each.counts[measure]:,}{whole})" for each in found[:3])
    empty = sum(each.leaf for each in undrawn(tree, look))
    none = f"; {empty} classes without parts of their own have none" if empty else ""
    return f"By {SIZES[look.size]}, the largest parts of {name} are {largest}{none}"


def how_sized(look: Look) -> str:
    """How sizes and numbers come about, for below the chart."""
    if look.measure is None:
        return "Each class without parts is drawn alike; a class above is as large as its parts together."
    said = (
        "The printed numbers count each one once, at or below the class. The areas count labels: what carries two "
        "classes is drawn in both, so a class can look larger than its number."
    )
    if look.measure is Measure.RESULT:
        said += " A published number belongs to the classes of its method, its dataset and its metric."
    if look.colour == "level" and look.measure is Measure.METHOD:
        said += " What is fitted at two levels is drawn in both."
    elif look.colour == "level" and look.measure is Measure.RESULT:
        said += " Its level is that of its method; baselines have none."
    elif look.colour == "level" and look.measure is Measure.METRIC:
        said += " Metrics have no level."
    return said


def table(tree: Tree, look: Look) -> pd.DataFrame:
    """The classes of the chart with all their numbers."""
    import pandas as pd

    shown = tree.classes if look.root == EVERYTHING else tree.below(look.root)
    return pd.DataFrame(
        [
            {
                "class": each.ref.name,
                "below": tree[each.parent].ref.name if each.parent in tree else "",
                "methods": each.counts[Measure.METHOD],
                "datasets": each.counts[Measure.DATASET],
                "metrics": each.counts[Measure.METRIC],
                "published_numbers": each.counts[Measure.RESULT],
                "mark": each.ref.mark.value,
                "key": each.key,
            }
            for each in shown
        ]
    )


def numbers(each: Class) -> str:
    """What stands at or below a class in words; what it has none of is left out."""
    return ", ".join(_noun(each.counts[measure], measure) for measure in Measure if each.counts[measure])


def counted(each: Class, look: Look) -> str:
    """The number of what is counted in a class; empty where classes are drawn alike."""
    return "" if look.measure is None else f"{each.counts[look.measure]:,}"


def hover_of(each: Class) -> str:
    """Name, mark and distinct numbers of a class, for a box over the chart."""
    mark = f"{MARK_SIGN[each.ref.mark]} {each.ref.mark.label}"
    lines = [f"<b>{_text(each.ref.name)}</b>", _text(mark), _text(numbers(each) or "nothing is filed here")]
    if not each.leaf and any(each.own.values()):
        lines.append(_text(f"of which {sum(each.own.values()):,} at this class itself"))
    return "<br>".join(lines)


def _noun(number: int, measure: Measure) -> str:
    word = "published number" if measure is Measure.RESULT else measure.value
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _value(each: Class, look: Look) -> float:
    return (1 if each.leaf else 0) if look.measure is None else each.own[look.measure]


def _split(each: Class, look: Look) -> Iterator[tuple[str, float]]:
    """A class's own value by level; classes of equal size are parted as their methods are, else as their datasets."""
    if each.key in theme.LEVELS or (look.measure is None and not each.leaf):
        return
    choices = [look.measure] if look.measure is not None else [Measure.METHOD, Measure.DATASET]
    measure = next((m for m in choices if any(each.own_levels.get((m, level)) for level in theme.LEVELS)), None)
    if measure is None:
        return
    own = {level: each.own_levels.get((measure, level), 0) for level in (*theme.LEVELS, NO_LEVEL)}
    scale = 1 if look.measure is not None else 1 / sum(own.values())
    yield from ((level, number * scale) for level, number in own.items() if number)


def _level_sector(each: Class, level: str, size: float, base: Base) -> Sector:
    look = theme.level_look(level)
    sign = f"{look.glyph} {look.letter}" if look.letter else "no level"
    number = f"{round(size):,}" if size >= 1 else ""
    colour = look.colour if look.letter else theme.mixed(theme.GREY, theme.GROUND[base], 0.3)
    hover = f"<b>{_text(each.ref.name)}</b><br>{_text(look.label if look.letter else 'no level')} {number}"
    return Sector(f"{each.key}{LEVEL_MARK}{level}", each.key, sign, number, hover, size, colour)


def _fills(look: Look, shown: Sequence[Class], base: Base) -> dict[str, str]:
    """The colour of each class: a hue for each part of the root, paler the deeper; levels always have their own."""
    fills: dict[str, str] = {}
    hues = cycle(theme.FAMILIES)
    top = None if look.root == EVERYTHING else look.root
    for each in shown:
        if each.key in theme.LEVELS:
            fills[each.key] = theme.LEVELS[each.key].colour
        elif look.colour == "level" or each.key == look.root:
            fills[each.key] = theme.QUIET[base]
        elif each.parent == top:
            fills[each.key] = next(hues)
        else:
            fills[each.key] = theme.mixed(fills[str(each.parent)], theme.GROUND[base], 0.3)
    return fills


def _label(each: Class) -> str:
    """Name and mark; Plotly breaks no lines by itself."""
    lines = textwrap.wrap(f"{safe.plain(each.ref.name)}\u00a0{MARK_SIGN[each.ref.mark]}", _LINE)
    return "<br>".join(safe.html(line) for line in lines)


def _text(text: str) -> str:
    """Plotly reads a few HTML tags in labels; none of them may come from data."""
    return safe.html(safe.plain(text))
