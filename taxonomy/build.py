"""Facts become a DuckDB file with a manifest; its digest depends on the content alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from data.digest import digest, file_sha256
from taxonomy.checks import problems_of
from taxonomy.index import index_rows
from taxonomy.load import Facts
from taxonomy.manifest import Manifest
from taxonomy.problems import FactsError
from taxonomy.rows import Row, Tables, base_rows
from taxonomy.store import SETTINGS

SCHEMA_VERSION = 1
BLOCK_SIZE = 16384  # bytes, the smallest: most columns here are short
SCHEMA = Path(__file__).with_name("schema.sql")


def fingerprint(folder: Path) -> str:
    """A digest of the bytes of a facts folder and of the code that makes a snapshot of them; reads, does not parse."""
    code = Path(__file__).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".yaml", ".csv", ".json"}]
    state = hashlib.sha256()
    for root, paths in ((folder, files), (code, [*code.glob("*.py"), SCHEMA])):
        for path in sorted(paths, key=lambda p: p.relative_to(root).as_posix()):
            content = _content(path)
            state.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
            state.update(content)
    return state.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:  # reading the facts will say so with its place
        return repr(error).encode()


def make_tables(facts: Facts) -> Tables:
    """All rows of a snapshot but those of the table `snapshot`.

    Raises:
        FactsError: the facts have problems; it holds all of them.
    """
    problems = problems_of(facts)
    if problems:
        raise FactsError(problems)
    tables = base_rows(facts)
    return tables | index_rows(tables)


def content_digest(tables: Tables) -> str:
    """The digest of a catalog's content: of its rows in one fixed order and of the schema.

    The order of entries and of files does not matter; the order of sentences and sections that a reader sees
    one after the other does, and is a column of its own.
    """
    rows = {table: sorted(_line(row) for row in rows) for table, rows in tables.items()}
    return digest({"schema": [SCHEMA_VERSION, SCHEMA.read_text(encoding="utf-8")], "tables": rows})


def _line(row: Row) -> str:
    return json.dumps(dict(row), sort_keys=True, ensure_ascii=False)


def write_snapshot(path: Path, tables: Tables) -> Manifest:
    """Write a DuckDB file that is not there yet, and say what is in it.

    Raises:
        duckdb.Error: the file cannot be written.
    """
    name = content_digest(tables)
    everything: Tables = {**tables, "snapshot": [{"schema_version": SCHEMA_VERSION, "digest": name}]}
    connection = duckdb.connect(str(path), config={**SETTINGS, "default_block_size": BLOCK_SIZE})
    try:
        connection.begin()
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
        for table, rows in sorted(everything.items()):
            _insert(connection, table, sorted(rows, key=_line))
        connection.commit()
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return Manifest(
        digest=name,
        sha256=file_sha256(path),
        size=path.stat().st_size,
        tables={table: len(rows) for table, rows in sorted(everything.items())},
        arxiv_ids=count_arxiv_ids(tables),
        duckdb_version=duckdb.__version__,
        schema_version=SCHEMA_VERSION,
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    listed = list(rows)
    wrong = {name for row in listed for name in row.keys() ^ types.keys()}
    if wrong:
        raise ValueError(f"the rows of {table} and its columns in schema.sql differ in {sorted(wrong)}")
    columns = ", ".join(types)
    values = ", ".join(f"unnest(${number}::{kind}[])" for number, kind in enumerate(types.values(), start=1))
    cells = [[row[name] for row in listed] for name in types]
    connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values}", cells)


def count_arxiv_ids(tables: Mapping[str, list[Row]]) -> int:
    """How many distinct arXiv ids the catalog names."""
    ids: set[Any] = {row["arxiv_id"] for row in tables["paper"]}
    return len(ids - {None})
