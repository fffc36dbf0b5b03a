"""Questions in SQL that a reader writes: each runs in a child process that has a copy of the catalog and nothing else.

DuckDB's own settings are no sandbox (a statement can ask for more memory than its limit, or never come back), so the
bounds are the operating system's, and the parent kills the child at its deadline. What the child does to confine itself
is told in `taxonomy/console_child.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, cast

from data.errors import AttuneError
from taxonomy.console_queue import Queue
from taxonomy.export import Table, json_value

CHILD = Path(__file__).with_name("console_child.py")
LONGEST = 20_000
CHUNK, STEP = 65_536, 0.05  # bytes, seconds
Stop = Callable[[], bool]
Kind = Literal["refused", "failed", "time", "memory", "stopped", "busy", "unavailable"]


class Refusal(AttuneError):  # noqa: N818 - an answer to the reader, no error of the program
    """A statement has no answer; the text says why, and what is allowed.

    Attributes:
        kind: why, in one word.
        position: the character of the statement that is meant, counted from 0; None where it is not known.
    """

    def __init__(self, message: str, kind: Kind = "failed", position: int | None = None) -> None:
        self.message, self.kind, self.position = message, kind, position
        super().__init__(message)


@dataclass(frozen=True)
class Limits:
    """The bounds of one statement, with the process around it.

    Attributes:
        seconds: from the start of the child to its end, whatever it does.
        cpu_seconds: of all its threads.
        address_space: bytes that the child may map; memory: bytes that DuckDB may hold of them.
        files: that it may open until the catalog is read, none after that.
        rows, bytes, cell: of the answer; a cell is counted in characters.
    """

    seconds: float = 3.0
    cpu_seconds: int = 7
    address_space: int = 1280 * 2**20
    memory: int = 256 * 10**6
    files: int = 64
    rows: int = 1_000
    bytes: int = 2_000_000
    cell: int = 100_000


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes:
        types: of the columns, as DuckDB calls them.
        rows: texts, numbers, booleans, lists, structures and None; other values as texts.
        notes: what was cut, in words; empty when this is all of the answer.
        seconds: from the question to here, without the time in the queue.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def as_object(self) -> dict[str, Any]:
        """The answer as JSON holds it; numbers that JSON has not are texts."""
        rows = [json_value(row) for row in self.rows]
        more = {"truncated": bool(self.notes), "notes": list(self.notes)}
        return {"columns": list(self.columns), "types": list(self.types), "rows": rows, **more}

    def table(self) -> Table:
        """The answer as a table that can be exported."""
        return Table.of(self.columns, self.rows)


class Console:
    """Runs statements on one snapshot; may be shared by threads.

    Args:
        snapshot: the catalog's file; it is opened for reading only.
        children: how many statements run at once.
    """

    def __init__(self, snapshot: Path, *, limits: Limits | None = None, children: int = 3) -> None:
        self._snapshot, self.limits = snapshot, limits or Limits()
        self._queue = Queue(children)

    def ask(self, sql: str, *, caller: str = "", stop: Stop = lambda: False) -> Answer:
        """The answer to one statement, when its turn has come.

        Args:
            sql: one statement that reads.
            caller: who asks; whoever has used the least time lately comes first.
            stop: asked often; true ends the wait or the statement.

        Raises:
            Refusal: there is none.
        """
        statement = checked(sql)
        if reason := unavailable():
            raise Refusal(reason, "unavailable")
        with self._queue.turn(caller, stop) as waited:
            if not waited:
                raise Refusal("Too many statements are waiting; try again in a moment.", "busy")
            if stop():
                raise Refusal("Stopped.", "stopped")
            return self._run(statement, stop)

    def place(self, caller: str) -> int:
        """How many statements are before the caller's; 0 when it runs or there is none."""
        return self._queue.place(caller)

    def _run(self, sql: str, stop: Stop) -> Answer:
        begun = time.monotonic()
        limits = {name: getattr(self.limits, name) for name in Limits.__dataclass_fields__}
        request = json.dumps({"snapshot": str(self._snapshot), "sql": sql, "limits": limits}).encode()
        with tempfile.TemporaryDirectory(prefix="attune-console-") as folder, _child(folder) as child:
            output, why = _talk(child, request, begun + self.limits.seconds, stop)
        return self._read(output, why, child.returncode, time.monotonic() - begun)

    def _read(self, output: bytes, why: Kind | None, code: int, seconds: float) -> Answer:
        """The child's answer, or why there is none."""
        if why == "stopped":
            raise Refusal("Stopped.", "stopped")
        if why == "time" or code in {-signal.SIGXCPU, -signal.SIGALRM}:
            text = f"Not done after {self.limits.seconds:g} seconds, which is the limit. Narrow the question."
            raise Refusal(text, "time")
        try:
            told = json.loads(output)
        except ValueError:
            text = "The statement needed more memory than it may have here, and its process ended."
            raise Refusal(text, "memory") from None
        if "error" in told:
            kinds_of_child: dict[str, Kind] = {"refused": "refused", "start": "unavailable"}
            raise Refusal(told["error"], kinds_of_child.get(told["kind"], "failed"), told.get("position"))
        kinds = tuple(told["types"])
        rows = tuple(tuple(_value(v, k) for v, k in zip(row, kinds, strict=True)) for row in told["rows"])
        return Answer(tuple(told["columns"]), kinds, rows, tuple(told["notes"]), seconds)


def unavailable() -> str | None:
    """Why no statement can be run on this machine; None where it can."""
    if os.name != "posix":
        return "Statements are not run on this operating system, because it has no limits to run them in."
    return None


def checked(sql: str) -> str:
    """The statement as it is sent.

    Raises:
        Refusal: it is empty, too long, or holds what no statement may hold.
    """
    if not sql.strip():
        raise Refusal("There is no statement; write one, such as: FROM method LIMIT 10", "refused")
    if len(sql) > LONGEST:
        raise Refusal(f"A statement may have {LONGEST:,} characters; this one has {len(sql):,}.", "refused")
    if "\0" in sql:
        raise Refusal("A statement may not hold the character NUL.", "refused", sql.index("\0"))
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise Refusal("A statement may hold characters of Unicode only.", "refused", error.start) from None
    return sql


def pointed(sql: str, position: int | None, *, width: int = 100) -> str:
    """The line of a statement that a position is in, with its number and a mark under the character."""
    if position is None or not 0 <= position <= len(sql):
        return ""
    before = sql[:position]
    number, column = before.count("\n") + 1, position - (before.rfind("\n") + 1)
    line = sql.split("\n")[number - 1]
    start = max(0, column - width // 2)
    head = f"line {number}: " + ("…" if start else "")
    shown = line[start : start + width].replace("\t", " ")
    return f"{head}{shown}\n{' ' * (len(head) + column - start)}^"


@contextlib.contextmanager
def _child(folder: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a process group of its own, without an environment; it and all that it started are gone afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={},
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _talk(child: subprocess.Popen[bytes], request: bytes, deadline: float, stop: Stop) -> tuple[bytes, Kind | None]:
    """Send the request and read the answer until the child ends; or stop at the deadline, or when told to."""
    stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    to_child, from_child = stdin.fileno(), stdout.fileno()
    os.set_blocking(to_child, False)
    output = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or stop():
            return bytes(output), "time" if left <= 0 else "stopped"
        readable, writable, _ = select.select([from_child], [to_child] if request else [], [], min(left, STEP))
        if writable:
            try:
                request = request[os.write(to_child, request[:CHUNK]) :]
            except BrokenPipeError:
                request = b""
            if not request:
                stdin.close()
        if readable:
            part = os.read(from_child, CHUNK)
            output += part
            if not part:
                return bytes(output), None


def _value(value: Any, kind: str) -> Any:
    """A number that JSON could not hold is a number again."""
    return float(value) if kind in {"FLOAT", "DOUBLE"} and isinstance(value, str) else value
