"""Published numbers of every kind of entry, and the way on from it, against the catalog's own tables."""

from __future__ import annotations

from collections import Counter

import pytest

from taxonomy.catalog import Catalog
from taxonomy.entry_results import entry_results, results_statement
from taxonomy.entry_way import way_of
from taxonomy.model import EntryRef, PublishedResult
from taxonomy.vocab import Kind


def axis(row: PublishedResult) -> tuple[object, ...]:
    return row.source, row.table, row.dataset, row.task, row.split, row.metric, row.k


@pytest.fixture(scope="module")
def everything(catalog: Catalog) -> list[PublishedResult]:
    keys = [row["key"] for row in catalog.store.query("keys", kind="dataset")]
    return [row for key in keys for row in catalog.results_of(key)]


def keys(catalog: Catalog, kind: Kind) -> list[str]:
    return [row["key"] for row in catalog.store.query("keys", kind=kind.value)]


def test_a_metric_has_the_numbers_in_it(catalog: Catalog, everything: list[PublishedResult]) -> None:
    for key in keys(catalog, Kind.METRIC):
        found = entry_results(catalog.store, Kind.METRIC, key)
        assert Counter(found.rows) == Counter(row for row in everything if row.metric == key)
    assert entry_results(catalog.store, Kind.METRIC, "rouge-1").sources > 1


def test_a_method_stands_among_the_rows_of_its_axes(catalog: Catalog, everything: list[PublishedResult]) -> None:
    for key in ("oppu", "lamp", "hydra"):
        own = {axis(row) for row in everything if row.method_entry == key}
        found = entry_results(catalog.store, Kind.METHOD, key)
        assert own
        assert Counter(found.rows) == Counter(row for row in everything if axis(row) in own)


def test_a_paper_has_the_numbers_that_it_prints(catalog: Catalog, everything: list[PublishedResult]) -> None:
    papers = keys(catalog, Kind.PAPER)
    found = {key: entry_results(catalog.store, Kind.PAPER, key).rows for key in papers}
    assert sum(len(rows) for rows in found.values()) == len(everything)
    assert {row.source_arxiv_id for row in found["2410.20749"]} == {"2410.20749"}


def test_a_dataset_has_its_own_and_a_family_those_of_its_parts(
    catalog: Catalog, everything: list[PublishedResult]
) -> None:
    for key in keys(catalog, Kind.DATASET):
        found = entry_results(catalog.store, Kind.DATASET, key)
        parts = {part.key for part in found.parts}
        assert Counter(found.rows) == Counter(row for row in everything if row.dataset in {key, *parts})
        links = catalog.entry("dataset", key).links if parts else ()
        assert parts <= {link.key for link in links if link.relation == "shares its paper with"}
        assert all(part.startswith(f"{key}-") for part in parts)
    lamp = entry_results(catalog.store, Kind.DATASET, "lamp")
    assert len(lamp.parts) == 8
    assert not catalog.results_of("lamp")
    assert entry_results(catalog.store, Kind.DATASET, "movielens-1m").parts == ()


def test_what_has_none_has_none(catalog: Catalog) -> None:
    for kind, key in ((Kind.NODE, "user"), (Kind.DATASET, "avocado"), (Kind.METHOD, "nothing")):
        assert entry_results(catalog.store, kind, key).rows == ()


def test_the_statement_names_the_entry(catalog: Catalog) -> None:
    assert "'rouge-1'" in results_statement(catalog.store, Kind.METRIC, "rouge-1")


@pytest.mark.parametrize("kind", list(Kind))
def test_going_on_visits_every_entry_once(kind: Kind, catalog: Catalog) -> None:
    names = {row["key"]: row["name"] for row in catalog.store.query("keys", kind=kind.value)}
    ways = {key: way_of(catalog.store, kind, key) for key in list(names)[:30]}
    assert {way.entries for way in ways.values()} == {len(names)}
    for key, way in ways.items():
        after = way_of(catalog.store, kind, way.after.key) if way.after else None
        assert after is None or (after.before, after.place) == (EntryRef(kind, key, names[key]), way.place + 1)
        assert (way.before is None) == (way.place == 1)
        assert (way.after is None) == (way.place == way.entries)


def test_a_class_knows_what_stands_above_it(catalog: Catalog) -> None:
    above = way_of(catalog.store, Kind.NODE, "rag.dense").above
    assert [ref.key for ref in above] == ["technique", "rag"]
    assert way_of(catalog.store, Kind.NODE, "technique").above == ()
    assert way_of(catalog.store, Kind.METHOD, "oppu").above == ()
