"""The data-quality report: every number is counted again from the files, and faults that are put in are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taxonomy import quality
from taxonomy.build import make_tables, write_snapshot
from taxonomy.catalog import Catalog
from taxonomy.load import Facts, Record, read_facts
from taxonomy.manifest import Snapshot
from taxonomy.model import EntryRef
from taxonomy.quality import CHECKS, Answer
from taxonomy.rows import Tables
from taxonomy.store import QUERIES
from taxonomy.vocab import Kind, Mark


@pytest.fixture(scope="module")
def facts() -> Facts:
    return read_facts()


@pytest.fixture(scope="module")
def found(catalog: Catalog) -> dict[str, Answer]:
    return {answer.check.id: answer for answer in quality.report(catalog)}


def lacks(field: str) -> Callable[[Record], bool]:
    return lambda record: not record.text(field)


def works(facts: Facts) -> Iterator[Record]:
    yield from facts.tables["method"]
    yield from facts.tables["dataset"]


def no_licence(record: Record) -> bool:
    own, files = record.text("license").lower(), record.text("access_license").lower()
    stated_elsewhere = files and not files.startswith(("none stated", "see "))
    return (not own or own.startswith("none stated")) and not stated_elsewhere


def counted(facts: Facts) -> dict[str, tuple[int, int]]:
    """What the checks must find, counted from the files: findings, and of how many."""
    methods, datasets, metrics, nodes = (facts.tables[t] for t in ("method", "dataset", "metric", "node"))
    results = facts.tables["result"]
    aliases = {row.text("name"): row.text("dataset") for row in facts.tables["alias"]}
    named = {name for method in methods for name in method.items("datasets")}
    used = {key.strip() for name in named for key in aliases[name].split(";") if key.strip()}
    entry_of = {row.text("key"): row.text("method") for row in facts.tables["result_method"]}
    with_numbers = {entry_of[row.text("method")] for row in results}
    sourced = [*methods, *datasets, *metrics]
    data = {row.text("dataset") for row in results}
    reported = {row.text("metric").partition("@")[0] for row in results}
    unreported = sum(m.text("key").partition("@")[0] not in reported for m in metrics)
    return {
        "named_data": (sum(not aliases[name] for name in named), len(named)),
        "rows_without_entry": (sum(not entry for entry in entry_of.values()), len(entry_of)),
        "no_arxiv": (sum(map(lacks("arxiv_id"), works(facts))), len(methods) + len(datasets)),
        "no_code": (sum(map(lacks("code_url"), works(facts))), len(methods) + len(datasets)),
        "no_licence": (sum(map(no_licence, datasets)), len(datasets)),
        "no_reference": (
            sum(not (w.text("year") and w.text("authors") and w.text("venue")) for w in works(facts)),
            len(methods) + len(datasets),
        ),
        "single_source": (sum(len(entry.items("sources")) == 1 for entry in sourced), len(sourced)),
        "caveats": (sum(not lacks("caveat")(entry) for entry in sourced), len(sourced)),
        "recalled_nodes": (sum(node.text("mark") == Mark.RECALLED for node in nodes), len(nodes)),
        "recalled_sections": (
            sum(node.text("section_mark") == Mark.RECALLED for node in nodes),
            sum(not lacks("section")(node) for node in nodes),
        ),
        "methods_without_data": (
            sum(not m.items("datasets") and m.text("key") not in with_numbers for m in methods),
            len(methods),
        ),
        "unused_data": (sum(d.text("key") not in used | data for d in datasets), len(datasets)),
        "unreported_metrics": (unreported, len(metrics)),
    }


def test_numbers_are_those_of_the_files(facts: Facts, found: dict[str, Answer]) -> None:
    wanted = counted(facts)
    assert {name: (len(found[name].findings), found[name].total) for name in wanted} == wanted
    assert min(number for number, _ in wanted.values()) > 0


def test_every_check_has_a_query_and_every_query_a_check() -> None:
    files = {path.stem for path in QUERIES.glob("quality_*.sql")} - {"quality_totals"}
    assert files == {check.query for check in CHECKS}
    assert len({check.id for check in CHECKS}) == len(CHECKS) > 20
    for check in CHECKS:
        assert check.meaning.endswith(".")


def test_every_finding_is_named_and_leads_to_entries_that_exist(catalog: Catalog, found: dict[str, Answer]) -> None:
    known = {(kind, row["key"]) for kind in Kind for row in catalog.store.query("keys", kind=kind.value)}
    for answer in found.values():
        assert len(answer.findings) <= answer.total, answer.check.id
        for finding in answer.findings:
            assert finding.name, answer.check.id
            assert finding.entries, (answer.check.id, finding.name)
            assert {(ref.kind, ref.key) for ref in finding.entries} <= known


def test_findings_come_in_one_order(catalog: Catalog, found: dict[str, Answer]) -> None:
    again = {answer.check.id: answer for answer in quality.report(catalog)}
    assert again == found


def report_of(tables: Tables, path: Path) -> dict[str, Answer]:
    file = path / "catalog.duckdb"
    opened = Catalog(Snapshot(file, write_snapshot(file, tables)))
    try:
        return {answer.check.id: answer for answer in quality.report(opened)}
    finally:
        opened.close()


def changed(tables: Tables, table: str, key: str, **values: Any) -> None:
    """Change one row of a table by its key."""
    (row,) = [row for row in tables[table] if row["key"] == key]
    tables[table][tables[table].index(row)] = {**row, **values}


def test_faults_that_are_put_in_are_found(facts: Facts, found: dict[str, Answer], tmp_path: Path) -> None:
    tables = {table: list(rows) for table, rows in make_tables(facts).items()}
    result = next(row for row in tables["result"] if row["metric"] == "accuracy")
    tables["result"] += [
        {**result, "value": 61.5, "printed": "61.5"},
        {**result, "value": 0.11, "printed": "0.11", "verified_by": "a blog (secondary source)", "source_table": "X1"},
    ]
    tables["dataset_metric"].append({"dataset": "lamp-1", "metric": "nonesuch"})
    tables["method_dataset"].append({"method": "oppu", "name": "Nonesuch", "dataset": None, "note": ""})
    oppu = next(row for row in tables["entry"] if row["kind"] == "method" and row["key"] == "oppu")
    last = len(tables["entry"])
    tables["entry"] += [
        {**oppu, "id": last, "key": "oppu-again", "name": "OPPU", "arxiv_id": None, "title": "Another", "url": None},
        {**oppu, "id": last + 1, "kind": "paper", "key": "lonely", "name": "Lonely", "arxiv_id": None},
    ]
    changed(tables, "paper", "2402.04401", year=2019)
    changed(tables, "node", "user", mark="recalled")
    after = report_of(tables, tmp_path)
    new = {
        name: {finding.name for finding in answer.findings} - {finding.name for finding in found[name].findings}
        for name, answer in after.items()
    }
    assert new["named_metrics"] == {"nonesuch"}
    assert new["named_data"] == {"Nonesuch"}
    assert any(name.startswith("Accuracy in ") for name in new["out_of_range"])
    assert len(after["contradictions"].findings) == 1
    assert any(name.endswith(", X1") for name in new["second_hand"])
    assert new["orphans"] == {"Lonely", "OPPU"}
    assert "OPPU and OPPU" in new["alike"]
    assert len(new["years"]) == 1
    assert len(new["recalled_nodes"]) == 1
    assert new["no_address"] == {"OPPU"}


def test_a_contradiction_names_both_values(facts: Facts, tmp_path: Path) -> None:
    tables = {table: list(rows) for table, rows in make_tables(facts).items()}
    result = tables["result"][0]
    other = result["value"] * 2 + 1
    tables["result"].append({**result, "value": other, "printed": f"{other}"})
    (finding,) = report_of(tables, tmp_path)["contradictions"].findings
    assert result["printed"] in finding.detail
    assert f"{other}" in finding.detail
    assert EntryRef(Kind.DATASET, result["dataset"], finding.entries[0].name) == finding.entries[0]


def test_sources_of_numbers_are_all_there(facts: Facts, catalog: Catalog) -> None:
    sources = quality.result_sources(catalog)
    assert {source.key for source in sources} == {record.text("key") for record in facts.tables["source"]}
    assert sum(source.numbers for source in sources) == len(facts.tables["result"])
    assert [source.numbers for source in sources] == sorted((s.numbers for s in sources), reverse=True)
