"""Runs one statement on a copy of the catalog and nothing else; started by `taxonomy/console.py` as `python -I`.

It imports nothing of the project, because it runs isolated. Whatever fails here fails closed: without its limits it
runs no statement. Standard input has the request as JSON, standard output gets the answer as JSON.

The limits, from the outside in: resource limits of the process, set before DuckDB is loaded; a copy of the snapshot in
memory, the file detached; no file system, no extension, no setting that can be changed; no file that can be opened,
because no descriptor is left; one statement of a type that only reads, in a transaction that only reads.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import resource
import signal
import sys
import types
import uuid  # noqa: F401 - DuckDB asks for it later, when no file can be opened any more
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

SETTINGS = {  # in this order: some cannot be set after others
    "temp_directory": "''",
    "home_directory": "''",
    "extension_directory": "''",
    "secret_directory": "''",
    "allow_persistent_secrets": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "TimeZone": "'UTC'",
    "enable_external_access": "false",
    "disabled_filesystems": "'LocalFileSystem'",
    "lock_configuration": "true",
}
ALLOWED = (
    "One statement that reads runs here: SELECT, also as WITH, FROM, VALUES, DESCRIBE, SHOW or SUMMARIZE, "
    "or EXPLAIN of one"
)
PIVOT = "PIVOT method ON year IN (2023, 2024) USING count(*) GROUP BY usage"


class Refused(Exception):  # noqa: N818 - said to the reader, no error of the program
    """The statement is not run; the text says why, and `kind` whether it is at fault or the catalog."""

    def __init__(self, text: str, kind: str = "refused") -> None:
        self.kind = kind
        super().__init__(text)


def confine(limits: Mapping[str, int]) -> None:
    """Bound this process; an operating system that cannot ends it here."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (limits["address_space"], limits["address_space"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["files"], limits["files"]))
    signal.setitimer(signal.ITIMER_REAL, limits["seconds"] + 1)  # ends it where the parent is gone


def connected(memory: int) -> Any:
    """A connection to an empty database in memory. The engine alone loads in a third of the time of its package."""
    import _duckdb

    config: dict[str, Any] = {"threads": "2", "memory_limit": f"{memory}B", "errors_as_json": "true"}
    return _duckdb.connect(":memory:", config=config)


def fill(connection: Any, snapshot: str) -> None:
    """Copy the snapshot into memory, and then take away all else that could be reached.

    Raises:
        Refused: the snapshot cannot be read.
    """
    name = snapshot.replace("'", "''")
    try:
        connection.execute(f"ATTACH '{name}' AS snapshot (READ_ONLY)")
        connection.execute("COPY FROM DATABASE snapshot TO memory")
    except Exception as error:
        text = f"The catalog could not be read ({type(error).__name__}); restart the server, or build it again."
        raise Refused(text, "start") from error
    connection.execute("DETACH snapshot")
    for setting, value in SETTINGS.items():
        connection.execute(f"SET {setting} = {value}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # standard input, output and error; nothing new can be opened


def parsed(connection: Any, sql: str) -> Any:
    """The one statement of a text.

    Raises:
        Refused: there is none, there are several, or it does more than read.
    """
    import _duckdb

    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        found = f"These are {len(statements)} statements" if statements else "There is no statement"
        raise Refused(f"{found}. {ALLOWED}.")
    kind = statements[0].type
    if kind.name == "MULTI":
        raise Refused(f"A PIVOT runs as one statement only where its values are written: {PIVOT}. {ALLOWED}.")
    if kind not in {_duckdb.StatementType.SELECT, _duckdb.StatementType.EXPLAIN}:
        raise Refused(f"A statement of the type {kind.name} does not run here. {ALLOWED}.")
    return statements[0]


class Encoder:
    """Turns rows into JSON of a bounded size; what is cut is noted."""

    def __init__(self, columns: int, limits: Mapping[str, int]) -> None:
        self.rows_left, self.bytes_left = limits["rows"], limits["bytes"]
        self.longest = max(40, min(limits["cell"], limits["bytes"] // (2 * max(1, columns))))
        self.notes: dict[str, None] = {}

    def rows(self, answer: Any) -> Iterator[str]:
        """Each row as JSON, as long as there is room for it."""
        total = self.rows_left
        while batch := answer.fetchmany(min(100, self.rows_left + 1)):
            for row in batch:
                if not self.rows_left:
                    self.notes[f"only the first {total:,} rows are given"] = None
                    return
                encoded = json.dumps([self.cell(value) for value in row])
                if len(encoded) > self.bytes_left:
                    given = total - self.rows_left
                    self.notes[f"only the first {given:,} rows are given, because they are large"] = None
                    return
                self.rows_left -= 1
                self.bytes_left -= len(encoded) + 1
                yield encoded

    def cell(self, value: Any) -> Any:
        """A value as JSON, cut where it is long."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float | Decimal):
            return number(value)
        if isinstance(value, list | tuple | dict):
            text = json.dumps(nested(value), ensure_ascii=False)
            return nested(value) if len(text) <= self.longest else self.cut(text)
        return self.cut(plain(value))

    def cut(self, text: str) -> str:
        """A text of bounded length."""
        if len(text) <= self.longest:
            return text
        self.notes[f"cells longer than {self.longest:,} characters are cut"] = None
        return text[: self.longest - 1] + "…"


def nested(value: Any) -> Any:
    """A list or a structure as JSON."""
    if isinstance(value, list | tuple):
        return [nested(each) for each in value]
    if isinstance(value, dict):
        return {key if isinstance(key, str) else plain(key): nested(each) for key, each in value.items()}
    if value is None or isinstance(value, bool | int):
        return value
    return number(value) if isinstance(value, float | Decimal) else plain(value)


def number(value: float | Decimal) -> float | str:
    """A number as JSON: a text where JSON has no such number, or where a float would not be the same."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return float(value) if value.is_finite() and Decimal(repr(float(value))) == value else str(value)


def plain(value: Any) -> str:
    """Any other value as text."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)


def run(request: Mapping[str, Any]) -> str:
    """The answer as JSON: columns, types, rows and notes, or an error with its place."""
    limits, sql = request["limits"], request["sql"]
    confine(limits)
    connection = connected(limits["memory"])
    try:
        statement = parsed(connection, sql)
        fill(connection, request["snapshot"])
        connection.execute("BEGIN TRANSACTION READ ONLY")
        return encoded(connection.execute(statement), limits)
    except Refused as refused:
        return json.dumps({"error": str(refused), "kind": refused.kind})
    except Exception as error:
        return json.dumps(failure(error, sql))


def encoded(answer: Any, limits: Mapping[str, int]) -> str:
    """What a statement gave, as JSON of a bounded size."""
    described = answer.description or []
    encoder = Encoder(len(described), limits)
    columns = [encoder.cut(str(column[0])) for column in described]
    kinds = [str(column[1])[:200] for column in described]
    rows = list(encoder.rows(answer))
    head = json.dumps({"columns": columns, "types": kinds, "notes": list(encoder.notes)})
    return f'{head[:-1]}, "rows": [{",".join(rows)}]}}'


def failure(error: Exception, sql: str) -> dict[str, Any]:
    """DuckDB's error as its message and its place; the place is counted in characters."""
    text = str(error)
    told: dict[str, Any] = {}
    start = text.find("{")
    if start >= 0:
        try:
            told = json.loads(text[start:])
        except ValueError:
            told = {}
    message = str(told.get("exception_message") or text.partition("\nTraceback")[0])[:2000]
    kind = str(told.get("exception_type") or type(error).__name__)
    if kind in {"Permission", "IO", "HTTP", "Missing Extension"}:
        message = f"{message.splitlines()[0]}. Nothing outside the catalog can be reached from here."
    if kind in {"Out of Memory", "MemoryError"}:
        message = "The statement needs more memory than it may have here."
    answer: dict[str, Any] = {"error": message, "kind": kind}
    if str(told.get("position", "")).isdigit():
        answer["position"] = len(sql.encode()[: int(told["position"])].decode(errors="ignore"))
    return answer


class Utc(dt.tzinfo):
    """The one zone that times are in here, as DuckDB asks `pytz` for it."""

    def utcoffset(self, _: dt.datetime | None, /) -> dt.timedelta:
        """None from the first meridian."""
        return dt.timedelta(0)

    def dst(self, _: dt.datetime | None, /) -> dt.timedelta:
        """No summer time."""
        return dt.timedelta(0)

    def tzname(self, _: dt.datetime | None, /) -> str:
        """Its name."""
        return "UTC"

    def localize(self, naive: dt.datetime) -> dt.datetime:
        """The time with its zone."""
        return naive.replace(tzinfo=self)


def without_pytz() -> None:
    """Stand in for the package, which would be looked for when a time with a zone is read."""
    stand_in = types.ModuleType("pytz")
    vars(stand_in).update(timezone=lambda _name: Utc(), utc=Utc())
    sys.modules["pytz"] = stand_in


def main() -> None:
    """Read the request, write the answer, leave without cleaning up: the process holds nothing of worth."""
    request = json.loads(sys.stdin.buffer.read())
    sys.set_int_max_str_digits(0)
    without_pytz()
    data = run(request).encode()
    while data:
        data = data[os.write(1, data) :]
    os._exit(0)


if __name__ == "__main__":
    main()
