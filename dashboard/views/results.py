"""Published numbers: on one dataset, one source an axis; and improvements across datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.navigation import page_link
from dashboard.page import Page
from dashboard.parts import results_across, results_controls, results_number, results_panels, share
from dashboard.parts.results_controls import Narrowing
from dashboard.services import Services
from taxonomy import results
from taxonomy.compare import FEWEST
from taxonomy.model import EntryRef
from taxonomy.results import Panel
from taxonomy.vocab import Kind

PAGE = Page(
    title="Results",
    icon=":material/leaderboard:",
    group="Explore",
    order=70,
    path="results",
    question="What has been published on this dataset, and what improves on no personalization?",
)
VIEWS = {"dataset": "One dataset", "across": "Across datasets"}
VIEW = state.choice("rs_view", "dataset", accepted=VIEWS)
MOST_PANELS, SEEN_FIRST = 8, 2


def render(services: Services) -> None:
    """Draw the page."""
    seen = state.here(VIEW)
    state.confirm()
    state.show_notes(seen)
    st.segmented_control(
        "View",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        label_visibility="collapsed",
        **state.bound(VIEW, seen[VIEW]),
    )
    if seen[VIEW] == "across":
        with boundary("The improvements across datasets"):
            results_across.draw(services)
    else:
        _dataset(services)


def _dataset(services: Services) -> None:
    narrowing = results_controls.read(services.catalog, st.query_params.to_dict())
    results_controls.draw(narrowing)
    panels = results.panels(results.numbers(services.catalog, narrowing.chosen))
    field = results_number.field_of(panels)
    seen = state.here(field)
    state.show_notes(seen)
    st.markdown(safe.markdown(counted(panels)))
    st.markdown(f"**What to notice:** {safe.markdown(results_panels.notice(panels[0]))}")
    with boundary("The charts"):
        _panels(panels, narrowing, seen[field])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        results_panels.legend()
    share.bar(
        services,
        results_panels.table_of(panels),
        name=f"Published numbers on {panels[0].first.dataset_name}",
        sql=services.catalog.store.statement("results_numbers", **results.parameters(narrowing.chosen)),
        entries=sources_of(panels),
    )
    st.subheader("One number and where it comes from", anchor=False)
    with boundary("The number"):
        results_number.choose(panels, field, seen[field])
        results_number.draw(services, *results_number.find(panels, seen[field]))
    _next(panels)


def _next(panels: Sequence[Panel]) -> None:
    st.markdown("**Next**")
    with st.container(horizontal=True, gap="small"):
        page_link("results", "Improvements across datasets", query={"rs_view": "across"}, icon=":material/grid_on:")
        methods = methods_of(panels)
        if len(methods) >= FEWEST:
            query = {"cm_kind": Kind.METHOD.value, "cm_keys": ",".join(methods)}
            page_link(
                "compare", f"Compare {len(methods)} of these methods", query=query, icon=":material/compare_arrows:"
            )


def methods_of(panels: Sequence[Panel]) -> list[str]:
    """The methods of this catalog that stand on most of some axes, at most four."""
    found = Counter(
        method
        for panel in panels
        for method in dict.fromkeys(number.result.method_entry for number in panel.numbers)
        if method
    )
    return [method for method, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))][:4]


def sources_of(panels: Sequence[Panel]) -> list[EntryRef]:
    """The papers that print the numbers, each once."""
    papers = {panel.numbers[0].source_paper: panel.first.source_title for panel in panels}
    return [EntryRef(Kind.PAPER, key, title) for key, title in papers.items()]


def counted(panels: Sequence[Panel]) -> str:
    """How much is shown, and that panels are not to be compared."""
    numbers = sum(len(panel.numbers) for panel in panels)
    sources = len({panel.key.source for panel in panels})
    said = (
        f"{numbers:,} {'number' if numbers == 1 else 'numbers'} of {sources} {'source' if sources == 1 else 'sources'}"
    )
    if len(panels) < 2:
        return f"{said}, on one axis."
    return (
        f"{said}, on {len(panels)} axes: one for each source, task and split. Splits, samples and prompts differ "
        "between them, so compare within a panel only."
    )


def _panels(panels: Sequence[Panel], narrowing: Narrowing, opened: str) -> None:
    if len(panels) == 1:
        results_panels.draw(panels[0], most=results_panels.LARGE, opened=opened, key="rs_panel_0")
        return
    for start in range(0, min(len(panels), MOST_PANELS), 2):
        for place, column in enumerate(st.columns(2, gap="large"), start=start):
            if place < len(panels):
                with column, st.container(border=True):
                    _small(panels[place], narrowing, opened, place)
    if panels[MOST_PANELS:]:
        st.info(f"{len(panels) - MOST_PANELS} more panels: choose a source, task or split above to see them.")


def _small(panel: Panel, narrowing: Narrowing, opened: str, place: int) -> None:
    below = place >= SEEN_FIRST
    results_panels.draw(panel, most=results_panels.SMALL, opened=opened, key=f"rs_panel_{place}", below=below)
    st.button(
        "Only this panel",
        key=f"rs_only_{place}",
        icon=":material/fullscreen:",
        type="tertiary",
        on_click=_only,
        args=(panel, narrowing),
    )


def _only(panel: Panel, narrowing: Narrowing) -> None:
    values = {narrowing.fields[part]: getattr(panel.key, part) for part in ("source", "task", "split")}
    state.change({**values, state.text("rs_metric"): panel.key.metric}, state.text("rs_backbone"))
