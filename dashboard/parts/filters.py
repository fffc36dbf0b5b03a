"""The facets of Browse with live counts: values to want, any or all of them, and values to bar."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import streamlit as st

from dashboard import safe, state, theme
from dashboard.parts.badges import MARK_SIGN
from dashboard.parts.browse_address import EVERY, PAGE_NUMBER, SEVERAL, Asked, change
from taxonomy.question import BrowsePage, FacetCount
from taxonomy.vocab import BrowseFacet

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
        BrowseFacet.DATA: "Data class",
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
ONE_CLICK = (
    *(BrowseFacet.TECHNIQUE, BrowseFacet.APPLICATION, BrowseFacet.YEAR, BrowseFacet.VENUE),
    *(BrowseFacet.HAS_CODE, BrowseFacet.HAS_RESULTS, BrowseFacet.RUNS_HERE),
)
MANY = 24  # values from which on they are typed, not seen all at once
SIGNS = ", ".join(f"{sign} {mark.label}" for mark, sign in MARK_SIGN.items())


def label_of(facet: BrowseFacet, count: FacetCount) -> str:
    """A facet value as an option: shape of a level, dot of a subclass, name, sign of its mark, number of entries."""
    look = theme.LEVELS.get(count.value) if facet is BrowseFacet.LEVEL else None
    shape = f"{look.glyph} {look.letter} " if look else ""
    sign = f" {MARK_SIGN[count.mark]}" if count.mark else ""
    below = "· " if count.depth else ""
    return f"{shape}{below}{safe.markdown(count.label)}{sign}  **{count.count:,}**"


def usable_counts(counts: tuple[FacetCount, ...], chosen: tuple[str, ...]) -> tuple[FacetCount, ...]:
    """The values of a facet that something fits, and those that are chosen."""
    return tuple(count for count in counts if count.count or count.value in chosen)


def used_values(asked: Asked, facet: BrowseFacet) -> tuple[str, ...]:
    """The values of a facet that are wanted or barred."""
    return (*asked.seen[asked.chosen[facet]], *asked.seen[asked.barred[facet]])


def facets(asked: Asked, found: BrowsePage) -> None:
    """The facets: kind and level in the open, the others one click away, drawn when they are opened."""
    for facet in ALWAYS_OPEN:
        _wanted(asked, facet, found.facets[facet])
    with st.container(horizontal=True, gap="small", key="br_facets"):
        for facet in ONE_CLICK:
            usable = usable_counts(found.facets[facet], used_values(asked, facet))
            opened = st.popover(
                _name(asked, facet), key=f"br_open_{facet.value}", disabled=not usable, on_change="rerun"
            )
            if opened.open and usable:
                with opened:
                    _facet(asked, facet, usable)
        _more(asked, found)


def _more(asked: Asked, found: BrowsePage) -> None:
    """The facets that stand behind one button: which one is chosen first."""
    rest = [facet for facet in BrowseFacet if facet not in ONE_CLICK]
    used = sum(len(used_values(asked, facet)) for facet in rest if facet not in ALWAYS_OPEN)
    name = f"More filters ({used})" if used else "More filters"
    opened = st.popover(name, key="br_open_more", on_change="rerun", icon=":material/tune:")
    if not opened.open:
        return
    with opened:
        facet = st.selectbox("Filter by", rest, format_func=lambda each: _name(asked, each), key="br_more")
        usable = usable_counts(found.facets[facet], used_values(asked, facet))
        if usable:
            _facet(asked, facet, usable)
        else:
            st.caption("None of these entries has such a value.")


def _name(asked: Asked, facet: BrowseFacet) -> str:
    name = f"Not this {FACET_NAME[facet].lower()}" if facet in ALWAYS_OPEN else FACET_NAME[facet]
    used = len(asked.seen[asked.barred[facet]]) if facet in ALWAYS_OPEN else len(used_values(asked, facet))
    return f"{name} ({used})" if used else name


def _facet(asked: Asked, facet: BrowseFacet, counts: tuple[FacetCount, ...]) -> None:
    """What the button of a facet opens: values to want, all or any of them, and values to bar."""
    if facet not in ALWAYS_OPEN:
        _wanted(asked, facet, counts)
    if facet in SEVERAL:
        _all_or_any(asked, facet)
    by_value = {count.value: count for count in counts}
    barred = asked.barred[facet]
    st.multiselect(
        "Not one of these",
        list(by_value),
        format_func=lambda value: f"{by_value[value].label} ({by_value[value].count:,})",
        placeholder="Bar a value",
        **state.bound(barred, asked.seen[barred], PAGE_NUMBER),
    )


def _wanted(asked: Asked, facet: BrowseFacet, counts: tuple[FacetCount, ...]) -> None:
    field = asked.chosen[facet]
    by_value = {count.value: count for count in counts}
    bound = state.bound(field, asked.seen[field], PAGE_NUMBER)
    if len(asked.everything.facets[facet]) > MANY:
        st.multiselect(
            FACET_NAME[facet],
            list(by_value),
            format_func=lambda value: f"{by_value[value].label} ({by_value[value].count:,})",
            placeholder="Choose a value, or type to find one",
            **bound,
        )
        return
    label = FACET_NAME[facet]
    st.pills(label, list(by_value), selection_mode="multi", format_func=lambda v: label_of(facet, by_value[v]), **bound)
    if facet not in ALWAYS_OPEN and any(count.mark for count in counts):
        st.caption(SIGNS)


def _all_or_any(asked: Asked, facet: BrowseFacet) -> None:
    key = f"br_all_{facet.value}"
    st.session_state[key] = "all" if facet.value in asked.seen[EVERY] else "any"
    st.segmented_control(
        "An entry should have",
        ["any", "all"],
        format_func=lambda value: {"any": "any of them", "all": "all of them"}[value],
        key=key,
        on_change=_keep_every,
        args=(asked.seen[EVERY], facet.value, key),
    )


def _keep_every(every: tuple[str, ...], facet: str, key: str) -> None:
    others = tuple(each for each in every if each != facet)
    change((EVERY, (*others, facet) if st.session_state[key] == "all" else others))
