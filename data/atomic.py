"""Writes that are old or new, never between: temporary file beside the target, fsync, rename."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PREFIX = ".writing-"


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file's content in one step.

    Raises:
        OSError: the disk is full or not writable; the old file is untouched and no temporary file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace a file with readable JSON in one step."""
    write_bytes(path, (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())


def make_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Fill a temporary folder and rename it into place; a folder that is already there is replaced.

    Raises:
        OSError: as for `write_bytes`; the old folder stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=PREFIX, dir=path.parent))
    try:
        fill(temporary)
        for written in sorted(temporary.rglob("*")):
            if written.is_file():
                with written.open("rb") as stream:
                    os.fsync(stream.fileno())
        _swap(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync_folder(path.parent)


def _swap(new: Path, path: Path) -> None:
    """Rename a folder into place; the old one, if any, stands aside until the new one is there."""
    aside = new.with_name(f"{new.name}-old")
    old = path.exists()
    if old:
        path.replace(aside)
    try:
        new.replace(path)
    except BaseException:
        if old:
            aside.replace(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def sweep(folder: Path) -> int:
    """Remove what a killed writer left behind in a folder; call it only while holding the folder's lock."""
    left = list(folder.glob(f"{PREFIX}*"))
    for path in left:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(left)


def keep_newest(folder: Path, pattern: str, most: int) -> None:
    """Remove the files of a pattern but those that were written last."""
    old = sorted(folder.glob(pattern), key=lambda path: -path.stat().st_mtime)
    for path in old[most:]:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
