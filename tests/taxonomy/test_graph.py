"""The graph: every edge is a fact of the catalog, hubs are no stepping stones, communities and places are stable."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Iterator

import networkx as nx
import pytest

from taxonomy import graph_layout
from taxonomy.betweenness import betweenness
from taxonomy.catalog import Catalog
from taxonomy.graph import MOST_NEIGHBOURS, POINT_KINDS, CatalogGraph, example_pair
from taxonomy.graph_atlas import Atlas
from taxonomy.graph_facts import Relation
from taxonomy.graph_layout import STRETCH
from taxonomy.graph_paths import best_paths
from taxonomy.graph_shape import Shape
from taxonomy.graph_views import Filter, surroundings, whole
from taxonomy.vocab import Facet, Kind
from tests.taxonomy.conftest import Runner

Claim = tuple[Relation, frozenset[str]]
OF_LINK = {
    "uses the data": Relation.USES,
    "is measured by": Relation.MEASURED,
    "shares its paper with": Relation.PAPER,
    "addresses": Relation.ADDRESSES,
}


@pytest.fixture(scope="module")
def atlas(catalog: Catalog) -> Atlas:
    return Atlas(catalog.store)


@pytest.fixture(scope="module")
def graph(atlas: Atlas) -> CatalogGraph:
    return atlas.graph


@pytest.fixture(scope="module")
def shape(atlas: Atlas) -> Shape:
    return atlas.shape


def claims(catalog: Catalog, graph: CatalogGraph) -> Iterator[Claim]:
    """Every link that the catalog's own entries state, read through another door than the graph's."""
    for point in graph.points.values():
        entry = catalog.entry(point.ref.kind, point.ref.key)
        for link in entry.links:
            if link.relation in OF_LINK and link.key is not None:
                yield OF_LINK[link.relation], frozenset((point.id, f"{link.kind.value}:{link.key}"))
        if point.ref.kind is not Kind.NODE:
            yield from ((Relation.BELONGS, frozenset((point.id, f"node:{node.key}"))) for node in entry.nodes)
            continue
        above = catalog.node(point.ref.key).parent
        if above is not None and f"node:{above.key}" in graph.points:
            yield Relation.PART, frozenset((point.id, f"node:{above.key}"))
    for point in graph.points.values():
        for row in catalog.results_of(point.ref.key) if point.ref.kind is Kind.DATASET else ():
            yield Relation.PUBLISHED_IN, frozenset((point.id, f"metric:{row.metric}"))
            if row.method_entry:
                yield Relation.PUBLISHED_ON, frozenset((point.id, f"method:{row.method_entry}"))


def test_the_edges_are_the_facts_of_the_catalog_and_no_others(catalog: Catalog, graph: CatalogGraph) -> None:
    stated = set(claims(catalog, graph))
    drawn = {(fact.relation, frozenset((fact.first, fact.second))) for fact in graph.facts}
    assert drawn == stated
    assert {relation for relation, _ in drawn} == set(Relation)
    assert {frozenset(edge) for edge in graph.graph.edges} == {ends for _, ends in stated}


def test_points_are_the_entries_without_papers_and_roots(catalog: Catalog, graph: CatalogGraph) -> None:
    kinds = Counter(point.ref.kind for point in graph.points.values())
    counts = catalog.counts()
    roots = sum(node.parent is None for facet in Facet for node in catalog.tree(facet))
    assert set(kinds) == set(POINT_KINDS)
    assert all(kinds[kind] == counts[kind] for kind in (Kind.METHOD, Kind.DATASET, Kind.METRIC))
    assert kinds[Kind.NODE] == counts[Kind.NODE] - roots
    assert graph.points["method:oppu"].level == "user"
    assert graph.points["node:user"].level == "user"


def test_every_fact_has_words_and_a_source_and_names_both_ends(graph: CatalogGraph) -> None:
    for fact in graph.facts:
        assert graph.points[fact.first].ref.name in fact.words
        assert graph.points[fact.second].ref.name in fact.words
        assert fact.words.endswith(".")
        assert fact.source.strip(), fact
        assert fact.url is None or fact.url.startswith("https://arxiv.org/abs/")


def test_published_facts_count_the_numbers_that_are_there(catalog: Catalog, graph: CatalogGraph) -> None:
    rows = [row for row in catalog.results_of("lamp-4") if row.method_entry == "oppu"]
    sources = Counter(row.source_title for row in rows)
    facts = [f for f in graph.between("method:oppu", "dataset:lamp-4") if f.relation is Relation.PUBLISHED_ON]
    assert len(facts) == len(sources) > 0
    for title, number in sources.items():
        (fact,) = [fact for fact in facts if fact.source.startswith(title)]
        assert f" has {number} published number" in fact.words


def test_hubs_are_the_points_with_more_than_sixty_neighbours(graph: CatalogGraph) -> None:
    near: dict[str, set[str]] = {}
    for fact in graph.facts:
        near.setdefault(fact.first, set()).add(fact.second)
        near.setdefault(fact.second, set()).add(fact.first)
    assert graph.hubs == {point for point, others in near.items() if len(others) > MOST_NEIGHBOURS}
    assert "node:user" in graph.hubs
    assert all(point.neighbours == len(near.get(point.id, ())) for point in graph.points.values())


def pairs(graph: CatalogGraph, number: int) -> list[tuple[str, str]]:
    linked = [point for point in graph.points if graph.graph.degree(point)]
    chosen = random.Random(11)  # noqa: S311 - a seeded choice
    return [tuple(chosen.sample(linked, 2)) for _ in range(number)]  # type: ignore[misc]


def test_paths_walk_over_facts_never_over_hubs_and_the_best_is_the_best(graph: CatalogGraph) -> None:
    numbers = Counter()
    for start, end in [*pairs(graph, 40), ("node:user", "metric:ndcg@k"), ("node:user", "node:direct")]:
        found = best_paths(graph, start, end)
        numbers[len(found)] += 1
        open_graph = nx.Graph()
        for one, two in graph.graph.edges:
            if not {one, two} & (graph.hubs - {start, end}):
                degrees = (len(graph.graph[one]), len(graph.graph[two]))
                open_graph.add_edge(one, two, cost=1 + sum(map(math.log2, degrees)) / 2)
        linked = start in open_graph and end in open_graph and nx.has_path(open_graph, start, end)
        assert bool(found) == linked
        for path in found:
            assert (path.points[0], path.points[-1]) == (start, end)
            assert len(set(path.points)) == len(path.points)
            assert not path.inner & graph.hubs
            for step, pair in zip(path.steps, itertools.pairwise(path.points), strict=True):
                assert (step.start, step.end) == pair
                assert step.facts
                assert all({fact.first, fact.second} == set(pair) for fact in step.facts)
            cost = sum(open_graph.edges[pair]["cost"] for pair in itertools.pairwise(path.points))
            assert path.cost == pytest.approx(cost)
        if found:
            assert found[0].cost == pytest.approx(nx.dijkstra_path_length(open_graph, start, end, weight="cost"))
            assert [path.cost for path in found] == sorted(path.cost for path in found)
    assert numbers[3] >= 30


def test_paths_differ_in_more_than_one_point(graph: CatalogGraph) -> None:
    for start, end in pairs(graph, 40):
        found = best_paths(graph, start, end)
        for one, two in itertools.combinations(found, 2):
            assert len(one.inner ^ two.inner) >= 2


def test_a_point_that_every_path_must_take_does_not_forbid_the_others(graph: CatalogGraph) -> None:
    found = best_paths(graph, "method:customized-reward", "method:maxmin-rlhf")
    assert len(found) > 1
    assert all("node:rlhf.reward" in path.inner for path in found)


def test_there_is_no_path_to_a_part_that_hangs_alone(graph: CatalogGraph) -> None:
    assert best_paths(graph, "node:foundation.criteria.accuracy", "method:memochat") == ()
    assert best_paths(graph, "method:oppu", "method:oppu") == ()
    without = graph.restricted({Kind.METHOD, Kind.METRIC})
    assert best_paths(graph, "method:oppu", "metric:ndcg@k", without) == ()
    with pytest.raises(KeyError):
        best_paths(graph, "method:oppu", "paper:2402.04401")


def test_the_example_of_paths_is_no_triviality(graph: CatalogGraph) -> None:
    found = best_paths(graph, *example_pair(graph))
    assert len(found) == 3
    assert all(len(path.steps) >= 3 for path in found)


def test_a_filter_leaves_what_was_asked_for(graph: CatalogGraph) -> None:
    part = graph.restricted({Kind.METHOD, Kind.DATASET}, {Relation.USES})
    assert {graph.points[point].ref.kind for point in part} == {Kind.METHOD, Kind.DATASET}
    assert part.number_of_edges() == len({(f.first, f.second) for f in graph.facts if f.relation is Relation.USES})
    assert graph.restricted() is graph.graph


@pytest.mark.parametrize("middle", ["method:oppu", "dataset:lamp", "node:user", "metric:ndcg@k"])
def test_surroundings_are_the_neighbours(middle: str, graph: CatalogGraph) -> None:
    near = surroundings(graph, middle, Filter(most=1000))
    assert set(near.points) == {middle, *graph.graph.neighbors(middle)}
    assert near.points[0] == middle
    assert near.left_out == 0
    few = surroundings(graph, middle, Filter(most=9))
    assert few.points == near.points[:9]
    assert few.left_out == len(near.points) - 9
    far = surroundings(graph, middle, Filter(most=1000), radius=2)
    walked = [point for point in near.points[1:] if point not in graph.hubs]
    assert set(far.points) == {*near.points, *(other for point in walked for other in graph.graph.neighbors(point))}


def test_hubs_can_be_left_out_and_are_named(graph: CatalogGraph) -> None:
    cut = surroundings(graph, "method:oppu", Filter(hubs=False))
    assert set(cut.hubs_left_out) == graph.hubs & set(graph.graph.neighbors("method:oppu"))
    assert not set(cut.points) & graph.hubs
    assert "node:user" in surroundings(graph, "node:user", Filter(hubs=False)).points


def test_the_whole_is_the_most_central_that_fit(graph: CatalogGraph, shape: Shape) -> None:
    cut = whole(graph, shape, Filter(most=200, hubs=False))
    ranks = nx.pagerank(graph.graph)
    others = [point for point in graph.points if point not in graph.hubs and point not in cut.points]
    assert len(cut.points) == 200
    assert min(ranks[point] for point in cut.points) >= max(ranks[point] for point in others)
    assert set(cut.hubs_left_out) == graph.hubs
    assert {frozenset(edge) for edge in cut.edges} == {frozenset(e) for e in graph.graph.subgraph(cut.points).edges}
    (largest,) = {shape.community[point] for point in whole(graph, shape, Filter(most=30), community=0).points}
    assert largest == 0


def test_communities_part_all_points_but_hubs_and_those_alone(graph: CatalogGraph, shape: Shape) -> None:
    members = [point for community in shape.communities for point in community.points]
    alone = {point for point in graph.points if not graph.graph.degree(point)}
    assert len(members) == len(set(members))
    assert set(members) == set(graph.points) - graph.hubs - alone
    sizes = [len(community.points) for community in shape.communities]
    assert sizes == sorted(sizes, reverse=True)
    assert shape.modularity > 0.5
    for community in shape.communities:
        inside = graph.graph.subgraph(community.points)
        naming = [p for p in community.points if graph.points[p].ref.kind in {Kind.NODE, Kind.DATASET}]
        assert inside.degree(community.name) == max(inside.degree(p) for p in naming or community.points)


def test_centrality_is_that_of_networkx(graph: CatalogGraph, shape: Shape) -> None:
    assert sum(each.pagerank for each in shape.centrality.values()) == pytest.approx(1)
    top = max(shape.centrality, key=lambda point: shape.centrality[point].betweenness)
    assert top == "node:user"
    theirs = nx.betweenness_centrality(graph.graph)
    assert {point: each.betweenness for point, each in shape.centrality.items()} == pytest.approx(theirs, abs=1e-12)
    assert shape.centrality["method:oppu"].neighbours == graph.graph.degree("method:oppu")


@pytest.mark.parametrize("seed", range(6))
def test_betweenness_is_that_of_networkx_on_any_graph(seed: int) -> None:
    graph = nx.gnp_random_graph(25, 0.02 + 0.05 * seed, seed=seed)
    assert betweenness(graph) == pytest.approx(nx.betweenness_centrality(graph), abs=1e-12)
    assert betweenness(nx.path_graph(2)) == {0: 0.0, 1: 0.0}


def test_marks_of_two_hundred_points_do_not_cover_each_other(atlas: Atlas, graph: CatalogGraph) -> None:
    cut = whole(graph, atlas.shape, Filter(most=200, hubs=False))
    layout = atlas.apart(cut)
    assert set(layout.places) == set(cut.points)
    spots = [(x / STRETCH, y) for x, y in layout.places.values()]
    nearest = [min(math.dist(a, b) for b in spots if b is not a) for a in spots]
    assert sorted(nearest)[10] > 0.6
    assert min(nearest) > 0.35
    for one, two in itertools.combinations(layout.discs, 2):
        apart = math.hypot((one.centre[0] - two.centre[0]) / STRETCH, one.centre[1] - two.centre[1])
        assert apart >= one.radius + two.radius
    assert atlas.apart(cut) is layout


def test_a_ring_has_each_neighbour_once(graph: CatalogGraph) -> None:
    cut = surroundings(graph, "dataset:lamp", Filter(most=60), radius=2)
    layout = graph_layout.around(graph, cut)
    assert layout.places["dataset:lamp"] == (0.0, 0.0)
    assert len({(round(x, 6), round(y, 6)) for x, y in layout.places.values()}) == len(cut.points)


FINGERPRINT = """
import json
from taxonomy.catalog import open_catalog
from taxonomy.graph_atlas import Atlas
from taxonomy.graph_paths import best_paths
from taxonomy.graph_views import Filter, surroundings, whole
atlas = Atlas(open_catalog().store)
cut = whole(atlas.graph, atlas.shape, Filter(most=150, hubs=False))
ego = surroundings(atlas.graph, "dataset:lamp", Filter(), radius=2)
print(json.dumps({
    "communities": [each.points for each in atlas.shape.communities],
    "whole": sorted(atlas.apart(cut).places.items()),
    "around": sorted(atlas.around(ego).places.items()),
    "edges": [cut.edges, ego.edges],
    "paths": [path.points for path in best_paths(atlas.graph, "method:oppu", "metric:ndcg@k")],
}))
"""


@pytest.mark.usefixtures("home")
def test_every_process_sees_the_same_graph(python: Runner) -> None:
    runs = [python("-c", FINGERPRINT, PYTHONHASHSEED=seed) for seed in ("1", "2")]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    first, second = (json.loads(run.stdout) for run in runs)
    assert first["communities"]
    assert first == second
