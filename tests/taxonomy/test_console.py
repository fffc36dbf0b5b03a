"""The console: what an honest reader gets, within which bounds, and in which order readers come."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from taxonomy import console as console_module
from taxonomy.catalog import Catalog
from taxonomy.console import LONGEST, Console, Limits, Refusal, pointed, unavailable
from taxonomy.console_queue import MOST_WAITING, Queue
from taxonomy.manifest import Snapshot
from tests.taxonomy.conftest import Runner, children

pytestmark = pytest.mark.alone

SLOW = "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"


@pytest.fixture(scope="module")
def console(built: Snapshot) -> Console:
    return Console(built.path)


def refused(console: Console, sql: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        console.ask(sql)
    return caught.value


def test_tables_and_views_are_there(console: Console, catalog: Catalog) -> None:
    for sql in (
        "FROM method ORDER BY key LIMIT 3",
        "SELECT * FROM link WHERE kind = 'method' ORDER BY ALL LIMIT 5",
        "SELECT id, gain FROM improvement WHERE gain IS NOT NULL ORDER BY ALL LIMIT 20",
    ):
        wanted = catalog.store._connection.cursor().execute(sql).fetchall()
        assert list(console.ask(sql).rows) == [tuple(row) for row in wanted]


@pytest.mark.parametrize(
    "sql", ["SHOW TABLES", "DESCRIBE method", "SUMMARIZE metric", "FROM metric", "VALUES (1)", "EXPLAIN FROM method",
            "EXPLAIN ANALYZE FROM method", "TABLE metric", "WITH t AS (SELECT 1) FROM t", "(SELECT 1)", "SELECT 1;",
            "PIVOT method ON year IN (2023, 2024) USING count(*) GROUP BY usage", "SELECT 'a;b' -- c;d"],
)  # fmt: skip
def test_what_only_reads_runs(console: Console, sql: str) -> None:
    assert console.ask(sql).rows


def test_values_survive(console: Console) -> None:
    answer = console.ask(
        "SELECT 1::TINYINT, 170141183460469231731687303715884105727, 0.10, 'NaN'::DOUBLE, '-inf'::DOUBLE, true, NULL, "
        "{'a': [1, NULL], 'b': 'x'}, '\\x00\\xff'::BLOB, INTERVAL 1 DAY, DATE '2024-01-02', "
        "TIMESTAMPTZ '2024-01-01 02:00:00+02', 'é日😀', chr(0), 12345678901234567890.123456789::DECIMAL(38, 9)"
    )
    (row,) = answer.rows
    assert row[:3] == (1, 2**127 - 1, 0.1)
    assert math.isnan(row[3])
    assert row[4:9] == (-math.inf, True, None, {"a": [1, None], "b": "x"}, "\\x00ff")
    assert row[9:] == (
        "1 day, 0:00:00",
        "2024-01-02",
        "2024-01-01 00:00:00+00:00",
        "é日😀",
        "\0",
        "12345678901234567890.123456789",
    )
    json.dumps(answer.as_object(), allow_nan=False)


def test_every_type_of_duckdb_survives(console: Console) -> None:
    answer = console.ask("FROM test_all_types()")
    assert len(answer.rows) == 3
    json.dumps(answer.as_object(), allow_nan=False)


def test_answers_are_bounded_and_say_so(console: Console) -> None:
    many = console.ask("FROM range(5000)")
    assert (len(many.rows), many.notes) == (1000, ("only the first 1,000 rows are given",))
    assert console.ask("FROM range(1000)").notes == ()
    (cell,) = console.ask("SELECT repeat('x', 10000000)").rows[0]
    assert len(cell) == Limits().cell
    large = console.ask("SELECT repeat('x', 50000) FROM range(1000)")
    assert 30 < len(large.rows) < 41
    assert "because they are large" in large.notes[0]
    wide = console.ask("SELECT " + ",".join(["repeat('x', 1000)"] * 900))
    assert len(wide.columns) == 900
    assert len(json.dumps(wide.as_object())) < 2 * Limits().bytes
    assert console.ask("SELECT repeat('é', 3000000)").notes


def test_an_error_has_its_place_in_characters(console: Console) -> None:
    sql = "SELECT 'é日😀',\n  yeer\nFROM method"
    why = refused(console, sql)
    assert why.position == sql.index("yeer")
    assert pointed(sql, why.position) == "line 2:   yeer\n          ^"
    assert '"year"' in why.message
    assert "Traceback" not in why.message


@pytest.mark.parametrize(
    ("sql", "position", "shown"),
    [
        ("abc", 0, "line 1: abc\n        ^"),
        ("abc", 3, "line 1: abc\n           ^"),
        ("a\n\tb", 3, "line 2:  b\n         ^"),
        ("abc", None, ""),
        ("abc", 9, ""),
        ("x" * 200, 150, "line 1: …" + "x" * 100 + "\n" + " " * 59 + "^"),
    ],
)
def test_a_place_is_pointed_at(sql: str, position: int | None, shown: str) -> None:
    assert pointed(sql, position) == shown


def test_refusals_say_why_and_what_is_allowed(console: Console) -> None:
    why = refused(console, "DROP TABLE method")
    assert (why.kind, "DROP" in why.message, "SELECT" in why.message) == ("refused", True, True)
    assert "2 statements" in refused(console, "SELECT 1; SELECT 2").message
    assert "PIVOT method ON year IN" in refused(console, "PIVOT method ON year USING count(*)").message
    assert f"{LONGEST:,}" in refused(console, "x" * (LONGEST + 1)).message
    assert refused(console, "a\0b").position == 1
    assert refused(console, " \n").kind == "refused"


def test_the_deadline_holds_and_a_stop_ends_it_sooner(console: Console) -> None:
    begun = time.monotonic()
    assert refused(console, SLOW).kind == "time"
    assert time.monotonic() - begun < 3.5
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Refusal) as caught:
        console.ask(SLOW, stop=stop.is_set)
    assert caught.value.kind == "stopped"
    assert time.monotonic() - begun < 1.5


def test_nothing_is_left_of_a_child(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_module.tempfile, "tempdir", str(tmp_path))
    descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing of numbers
    before = children()  # other tests may have left the encoder's process
    for sql in ("SELECT 1", "DROP TABLE x", SLOW):
        try:
            console.ask(sql)
        except Refusal:
            continue
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) <= descriptors + 1  # noqa: PTH208
    assert children() <= before


def test_a_child_has_no_environment(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    monkeypatch.setenv("ATTUNE_MODEL_KEY", "secret")
    assert console.ask("SELECT 1").rows == ((1,),)


def test_a_catalog_that_is_gone_is_said(tmp_path: Path) -> None:
    why = refused(Console(tmp_path / "none.duckdb"), "SELECT 1")
    assert why.kind == "unavailable"
    assert str(tmp_path) not in why.message


def test_where_there_are_no_limits_nothing_runs(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unavailable() is None
    monkeypatch.setattr(console_module.os, "name", "nt")
    reason = unavailable()
    monkeypatch.undo()
    assert reason is not None
    assert "operating system" in reason
    monkeypatch.setattr(console_module, "unavailable", lambda: reason)
    assert refused(console, "SELECT 1").kind == "unavailable"


def never() -> bool:
    return False


def order_of(queue: Queue, callers: list[str]) -> Iterator[str]:
    """The order in which waiting callers come, one at a time."""
    came: list[str] = []
    threads = []

    def wait(caller: str) -> None:
        with queue.turn(caller, never):
            came.append(caller)

    with queue.turn("holder", never):
        for number, caller in enumerate(callers, start=1):
            threads.append(threading.Thread(target=wait, args=(caller,)))
            threads[-1].start()
            while len(queue._waiting) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    yield from came


def test_whoever_used_least_comes_first() -> None:
    queue = Queue(1)
    queue._used = {"busy": (2.0, time.monotonic()), "idle": (0.1, time.monotonic())}
    assert list(order_of(queue, ["busy", "idle", "new", "new"])) == ["new", "new", "idle", "busy"]


def test_of_one_caller_the_first_to_come_is_the_first() -> None:
    queue = Queue(1)
    queue._used = {"a": (2.0, time.monotonic())}
    came: list[int] = []

    def wait(number: int) -> None:
        with queue.turn("a", never):
            came.append(number)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(12)]
    with queue.turn("a", never):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(queue._waiting) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert came == list(range(12))


def test_heavy_callers_leave_one_place_free() -> None:
    queue = Queue(2)
    queue._used = {"heavy": (50.0, time.monotonic())}
    stop = threading.Event()
    entered: list[str] = []

    def second() -> None:
        with queue.turn("heavy", stop.is_set):
            entered.append("heavy" if not stop.is_set() else "stopped")

    with queue.turn("heavy", never):
        thread = threading.Thread(target=second)
        thread.start()
        while queue.place("heavy") != 1:
            time.sleep(0.001)
        with queue.turn("honest", never) as entered_honest:
            assert entered_honest
        assert entered == []
        stop.set()
        thread.join()
    assert entered == ["stopped"]


def test_too_many_waiting_are_turned_away() -> None:
    queue = Queue(1)
    stop = threading.Event()
    threads = [threading.Thread(target=lambda: queue.turn("a", stop.is_set).__enter__()) for _ in range(MOST_WAITING)]
    with queue.turn("holder", never):
        for thread in threads:
            thread.start()
        while len(queue._waiting) < MOST_WAITING:
            time.sleep(0.001)
        with queue.turn("late", never) as entered:
            assert not entered
        stop.set()
        for thread in threads:
            thread.join()


def test_the_command_prints_json_and_exits(python: Runner, built: Snapshot) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        done = python("-m", "taxonomy", "query", *arguments, ATTUNE_HOME=str(built.path.parent))
        return done.returncode, done.stdout, done.stderr

    code, out, _ = run("SELECT key, year FROM method ORDER BY key LIMIT 2", "--json")
    answer = json.loads(out)
    assert (code, answer["columns"], len(answer["rows"]), answer["truncated"]) == (0, ["key", "year"], 2, False)
    code, out, _ = run("SELECT nme FROM method", "--json")
    told = json.loads(out)
    assert (code, told["position"]) == (1, 7)
    assert "nme" in told["error"]
    assert json.loads(run("-- a comment first\nSELECT 1 AS one", "--json")[1])["columns"] == ["one"]
    code, out, err = run("DELETE FROM method")
    assert (code, out) == (1, "")
    assert "SELECT" in err
    code, out, err = run("SELECT '[red]' || chr(27) AS x FROM range(1001)")
    assert code == 0
    assert "[red]" in out
    assert "\x1b" not in out
    assert "only the first 1,000 rows" in err
