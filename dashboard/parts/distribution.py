"""A distribution over a few labels as small bars of plain HTML: light enough to be drawn again while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import safe, theme

HEIGHT, TYPE = 150, 12
AXIS = ("100%", "50%", "0%")
BELOW = "2.6em"


@dataclass(frozen=True)
class Bars:
    """One distribution of a chart.

    Attributes:
        name: whose it is.
        shares: label to probability; a label that is absent has none.
        level, arm: give colour and fill, as `theme` says.
    """

    name: str
    shares: Mapping[str, float]
    level: str | None
    arm: str


def draw(labels: Sequence[str], bars: Sequence[Bars], *, true: str, message: str, scale: float = 1.0) -> str:
    """The HTML of a chart.

    Args:
        labels: in their order.
        bars: the distributions, side by side at each label.
        true: the label that stands in a grey band; empty where it is not known.
        message: of the chart in a sentence, for screen readers.
        scale: of height and type.
    """
    marks = "".join(f"<span>{mark}</span>" for mark in AXIS)
    axis = (
        f'<div style="display:flex;flex-direction:column;justify-content:space-between;height:calc(100% - {BELOW});'
        f'width:2.8em;padding-right:.4em;text-align:right;font-size:.85em;line-height:1;opacity:.75">{marks}</div>'
    )
    columns = "".join(_column(label, bars, true=label == true) for label in labels)
    return (
        f'<div role="img" aria-label="{safe.html(message)}" style="display:flex;height:{HEIGHT * scale:.0f}px;'
        f'font-size:{TYPE * scale:.0f}px;line-height:1.25">{axis}{columns}</div>'
    )


def fill(level: str | None, arm: str) -> str:
    """The background of a bar: full, or hatched for a wrong user's data."""
    ink = theme.colour(level, arm)
    if theme.ARMS[arm].pattern:
        return f"repeating-linear-gradient(135deg,{ink} 0 2px,transparent 2px 5px)"
    return ink


def _column(label: str, bars: Sequence[Bars], *, true: bool) -> str:
    band = "background:rgba(136,142,150,.2);" if true else ""
    drawn = "".join(_bar(one, label) for one in bars)
    said = f"<b>{safe.html(label)}<br>true</b>" if true else safe.html(label)
    return (
        '<div style="flex:1;min-width:0;display:flex;flex-direction:column">'
        f'<div style="{band}flex:1;display:flex;align-items:flex-end;gap:2px;padding:0 9%;'
        f'border-bottom:1px solid {theme.GREY}">{drawn}</div>'
        f'<div style="{band}height:{BELOW};text-align:center;overflow:hidden">{said}</div></div>'
    )


def _bar(bars: Bars, label: str) -> str:
    share = min(1.0, max(0.0, bars.shares.get(label, 0.0)))
    hover = safe.html(f"{bars.name}: {share:.0%} for {label}")
    ink = theme.colour(bars.level, bars.arm)
    edge = f"border:1.5px solid {ink};border-bottom:0" if share else ""
    return (
        f'<div title="{hover}" style="flex:1;box-sizing:border-box;height:{share:.1%};'
        f'background:{fill(bars.level, bars.arm)};{edge}"></div>'
    )
