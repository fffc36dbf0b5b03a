"""The synthetic catalog of the benchmarks: a catalog as any other, larger, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from taxonomy.build import content_digest
from taxonomy.catalog import Catalog
from taxonomy.question import BrowseQuery
from taxonomy.rows import Tables
from taxonomy.vocab import Kind
from tests.benchmarks.synthetic import synthetic_snapshot, synthetic_tables

TIMES = 3


@pytest.fixture(scope="module")
def tables() -> Tables:
    return synthetic_tables(TIMES)


def test_every_kind_but_nodes_grows(tables: Tables, catalog: Catalog) -> None:
    real = catalog.counts()
    assert {kind: len(tables[kind]) for kind in Kind} == {
        kind: count * (1 if kind is Kind.NODE else TIMES) for kind, count in real.items()
    }
    assert len(tables["result"]) == TIMES * catalog.manifest.tables["result"]


def test_the_seed_decides_the_content(tables: Tables) -> None:
    assert content_digest(tables) == content_digest(synthetic_tables(TIMES))
    assert content_digest(tables) != content_digest(synthetic_tables(TIMES, seed=8))


def test_copies_have_words_and_classes_of_their_own(tables: Tables) -> None:
    methods = {row["key"]: row for row in tables["method"]}
    assert len({row["summary"] for row in methods.values()}) > 0.95 * len(methods)
    classes: dict[str, set[str]] = {}
    for row in tables["method_node"]:
        classes.setdefault(row["method"], set()).add(row["node"])
    copied = [key for key in methods if f"{key}.s1" in methods]
    assert sum(classes[key] != classes[f"{key}.s1"] for key in copied) > len(copied) / 2


def test_it_opens_and_answers(tmp_path: Path, catalog: Catalog) -> None:
    opened = Catalog.open(synthetic_snapshot(tmp_path, TIMES).path)
    try:
        assert {"oppu", "oppu.s1"} <= {row.ref.key for row in opened.browse(BrowseQuery(text="oppu")).rows}
        assert opened.entry("method", "oppu.s2").links
        assert len(opened.results_of("lamp-1.s1")) == len(catalog.results_of("lamp-1")) > 0
    finally:
        opened.close()
