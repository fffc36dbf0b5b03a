"""The filters of Browse: facets with live counts, removable chips for the active ones, all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import streamlit as st

from dashboard import safe, state, theme
from dashboard.parts.badges import MARK_SIGN
from dashboard.state import Field, Values
from taxonomy.question import BrowsePage, BrowseQuery, FacetCount
from taxonomy.vocab import BrowseFacet, Sort

PAGE_SIZE = 20
FACET_NAME: Mapping[BrowseFacet, str] = MappingProxyType(
    {
        BrowseFacet.KIND: "Kind",
        BrowseFacet.LEVEL: "Level",
        BrowseFacet.TECHNIQUE: "Technique",
        BrowseFacet.USAGE: "Judged by",
        BrowseFacet.APPLICATION: "Application",
        BrowseFacet.YEAR: "Year",
        BrowseFacet.VENUE: "Venue",
        BrowseFacet.HAS_CODE: "Code",
        BrowseFacet.HAS_DATA: "Data",
        BrowseFacet.HAS_RESULTS: "Published numbers",
        BrowseFacet.RUNS_HERE: "Runs here",
        BrowseFacet.DATASET: "Uses the data",
        BrowseFacet.TASK: "Task",
        BrowseFacet.TEXT_LENGTH: "Text length",
        BrowseFacet.METRIC_FAMILY: "Metric family",
        BrowseFacet.DIRECTION: "Direction",
        BrowseFacet.NEEDS: "Needs",
        BrowseFacet.CHALLENGE: "Challenge",
        BrowseFacet.TREE: "Class of",
        BrowseFacet.MARK: "Mark",
        BrowseFacet.IN_SURVEY: "In the survey",
    }
)
ALWAYS_OPEN = (BrowseFacet.KIND, BrowseFacet.LEVEL)
SORTS: Mapping[str, tuple[str, Sort, bool]] = MappingProxyType(
    {
        "best": ("best match", Sort.BEST, False),
        "name": ("name", Sort.NAME, False),
        "newest": ("newest first", Sort.YEAR, True),
        "oldest": ("oldest first", Sort.YEAR, False),
        "results": ("most published numbers", Sort.RESULTS, True),
    }
)
TEXT = state.text("br_q")
SORT = state.choice("br_sort", "best", accepted=SORTS)
PAGE_NUMBER = state.integer("br_page", 1, low=1, high=1000)
SIGNS = ", ".join(f"{sign} {mark.label}" for mark, sign in MARK_SIGN.items())


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, and the field and value that take it away."""

    label: str
    field: Field[tuple[str, ...]] | Field[str]
    rest: tuple[str, ...] | str


def facet_fields(everything: BrowsePage) -> dict[BrowseFacet, Field[tuple[str, ...]]]:
    """A field of the address for each facet, whose accepted values are those of the whole catalog."""
    return {
        facet: state.choices(f"br_{facet.value}", accepted=(count.value for count in counts))
        for facet, counts in everything.facets.items()
    }


def query_of(seen: Values, fields: Mapping[BrowseFacet, Field[tuple[str, ...]]]) -> BrowseQuery:
    """The question that an address asks."""
    _, sort, descending = SORTS[seen[SORT]]
    chosen = {facet: seen[field] for facet, field in fields.items()}
    return BrowseQuery(
        text=seen[TEXT],
        facets={facet: frozenset(values) for facet, values in chosen.items() if values},
        sort=sort,
        descending=descending,
        limit=PAGE_SIZE,
        offset=(seen[PAGE_NUMBER] - 1) * PAGE_SIZE,
    )


def chips_of(seen: Values, everything: BrowsePage, fields: Mapping[BrowseFacet, Field[tuple[str, ...]]]) -> list[Chip]:
    """The active filters in words, the text first."""
    chips = [Chip(f"text: {safe.plain(seen[TEXT], 40)}", TEXT, "")] if seen[TEXT] else []
    for facet, field in fields.items():
        labels = {count.value: count.label for count in everything.facets[facet]}
        for value in seen[field]:
            rest = tuple(other for other in seen[field] if other != value)
            chips.append(Chip(f"{FACET_NAME[facet].lower()}: {labels[value]}", field, rest))
    return chips


def relaxed(query: BrowseQuery) -> list[tuple[str, BrowseQuery]]:
    """The question without one of its filters, for each filter, with the filter's name in the address."""
    first = replace(query, offset=0, limit=0)
    without = [(TEXT.name, replace(first, text=""))] if query.text else []
    for facet in query.facets:
        others = {other: values for other, values in query.facets.items() if other is not facet}
        without.append((f"br_{facet.value}", replace(first, facets=others)))
    return without


def label_of(facet: BrowseFacet, count: FacetCount) -> str:
    """A facet value as an option: shape of a level, dot of a subclass, name, sign of its mark, number of entries."""
    look = theme.LEVELS.get(count.value) if facet is BrowseFacet.LEVEL else None
    shape = f"{look.glyph} {look.letter} " if look else ""
    sign = f" {MARK_SIGN[count.mark]}" if count.mark else ""
    below = "· " if count.depth else ""
    return f"{shape}{below}{safe.markdown(count.label)}{sign}  **{count.count:,}**"


def facets(found: BrowsePage, seen: Values, fields: Mapping[BrowseFacet, Field[tuple[str, ...]]]) -> None:
    """The facets: kind and level in the open, the others one click away."""
    for facet in ALWAYS_OPEN:
        _facet(facet, found.facets[facet], seen, fields[facet])
    with st.container(horizontal=True, gap="small"):
        for facet, field in fields.items():
            if facet in ALWAYS_OPEN:
                continue
            usable = usable_counts(found.facets[facet], seen[field])
            with st.popover(FACET_NAME[facet], key=f"br_open_{facet.value}", disabled=not usable):
                _facet(facet, usable, seen, field)


def chips(active: list[Chip], total: int) -> None:
    """How many entries fit, and each active filter as a button that takes it away."""
    noun = "entry fits" if total == 1 else "entries fit"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="br_chips"):
        st.markdown(f"**{total:,}** {noun}", width="content")
        for number, chip in enumerate(active):
            st.button(
                safe.markdown(chip.label),
                key=f"br_chip_{number}",
                icon=":material/close:",
                icon_position="right",
                help="Take this filter away",
                on_click=state.put,
                args=(chip.field, chip.rest, PAGE_NUMBER),
            )
        if active:
            fields = [chip.field for chip in active]
            st.button("Clear all", key="br_clear", type="tertiary", on_click=state.clear, args=(*fields, PAGE_NUMBER))


def usable_counts(counts: tuple[FacetCount, ...], chosen: tuple[str, ...]) -> tuple[FacetCount, ...]:
    """The values of a facet that something fits, and those that are chosen."""
    return tuple(count for count in counts if count.count or count.value in chosen)


def _facet(facet: BrowseFacet, counts: tuple[FacetCount, ...], seen: Values, field: Field[tuple[str, ...]]) -> None:
    by_value = {count.value: count for count in counts}
    st.pills(
        FACET_NAME[facet],
        list(by_value),
        selection_mode="multi",
        format_func=lambda value: label_of(facet, by_value[value]),
        **state.bound(field, seen[field], PAGE_NUMBER),
    )
    if any(count.mark for count in counts):
        st.caption(SIGNS)
