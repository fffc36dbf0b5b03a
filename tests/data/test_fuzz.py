"""Two thousand malformed inputs for each importer: a typed error or counted refusals, nothing else, and no trace.

Large and deep files, which small ones cannot stand for, are read in a child with its memory and time measured.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import git_log, saved
from data.errors import DataError
from data.home import ROOT
from data.imported import Imported, example_lines, people_lines
from data.importer import run
from data.importers import importers
from data.sources import Source
from tests.data.mutations import BYTES, MEANING
from tests.data.samples import (
    LAMP_INPUTS,
    LONG_ITEMS,
    SETTINGS,
    WRITERS,
    write_git,
    write_lamp,
    write_longlamp,
    write_mbox,
)

COUNT = 2_000
SECONDS, MEMORY = 5.0, 300 * 1024 * 1024
WRITABLE = [name for name in sorted(WRITERS) if name != "git"]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    saved.folder().mkdir()
    (saved.folder() / "kept").mkdir()
    (saved.folder() / "kept" / "dataset.json").write_text("{}")
    return folder


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of small files are written and read."""
    shared = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


def store() -> list[tuple[str, bytes]]:
    """All that is saved."""
    files = (path for path in sorted(saved.folder().rglob("*")) if path.is_file())
    return [(str(path), path.read_bytes()) for path in files]


def samples(name: str, folder: Path) -> list[dict[str, bytes]]:
    """Sound inputs of an importer, as file names and contents."""
    writers = {"lamp": [lambda f, t=t: write_lamp(f, t) for t in LAMP_INPUTS]}
    writers["longlamp"] = [lambda f, t=t: write_longlamp(f, t) for t in LONG_ITEMS]
    writers["mbox"] = [lambda f: write_mbox(f, people=1)]
    found = []
    for number, write in enumerate(writers.get(name, [WRITERS[name]])):
        to = folder / str(number)
        to.mkdir()
        write(to)
        found.append({path.name: path.read_bytes() for path in to.iterdir()})
    return found


def malformed(name: str, folder: Path) -> Iterator[dict[str, bytes]]:
    """Seeded malformed inputs: one or all files of a sample changed."""
    draw = random.Random(f"fuzz {name}")  # noqa: S311
    sound = samples(name, folder)
    for number in range(COUNT):
        files = dict(sound[number % len(sound)])
        for file in [draw.choice(list(files))] if draw.random() < 0.8 else list(files):
            meaning = MEANING[Path(file).suffix]
            change = meaning if draw.random() < 0.5 else draw.choice(BYTES)
            files[file] = change(draw, files[file])
        yield files


def named(error: DataError) -> None:
    """An error says where it is and what is accepted, in text that can be stored."""
    assert error.place.file
    assert error.accepted
    assert str(error).encode()


def check(made: Imported) -> None:
    """What was accepted is whole: the counts add up, and it can be written and identified."""
    assert all(tally.kept + tally.refused == tally.read for tally in made.tallies)
    assert made.digest
    for line in (*people_lines(made), *example_lines(made)):
        assert json.loads(line.encode())
    for example in made.examples:
        assert example.target
        assert example.at <= made.cuts[example.user]


@pytest.mark.parametrize("name", WRITABLE)
def test_two_thousand_malformed_files(name: str, tmp_path: Path, in_memory: Path) -> None:
    before, outcomes = store(), {"refused": 0, "counted": 0}
    slowest = 0.0
    folder = in_memory / "in"
    folder.mkdir()
    for files in malformed(name, tmp_path):
        for file, content in files.items():
            (folder / file).write_bytes(content)
        path = folder if len(files) > 1 else folder / next(iter(files))
        began = time.perf_counter()
        try:
            made = run(importers[name], Source(path), SETTINGS.get(name, {}))
        except DataError as error:
            outcomes["refused"] += 1
            named(error)
        else:
            outcomes["counted"] += 1
            check(made)
        slowest = max(slowest, time.perf_counter() - began)
    assert store() == before
    assert min(outcomes.values()) > COUNT / 20, outcomes
    assert slowest < SECONDS


def test_two_thousand_malformed_answers_of_git(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git prints, and the files that we read of a repository, changed; git itself runs for the first few."""
    monkeypatch.setattr(tempfile, "tempdir", str(in_memory))
    folder, draw = write_git(in_memory), random.Random("fuzz git")  # noqa: S311
    real = git_log._run
    printed: list[str] = []
    monkeypatch.setattr(git_log, "_run", lambda *given: printed.append(real(*given)) or printed[-1])
    run(importers["git"], Source(folder), {})
    sound, before = printed[0].encode(), store()
    outcomes = {"refused": 0, "counted": 0}
    head, ref = folder / ".git" / "HEAD", folder / ".git" / "refs" / "heads" / "main"
    files = {head: head.read_bytes(), ref: ref.read_bytes()}
    for number in range(COUNT):
        changed = draw.choice(list(files))
        for path, content in files.items():
            path.write_bytes(draw.choice(BYTES)(draw, content) if path == changed and number % 2 else content)
        text = draw.choice(BYTES)(draw, sound).decode("utf-8", "replace")
        monkeypatch.setattr(git_log, "_run", real if number < 12 else lambda *_, text=text: text)
        try:
            made = run(importers["git"], Source(folder), {})
        except DataError as error:
            outcomes["refused"] += 1
            named(error)
        else:
            outcomes["counted"] += 1
            check(made)
    assert store() == before
    assert min(outcomes.values()) > COUNT / 20, outcomes


LARGE = """
import sys, time
from pathlib import Path
from data.errors import DataError
from data.importer import run
from data.importers import importers
from data.sources import Source
importers[sys.argv[1]]
began = time.process_time()
try:
    run(importers[sys.argv[1]], Source(Path(sys.argv[2])), {})
    said = "accepted"
except DataError as error:
    said = str(error)
most = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(time.process_time() - began, int(most.split()[1]) * 1024, said[:300])
"""
TEN = 10_000_000
HUGE = {
    "lamp": (b"[" * 4 * TEN, b'[{"id":"' + b"x" * 4 * TEN, b"[" + b"[]," * TEN, b'[{"profile":[' + b"{}," * TEN),
    "longlamp": (b"{}\n" * 1_000_001, b"9" * 4 * TEN),
    "table": (b'user,given,made\n"' + b"y\n" * 2 * TEN, b"user,given,made\n" + b"z" * 4 * TEN, b"a," * TEN),
    "mbox": (b"From x\n" * 4_000_000, b"From x\nSubject: " + b"s" * 4 * TEN),
}


@pytest.mark.parametrize("name", sorted(HUGE))
def test_huge_files_stay_within_five_seconds_and_300_mb(name: str, tmp_path: Path) -> None:
    for number, content in enumerate(HUGE[name]):
        path = tmp_path / f"{number}{'.csv' if name == 'table' else '.mbox' if name == 'mbox' else '.json'}"
        path.write_bytes(content)
        command = [sys.executable, "-c", LARGE, name, str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        path.unlink()
        assert done.returncode == 0, done.stderr[-2000:]
        seconds, memory, said = done.stdout.split(" ", 2)
        assert said.strip() != "accepted"
        assert float(seconds) < SECONDS, said
        assert int(memory) < MEMORY, said
