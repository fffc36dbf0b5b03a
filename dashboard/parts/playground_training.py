"""Training inside a column: what is learnt, how long it is expected to take, and the loss of each step as bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from engines.training.trainer import first_and_last

if TYPE_CHECKING:
    from dashboard.parts.playground_rows import ColumnRow
    from engines.training.trainer import Progress

HEIGHT = 56
MOST = 60
SOFT = "opacity:.78;font-size:.8rem;line-height:1.35"


def draw(column: ColumnRow) -> None:
    """Every training of a column, those of the right user's arm first; nothing where nothing is learnt."""
    if found := of_column(column):
        with st.expander("Training", expanded=not all(one.done for one in found)):
            st.html("".join(block(one, column.level) for one in found))


def of_column(column: ColumnRow) -> list[Progress]:
    """Each training once, as it stands furthest."""
    found: dict[str, Progress] = {}
    for row in column.arms:
        for one in row.trainings:
            known = found.get(one.digest)
            if known is None or (one.done, len(one.losses)) > (known.done, len(known.losses)):
                found[one.digest] = one
    return list(found.values())


def say(one: Progress) -> str:
    """Where a training stands, in a sentence."""
    if one.done:
        cost = ""
        if one.losses:
            first, last = first_and_last(one.losses)
            cost = f"; loss {first:.2f} to {last:.2f} nats a {one.per} (means of the first and last quarter)"
        size = f", {one.bytes / 1000:,.0f} kB kept" if one.bytes else ""
        took = "" if one.seconds is None else f" in {one.seconds:.0f} s"
        memory = f", at most {one.peak / 1e9:.1f} GB of memory" if one.peak else ""
        return f"trained{took}, {len(one.losses)} steps{cost}{size}{memory}"
    if one.waiting:
        about = "" if one.expected is None else f"; about {max(1, round(one.expected))} s once its turn comes"
        return f"waits: one training runs at a time{about}"
    expected = "" if one.expected is None else f", {max(1, round(one.expected))} s expected"
    if not one.losses:
        return f"{one.steps} steps{expected}"
    taken = f", {one.seconds or 0:.0f} s so far"
    return f"step {len(one.losses)} of {one.steps}{expected}{taken}; loss {one.losses[-1]:.2f}"


def block(one: Progress, level: str | None) -> str:
    """The name, the sentence and the curve of one training."""
    ink = theme.colour(level, "right")
    return (
        f'<div style="margin-bottom:.5em"><div style="font-size:.85rem;font-weight:600">{safe.html(one.name)}</div>'
        f'<div style="{SOFT}">{safe.html(say(one))}</div>{curve(one.losses, one.steps, ink)}</div>'
    )


def thinned(losses: Sequence[float], most: int = MOST) -> list[float]:
    """At most so many values: means of neighbours, so that the shape of the curve stays."""
    if len(losses) <= most:
        return list(losses)
    edges = [len(losses) * place // most for place in range(most + 1)]
    return [sum(losses[a:b]) / (b - a) for a, b in pairwise(edges)]


def curve(losses: Sequence[float], steps: int, ink: str) -> str:
    """The loss of each step as a bar; the lowest has a tenth of the height, and steps to come are empty."""
    if not losses:
        return ""
    shown = thinned(losses)
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    bars = "".join(
        f'<div title="{value:.3f}" style="flex:1;min-width:1px;background:{ink};'
        f'height:{10 + 90 * (value - low) / span:.0f}%"></div>'
        for value in shown
    )
    rest = max(0, min(steps, MOST) - len(shown)) if steps > len(losses) else 0
    empty = f'<div style="flex:{rest}"></div>' if rest else ""
    said = f"Loss by step, in nats: {len(losses)} steps, from {losses[0]:.2f} to {losses[-1]:.2f}."
    return (
        f'<div role="img" aria-label="{safe.html(said)}" style="display:flex;align-items:flex-end;gap:1px;'
        f'height:{HEIGHT}px;border-bottom:1px solid {theme.GREY}">{bars}{empty}</div>'
    )
