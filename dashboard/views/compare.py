"""Two to six entries of a kind side by side: what differs, what they share, and numbers that may be compared."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import badges, cards, compare_controls, compare_table, share
from dashboard.parts.compare_controls import KEYS, KIND, Chosen
from dashboard.services import LiveMethod, Services
from dashboard.theme import Origin
from taxonomy import compare, results
from taxonomy.compare import FORMULA, LIVE, Attribute, Comparison, Value
from taxonomy.model import Entry
from taxonomy.narrowing import Slice
from taxonomy.vocab import Kind

PAGE = Page(
    title="Compare",
    icon=":material/compare_arrows:",
    group="Explore",
    order=40,
    path="compare",
    question="How do these two to six differ?",
)
MANY_ROWS = 8
MOST_DUELS, MOST_SHARED = 12, 18


def render(services: Services) -> None:
    """Draw the page."""
    seen = state.here(KIND, KEYS)
    state.confirm()
    state.show_notes(seen)
    now = compare_controls.chosen(services.catalog, seen[KIND], seen[KEYS])
    for note in now.notes:
        st.warning(safe.markdown(note), icon=":material/link_off:")
    comparison = compare.compare(services.catalog, now.kind, now.keys)
    compare_controls.draw(services, now, comparison.refs)
    if len(now.keys) < compare.FEWEST:
        st.info("One entry is shown; add another to see how they differ.")
    _noticed(comparison, now)
    with boundary("The attributes"):
        rows = (*comparison.attributes, *live_rows(services, comparison))
        _attributes(comparison, rows)
        _export(services, comparison, rows)
    with boundary("The published numbers"):
        _numbers(services, comparison)
    with boundary("What they share"):
        _shared(comparison)


def live_rows(services: Services, comparison: Comparison) -> tuple[Attribute, ...]:
    """What runs here for each entry, with how it follows the entry; nothing where nothing does."""
    if comparison.kind not in {Kind.METHOD, Kind.NODE}:
        return ()
    cells = [[live_value(method) for method in following(services, entry)] for entry in comparison.entries]
    return (compare.attribute(LIVE, "Live methods", cells, nothing="nothing here follows it"),) if any(cells) else ()


def following(services: Services, entry: Entry) -> list[LiveMethod]:
    """The live methods that follow a method, or belong to a node."""
    if entry.kind is Kind.NODE:
        return services.engines_following(entry.key, [entry.key])
    return [method for method in services.engines_following(entry.key) if method.follows is not None]


def live_value(method: LiveMethod) -> Value:
    """A live method in a cell: how it follows the entry and what it leaves out."""
    how = f" ({method.follows.how}: {method.follows.differs})" if method.follows else ""
    return Value(f"{method.info.name}{how}", "the methods of this installation")


def _noticed(comparison: Comparison, now: Chosen) -> None:
    if len(now.keys) < compare.FEWEST:
        return
    lead = "An example that the catalog computes. " if now.is_example else ""
    said = compare_table.notice(comparison, compare.wins(comparison.duels, len(now.keys)))
    st.markdown(f"{lead}**What to notice:** {safe.markdown(said)}")


def _export(services: Services, comparison: Comparison, rows: Sequence[Attribute]) -> None:
    share.bar(
        services,
        compare_table.attributes_frame(rows, comparison.refs),
        name=f"Comparison of {comparison.kind.value}s",
        entries=comparison.refs,
    )


def _attributes(comparison: Comparison, rows: Sequence[Attribute]) -> None:
    st.subheader("Attributes", anchor=False)
    field = state.flag("cm_differ", default=len(rows) > MANY_ROWS and len(comparison.entries) > 1)
    seen = state.here(field)
    state.show_notes(seen)
    different = sum(row.differs for row in rows)
    st.toggle(f"Only rows that differ ({different} of {len(rows)})", **state.bound(field, seen[field]))
    shown = compare_table.visible(rows, only_different=seen[field])
    if not shown:
        st.info("They do not differ in anything that the catalog knows.")
        return
    compare_table.attributes([row for row in shown if row.label != FORMULA], comparison.refs)
    if any(row.label == FORMULA for row in shown):
        compare_table.formulas(comparison.entries)
    st.caption(
        "\u2260 marks a row that differs, = one that is the same. What every entry has is paler and stands last. Hover "
        "a value for its source; \u201cnot known\u201d says that the catalog has nothing, not that there is nothing."
    )


def _numbers(services: Services, comparison: Comparison) -> None:
    if comparison.kind is not Kind.METHOD:
        return
    st.subheader("Published numbers side by side", anchor=False)
    if not comparison.duels:
        st.caption("No source prints numbers of two of these on the same table, split, backbone and metric.")
        return
    badges.draw([badges.origin(Origin.PUBLISHED), badges.plain(f"{len(comparison.duels)} comparable")])
    st.markdown(
        "Only numbers of one source, table, dataset, task, split, backbone and metric stand in a row. "
        "\u25b2 marks the best of it; equal printed values share the mark. A percentage is the improvement over the "
        "non-personalized row. The sources print mostly no intervals, so a small difference may be chance."
    )
    compare_table.duels(comparison.duels[:MOST_DUELS], comparison.entries)
    if comparison.duels[MOST_DUELS:]:
        with st.expander(f"{len(comparison.duels) - MOST_DUELS} more"):
            compare_table.duels(comparison.duels[MOST_DUELS:], comparison.entries)
    chosen = Slice(methods=tuple(entry.key for entry in comparison.entries))
    share.bar(
        services,
        compare_table.duels_frame(comparison.duels, comparison.refs),
        name="Published numbers side by side",
        sql=services.catalog.store.statement("results_numbers", **results.parameters(chosen)),
        entries=comparison.refs,
    )
    datasets = dict.fromkeys((d.first.result.dataset, d.first.result.dataset_name) for d in comparison.duels)
    with st.container(horizontal=True, gap="small"):
        for key, name in datasets:
            page_link("results", f"Results on {name}", query={"rs_dataset": key}, icon=":material/leaderboard:")


def _shared(comparison: Comparison) -> None:
    if not comparison.shared:
        return
    st.subheader("What they share", anchor=False)
    by_relation: dict[str, list[compare.Shared]] = {}
    for each in comparison.shared:
        by_relation.setdefault(each.relation, []).append(each)
    for relation, found in by_relation.items():
        st.markdown(f"**{safe.markdown(relation[:1].upper() + relation[1:])}** ({len(found)})")
        with st.container(horizontal=True, gap="small"):
            for each in found[:MOST_SHARED]:
                names = [comparison.entries[place].name for place in sorted(each.among)]
                of = "" if len(names) == len(comparison.entries) else f" ({', '.join(names)})"
                cards.entry_link(each.ref, safe.plain(f"{each.ref.name}{of}", 90))
        if found[MOST_SHARED:]:
            st.caption(f"and {len(found) - MOST_SHARED} more")
