"""A write leaves the old or the new state and no temporary file, whatever fails and whenever the process dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from data.atomic import PREFIX, make_folder, sweep, write_bytes, write_json
from data.home import ROOT

KILLED = """
import os, signal, sys
from pathlib import Path
import data.atomic as atomic
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
os.fsync = die
path = Path(sys.argv[1])
if path.suffix: atomic.write_bytes(path, b"new")
else: atomic.make_folder(path, lambda folder: (folder / "a.txt").write_text("new") and None)
"""


def broken(*_: Any, **__: Any) -> NoReturn:
    raise OSError(28, "No space left on device")


def fail_write(patch: pytest.MonkeyPatch) -> None:
    real = os.fdopen

    def opened(handle: int, mode: str) -> Any:
        stream = real(handle, mode, buffering=0)

        class Full:
            def __enter__(self) -> Full:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def write(self, content: bytes) -> NoReturn:
                stream.write(content[: len(content) // 2])
                broken()

        return Full()

    patch.setattr(os, "fdopen", opened)


def fail_fsync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "fsync", broken)


def fail_rename(patch: pytest.MonkeyPatch) -> None:
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        moves_in = self.name.startswith(PREFIX) and not self.name.endswith("-old")
        return broken() if moves_in else real(self, target)

    patch.setattr(Path, "replace", replace)


@pytest.mark.parametrize("fault", [fail_write, fail_fsync, fail_rename])
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_fault_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None], old: bytes | None
) -> None:
    path = tmp_path / "file.json"
    if old is not None:
        path.write_bytes(old)
    fault(monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        write_bytes(path, b"new content")
    assert [p.name for p in tmp_path.iterdir()] == ([] if old is None else ["file.json"])
    assert old is None or path.read_bytes() == old


@pytest.mark.parametrize("fault", [fail_fsync, fail_rename])
@pytest.mark.parametrize("old", [False, True])
def test_a_fault_leaves_the_old_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None], old: bool
) -> None:
    path = tmp_path / "folder"
    if old:
        path.mkdir()
        (path / "a.txt").write_text("old")
    fault(monkeypatch)
    with pytest.raises(OSError, match="No space left"):
        make_folder(path, lambda folder: (folder / "a.txt").write_text("new") and None)
    assert [p.name for p in tmp_path.iterdir()] == (["folder"] if old else [])
    assert not old or (path / "a.txt").read_text() == "old"


def test_a_filler_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_folder(tmp_path / "folder", fill)
    assert not list(tmp_path.iterdir())


def test_folders_and_files_are_replaced_whole(tmp_path: Path) -> None:
    for content in ("one", "two"):
        make_folder(tmp_path / "folder", lambda folder, text=content: (folder / text).write_text(text) and None)
        write_json(tmp_path / "deep" / "file.json", {"b": 1, "a": content + " ü"})
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["two"]
    text = (tmp_path / "deep" / "file.json").read_text("utf-8")
    assert text.index('"a"') < text.index('"b"')
    assert json.loads(text) == {"a": "two ü", "b": 1}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "folder"]


@pytest.mark.parametrize("name", ["file.txt", "folder"])
def test_what_a_killed_process_leaves_is_swept(tmp_path: Path, name: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / name).exists()
    (tmp_path / "kept").write_text("x")
    assert sweep(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
