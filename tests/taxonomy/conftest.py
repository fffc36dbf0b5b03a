"""One catalog for all tests of the layer, and copies of the facts for those that break them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.home import ROOT
from taxonomy.catalog import Catalog
from taxonomy.load import FACTS
from taxonomy.manifest import Snapshot
from taxonomy.snapshot import ensure_catalog

Runner = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of the project's facts in a folder of its own; tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTUNE_HOME", str(tmp_path_factory.mktemp("built")))
        return ensure_catalog(FACTS)


@pytest.fixture(scope="session")
def catalog(built: Snapshot) -> Iterator[Catalog]:
    opened = Catalog(built)
    yield opened
    opened.close()


@pytest.fixture
def home(built: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished home folder, which a test may damage."""
    folder = tmp_path / "home"
    shutil.copytree(built.path.parent, folder)
    monkeypatch.setenv("ATTUNE_HOME", str(folder))
    return folder


@pytest.fixture
def facts_copy(tmp_path: Path) -> Path:
    """A copy of the project's facts, which a test may change."""
    return Path(shutil.copytree(FACTS, tmp_path / "facts"))


@pytest.fixture(scope="session")
def python() -> Runner:
    """Runs Python in the project's folder with extra environment variables."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


def children() -> set[int]:
    """The processes that this one started and that are not yet reaped, the ended ones included."""
    found = set()
    for process in (path for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just been reaped
        if parent == os.getpid():
            found.add(int(process.name))
    return found
