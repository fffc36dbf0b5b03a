"""Facts become a DuckDB file with a manifest; its digest depends on the content alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
INSERTED_AT_ONCE = 20_000  # rows; what is bound to a statement lies in DuckDB's memory until it has run
SCHEMA = Path(__file__).with_name("schema.sql")
COMMENTS = Path(__file__).with_name("schema_comments.sql")
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def fingerprint(folder: Path) -> str:
    """A digest of the bytes of a facts folder and of the code that makes a snapshot of them; reads, does not parse."""
    code = Path(__file__).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in {".yaml", ".csv", ".json"}]
    state = hashlib.sha256()
    for root, paths in ((folder, files), (code, [*code.glob("*.py"), SCHEMA, COMMENTS])):
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


def schema_text() -> str:
    """The statements that make the tables, and say what they hold."""
    return "\n".join(path.read_text(encoding="utf-8") for path in (SCHEMA, COMMENTS))


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
    return _digest_of({table: sorted(map(_line, rows)) for table, rows in tables.items()})


def _digest_of(lines: Mapping[str, list[str]]) -> str:
    return digest({"schema": [SCHEMA_VERSION, schema_text()], "tables": lines})


def _in_order(rows: list[Row]) -> tuple[list[str], list[Row]]:
    """The rows of a table in their one fixed order, and the lines by which they are ordered."""
    lines = [_line(row) for row in rows]
    places = sorted(range(len(rows)), key=lines.__getitem__)
    return [lines[place] for place in places], [rows[place] for place in places]


def _line(row: Row) -> str:
    return _encode(dict(row))


def write_snapshot(path: Path, tables: Tables) -> Manifest:
    """Write a DuckDB file that is not there yet, and say what is in it.

    Raises:
        duckdb.Error: the file cannot be written.
    """
    lines: dict[str, list[str]] = {}
    everything: Tables = {}
    for table, rows in tables.items():
        lines[table], everything[table] = _in_order(rows)
    name = _digest_of(lines)
    everything["snapshot"] = [{"schema_version": SCHEMA_VERSION, "digest": name}]
    connection = duckdb.connect(str(path), config={**SETTINGS, "default_block_size": BLOCK_SIZE})
    try:
        connection.begin()
        connection.execute(schema_text())
        for table, rows in sorted(everything.items()):
            _insert(connection, table, rows)
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


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    wrong = {name for row in rows if row.keys() != types.keys() for name in row.keys() ^ types.keys()}
    if wrong:
        raise ValueError(f"the rows of {table} and its columns in schema.sql differ in {sorted(wrong)}")
    columns = ", ".join(types)
    values = ", ".join(f"unnest(${number}::{kind}[])" for number, kind in enumerate(types.values(), start=1))
    for start in range(0, len(rows), INSERTED_AT_ONCE):
        part = rows[start : start + INSERTED_AT_ONCE]
        cells = [[row[name] for row in part] for name in types]
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values}", cells)


def count_arxiv_ids(tables: Mapping[str, list[Row]]) -> int:
    """How many distinct arXiv ids the catalog names."""
    ids: set[Any] = {row["arxiv_id"] for row in tables["paper"]}
    return len(ids - {None})
