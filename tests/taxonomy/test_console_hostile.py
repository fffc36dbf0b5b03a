"""Hostile statements: each is refused or bounded, reads nothing, writes nothing, and the next honest one is right."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from data.digest import file_sha256
from taxonomy.catalog import Catalog
from taxonomy.console import Answer, Console, Limits, Refusal
from taxonomy.manifest import Snapshot
from tests.taxonomy.hostile_statements import STATEMENTS

pytestmark = pytest.mark.alone

LONGEST = 3.5  # seconds for one statement, whatever it does
HURRIED = Limits(seconds=0.8)  # for all but the first bombs of a family: a tighter bound, and a shorter test
IN_FULL = 4
AT_ONCE = 4
HONEST = "SELECT count(*), sum(value) FROM result"
SECRET = f"canary-{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Outcome:
    kind: str
    text: str
    seconds: float
    size: int
    honest: tuple[object, ...] | None


@dataclass(frozen=True)
class Field:
    """Where the statements run: the console, the planted file, and the place where nothing may appear."""

    console: Console
    hurried: Console
    canary: Path
    out: Path
    snapshot: Path


def files(*folders: Path) -> dict[str, str]:
    found = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): file_sha256(path) for path in found}


@pytest.fixture(scope="module")
def field(built: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Field:
    folder = tmp_path_factory.mktemp("planted")
    canary = folder / "canary.csv"
    canary.write_text(f"a,b\n{SECRET},1\n")
    consoles = (Console(built.path, limits=limits, children=AT_ONCE) for limits in (Limits(), HURRIED))
    return Field(*consoles, canary, tmp_path_factory.mktemp("out") / "written", built.path)


def ask(field: Field, at: int) -> Outcome:
    """What becomes of a statement, and of an honest one after it where the engine was reached at all."""
    family, sql, _ = STATEMENTS[at]
    hurried = family in {"endless", "huge"} and STATEMENTS[at - IN_FULL][0] == family
    console = field.hurried if hurried else field.console
    if "{" in sql:
        places = {"canary": field.canary, "folder": field.canary.parent, "out": field.out, "snapshot": field.snapshot}
        sql = sql.format(**places)
    begun = time.monotonic()
    try:
        answer = console.ask(sql, caller=f"statement {at}")
        text = json.dumps(answer.as_object())
        kind, size = "answer", len(text) - sum(map(len, answer.columns)) - sum(map(len, answer.types))
    except Refusal as refusal:
        kind, text, size = refusal.kind, refusal.message, 0
    seconds = time.monotonic() - begun
    honest = field.console.ask(HONEST).rows[0] if kind != "refused" or at % 10 == 0 else None
    return Outcome(kind, text, seconds, size, honest)


@pytest.fixture(scope="module")
def outcomes(field: Field) -> Iterator[list[Outcome]]:
    """All statements, some at once, with an honest one after each; and what lay around them, before and after."""
    around = [field.snapshot.parent, field.canary.parent, field.out.parent, Path.cwd() / "taxonomy"]
    before = files(*around)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda at: ask(field, at), range(len(STATEMENTS))))
    yield found
    assert files(*around) == before
    assert list(Path.cwd().glob("written*")) == list(Path("/").glob("written*")) == []


@pytest.fixture(scope="module")
def right(catalog: Catalog) -> tuple[object, ...]:
    rows = catalog.store._connection.cursor().execute(HONEST).fetchall()
    return tuple(rows[0])


@pytest.mark.parametrize("at", range(len(STATEMENTS)), ids=[f"{f}-{s[:40]!r}" for f, s, _ in STATEMENTS])
def test_statement(outcomes: list[Outcome], right: tuple[object, ...], at: int) -> None:
    _, sql, allowed = STATEMENTS[at]
    found = outcomes[at]
    assert found.kind in allowed, f"{sql[:200]!r} was {found.kind}: {found.text[:300]}"
    assert found.seconds <= LONGEST
    assert SECRET not in found.text
    assert found.size <= 2 * Limits().bytes
    assert "Traceback" not in found.text
    assert found.honest in {right, None}


def test_there_are_many_of_every_family() -> None:
    assert len(STATEMENTS) >= 180
    assert len({sql for _, sql, _ in STATEMENTS}) == len(STATEMENTS)


def test_honest_statements_came_between(outcomes: list[Outcome]) -> None:
    assert sum(found.honest is not None for found in outcomes) >= 120


def test_a_refusal_says_what_is_allowed(outcomes: list[Outcome]) -> None:
    refused = [found.text for found in outcomes if found.kind == "refused"]
    assert refused
    told = ("SELECT", "may have", "may not hold", "may hold", "write one")
    assert [text for text in refused if not any(word in text for word in told)] == []


def test_an_unconfined_reader_would_be_seen(field: Field, catalog: Catalog) -> None:
    """A connection without the child's limits reads the planted file, so that not reading it means something."""
    cursor = catalog.store._connection.cursor()
    assert SECRET in str(cursor.execute(f"SELECT content FROM read_text('{field.canary}')").fetchall())


def test_eight_attackers_leave_sixteen_honest_users_right(built: Snapshot, catalog: Catalog) -> None:
    console = Console(built.path)
    bombs = [sql for family, sql, _ in STATEMENTS if family in {"endless", "huge", "change", "read"} and "{" not in sql]
    questions = [
        "SELECT count(*) FROM method WHERE year = 2024",
        "SELECT node, count(*) FROM entry_node GROUP BY node ORDER BY 2 DESC, 1 LIMIT 7",
        "SELECT metric_name, count(*), max(gain) FROM improvement GROUP BY metric_name ORDER BY ALL",
    ]
    wanted = [catalog.store._connection.cursor().execute(sql).fetchall() for sql in questions]
    over, waits = threading.Event(), []

    def attack(number: int) -> None:
        for at in range(number, 10_000, 8):
            if over.is_set():
                return
            try:
                console.ask(bombs[at % len(bombs)], caller=f"attacker {number}", stop=over.is_set)
            except Refusal:
                continue

    def honest(number: int) -> list[bool]:
        found = []
        for at in range(2):
            which, begun = (number + at) % len(questions), time.monotonic()
            answer = console.ask(questions[which], caller=f"user {number}")
            waits.append(time.monotonic() - begun)
            found.append(list(answer.rows) == [tuple(row) for row in wanted[which]])
        return found

    with ThreadPoolExecutor(24) as pool:
        attackers = [pool.submit(attack, number) for number in range(8)]
        users = [pool.submit(honest, number) for number in range(16)]
        right = [one for user in users for one in user.result()]
        over.set()
        assert [each.exception() for each in attackers] == [None] * 8
    assert right == [True] * 32
    assert max(waits) < 60, "honest users wait for a place, not for attackers without end"


def test_an_answer_is_an_answer(field: Field) -> None:
    assert isinstance(field.console.ask("SELECT 1"), Answer)
