"""Names find what they name."""

from __future__ import annotations

import pytest

from taxonomy.folding import fold, slug, title_key
from taxonomy.load import FACTS, read_facts
from taxonomy.resolve import metric_name, metric_of, papers

KEYS = {"ndcg@k", "mrr", "hits@1", "mae"}


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("ndcg@10", ("ndcg@k", 10)),
        ("ndcg@5", ("ndcg@k", 5)),
        ("mrr@10", ("mrr", 10)),
        ("mrr", ("mrr", None)),
        ("hits@1", ("hits@1", 1)),
        ("hits@2", None),
        ("ndcg", None),
        ("ndcg@", None),
        ("@10", None),
    ],
)
def test_printed_metric_finds_its_key_and_k(printed: str, expected: tuple[str, int | None] | None) -> None:
    assert metric_of(printed, KEYS) == expected


@pytest.mark.parametrize(
    ("name", "k", "expected"),
    [("NDCG@K", 10, "NDCG@10"), ("MRR", 10, "MRR@10"), ("MRR", None, "MRR"), ("Hits@1", 1, "Hits@1")],
)
def test_metric_name_has_its_k(name: str, k: int | None, expected: str) -> None:
    assert metric_name(name, k) == expected


def test_folding_drops_case_accents_and_punctuation() -> None:
    assert fold("  Müller's LaMP-3: Éloge  ") == "muller s lamp 3 eloge"
    assert title_key("A-MEM: Memory") == title_key("a mem   memory")
    assert slug("The MovieLens Datasets: History") == "the-movielens-datasets-history"


def test_every_arxiv_id_is_one_paper_that_all_its_entries_share() -> None:
    facts = read_facts(FACTS)
    found = papers(facts)
    ids = {r.text("arxiv_id") for t in ("method", "dataset", "source", "survey") for r in facts.tables[t]} - {""}
    assert sorted(p.arxiv_id for p in found if p.arxiv_id) == sorted(ids)
    assert len({p.key for p in found}) == len({title_key(p.title) for p in found}) == len(found)
    lamp = next(p for p in found if p.key == "2304.11406")
    assert {("method", "lamp"), ("dataset", "lamp-3"), ("source", "lamp")} <= set(lamp.named_by)
