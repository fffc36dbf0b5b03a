"""What the catalog answers about single things: entries, nodes, results, relations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from taxonomy.catalog import Catalog
from taxonomy.load import FACTS, read_facts
from taxonomy.model import Entry, NodeRef, UnknownEntryError
from taxonomy.vocab import Direction, Facet, Kind, Mark, ResultKind

OURS = ("rlhf.reward", "rlhf.preference_opt", "decoding.steering", "memory.agent", "federated")


def all_keys(catalog: Catalog) -> Iterator[tuple[Kind, str]]:
    for kind in Kind:
        yield from ((kind, row["key"]) for row in catalog.store.query("keys", kind=kind.value))


def test_counts_are_those_of_the_facts(catalog: Catalog) -> None:
    counts = catalog.counts()
    assert (counts[Kind.METHOD], counts[Kind.DATASET], counts[Kind.METRIC]) == (305, 102, 68)
    assert catalog.manifest.tables["result"] == 1841
    assert counts[Kind.NODE] == len(read_facts(FACTS).tables["node"])


def test_oppu_is_told_in_full(catalog: Catalog) -> None:
    entry = catalog.entry("method", "oppu")
    facts = {fact.label: fact for fact in entry.facts}
    assert entry.name == "OPPU"
    assert facts["arXiv"].value == "2402.04401"
    assert facts["arXiv"].url == "https://arxiv.org/abs/2402.04401"
    assert facts["Year"].value == "2024"
    assert NodeRef("repr.peft", "Parameter-efficient fine-tuning", Facet.TECHNIQUE, Mark.RECALLED) in entry.nodes
    assert {node.key for node in entry.nodes if node.facet is Facet.LEVEL} == {"user"}
    assert [citation.arxiv_id for citation in entry.citations] == ["2402.04401"]
    assert "uses the data" in {link.relation for link in entry.links}


@pytest.fixture(scope="module")
def entries(catalog: Catalog) -> list[Entry]:
    """Every method, dataset, metric and node, and every fourth paper."""
    keys = list(all_keys(catalog))
    papers = [pair for pair in keys if pair[0] is Kind.PAPER]
    chosen = [pair for pair in keys if pair[0] is not Kind.PAPER] + papers[::4] + [(Kind.PAPER, "2411.00027")]
    return [catalog.entry(kind, key) for kind, key in chosen]


def test_every_entry_answers_and_each_of_its_facts_has_a_source(entries: list[Entry]) -> None:
    assert len(entries) > 600
    for entry in entries:
        assert entry.name
        assert entry.summary or entry.kind in {Kind.PAPER, Kind.METRIC}
        assert (entry.mark is not None) == (entry.kind is Kind.NODE)
        assert entry.facts
        assert [fact for fact in entry.facts if not (fact.label and fact.value and fact.source)] == []


def test_every_link_leads_somewhere_or_says_that_it_does_not(catalog: Catalog, entries: list[Entry]) -> None:
    known = set(all_keys(catalog))
    links = [link for entry in entries for link in entry.links]
    assert [link for link in links if link.key is not None and (link.kind, link.key) not in known] == []
    nowhere = [link for link in links if link.key is None]
    assert nowhere
    assert all(link.kind is Kind.DATASET and link.name for link in nowhere)


def test_dataset_names_resolve_through_the_alias_table(catalog: Catalog) -> None:
    facts = read_facts(FACTS)
    mapped = {row.text("name"): row.text("dataset") for row in facts.tables["alias"]}
    for method in facts.tables["method"][:60]:
        links = [link for link in catalog.entry("method", method.text("key")).links if link.kind is Kind.DATASET]
        used = [link for link in links if link.relation == "uses the data"]
        wanted = {key for name in method.items("datasets") for key in mapped[name].split(";") if key}
        assert {link.key for link in used} - {None} == wanted
        uncatalogued = {name for name in method.items("datasets") if not mapped[name]}
        assert {link.name for link in used if link.key is None} == uncatalogued


def test_unknown_entries_name_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(UnknownEntryError, match="nearest: oppu") as caught:
        catalog.entry("method", "opu")
    assert caught.value.nearest[0] == "oppu"
    with pytest.raises(UnknownEntryError) as by_name:
        catalog.entry("metric", "NDCG@K")
    assert by_name.value.nearest[0] == "ndcg@k"
    with pytest.raises(UnknownEntryError, match="nearest: method"):
        catalog.entry("thing", "oppu")
    with pytest.raises(UnknownEntryError):
        catalog.results_of("nothing")
    with pytest.raises(UnknownEntryError):
        catalog.entry("method", "x" * 1_000_000)


def test_nodes_of_ours_are_never_the_surveys(catalog: Catalog) -> None:
    for key in OURS:
        assert catalog.node(key).mark is Mark.OURS
        assert catalog.node(key).mark.label == "ours"
    assert catalog.node("rag.dense").mark.label == "survey, recalled"
    assert catalog.node("rag").mark.label == "survey, confirmed"


def test_node_has_its_family(catalog: Catalog) -> None:
    node = catalog.node("rag.dense")
    assert node.parent is not None
    assert node.parent.key == "rag"
    assert node.ref in catalog.node("rag").children
    assert node.depth == catalog.node("rag").depth + 1
    assert catalog.leaf_name("rag.dense") == node.name
    assert "PEFT" in catalog.node("repr.peft").aliases
    with pytest.raises(UnknownEntryError, match=r"rag\.dense"):
        catalog.leaf_name("rag.dens")


def test_tree_counts_distinct_entries_at_or_below_each_node(catalog: Catalog) -> None:
    facts = read_facts(FACTS)
    tree = {row.node.key: row for row in catalog.tree(Facet.TECHNIQUE)}
    peft = [m for m in facts.tables["method"] if "repr.peft" in m.items("techniques")]
    rag = [m for m in facts.tables["method"] if any(t.startswith("rag.") for t in m.items("techniques"))]
    assert tree["repr.peft"].methods == len(peft) == 55
    assert tree["rag"].methods == len(rag)
    assert tree["technique"].methods == 305
    levels = {row.node.key: row.methods for row in catalog.tree("level")}
    assert (levels["user"], levels["persona"], levels["global"]) == (243, 67, 34)
    order = list(tree)
    assert all(order.index(row.parent) < order.index(key) for key, row in tree.items() if row.parent)
    assert sum(row.metrics for row in catalog.tree("evaluation") if row.depth == 0) == 68
    assert sum(row.datasets for row in catalog.tree("data") if row.depth == 0) == 102


def test_results_of_a_dataset_are_the_published_rows(catalog: Catalog) -> None:
    results = catalog.results_of("lamp-3")
    assert len(results) == 160
    wanted = [r for r in read_facts(FACTS).tables["result"] if r.text("dataset") == "lamp-3"]
    assert sorted(r.printed for r in results) == sorted(r.text("value") for r in wanted)
    row = next(r for r in results if r.source == "ropg" and r.method == "lamp-bm25" and r.metric == "mae")
    assert (row.source_arxiv_id, row.table, row.direction) == ("2404.05970", "Table 3", Direction.LOWER)
    assert (row.method_entry, row.method_kind) == ("lamp", ResultKind.VARIANT)
    assert row.value == float(row.printed)


def test_metrics_at_k_have_their_k(catalog: Catalog) -> None:
    found = {
        (r.metric, r.k, r.metric_name)
        for dataset in ("movielens-1m", "mind-small", "movielens-100k")
        if dataset in {key for kind, key in all_keys(catalog) if kind is Kind.DATASET}
        for r in catalog.results_of(dataset)
    }
    assert ("ndcg@k", 10, "NDCG@10") in found
    assert ("mrr", 10, "Mean reciprocal rank@10") in found


def test_results_for_a_method_hold_its_variants(catalog: Catalog) -> None:
    results = catalog.results_for("lamp")
    assert {r.method_entry for r in results} == {"lamp"}
    assert len({r.method for r in results}) > 5
    assert catalog.results_for("oppu") == () or {r.method_entry for r in catalog.results_for("oppu")} == {"oppu"}
    published = sum(len(catalog.results_of(key)) for kind, key in all_keys(catalog) if kind is Kind.DATASET)
    assert published == 1841


@pytest.mark.parametrize(
    ("kind", "key", "near"),
    [
        ("method", "oppu", "per-pcs"),
        ("method", "lamp", "ropg"),
        ("dataset", "lamp-3", "lamp-4"),
        ("metric", "mae", "rmse"),
        ("node", "rag.dense", "rag.sparse"),
        ("paper", "2304.11406", "lamp"),
    ],
)
def test_related_entries_are_near_and_never_the_entry_itself(catalog: Catalog, kind: str, key: str, near: str) -> None:
    related = catalog.related(kind, key, limit=60)
    assert near in {item.ref.key for item in related}
    assert (kind, key) not in {(item.ref.kind, item.ref.key) for item in related}
    assert all(item.reason for item in related)
    assert catalog.related(kind, key, limit=3) == related[:3]
    assert catalog.related(kind, key, limit=0) == ()


def test_related_method_says_what_is_shared(catalog: Catalog) -> None:
    reasons = {item.ref.key: item.reason for item in catalog.related("method", "oppu", limit=100)}
    assert "Parameter-efficient fine-tuning" in reasons["per-pcs"]
    assert "User level" in reasons["per-pcs"]


def test_survey_tradeoffs_and_uncertainties(catalog: Catalog) -> None:
    survey = catalog.survey()
    assert survey.arxiv_id == "2411.00027"
    assert [section.section for section in survey.sections] == [str(n) for n in range(1, 11)]
    assert survey.sections[1].mark is Mark.CONFIRMED
    assert [t.aspect for t in catalog.tradeoffs()][-1] == "main risk"
    assert {"user", "persona", "global_"} <= {f.name for f in dataclasses.fields(catalog.tradeoffs()[0])}
    assert len(catalog.uncertainties()) == len(read_facts(FACTS).tables["uncertain"])


def test_questions_from_many_threads_get_the_same_answers(catalog: Catalog) -> None:
    keys = [key for kind, key in all_keys(catalog) if kind is Kind.METHOD][:40]
    right = {key: catalog.entry("method", key) for key in keys}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda key: (key, catalog.entry("method", key)), keys * 4))
    assert [key for key, answer in answers if answer != right[key]] == []
