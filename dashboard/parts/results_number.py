"""One published number in full: where it was printed, how it was read, and what it improves upon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import safe, state
from dashboard.navigation import page_link
from dashboard.parts import badges, cards, results_panels, tables
from dashboard.parts.entry_run import follows_text, run_query
from dashboard.parts.published import ARROW
from dashboard.services import LiveMethod, Services
from dashboard.state import Field
from dashboard.theme import Origin
from taxonomy.model import EntryRef, Fact
from taxonomy.results import Number, Panel
from taxonomy.vocab import Direction, Kind


def field_of(panels: Sequence[Panel]) -> Field[str]:
    """The field of the address that holds the opened number: the best of the first panel unless it says otherwise."""
    known = [number.id for panel in panels for number in panel.numbers]
    return state.choice("rs_row", known[0], accepted=known)


def choose(panels: Sequence[Panel], field: Field[str], opened: str) -> None:
    """The select box that opens a number."""
    labels = labels_of(panels)
    st.selectbox(
        f"Open a number ({len(labels):,})",
        list(labels),
        format_func=lambda number: labels[number],
        **state.bound(field, opened),
    )


def labels_of(panels: Sequence[Panel]) -> dict[str, str]:
    """Every number in words: place, row, variant, value and source."""
    return {
        number.id: safe.plain(
            f"{place}. {number.result.method_label}, {number.result.metric_name} {number.result.printed}"
            f"{_in_brackets(results_panels.variant(panel, number))}: {panel.first.source_title}",
            140,
        )
        for panel in panels
        for number, place in zip(panel.numbers, panel.places, strict=True)
    }


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def find(panels: Sequence[Panel], opened: str) -> tuple[Panel, Number, int]:
    """The panel of a number, the number and its place."""
    return next(
        (panel, number, place)
        for panel in panels
        for number, place in zip(panel.numbers, panel.places, strict=True)
        if number.id == opened
    )


def draw(services: Services, panel: Panel, number: Number, place: int) -> None:
    """The number on the left, where it comes from and what runs here on the right."""
    result = number.result
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"**{safe.markdown(result.method_label)}: {safe.markdown(result.printed)}**")
        badges.draw(
            [
                badges.origin(Origin.PUBLISHED),
                *(badges.level(level) for level in number.levels),
                badges.plain(result.method_kind.value),
            ]
        )
        st.markdown(safe.markdown(improvement_text(number)))
        tables.facts(facts_of(panel, number, place))
        st.caption(results_panels.NO_INTERVALS)
    with right:
        _source(number)
        _entries(services, number)


def improvement_text(number: Number) -> str:
    """The improvement as it is computed, or why there is none."""
    result, baseline = number.result, number.baseline
    if baseline is None or number.gain is None:
        return f"No improvement: {number.absent}"
    higher = result.direction is Direction.HIGHER
    one, other = (result.printed, baseline.printed) if higher else (baseline.printed, result.printed)
    digits = max(_decimals(one), _decimals(other))
    said = f"Improvement over the non-personalized row: {one} \u2212 {other} = {number.gain:+.{digits}f}"
    relative = results_panels.percent(number.gain_percent)
    said += f", {relative} of {baseline.printed}" if relative else f". {number.absent}"
    said += f" ({ARROW[result.direction]}; positive is better)."
    if set(results_panels.pieces_of(result.notes)) != set(results_panels.pieces_of(baseline.notes)):
        said += f" The notes of the two rows differ: {result.notes or 'none'}, against {baseline.notes or 'none'}."
    return said


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def facts_of(panel: Panel, number: Number, place: int) -> list[Fact]:
    """What is known of the number, each with where it was read."""
    result = number.result
    rows: Mapping[str, str] = {
        "Metric": f"{result.metric_name}, {ARROW[result.direction]}",
        "Place": f"{place} of {len(panel.numbers)} on this axis",
        "Dataset": result.dataset_name,
        "Task": result.task,
        "Split": result.split,
        "Backbone": result.backbone or "not stated",
        "Table": result.table,
        "Notes": result.notes,
        "Verified by": result.verified_by,
        "On the source": number.source_note,
    }
    facts = [Fact(label, value, result.verified_by) for label, value in rows.items() if value]
    if number.role is not None:
        reviewed = "data/facts/result_roles.csv, reviewed row by row"
        facts.append(Fact("Whose data", f"{number.role.value}. {number.role_reason}", reviewed))
    return facts


def _source(number: Number) -> None:
    result = number.result
    st.markdown("**Source**")
    address = f"https://arxiv.org/abs/{result.source_arxiv_id}" if result.source_arxiv_id else None
    shown = (
        f"arXiv {result.source_arxiv_id}" if result.source_arxiv_id else "No arXiv identifier: a leaderboard or README"
    )
    st.markdown(f"{safe.markdown(result.table)}. {safe.link(shown, address)}")
    cards.entry_link(EntryRef(Kind.PAPER, number.source_paper, result.source_title))
    cards.entry_link(EntryRef(Kind.DATASET, result.dataset, result.dataset_name))
    cards.entry_link(EntryRef(Kind.METRIC, result.metric, result.metric_name))


def _entries(services: Services, number: Number) -> None:
    entry = number.result.method_entry
    if entry is None:
        st.caption("The row is no method of this catalog.")
        return
    st.markdown("**Method**")
    ref = services.catalog.entry(Kind.METHOD, entry).ref
    cards.entry_link(ref)
    live = following(services, entry)
    st.markdown("**Run it here**")
    if not live:
        st.caption("Nothing here follows this method yet.")
    for method in live:
        page_link("playground", method.info.name, query=run_query(method), icon=":material/play_arrow:")
        st.caption(safe.markdown(follows_text(method)))


def following(services: Services, entry: str) -> list[LiveMethod]:
    """The methods that run here and follow an entry."""
    return [method for method in services.engines_following(entry) if method.follows is not None]
