"""The active filters of Browse as chips, to turn round or take away; and which of them to drop when nothing fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard import safe, state
from dashboard.parts.browse_address import EVERY, LIKE, PAGE_NUMBER, TEXT, Asked, change
from dashboard.parts.filters import FACET_NAME
from dashboard.state import Field
from taxonomy.query_words import turned, without
from taxonomy.question import BrowseQuery
from taxonomy.vocab import BrowseFacet

Changes = tuple[tuple[Field[Any], Any], ...]


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, what takes it away, and what turns it into its opposite."""

    label: str
    negated: bool
    off: Changes
    round: Changes = ()


@dataclass(frozen=True)
class Drop:
    """A filter as a whole: what it is called, the question without it, and what takes it away."""

    label: str
    query: BrowseQuery
    off: Changes


def chips_of(asked: Asked) -> list[Chip]:
    """The active filters in words: the text and its query words, then facet by facet."""
    text, parsed = asked.seen[TEXT], asked.parsed
    chips = [Chip(f"like {asked.like.name}", negated=False, off=((LIKE, ""),))] if asked.like else []
    if parsed.text:
        rest = " ".join(text[part.start : part.stop] for part in parsed.parts)
        chips.append(Chip(f"text: {safe.plain(parsed.text, 40)}", negated=False, off=((TEXT, rest),)))
    for part in parsed.parts:
        off, round_ = ((TEXT, without(text, part)),), ((TEXT, turned(text, part)),)
        chips.append(Chip(safe.plain(part.label, 60), part.negated, off, round_))
    for facet in asked.chosen:
        chips += _facet_chips(asked, facet)
    return chips


def _facet_chips(asked: Asked, facet: BrowseFacet) -> Iterator[Chip]:
    labels = {count.value: count.label for count in asked.everything.facets[facet]}
    name = FACET_NAME[facet].lower()
    all_of = ", all of" if facet.value in asked.seen[EVERY] and len(asked.seen[asked.chosen[facet]]) > 1 else ""
    for field, other, negated in (
        (asked.chosen[facet], asked.barred[facet], False),
        (asked.barred[facet], asked.chosen[facet], True),
    ):
        for value in asked.seen[field]:
            off = (field, tuple(each for each in asked.seen[field] if each != value))
            turned_round = (other, tuple(dict.fromkeys((*asked.seen[other], value))))
            label = f"{name}{'' if negated else all_of}: {labels[value]}"
            yield Chip(label, negated, (off,), (off, turned_round))


def drops_of(asked: Asked) -> list[Drop]:
    """Each filter with the question that is left without it."""
    query = replace(asked.query, offset=0, limit=0)
    drops = []
    if asked.like:
        drops.append(Drop("the likeness", replace(query, like=None), ((LIKE, ""),)))
    if asked.parsed.text:
        off = next(chip.off for chip in chips_of(asked) if chip.label.startswith("text: "))
        drops.append(Drop("the text", replace(query, text=""), off))
    return [*drops, *_word_drops(asked, query), *_facet_drops(asked, query)]


def _word_drops(asked: Asked, query: BrowseQuery) -> Iterator[Drop]:
    """Query words, phrases and avoided words; the parts of each sort stand in the order of the text."""
    places = {"clauses": 0, "phrases": 0, "avoided": 0}
    for part in asked.parsed.parts:
        sort = "clauses" if not part.label.startswith('"') else "avoided" if part.negated else "phrases"
        place, own = places[sort], getattr(query, sort)
        places[sort] += 1
        left = {sort: (*own[:place], *own[place + 1 :])}
        label = f"{'not ' if part.negated else ''}{safe.plain(part.label, 40)}"
        yield Drop(label, replace(query, **left), ((TEXT, without(asked.seen[TEXT], part)),))


def _facet_drops(asked: Asked, query: BrowseQuery) -> Iterator[Drop]:
    for facet in asked.chosen:
        wanted, barred, name = asked.chosen[facet], asked.barred[facet], FACET_NAME[facet].lower()
        if asked.seen[wanted]:
            left = replace(query, facets=_but(query.facets, facet), required=_but(query.required, facet))
            yield Drop(f"the filter {name}", left, ((wanted, ()),))
        if asked.seen[barred]:
            left = replace(query, excluded=_but(query.excluded, facet))
            yield Drop(f"the exclusion by {name}", left, ((barred, ()),))


def draw(active: list[Chip], total: int, fields: tuple[Field[Any], ...], note: str = "") -> None:
    """How many entries fit, and each active filter: a button that turns it round, and one that takes it away.

    Args:
        active: the filters.
        total: how many entries fit.
        fields: what "Clear all" clears.
        note: what the reader should know of the search.
    """
    noun = "entry fits" if total == 1 else "entries fit"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="br_chips"):
        st.markdown(f"**{total:,}** {noun}", width="content")
        for number, chip in enumerate(active):
            _chip(number, chip)
        if active:
            st.button("Clear all", key="br_clear", type="tertiary", on_click=state.clear, args=(*fields, PAGE_NUMBER))
        if note:
            st.caption(f":material/info: {safe.markdown(note)}", width="content")


def _chip(number: int, chip: Chip) -> None:
    said = safe.markdown(chip.label)
    off = {"key": f"br_chip_{number}", "help": f"Take away: {said}", "on_click": change, "args": chip.off}
    if not chip.round:
        st.button(said, icon=":material/close:", icon_position="right", **off)
        return
    label = f":red-background[**not** {said}]" if chip.negated else said
    turn = "Want it instead of barring it" if chip.negated else "Bar it instead of wanting it"
    icon = ":material/block:" if chip.negated else ":material/check:"
    with st.container(horizontal=True, gap=None, width="content", key=f"br_chip_box_{number}"):
        st.button(label, key=f"br_turn_{number}", icon=icon, help=turn, on_click=change, args=chip.round)
        st.button(":material/close:", **off)


def _but(choice: Mapping[BrowseFacet, frozenset[str]], facet: BrowseFacet) -> dict[BrowseFacet, frozenset[str]]:
    return {other: values for other, values in choice.items() if other is not facet}
