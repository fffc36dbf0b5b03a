"""Huge and deep files of every importer: refused, or read with a count, within five seconds and 300 MB.

Each is read by a process of its own, whose memory and time, with those of its children, are measured.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from data.home import ROOT
from data.importers import importers
from data.limits import LIMITS
from tests.data.costs import MEMORY, SECONDS
from tests.data.samples import git, write_git

READ = """
import resource, sys
from pathlib import Path
from data.errors import DataError
from data.importer import run
from data.importers import importers
from data.sources import Source
from tests.data.costs import Meter
importers[sys.argv[1]]
meter = Meter()
with meter.step():
    try:
        made = run(importers[sys.argv[1]], Source(Path(sys.argv[2])), {})
        said = f"{sum(tally.refused for tally in made.tallies)} refused"
    except DataError as error:
        said = str(error)
print(meter.seconds, max(meter.memory, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024), said[:300])
"""
TEN, MILLION = 10_000_000, 1_000_000
CHAT = b"user 1 personas,user 2 personas,Best Generated Conversation\n"
ASKED = b'{"id":1,"input":"i","output":"o","profile":[{"title":"t","text":"x","abstract":"a"}]}'
Write = Callable[[Path], None]
Huge = Mapping[str, tuple[Write, str]]


def many(part: bytes, count: int, before: bytes = b"", behind: bytes = b"") -> Write:
    """A file that repeats a part; it is made when it is written."""

    def write(path: Path) -> None:
        path.write_bytes(before + part * count + behind)

    return write


def rated(folder: Path, count: int) -> None:
    """Ratings that are sound but for the last field of the last one."""
    folder.mkdir()
    films = b"".join(b"%d,Film %d,Drama\n" % (n, n) for n in range(1_000))
    (folder / "movies.csv").write_bytes(b"movieId,title,genres\n" + films)
    rows = b"".join(b"%d,%d,3.5,%d\n" % (n // 1_000, n % 1_000, 900_000_000 + n) for n in range(count - 1))
    (folder / "ratings.csv").write_bytes(b"userId,movieId,rating,timestamp\n" + rows + b"1,1,3.5,never\n")


def noted(path: Path, count: int) -> None:
    """Rows of a table that are sound but for the last field of the last one."""
    rows = b"".join(b"p%d,given %d,made %d\n" % (n // 1_000, n, n) for n in range(count - 1))
    path.write_bytes(b"user,given,made\n" + rows + b"p,g,\n")


def reviewed(path: Path) -> None:
    """A thousand people with a thousand entries that are none."""
    entries = b",".join(b"{}" for _ in range(1_000))
    path.write_bytes(b"[" + b",".join(b'{"id":%d,"profile":[%s]}' % (n, entries) for n in range(1_000)) + b"]")


def committed(folder: Path, size: int) -> None:
    """A commit whose message is as long as this."""
    folder.mkdir()
    repository = write_git(folder)
    (repository / "message").write_text("Huge\n\n" + "\U0001f4a9" * (size // 4))
    (repository / "new.txt").write_text("new")
    git(repository, "add", "new.txt")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-F", "message")
    repository.rename(folder.with_suffix(".git"))


FULL, MORE = f"has more than {LIMITS.rows:,}", "so many before it that no more are read"
HUGE: Mapping[str, Huge] = {
    "lamp": {
        "deep_questions.json": (many(b"[", 4 * TEN), "nested too deep"),
        "long_questions.json": (many(b"x", 4 * TEN, b'[{"id":"'), "a record of over"),
        "lists_questions.json": (many(b"[],", TEN, b"["), "has the fields of no task"),
        "items_questions.json": (many(b"{},", TEN, b'[{"profile":['), "a record of over"),
        "people_questions.json": (many(b",{}", MILLION, b"[" + ASKED, b"]"), FULL),
    },
    "longlamp": {
        "rows.jsonl": (many(b"{}\n", MILLION + 1), "has the fields of no public task"),
        "more.jsonl": (many(b"\n{}", MILLION, ASKED), FULL),
        "digits.jsonl": (many(b"9", 4 * TEN), "is not JSON"),
    },
    "table": {
        "quote.csv": (many(b"y\n", 2 * TEN, b'user,given,made\n"'), "is no CSV row"),
        "cell.csv": (many(b"z", 4 * TEN, b"user,given,made\n"), "characters on a line"),
        "columns.csv": (many(b"a,", TEN), "characters on a line"),
        "last.csv": (partial(noted, count=LIMITS.rows), "1 refused"),
        "million.csv": (partial(noted, count=MILLION), FULL),
    },
    "mbox": {
        "empty.mbox": (many(b"From x\n", 4_000_000), "has more than"),
        "nobody.mbox": (many(b"From x\nA: b\n\n", LIMITS.mails), f"{LIMITS.mails:,} refused"),
        "subject.mbox": (many(b"s", 4 * TEN, b"From x\nSubject: "), "1 refused"),
    },
    "movielens-latest": {
        "last": (partial(rated, count=LIMITS.rows), "1 refused"),
        "million": (partial(rated, count=MILLION), FULL),
    },
    "persona-chat": {
        "quote.csv": (many(b"User 1: y\n", 4_000_000, CHAT + b'"'), "is no CSV row"),
        "turns.csv": (many(b'"I a","I b","User 1: a"\n', MILLION, CHAT), FULL),
        "replies.csv": (many(b'"I a","I b","' + b"User 1: a\nUser 2: b\n" * 950 + b'"\n', 100, CHAT), MORE),
    },
    "reviews": {
        "entries.json": (many(b"{},", MILLION, b'[{"id":"u","profile":[', b"{}]}]"), MORE),
        "people.json": (reviewed, MORE),
    },
    "git": {
        "long": (partial(committed, size=24 * 1024 * 1024), "1 refused"),
        "longer": (partial(committed, size=40 * 1024 * 1024), "git prints over"),
    },
}


def test_every_importer_has_huge_files() -> None:
    assert set(HUGE) == set(importers)


@pytest.mark.parametrize("name", sorted(HUGE))
def test_huge_files_stay_within_five_seconds_and_300_mb(name: str, tmp_path: Path) -> None:
    for file, (write, wanted) in HUGE[name].items():
        path = tmp_path / file
        write(path)
        path = path.with_suffix(".git") if name == "git" else path
        command = [sys.executable, "-c", READ, name, str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        seconds, memory, said = done.stdout.split(" ", 2)
        assert wanted in said, file
        assert float(seconds) < SECONDS, (file, said)
        assert int(memory) < MEMORY, (file, said)
        if path.is_file():
            path.unlink()
