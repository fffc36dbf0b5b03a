"""Two thousand malformed inputs for each importer: an error that says where or counted refusals, and a whole store.

What was read is saved over the set that is there, so that a refused one has something to spoil. Time and memory are
measured; large and deep files, which small ones cannot stand for, are in `test_huge.py`.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from data import saved
from tests.data import outcomes
from tests.data.costs import Meter
from tests.data.mutations import BYTES, MEANING
from tests.data.samples import LAMP_INPUTS, LONG_ITEMS, SETTINGS, WRITERS, write_lamp, write_longlamp, write_mbox

COUNT, TOGETHER = 2_000, 10  # so many are measured together: what they cost, none costs more than
WRITABLE = [name for name in sorted(WRITERS) if name != "git"]


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: thousands of small files are written and read."""
    shared = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def home(in_memory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with a set of another name; nothing may happen to it."""
    monkeypatch.setenv("ATTUNE_HOME", str(in_memory / "home"))
    (saved.folder() / "kept").mkdir(parents=True)
    (saved.folder() / "kept" / "dataset.json").write_text("{}")
    return in_memory / "home"


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


@pytest.mark.parametrize("name", WRITABLE)
def test_two_thousand_malformed_files(name: str, tmp_path: Path, in_memory: Path) -> None:
    counts, meter = Counter[str](), Meter()
    folder, settings = in_memory / "in", SETTINGS.get(name, {})
    folder.mkdir()
    inputs = malformed(name, tmp_path)
    for _ in range(COUNT // TOGETHER):
        with meter.step():
            for files in islice(inputs, TOGETHER):
                for file, content in files.items():
                    (folder / file).write_bytes(content)
                path = folder if len(files) > 1 else folder / next(iter(files))
                outcomes.outcome(name, path, settings, counts)
    assert counts[outcomes.REFUSED] + counts[outcomes.COUNTED] == COUNT
    assert min(counts.values()) > COUNT / 20, counts
    assert (saved.folder() / "kept" / "dataset.json").read_text() == "{}"
    meter.within()
