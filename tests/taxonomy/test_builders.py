"""Builders that are killed, that meet a full disk, and that work at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.home import ROOT
from taxonomy.load import FACTS
from taxonomy.manifest import Snapshot
from taxonomy.model import CatalogError
from taxonomy.snapshot import LOCK, POINTER, ensure_catalog, manifest_path, verify
from tests.taxonomy.conftest import Runner

ENSURE = "from pathlib import Path; from taxonomy.snapshot import ensure_catalog; made = ensure_catalog(Path(%r))"


def snapshot_of(home: Path) -> Path:
    return next(home.glob("catalog-*.duckdb"))


def files(home: Path) -> set[str]:
    return {path.name for path in home.iterdir()}


KILL_AT_EVERY_STEP = """
import os, pathlib, shutil, signal, sys
import taxonomy.snapshot as s
from taxonomy.load import read_facts
facts, built = map(pathlib.Path, sys.argv[1:])
home = pathlib.Path(os.environ["ATTUNE_HOME"])
tables, manifest = s.make_tables(read_facts(facts)), s._read_manifest(built)
s.make_tables = lambda _: tables
s.write_snapshot = lambda path, _: (shutil.copy(built, path), manifest)[1]

def in_child(task):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            task()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def killed_at(step):
    left = step
    def counted(real):
        def call(*arguments, **options):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)
        return call
    os.fsync, pathlib.Path.replace = counted(os.fsync), counted(pathlib.Path.replace)
    s.ensure_catalog(facts)

def repair():
    for path in home.glob("catalog-*.duckdb"):
        s.verify(path)
    made = s.ensure_catalog(facts)
    wanted = {s.POINTER, s.LOCK, made.path.name, s.manifest_path(made.path).name}
    assert made.notices == (), made.notices
    assert s.verify(made.path) == manifest
    assert {path.name for path in home.iterdir()} == wanted, list(home.iterdir())

for step in range(1, 60):
    for path in home.glob("catalog*"):
        path.unlink()
    how = in_child(lambda: killed_at(step))
    assert how in (0, -signal.SIGKILL), how
    assert in_child(repair) == 0, f"step {step}"
    if how == 0:
        break
print(step)
"""


def test_kill_at_any_step_leaves_old_or_nothing_and_the_next_start_repairs(
    tmp_path: Path, python: Runner, built: Snapshot
) -> None:
    done = python("-c", KILL_AT_EVERY_STEP, str(FACTS), str(built.path), ATTUNE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert 10 < int(done.stdout) < 59


def test_kill_in_the_middle_of_writing(tmp_path: Path, python: Runner) -> None:
    """In a home that only these processes use; a thread of an earlier test may still write into the one of this."""
    home = {"ATTUNE_HOME": str(tmp_path)}
    child = subprocess.Popen([sys.executable, "-c", ENSURE % str(FACTS)], cwd=ROOT, env={**os.environ, **home})
    while child.poll() is None and not list(tmp_path.glob(".catalog-building/*.duckdb")):
        pass
    child.kill()
    child.wait()
    assert list(tmp_path.glob("catalog-*.duckdb")) == []
    repaired = python("-c", f"{ENSURE % str(FACTS)}; print(made.notices)", **home)
    assert (repaired.stdout, repaired.stderr) == ("()\n", "")
    made = snapshot_of(tmp_path)
    assert files(tmp_path) == {POINTER, LOCK, made.name, manifest_path(made).name}


@pytest.mark.parametrize("size", [0, 4096, 200_000, 1_000_000])
def test_full_disk_is_said_in_one_sentence_and_leaves_nothing(size: int, tmp_path: Path, python: Runner) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
    done = python("-c", limit + ENSURE % str(FACTS), ATTUNE_HOME=str(tmp_path))
    assert "taxonomy.model.CatalogError: the catalog cannot be written (" in done.stderr
    assert "ATTUNE_HOME" in done.stderr.splitlines()[-1]
    assert files(tmp_path) <= {LOCK}


def test_home_that_is_a_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("x")
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path / "home"))
    with pytest.raises(CatalogError, match="ATTUNE_HOME"):
        ensure_catalog(FACTS)


def test_two_builders_at_once_make_one_snapshot(tmp_path: Path, built: Snapshot) -> None:
    environment = {**os.environ, "ATTUNE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", ENSURE % str(FACTS) + "; print('done')"]
    children = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [child.communicate(timeout=120)[0].strip() for child in children] == ["done", "done"]
    path = snapshot_of(tmp_path)
    assert verify(path).digest == built.manifest.digest
    assert files(tmp_path) == {POINTER, LOCK, path.name, manifest_path(path).name}
