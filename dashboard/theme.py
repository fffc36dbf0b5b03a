"""Colours and shapes: the levels, the arms and the two origins of numbers look the same on every page and chart.

The colours are of the Okabe-Ito set, told apart by people with any colour vision, and never stand alone: a level also
has a shape and a letter, an arm a fill, an origin a badge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

Base = Literal["light", "dark"]
GREY = "#888E96"
FONT = '"Source Sans", "Source Sans Pro", sans-serif'  # what Streamlit serves itself
SEQUENCE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", GREY)

FAMILIES = ("#5B5EA6", "#B5566E", "#8C7A2B", "#2F8C8C", "#8A4F9E", "#A0603A", "#5D7A4A", "#6B7480")  # no level's colour


@dataclass(frozen=True)
class Look:
    """How something is marked: `symbol` as Plotly calls it, `glyph` in running text."""

    label: str
    letter: str
    colour: str
    symbol: str
    glyph: str


@dataclass(frozen=True)
class Fill:
    """How an arm fills its mark: `pattern` of a bar, `dash` of a line, `open` for a hollow point."""

    label: str
    pattern: str
    dash: str
    open: bool
    grey: bool


class Origin(StrEnum):
    """Where a number comes from."""

    PUBLISHED = "published"
    MEASURED = "measured here"
    FICTIONAL = "fictional data"


LEVELS: Mapping[str, Look] = MappingProxyType(
    {
        "user": Look("user", "U", "#0072B2", "circle", "●"),
        "persona": Look("persona", "P", "#E69F00", "square", "■"),
        "global": Look("global", "G", "#009E73", "diamond", "◆"),
    }
)
# What is not told apart by its level: one shape and colour for each kind of entry.
KINDS: Mapping[str, Look] = MappingProxyType(
    {
        "method": Look("method of several levels or none", "", GREY, "hexagon2", "⬢"),
        "dataset": Look("dataset", "", "#D55E00", "triangle-up", "▲"),
        "metric": Look("metric", "", "#CC79A7", "cross", "✚"),
        "node": Look("class of the taxonomy", "", "#56B4E9", "pentagon", "⬟"),
    }
)
BASELINE = Look("baseline", "", GREY, "line-ns-open", "│")
ARMS: Mapping[str, Fill] = MappingProxyType(
    {
        "right": Fill("right user", "", "solid", open=False, grey=False),
        "wrong": Fill("wrong user", "/", "dash", open=True, grey=False),
        "nobody": Fill("nobody", "", "dot", open=False, grey=True),
    }
)
ORIGIN_SYMBOL: Mapping[Origin, str] = MappingProxyType(
    {Origin.PUBLISHED: "diamond-tall-open", Origin.MEASURED: "circle", Origin.FICTIONAL: "circle-open"}
)
WORSE, BETTER = "#B35806", "#2D6A8E"  # far ends of a diverging scale, told apart with any colour vision
_MIDDLE: Mapping[Base, str] = MappingProxyType({"light": "#ECEAE6", "dark": "#3B4046"})
GROUND: Mapping[Base, str] = MappingProxyType({"light": "#FFFFFF", "dark": "#12171D"})
QUIET: Mapping[Base, str] = MappingProxyType({"light": "#E3E8ED", "dark": "#2B353F"})  # a surface without a meaning
_INK: Mapping[Base, tuple[str, str]] = MappingProxyType(
    {"light": ("#1F2933", "#DDE1E6"), "dark": ("#E6E9ED", "#3A414B")}
)
# What is chosen among buttons: the colour of links of .streamlit/config.toml. Streamlit takes the primary colour, which
# is dark enough for white words on it, and so too dark for words on a dark ground.
CHOSEN: Mapping[Base, str] = MappingProxyType({"light": "#005A8C", "dark": "#7CC0F0"})
_PAPER: Mapping[Base, str] = MappingProxyType({"light": "#FFFFFF", "dark": "#12171D"})


def level_look(level: str | None) -> Look:
    """How a level is marked; baselines, which have none, are grey."""
    return LEVELS.get(level or "", BASELINE)


def kind_look(kind: str, level: str | None = None) -> Look:
    """How an entry is marked among others: a method or the class of one level as that level, others by their kind."""
    look = KINDS[kind]
    if level not in LEVELS or kind not in {"method", "node"}:
        return look
    return LEVELS[level] if kind == "method" else replace(look, colour=LEVELS[level].colour)


def ink(base: Base) -> tuple[str, str]:
    """The colours of text and of quiet lines."""
    return _INK[base]


def paper(base: Base) -> str:
    """The colour behind a chart, for the rims that part marks which touch."""
    return _PAPER[base]


def colour(level: str | None, arm: str = "right") -> str:
    """The colour of a mark: its level's, or grey for the arm nobody and for baselines."""
    return GREY if ARMS[arm].grey else level_look(level).colour


def bar_style(level: str | None, arm: str = "right") -> dict[str, Any]:
    """The `marker` of a Plotly bar."""
    fill, ink = ARMS[arm], colour(level, arm)
    pattern = {"shape": fill.pattern, "fgcolor": ink, "bgcolor": "rgba(0,0,0,0)", "size": 6, "solidity": 0.35}
    return {"color": ink, "line": {"color": ink, "width": 1.5}, **({"pattern": pattern} if fill.pattern else {})}


def point_style(level: str | None, arm: str = "right", *, size: int = 11) -> dict[str, Any]:
    """The `marker` of a Plotly scatter."""
    look, ink = level_look(level), colour(level, arm)
    symbol = f"{look.symbol}-open" if ARMS[arm].open and not look.symbol.endswith("open") else look.symbol
    return {"symbol": symbol, "color": ink, "size": size, "line": {"color": ink, "width": 2}}


def diverging(base: Base = "light") -> list[list[Any]]:
    """A Plotly colour scale from worse over the same to better; its middle is seen on the background of its theme."""
    return [[0.0, WORSE], [0.5, _MIDDLE[base]], [1.0, BETTER]]


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share, 0 to 1, of another one in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round((1 - share) * one + share * two):02X}" for one, two in pairs)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour: the higher contrast ratio of WCAG."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in _channels(colour))]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def template(base: Base = "light") -> Any:
    """A Plotly template: quiet grid, no background, room for labels."""
    import plotly.graph_objects as go

    ink, grid = _INK[base]
    axis = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "automargin": True, "ticks": ""}
    return go.layout.Template(
        layout={
            "font": {"color": ink, "size": 13, "family": FONT},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(SEQUENCE),
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "hoverlabel": {"align": "left"},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": ink},
            "xaxis": axis,
            "yaxis": axis,
        }
    )
