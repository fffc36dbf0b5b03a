"""How methods, datasets, metrics and classes hang together: around one entry, as a whole, and by paths between two."""

from __future__ import annotations

import streamlit as st

from dashboard import safe, state
from dashboard.boundary import boundary
from dashboard.page import Page
from dashboard.parts import cards, charts, graph_chart, graph_controls, graph_lists, graph_marks, share, tables
from dashboard.parts import graph_address as address
from dashboard.parts.graph_address import Fields
from dashboard.services import Services
from dashboard.state import Values
from taxonomy.graph import MOST_NEIGHBOURS, example_pair
from taxonomy.graph_atlas import Atlas
from taxonomy.graph_paths import best_paths
from taxonomy.graph_views import Cut, surroundings, whole

PAGE = Page(
    title="Graph",
    icon=":material/hub:",
    group="Explore",
    order=60,
    path="graph",
    question="How do methods, datasets and metrics hang together?",
)
MOST_CENTRAL = 20


def render(services: Services) -> None:
    """Draw the page."""
    atlas = services.atlas
    fields = address.fields_of(atlas.graph, example_pair(atlas.graph))
    seen = state.here(*fields.all)
    state.confirm()
    state.show_notes(seen)
    graph_controls.note_papers(atlas.graph)
    graph_controls.views(seen, fields)
    draw = {address.EGO: _around, address.WHOLE: _whole, address.PATHS: _paths}[seen[fields.view]]
    with boundary("The graph"):
        draw(services, seen, fields)


def _around(services: Services, seen: Values, fields: Fields) -> None:
    atlas, graph = services.atlas, services.atlas.graph
    middle = seen[fields.entry] or example_pair(graph)[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        graph_controls.point("In the middle", graph, fields.entry, middle, fields.view)
        st.segmented_control("Steps", [1, 2], required=True, **state.bound(address.RADIUS, seen[address.RADIUS]))
        graph_controls.drawn(seen, fields)
    asked = address.filter_of(seen, fields)
    cut = surroundings(graph, middle, asked, seen[address.RADIUS])
    ref, table = graph.points[middle].ref, graph_lists.facts_table(graph, graph.around(middle, asked.relations))
    left, right = st.columns([5, 3], gap="large")
    with left:
        st.html(graph_marks.legend([graph.points[point] for point in cut.points]))
        weight = graph_chart.weights({point: graph.points[point].neighbours for point in cut.points})
        charts.pick(
            graph_chart.around(graph, cut, atlas.around(cut), weight),
            alt=around_message(atlas, cut),
            table=table,
            key="gr_chart_around",
            picked=lambda name: state.put(fields.entry, name, fields.view),
        )
        st.caption(safe.markdown(graph_controls.limits(graph, cut, "the least near by a random walk from the middle")))
        sql = services.catalog.store.statement("entry_links", kind=ref.kind.value, key=ref.key)
        share.bar(services, table, name=f"Links of {ref.name}", sql=sql, entries=[ref])
    with right:
        st.subheader(safe.markdown(ref.name), anchor=False)
        st.caption(
            f"{graph_marks.meaning_of(graph.points[middle]).capitalize()}. A click or a link puts a neighbour "
            "into the middle."
        )
        cards.entry_link(ref, "Open its page")
        graph_lists.adjacent(graph, middle, asked.relations)


def around_message(atlas: Atlas, cut: Cut) -> str:
    """The message of the surroundings in one sentence."""
    point = atlas.graph.points[cut.points[0]]
    nearest = [each for each in cut.points[1:] if cut.ring[each] == 1][:3]
    near = f"; the nearest by a random walk are {graph_lists.names_of(atlas.graph, nearest)}" if nearest else ""
    return f"{point.ref.name} has {point.neighbours} neighbours{near}"


def _whole(services: Services, seen: Values, fields: Fields) -> None:
    atlas = services.atlas
    graph, shape = atlas.graph, atlas.shape
    chosen = graph_controls.community_of(shape, seen[fields.community])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        graph_controls.point("Put into the middle", graph, fields.entry, seen[fields.entry], fields.view)
        graph_controls.community(graph, shape, fields, "" if chosen is None else seen[fields.community])
        graph_controls.drawn(seen, fields, lambda: graph_controls.size(seen))
    cut = whole(graph, shape, address.filter_of(seen, fields), chosen)
    if not cut.points:
        st.info("Nothing fits these filters. Choose fewer kinds of links or draw the hubs.")
        return
    weight = graph_chart.weights({point: getattr(shape.centrality[point], seen[address.SIZE]) for point in cut.points})
    st.html(graph_marks.legend([graph.points[point] for point in cut.points]))
    table = graph_lists.facts_table(graph, [fact for pair in cut.edges for fact in graph.between(*pair)])
    charts.pick(
        graph_chart.whole(graph, shape, graph_chart.Whole(cut, atlas.apart(cut), weight, seen[fields.entry])),
        alt=whole_message(atlas),
        table=table,
        key="gr_chart_whole",
        picked=lambda name: state.put(fields.entry, name, fields.view),
    )
    st.caption(safe.markdown(graph_controls.limits(graph, cut, "the least central by PageRank")))
    share.bar(services, table, name="Links of the graph", sql=services.catalog.store.statement("graph_links"))
    _shape(services, atlas)


def _shape(services: Services, atlas: Atlas) -> None:
    """The most central points and the communities as tables."""
    graph, shape = atlas.graph, atlas.shape
    st.subheader("Most central", anchor=False)
    st.caption(
        "Of the whole graph, hubs included. PageRank: the share of a random walk's time at a point. Betweenness: "
        "the share of all shortest paths between two others that pass through it."
    )
    points = graph_lists.points_table(graph, shape, graph.points)
    tables.frame(points.head(MOST_CENTRAL), alt="The most central points by PageRank", key="gr_central")
    share.bar(services, points, name="Centrality of all points")
    st.subheader("Communities", anchor=False)
    st.caption(safe.markdown(communities_text(atlas)))
    communities = graph_lists.communities_table(graph, shape)
    tables.frame(communities, alt="Communities by size", key="gr_communities")
    share.bar(services, communities, name="Communities")


def whole_message(atlas: Atlas) -> str:
    """The message of the whole in one sentence."""
    largest = [each.name for each in atlas.shape.communities[:3]]
    names = graph_lists.names_of(atlas.graph, largest)
    return (
        f"The graph has {len(atlas.graph.points)} points, {atlas.graph.graph.number_of_edges():,} links and "
        f"{len(atlas.shape.communities)} communities; the largest are around {names}"
    )


def communities_text(atlas: Atlas) -> str:
    """How the communities were found."""
    return (
        "Found by the Louvain method with a fixed seed on the graph without hubs, in which a link between points that "
        f"have many neighbours weighs less; modularity {atlas.shape.modularity:.2f}. Each is named after its most "
        "central class or dataset."
    )


def _paths(services: Services, seen: Values, fields: Fields) -> None:
    graph = services.atlas.graph
    start, end = seen[fields.start], seen[fields.end]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        graph_controls.point("From", graph, fields.start, start)
        graph_controls.point("To", graph, fields.end, end)
        graph_controls.drawn(seen, fields, amount=False)
    asked = address.filter_of(seen, fields)
    found = best_paths(graph, start, end, graph.restricted(asked.kinds, asked.relations))
    names = f"{graph.points[start].ref.name} and {graph.points[end].ref.name}"
    if not found:
        chosen = ", over the chosen kinds of points and links" if asked.kinds or asked.relations else ""
        none = f"No path links {names} without a hub, a point with more than {MOST_NEIGHBOURS} neighbours{chosen}."
        st.info("These are the same entry. Choose two." if start == end else safe.markdown(none))
        return
    st.html(graph_marks.legend([graph.points[point] for path in found for point in path.points]))
    table = graph_lists.steps_table(graph, found)
    charts.pick(
        graph_chart.paths(graph, found),
        alt=f"{len(found)} paths between {names}, the best with {len(found[0].steps)} steps",
        table=table,
        key="gr_chart_paths",
        picked=lambda name: state.put(fields.entry, name, fields.view, fields.start, fields.end),
    )
    st.caption(safe.markdown(PATH_RULE))
    share.bar(services, table, name=f"Paths between {names}", sql=services.catalog.store.statement("graph_links"))
    for number, path in enumerate(found, start=1):
        graph_lists.path(graph, path, number)


PATH_RULE = (
    f"Points with more than {MOST_NEIGHBOURS} neighbours are no stepping stones, because everything would be near to "
    "everything over them; the two ends may be such points. A step costs 1 plus the mean of log2 of its ends' numbers "
    "of neighbours, so that a path over things that few others have is better than one over things that many have. "
    "Paths share less than half of the points between the ends, where there is another way."
)
