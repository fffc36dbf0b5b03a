"""The store answers right rows from many threads, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest

from data.home import ROOT
from taxonomy.manifest import Snapshot
from taxonomy.store import QUERIES, Store


@pytest.fixture(scope="module")
def store(built: Snapshot) -> Store:
    return Store(built.path)


def test_eight_threads_get_their_own_rows(store: Store) -> None:
    keys = [row["key"] for row in store.query("keys", kind="method")]
    right = {key: store.query("method", key=key) for key in keys}

    def ask(thread: int) -> list[str]:
        asked = [keys[(thread * 37 + step) % len(keys)] for step in range(100)]
        return [key for key in asked if store.query("method", key=key) != right[key]]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [[]] * 8


def test_snapshot_cannot_be_written(store: Store) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        store._connection.cursor().execute("DELETE FROM method")


def test_extensions_are_never_fetched(store: Store) -> None:
    rows = store._connection.cursor().execute(
        "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%known_extensions'"
    )
    assert {value for _, value in rows.fetchall()} == {"false"}


def test_unknown_query_and_parameters_are_errors(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        store.query("nothing")
    with pytest.raises(duckdb.Error):
        store.query("method")
    with pytest.raises(duckdb.Error):
        store.query("method", key="oppu", more="x")


def test_values_are_never_read_as_sql(store: Store) -> None:
    assert store.query("method", key="' OR 1=1 --") == []


def test_every_query_file_is_used() -> None:
    paths = (*QUERIES.parent.glob("*.py"), *(ROOT / "dashboard").rglob("*.py"))  # pages ask for statements by name
    sources = "".join(path.read_text(encoding="utf-8") for path in paths)
    kinds = {"method", "dataset", "metric", "paper", "node"}
    unused = [path.stem for path in QUERIES.glob("*.sql") if f'"{path.stem}"' not in sources and path.stem not in kinds]
    assert unused == []
