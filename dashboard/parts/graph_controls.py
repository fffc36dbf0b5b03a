"""The Graph page's controls: which view, which points, what is drawn, and what the address could not mean."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import safe, state
from dashboard.parts import graph_address as address
from dashboard.parts import graph_lists
from dashboard.parts.graph_address import Fields
from dashboard.state import Field, Values
from taxonomy.graph import MOST_NEIGHBOURS, POINT_KINDS, CatalogGraph
from taxonomy.graph_shape import Shape
from taxonomy.graph_views import Cut
from taxonomy.vocab import Kind

KIND_NAMES = {Kind.METHOD: "methods", Kind.DATASET: "datasets", Kind.METRIC: "metrics", Kind.NODE: "classes"}


def note_papers(graph: CatalogGraph) -> None:
    """Say what stands in for a paper that the address names."""
    given = {value for name, value in st.query_params.items() if name in {"gr_entry", "gr_from", "gr_to"}}
    for value in sorted(given):
        kind, _, key = value.partition(":")
        described = graph.described(key) if kind == Kind.PAPER else ()
        if described:
            st.info(
                "Papers are no points of the graph, only facts between them. "
                f"Shown instead is what this one describes: {safe.markdown(graph_lists.names_of(graph, described))}."
            )


def views(seen: Values, fields: Fields) -> None:
    """Which of the three views is shown."""
    st.segmented_control(
        "View",
        list(address.VIEWS),
        format_func=lambda view: address.VIEWS[view],
        required=True,
        label_visibility="collapsed",
        **state.bound(fields.view, seen[fields.view], fields.most, fields.hubs),
    )


def point(label: str, graph: CatalogGraph, field: Field[str], value: str, *cleared: Field[str]) -> None:
    """A box that finds a point by its name; the twin of a click in the picture."""
    names = graph_lists.option_of(graph)
    st.selectbox(
        label,
        list(names),
        format_func=lambda option: names[option],
        placeholder="Type a name",
        **state.bound(field, value or None, *cleared),
    )


def drawn(seen: Values, fields: Fields, extra: Callable[[], None] | None = None, *, amount: bool = True) -> None:
    """What of the graph is drawn: kinds of points, kinds of facts, how many, and whether hubs are.

    Args:
        seen: the values of the address.
        fields: the fields of the page.
        extra: draws more controls below these.
        amount: whether the number of points and the hubs are a choice.
    """
    active = sum(bool(seen[field]) for field in (address.KINDS, address.LINKS))
    label = f"What is drawn ({active} filters)" if active else "What is drawn"
    with st.popover(label, icon=":material/tune:"):
        st.pills(
            "Points (none chosen: all)",
            [kind.value for kind in POINT_KINDS],
            selection_mode="multi",
            format_func=lambda value: KIND_NAMES[Kind(value)],
            **state.bound(address.KINDS, seen[address.KINDS]),
        )
        st.pills(
            "Links (none chosen: all)",
            list(address.RELATIONS),
            selection_mode="multi",
            format_func=lambda name: address.RELATIONS[name].value,
            **state.bound(address.LINKS, seen[address.LINKS]),
        )
        if extra:
            extra()
        if not amount:
            return
        st.selectbox("Points drawn, at most", address.NUMBERS, **state.bound(fields.most, seen[fields.most]))
        st.toggle(
            f"Draw hubs, which have more than {MOST_NEIGHBOURS} neighbours",
            **state.bound(fields.hubs, seen[fields.hubs]),
        )


def size(seen: Values) -> None:
    """By which measure marks are sized."""
    st.selectbox(
        "Size of a point",
        list(address.SIZES),
        format_func=lambda name: address.SIZES[name],
        **state.bound(address.SIZE, seen[address.SIZE]),
    )


def community(graph: CatalogGraph, shape: Shape, fields: Fields, value: str) -> None:
    """Which community is drawn; an empty choice is all of them."""
    names = {"": "all communities"}
    for each in shape.communities:
        names[each.name] = f"{safe.plain(graph.points[each.name].ref.name)} ({len(each.points)})"
    st.selectbox(
        "Community",
        list(names),
        format_func=lambda name: names[name],
        **state.bound(fields.community, value, fields.most),
    )


def community_of(shape: Shape, value: str) -> int | None:
    """The place of the community that an address names, None for all or for one that there is not."""
    return next((place for place, each in enumerate(shape.communities) if each.name == value), None)


def limits(graph: CatalogGraph, cut: Cut, order: str) -> str:
    """What is drawn and what was left out, in words."""
    links = "link" if len(cut.edges) == 1 else "links"
    said = f"Drawn are {len(cut.points)} points and the {len(cut.edges)} {links} between them"
    if cut.left_out:
        said += f"; {cut.left_out} more fit and were left out, {order}"
    if cut.hubs_left_out:
        said += (
            f". Left out as hubs, with more than {MOST_NEIGHBOURS} neighbours each: "
            f"{graph_lists.names_of(graph, cut.hubs_left_out)}"
        )
    return f"{said}."
