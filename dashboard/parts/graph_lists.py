"""The graph without a picture: links that the keyboard reaches, and tables of facts, points and communities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts.cards import KIND_ICON
from dashboard.parts.graph_marks import meaning_of
from taxonomy.graph import CatalogGraph
from taxonomy.graph_facts import GraphFact, Relation
from taxonomy.graph_paths import Path, Step
from taxonomy.graph_shape import Shape

if TYPE_CHECKING:
    import pandas as pd

MOST_LINKS, MOST_MEMBERS = 10, 8


def by_relation(
    graph: CatalogGraph, point: str, relations: Collection[Relation] = ()
) -> dict[str, list[tuple[str, list[GraphFact]]]]:
    """The neighbours of a point under the relation as it reads from there, by name, each with its facts."""
    order = list(Relation)
    facts = sorted(graph.around(point, relations), key=lambda fact: (order.index(fact.relation), fact.second == point))
    grouped: dict[str, dict[str, list[GraphFact]]] = {}
    for fact in facts:
        grouped.setdefault(fact.seen_from(point), {}).setdefault(fact.other(point), []).append(fact)
    return {
        relation: sorted(members.items(), key=lambda each: (graph.points[each[0]].ref.name.casefold(), each[0]))
        for relation, members in grouped.items()
    }


def adjacent(graph: CatalogGraph, point: str, relations: Collection[Relation] = ()) -> None:
    """The neighbours of a point, each a link that puts it into the middle."""
    groups = by_relation(graph, point, relations)
    if not groups:
        st.caption("No fact of the chosen kinds links it to anything.")
    for relation, members in groups.items():
        st.markdown(f"**{safe.markdown(relation[:1].upper() + relation[1:])}** {len(members)}")
        _links(graph, [other for other, _ in members[:MOST_LINKS]])
        if members[MOST_LINKS:]:
            with st.expander(f"{len(members) - MOST_LINKS} more", key=f"gr_more_{relation}"):
                st.caption(safe.markdown(", ".join(graph.points[other].ref.name for other, _ in members[MOST_LINKS:])))


def point_link(graph: CatalogGraph, point: str) -> None:
    """A link that puts a point into the middle of the graph."""
    ref = graph.points[point].ref
    page_link("graph", ref.name, query={"gr_entry": point}, icon=KIND_ICON[ref.kind])


def facts_table(graph: CatalogGraph, facts: Iterable[GraphFact]) -> pd.DataFrame:
    """Facts as rows: what links what, in words, and where it was read."""
    import pandas as pd

    rows = [
        {
            "from": safe.plain(graph.points[fact.first].ref.name),
            "relation": fact.relation.value,
            "to": safe.plain(graph.points[fact.second].ref.name),
            "fact": safe.plain(fact.words),
            "source": safe.plain(fact.source),
            "address": safe.url(fact.url) or "",
        }
        for fact in facts
    ]
    return pd.DataFrame(rows, columns=["from", "relation", "to", "fact", "source", "address"])


def points_table(graph: CatalogGraph, shape: Shape, points: Iterable[str]) -> pd.DataFrame:
    """Points with how central they are, the most central first."""
    import pandas as pd

    order = sorted(points, key=lambda point: (-shape.centrality[point].pagerank, point))
    rows = [
        {
            "name": safe.plain(graph.points[point].ref.name),
            "kind": meaning_of(graph.points[point]),
            "neighbours": shape.centrality[point].neighbours,
            "PageRank": round(shape.centrality[point].pagerank, 5),
            "betweenness": round(shape.centrality[point].betweenness, 5),
            "community": safe.plain(community_name(graph, shape, point)),
        }
        for point in order
    ]
    return pd.DataFrame(rows)


def communities_table(graph: CatalogGraph, shape: Shape) -> pd.DataFrame:
    """Communities with their size, what they are made of and their most central members."""
    import pandas as pd

    rows = []
    for community in shape.communities:
        kinds = [graph.points[point].ref.kind.value for point in community.points]
        members = [graph.points[point].ref.name for point in community.points if point != community.name]
        counted = {
            f"{kind}s" if kind != "node" else "classes": kinds.count(kind) for kind in dict.fromkeys(sorted(kinds))
        }
        rows.append(
            {
                "community": safe.plain(graph.points[community.name].ref.name),
                "points": len(community.points),
                "made of": ", ".join(f"{number} {kind}" for kind, number in counted.items()),
                "most central": safe.plain(", ".join(members[:MOST_MEMBERS])),
            }
        )
    return pd.DataFrame(rows)


def community_name(graph: CatalogGraph, shape: Shape, point: str) -> str:
    """What the community of a point is called; hubs are in none."""
    place = shape.community.get(point)
    if place is None:
        return "none: a hub" if point in graph.hubs else "none"
    return graph.points[shape.communities[place].name].ref.name


def path(graph: CatalogGraph, found: Path, number: int) -> None:
    """A path as a list: its points as links, and each step as a sentence with its source."""
    steps = len(found.steps)
    noun = "step" if steps == 1 else "steps"
    with st.container(border=True, gap="small"):
        st.markdown(f"**Path {number}**: {steps} {noun}, cost {found.cost:.1f}")
        _links(graph, found.points)
        for step in found.steps:
            st.markdown(step_text(step))


def step_text(step: Step) -> str:
    """The strongest fact behind a step in words, with its source, and how many more there are."""
    fact = step.facts[0]
    rest = len(step.facts) - 1
    more = f" {rest} more {'fact' if rest == 1 else 'facts'} behind this step." if rest else ""
    named = f", {safe.link(address.removeprefix('https://'), address)}" if (address := safe.url(fact.url)) else ""
    return f"- {safe.markdown(fact.words)}{more}  \n  :small[:gray[Source: {safe.markdown(fact.source)}{named}]]"


def steps_table(graph: CatalogGraph, found: Sequence[Path]) -> pd.DataFrame:
    """Every fact behind every step of some paths."""
    parts = [(number, step) for number, each in enumerate(found, start=1) for step in each.steps]
    table = facts_table(graph, [fact for _, step in parts for fact in step.facts])
    table.insert(0, "path", [number for number, step in parts for _ in step.facts])
    return table


def names_of(graph: CatalogGraph, points: Sequence[str], most: int = 8) -> str:
    """The names of some points in a sentence."""
    names = [graph.points[point].ref.name for point in points[:most]]
    more = f" and {len(points) - most} more" if len(points) > most else ""
    return ", ".join(names) + more


def option_of(graph: CatalogGraph) -> Mapping[str, str]:
    """What a select box calls each point: its name and kind."""
    kinds = {"node": "class"}
    return {
        point: safe.plain(f"{each.ref.name} ({kinds.get(each.ref.kind.value, each.ref.kind.value)})")
        for point, each in graph.points.items()
    }


def _links(graph: CatalogGraph, points: Iterable[str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for point in points:
            point_link(graph, point)
