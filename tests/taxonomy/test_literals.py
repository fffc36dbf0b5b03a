"""A statement with its values filled in gives the rows of the query with its parameters."""

from __future__ import annotations

import datetime as dt
import math
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from taxonomy import literals
from taxonomy.manifest import Snapshot
from taxonomy.store import QUERIES, Store

VALUES: list[Any] = [
    None, True, False, 0, -5, 2**40, 0.1, -0.25, 1e300, 5e-324, Decimal("-12.340"), "", "it's", "'; DROP TABLE x --",
    '"q" \\ \n\t é 日 😀', "a\0b", "\0", "$name /* -- */", dt.date(2026, 1, 2),
    dt.datetime(2026, 1, 2, 3, 4, 5, 6), [1, 2], ["a'", None], [[1], [2, 3]], ("x",),  # noqa: DTZ001
]  # fmt: skip
SAMPLES: dict[str, list[Any]] = {
    "kind": ["method", "dataset"],
    "kinds": [["method", "metric"]],
    "key": ["oppu", "lamp-1", "user"],
    "keys": [["oppu", "accuracy"]],
    "facet": ["technique"],
    "limit": [5],
    "dataset": ["lamp-1", ""],
    "method": ["", "oppu"],
    "ids": [[], [1, 2]],
    "phrase": ["personalized"],
    "only_kinds": [["method"]],
    "only_keys": [["oppu"]],
    "some": [False, True],
    "finest": [True, False],
    "rows": ["level", ["user"]],
    "columns": ["technique", ["rag.dense"]],
    "cell_rows": [["user"]],
    "cell_columns": [["rag.dense"]],
    **{name: ["", "lamp"] for name in ("source", "task", "split", "backbone", "metric")},
    "methods": [[], ["oppu"]],
}
GUESSES: list[Any] = ["", 1, True, ["method"], [1, 2], [], 0.5]  # for parameters without samples


@pytest.fixture(scope="module")
def store(built: Snapshot) -> Store:
    return Store(built.path)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_literal_is_its_value(value: Any) -> None:
    connection = duckdb.connect()
    (given,) = connection.execute("SELECT $v", {"v": value}).fetchone() or ()
    (written,) = connection.execute(f"SELECT {literals.literal(value)}").fetchone() or ()
    assert written == given
    assert type(written) is type(given)
    (minus,) = connection.execute(f"SELECT 1-{literals.literal(-7)}").fetchone() or ()
    assert minus == 8


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite(value: float) -> None:
    (written,) = duckdb.connect().execute(f"SELECT {literals.literal(value)}").fetchone() or ()
    assert repr(written) == repr(value)


def test_only_parameters_are_replaced() -> None:
    sql = "SELECT '$a', \"$a\", $a, $ab -- $a and 'text\n/* $a */ FROM t;"
    assert literals.parameters(sql) == ("a", "ab")
    assert (
        literals.filled(sql, {"a": "$ab", "ab": 1}) == "SELECT '$a', \"$a\", '$ab', 1 -- $a and 'text\n/* $a */ FROM t"
    )
    with pytest.raises(ValueError, match=r"\$ab has no value"):
        literals.filled(sql, {"a": 1})
    with pytest.raises(ValueError, match="called b"):
        literals.filled("SELECT 1", {"b": 1})
    with pytest.raises(TypeError):
        literals.literal(object())


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_every_statement_gives_the_rows_of_its_query(store: Store, path: Path) -> None:
    sql = path.read_text("utf-8")
    names, ordered = literals.parameters(sql), "ORDER BY" in sql
    mixed = random.Random(7)  # noqa: S311 - not for secrets
    tries = [{name: mixed.choice(SAMPLES.get(name, GUESSES)) for name in names} for _ in range(2000 if names else 1)]
    compared = 0
    for asked in tries:
        try:
            rows = store.query(path.stem, **asked)
        except duckdb.Error:
            continue
        found = alone(store, store.statement(path.stem, **asked))
        if not ordered:
            found, rows = sorted(found, key=repr), sorted(rows, key=repr)
        assert found == rows, asked
        compared += 1
        if compared == 6:
            break
    assert compared, "give this query's parameters sample values in SAMPLES"


def alone(store: Store, statement: str) -> list[dict[str, Any]]:
    """The rows of a statement without parameters, as the Query page runs it."""
    cursor = store._connection.cursor()
    (parsed,) = cursor.extract_statements(statement)
    assert parsed.type == duckdb.StatementType.SELECT
    answer = cursor.execute(parsed)
    columns = [column[0] for column in answer.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
