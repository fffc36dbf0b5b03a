"""The numbers of the tree are those of a recount of the facts; the second cut holds each technique leaf once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from taxonomy.catalog import Catalog
from taxonomy.load import FACTS, Facts, read_facts
from taxonomy.model import EntryRef
from taxonomy.resolve import metric_of
from taxonomy.tree import (
    NO_LEVEL,
    RELATIONS,
    STRATEGIES,
    Measure,
    Tree,
    members,
    read_strategies,
    read_tree,
    strategy_key,
    strategy_tree,
)
from taxonomy.vocab import Facet, Kind, Strategy

Things = set[tuple[Measure, str]]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts(FACTS)


@pytest.fixture(scope="module")
def tree(catalog: Catalog) -> Tree:
    return read_tree(catalog)


def tags(facts: Facts) -> dict[tuple[Measure, str], set[str]]:
    """The classes of each thing, from the facts files alone."""
    usages = {"both": {"direct", "downstream"}}
    found: dict[tuple[Measure, str], set[str]] = {}
    for method in facts.tables["method"]:
        own = {*method.items("levels"), *method.items("techniques"), *method.items("applications")}
        found[Measure.METHOD, method.text("key")] = own | usages.get(method.text("usage"), {method.text("usage")})
    for challenge in facts.tables["challenge"]:
        for key in challenge.items("methods"):
            found[Measure.METHOD, key].add(challenge.text("key"))
    for dataset in facts.tables["dataset"]:
        length = f".{dataset.text('text_length')}" if dataset.values["has_user_text"] else ""
        data = f"data.with{'' if dataset.values['has_user_text'] else 'out'}_user_text{length}"
        own = {data, *dataset.items("levels")}
        found[Measure.DATASET, dataset.text("key")] = own | usages.get(dataset.text("usage"), {dataset.text("usage")})
    for metric in facts.tables["metric"]:
        found[Measure.METRIC, metric.text("key")] = {metric.text("family")}
    catalogued = {row.text("key"): row.text("method") for row in facts.tables["result_method"]}
    for place, result in enumerate(facts.tables["result"]):
        named = metric_of(result.text("metric"), facts.keyed("metric"))
        assert named is not None
        found[Measure.RESULT, str(place)] = {
            *found.get((Measure.METHOD, catalogued[result.text("method")]), set()),
            *found[Measure.DATASET, result.text("dataset")],
            *found[Measure.METRIC, named[0]],
        }
    return found


def below(tree: Tree, facts: Facts) -> Callable[[str], set[str]]:
    parents = {record.text("key"): record.text("parent") for record in facts.tables["node"]}

    def inside(key: str) -> set[str]:
        return {key}.union(*(inside(child) for child, parent in parents.items() if parent == key))

    assert set(parents) == {each.key for each in tree.classes}
    return inside


def test_every_number_is_that_of_a_recount(tree: Tree, facts: Facts) -> None:
    own, inside = tags(facts), below(tree, facts)
    for each in tree.classes:
        wanted = inside(each.key)
        for measure in Measure:
            things = [labels for (kind, _), labels in own.items() if kind is measure]
            assert each.counts[measure] == sum(bool(labels & wanted) for labels in things), (each.key, measure)
            assert each.own[measure] == sum(each.key in labels for labels in things), (each.key, measure)


def test_levels_are_those_of_a_recount(tree: Tree, facts: Facts) -> None:
    own, inside = tags(facts), below(tree, facts)
    for each in tree.classes:
        wanted = inside(each.key)
        for measure in (Measure.METHOD, Measure.DATASET, Measure.METRIC):
            here = [labels for (kind, _), labels in own.items() if kind is measure and labels & wanted]
            for level in ("user", "persona", "global"):
                assert each.levels.get((measure, level), 0) == sum(level in labels for labels in here)
            assert each.levels.get((measure, NO_LEVEL), 0) == sum(
                not labels & {"user", "persona", "global"} for labels in here
            )


def test_a_part_is_never_larger_than_its_whole_though_parts_may_sum_to_more(tree: Tree) -> None:
    for each in tree.classes:
        for measure in Measure:
            parts = [child.counts[measure] for child in tree.children(each.key)]
            assert max(parts, default=0) <= each.counts[measure] <= sum(parts) + each.own[measure]
    technique = tree[Facet.TECHNIQUE]
    assert sum(leaf.own[Measure.METHOD] for leaf in tree.leaves("technique")) > technique.counts[Measure.METHOD]


def test_the_tree_is_walked(tree: Tree, catalog: Catalog) -> None:
    assert [each.key for each in tree.children(None)] == [facet.value for facet in Facet]
    assert sum(len(tree.below(facet.value)) for facet in Facet) == len(tree.classes) == catalog.counts()[Kind.NODE]
    assert [each.key for each in tree.path("rag.dense")] == ["technique", "rag", "rag.dense"]
    assert [each.key for each in tree.leaves("rag")] == ["rag.sparse", "rag.dense", "rag.blackbox"]
    assert all(tree[each.key].ref == catalog.node(each.key).ref for each in tree.classes)


def test_the_tree_agrees_with_the_catalog(tree: Tree, catalog: Catalog) -> None:
    for facet in set(Facet) - {Facet.CHALLENGE}:
        for row in catalog.tree(facet):
            counts = tree[row.node.key].counts
            assert (row.methods, row.datasets, row.metrics) == (
                counts[Measure.METHOD],
                counts[Measure.DATASET],
                counts[Measure.METRIC],
            )


def test_the_second_cut_holds_each_technique_leaf_once(tree: Tree, catalog: Catalog, facts: Facts) -> None:
    assigned = read_strategies(catalog)
    assert [each.node for each in assigned] == [leaf.key for leaf in tree.leaves("technique")]
    assert all(each.reason for each in assigned)
    cut = strategy_tree(catalog, tree)
    assert cut[STRATEGIES].counts[Measure.METHOD] == tree["technique"].counts[Measure.METHOD]
    own = tags(facts)
    for strategy in (*Strategy, None):
        leaves = {each.node for each in assigned if each.strategy is strategy}
        methods = sum(bool(labels & leaves) for (kind, _), labels in own.items() if kind is Measure.METHOD)
        group = cut[strategy_key(strategy)]
        assert {child.key for child in cut.children(group.key)} == leaves
        assert group.counts[Measure.METHOD] == methods
        assert group.ref.mark.value == "ours"


@pytest.mark.parametrize(
    ("node", "kind", "relation"),
    [
        ("rag.dense", Kind.METHOD, "filed"),
        ("rag.dense", Kind.DATASET, "used"),
        ("rag.dense", Kind.METRIC, "reported"),
        ("data.with_user_text", Kind.METHOD, "uses"),
        ("data.with_user_text", Kind.DATASET, "filed"),
        ("data.with_user_text", Kind.METRIC, "measures"),
        ("evaluation.extrinsic.rating", Kind.METHOD, "reports"),
        ("evaluation.extrinsic.rating", Kind.DATASET, "measured"),
        ("challenge.bias", Kind.METHOD, "filed"),
        ("strategy.alignment", Kind.METHOD, "filed"),
    ],
)
def test_members_come_with_the_way_that_leads_to_them(catalog: Catalog, node: str, kind: Kind, relation: str) -> None:
    found = {(each.kind, each.relation): each for each in members(catalog, node)}
    group = found[kind, relation]
    assert group.refs
    assert len(group.refs) == len(group.years) == len(group.ways) == len(set(group.refs))
    assert list(group.ways) == sorted(group.ways, reverse=True)
    assert {each.relation for each in found.values()} <= set(RELATIONS)


def test_filed_members_are_as_many_as_the_tree_says(tree: Tree, catalog: Catalog) -> None:
    kinds: Mapping[Kind, Measure] = {
        Kind.METHOD: Measure.METHOD,
        Kind.DATASET: Measure.DATASET,
        Kind.METRIC: Measure.METRIC,
    }
    for each in tree.classes:
        filed = {group.kind: len(group.refs) for group in members(catalog, each.key) if group.relation == "filed"}
        assert filed == {kind: each.counts[m] for kind, m in kinds.items() if each.counts[m]}


def test_members_of_a_leaf_by_hand(catalog: Catalog, facts: Facts) -> None:
    (legal,) = (group for group in members(catalog, "assistant.legal") if group.kind is Kind.METHOD)
    wanted = [m for m in facts.tables["method"] if "assistant.legal" in m.items("applications")]
    assert legal.refs == tuple(EntryRef(Kind.METHOD, m.text("key"), m.text("name")) for m in wanted)
