"""Snapshots on disk: verified before use, replaced in one step, set aside and rebuilt when damaged."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from data.atomic import write_json
from data.digest import file_sha256
from data.home import home
from taxonomy.build import SCHEMA, SCHEMA_VERSION, content_digest, fingerprint, make_tables, write_snapshot
from taxonomy.load import FACTS, read_facts
from taxonomy.manifest import Manifest, Snapshot
from taxonomy.model import CatalogError
from taxonomy.rows import Tables
from taxonomy.store import Store

POINTER, LOCK, WORK = "catalog.json", "catalog.lock", ".catalog-building"
PATIENCE = 120.0  # seconds to wait for another builder; a build takes about two
KEPT_OLD, KEPT_DAMAGED = 2, 2
CREATED = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


class DamagedError(CatalogError):
    """A snapshot is not what its manifest says; the text is the reason."""


def ensure_catalog(facts: Path = FACTS) -> Snapshot:
    """A verified snapshot of the facts: the one that is there, or a new one.

    A damaged snapshot is set aside and built again, which `Snapshot.notices` says.

    Raises:
        FactsError: the facts have problems.
        CatalogError: the catalog cannot be written, or another process builds for too long.
    """
    wanted = fingerprint(facts)
    try:
        folder = home()
        with contextlib.suppress(DamagedError):
            current = _current(folder, wanted)
            if current is not None and not (folder / WORK).exists():  # else a killed builder's files are to be swept
                return current
        with FileLock(folder / LOCK, timeout=PATIENCE):
            return _build(folder, facts)
    except Timeout as error:
        raise CatalogError(
            f"another process holds {LOCK} for over {PATIENCE:.0f} s; stop it and start again"
        ) from error
    except (OSError, duckdb.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise CatalogError(
            f"the catalog cannot be written ({reason}); free some space, or name another folder in ATTUNE_HOME"
        ) from error


def verify(path: Path) -> Manifest:
    """Compare a snapshot with the manifest beside it: size, sha256, schema version and the rows of every table.

    Raises:
        DamagedError: they differ, or one of them cannot be read.
    """
    manifest = _read_manifest(path)
    try:
        size = path.stat().st_size
        if size != manifest.size:
            raise DamagedError(f"it has {size} bytes instead of {manifest.size}")
        if file_sha256(path) != manifest.sha256:
            raise DamagedError("its content differs from its checksum")
        if manifest.schema_version != SCHEMA_VERSION:
            raise DamagedError(f"it has schema version {manifest.schema_version} instead of {SCHEMA_VERSION}")
        found = _count(path)
    except (OSError, duckdb.Error) as error:
        raise DamagedError(f"it cannot be read: {type(error).__name__}") from error
    if found != dict(manifest.tables):
        raise DamagedError("its row counts differ from its manifest")
    return manifest


def manifest_path(snapshot: Path) -> Path:
    """Where the manifest of a snapshot stands."""
    return snapshot.with_suffix(".manifest.json")


def _count(path: Path) -> dict[str, int]:
    store = Store(path)
    try:
        version = store.query("snapshot")
        if [row["schema_version"] for row in version] != [SCHEMA_VERSION]:
            raise DamagedError("its schema version differs from its manifest")
        return {row["name"]: row["rows"] for row in store.query("table_sizes")}
    finally:
        store.close()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path.name} is missing or unreadable") from error
    if not isinstance(value, dict):
        raise DamagedError(f"{path.name} is not what was written")
    return value


def _read_manifest(path: Path) -> Manifest:
    value = _read_json(manifest_path(path))
    wanted = {field.name for field in dataclasses.fields(Manifest)}
    numbers, texts = ("size", "arxiv_ids", "schema_version"), ("digest", "sha256", "duckdb_version")
    if value.keys() == wanted and isinstance(value["tables"], dict):
        right = all(isinstance(value[name], int) for name in numbers) and all(isinstance(value[n], str) for n in texts)
        if right:
            return Manifest(**value)
    raise DamagedError("its manifest has other fields than those that were written")


def _current(folder: Path, wanted: str) -> Snapshot | None:
    """The snapshot that the pointer names, if it is of these facts; None if there is none.

    Raises:
        DamagedError: the pointer or the snapshot is not what was written.
    """
    if not (folder / POINTER).exists():
        return None
    value = _read_json(folder / POINTER)
    if value.get("fingerprint", wanted) != wanted:
        return None
    path = folder / Path(str(value.get("snapshot"))).name
    return Snapshot(path, verify(path))


def _build(folder: Path, facts: Path) -> Snapshot:
    """Build or adopt the snapshot of the facts; call it only while holding the lock."""
    shutil.rmtree(folder / WORK, ignore_errors=True)
    wanted, reason = fingerprint(facts), ""
    try:
        current = _current(folder, wanted)
        if current is not None:
            return current
    except DamagedError as error:
        reason = str(error)
    tables = make_tables(read_facts(facts))
    aside = _set_aside_damaged(folder)
    path = folder / f"catalog-{content_digest(tables)}.duckdb"
    with _work_folder(folder) as work:
        manifest = verify(path) if path.exists() else _write(work, path, tables)
        write_json(work / POINTER, {"snapshot": path.name, "fingerprint": wanted})
        _publish(work / POINTER, folder / POINTER)
    _forget_old(folder, path)
    notices = [f"The stored catalog was damaged: {why}. It was kept as {name} and built again." for name, why in aside]
    if reason and not notices:
        notices = [f"The stored catalog could not be used: {reason}. It was built again."]
    return Snapshot(path, manifest, tuple(notices))


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    work = folder / WORK
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(work: Path, path: Path, tables: Tables) -> Manifest:
    """Write file and manifest in the work folder, then put the manifest in place before the file that it describes."""
    made = work / path.name
    manifest = write_snapshot(made, tables)
    write_json(manifest_path(made), dataclasses.asdict(manifest))
    _publish(manifest_path(made), manifest_path(path))
    _publish(made, path)
    return manifest


def _publish(source: Path, target: Path) -> None:
    """Move a finished file into place so that it is there in full, or not at all, whatever happens."""
    _sync(source)
    source.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _set_aside_damaged(folder: Path) -> list[tuple[str, str]]:
    """Rename every snapshot that is not sound, so that its name is free; keep only the newest few of them."""
    moved: list[tuple[str, str]] = []
    for path in sorted(folder.glob("catalog-*.duckdb")):
        try:
            if not _of_other_tables(path):
                verify(path)
        except DamagedError as error:
            name = f"{path.stem}-{time.time_ns()}.damaged"
            path.replace(path.with_name(name))
            manifest_path(path).unlink(missing_ok=True)
            moved.append((name, str(error)))
    for path in sorted(folder.glob("catalog-*.damaged"), key=_age)[KEPT_DAMAGED:]:
        path.unlink(missing_ok=True)
    return moved


def _of_other_tables(path: Path) -> bool:
    """Whether a snapshot is of another version of the schema, which is no damage; its bytes are not looked at."""
    return _read_manifest(path).tables.keys() != set(CREATED.findall(SCHEMA.read_text(encoding="utf-8")))


def _forget_old(folder: Path, current: Path) -> None:
    old = sorted((path for path in folder.glob("catalog-*.duckdb") if path != current), key=_age)
    for path in old[KEPT_OLD:]:
        path.unlink(missing_ok=True)
        manifest_path(path).unlink(missing_ok=True)


def _age(path: Path) -> float:
    return -path.stat().st_mtime
