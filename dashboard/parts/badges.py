"""Badges: levels, marks of taxonomy nodes, and origins of numbers, each with its definition on hover.

Those whose name ends in `_tag` give a piece of markup, the others its HTML, every text in it escaped; `draw` shows it,
`legend` says all definitions in full for readers who cannot hover.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import later
from dashboard.parts.markup import Node, Tag, html, tag
from dashboard.theme import Origin
from taxonomy.model import NodeRef
from taxonomy.vocab import Facet, Mark

LEVEL_MEANING: Mapping[str, str] = MappingProxyType(
    {
        "user": "User level: fitted to one person, from that person's own data.",
        "persona": "Persona level: fitted to a group of people who share traits.",
        "global": "Global: one alignment for everyone.",
    }
)
ORIGIN_MEANING: Mapping[Origin, str] = MappingProxyType(
    {
        Origin.PUBLISHED: "Published: copied from a paper or leaderboard, as printed; not measured here.",
        Origin.MEASURED: "Measured here: computed by this installation with the model and data that are named.",
        Origin.FICTIONAL: "Fictional data: people and texts were written for this project; nobody real is meant.",
    }
)
MARK_SIGN: Mapping[Mark, str] = MappingProxyType({Mark.CONFIRMED: "✓", Mark.RECALLED: "≈", Mark.OURS: "+"})
_ORIGIN_GLYPH = {Origin.PUBLISHED: "◇", Origin.MEASURED: "●", Origin.FICTIONAL: "◌"}
_MARK_BORDER = {Mark.CONFIRMED: "solid", Mark.RECALLED: "dashed", Mark.OURS: "dotted"}
_SHAPE = (
    "display:inline-flex;align-items:center;gap:.35em;padding:0 .5em;margin:.1em 0;border-radius:.3em;"
    "font-size:.8rem;line-height:1.6;max-width:100%;min-width:0;overflow-wrap:anywhere"
)


def level(key: str) -> str:
    """A level with its shape, letter and colour; a neutral badge for what has no level."""
    look = theme.level_look(key)
    sign = _glyph(look.glyph, look.colour, look.letter)
    return html(_badge(look.label, sign, LEVEL_MEANING.get(key, "No level."), "solid"))


def mark(value: Mark) -> str:
    """Where a node comes from."""
    return html(mark_tag(value))


def mark_tag(value: Mark) -> Tag:
    """Where a node comes from."""
    return _badge(value.label, (MARK_SIGN[value],), value.explanation, _MARK_BORDER[value])


def origin(value: Origin) -> str:
    """Where a number comes from."""
    border = "dashed" if value is Origin.FICTIONAL else "solid"
    return html(_badge(value.value, (_ORIGIN_GLYPH[value],), ORIGIN_MEANING[value], border))


def node(ref: NodeRef) -> str:
    """A node of the taxonomy with the sign of its mark; levels have their own look."""
    return html(node_tag(ref))


def node_tag(ref: NodeRef) -> Tag:
    """A node of the taxonomy with the sign of its mark; levels have their own look."""
    if ref.facet is Facet.LEVEL and ref.key in theme.LEVELS:
        look = theme.LEVELS[ref.key]
        sign = (*_glyph(look.glyph, look.colour, look.letter), _sign(ref.mark))
        return _badge(ref.name, sign, f"{LEVEL_MEANING[ref.key]} {_explained(ref.mark)}", _MARK_BORDER[ref.mark])
    return _badge(ref.name, (_sign(ref.mark),), _explained(ref.mark), _MARK_BORDER[ref.mark])


def plain(label: str, meaning: str = "") -> str:
    """A neutral badge, such as a year or a number of results."""
    return html(plain_tag(label, meaning))


def plain_tag(label: str, meaning: str = "") -> Tag:
    """A neutral badge, such as a year or a number of results."""
    return _badge(label, (), meaning, "none")


def draw(badges: Iterable[str]) -> None:
    """Show badges in one line, which wraps."""
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.15em .4em">{"".join(badges)}</div>')


def legend() -> None:
    """A button that opens the definitions of all badges."""
    later.popover("What the badges mean", _all_definitions, key="badges_legend", icon=":material/help:")


def _all_definitions() -> None:
    _definitions("Level", ((level(key), meaning) for key, meaning in LEVEL_MEANING.items()))
    _definitions("Where a class comes from", ((mark(each), each.explanation) for each in Mark))
    _definitions("Where a number comes from", ((origin(each), ORIGIN_MEANING[each]) for each in Origin))


def _definitions(title: str, rows: Iterable[tuple[str, str]]) -> None:
    st.markdown(f"**{title}**")
    lines = "".join(f'<div style="margin:.2em 0">{badge} {safe.html(meaning)}</div>' for badge, meaning in rows)
    st.html(f'<div style="font-size:.9rem;max-width:34rem">{lines}</div>')


def _badge(label: str, sign: Iterable[Node], meaning: str, border: str) -> Tag:
    edge = "border:1px solid transparent;padding:0" if border == "none" else f"border:1px {border} {theme.GREY}"
    return tag("span", *sign, tag("span", label, style="min-width:0"), style=f"{_SHAPE};{edge}", title=meaning)


def _glyph(shape: str, colour: str, letter: str) -> tuple[Tag, ...]:
    return tag("span", shape, aria_hidden="true", style=f"color:{colour}"), tag("b", letter, aria_hidden="true")


def _sign(value: Mark) -> Tag:
    return tag("span", MARK_SIGN[value], role="img", aria_label=value.label)


def _explained(value: Mark) -> str:
    return f"{value.label[0].upper()}{value.label[1:]}. {value.explanation}"
