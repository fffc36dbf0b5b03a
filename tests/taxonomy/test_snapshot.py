"""A snapshot is whole or it is noticed: damage, kills, full disks and two builders at once."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from data.digest import file_sha256
from taxonomy.catalog import Catalog
from taxonomy.load import FACTS
from taxonomy.manifest import Snapshot
from taxonomy.problems import FactsError
from taxonomy.snapshot import KEPT_DAMAGED, POINTER, DamagedError, ensure_catalog, manifest_path, verify
from taxonomy.store import Store

Damage = Callable[[Path], object]


def snapshot_of(home: Path) -> Path:
    return next(home.glob("catalog-*.duckdb"))


def truncate(size: int) -> Damage:
    return lambda path: os.truncate(path, size)


def flip(offset: int) -> Damage:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[offset % len(content)] ^= 1
        path.write_bytes(content)

    return damage


def zero_page(number: int) -> Damage:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        used = [at for at in range(0, len(content), 4096) if any(content[at : at + 4096])]
        content[used[number] : used[number] + 4096] = bytes(4096)
        path.write_bytes(content)

    return damage


def other_schema(path: Path) -> None:
    """A sound file of another schema version, with a manifest that agrees with it."""
    connection = duckdb.connect(str(path))
    connection.execute("UPDATE snapshot SET schema_version = 99")
    connection.close()
    manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    manifest |= {"sha256": file_sha256(path), "size": path.stat().st_size}
    manifest_path(path).write_text(json.dumps(manifest), encoding="utf-8")


def lost_row(path: Path) -> None:
    connection = duckdb.connect(str(path))
    connection.execute("DELETE FROM method WHERE key = 'oppu'")
    connection.close()
    manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    manifest |= {"sha256": file_sha256(path), "size": path.stat().st_size}
    manifest_path(path).write_text(json.dumps(manifest), encoding="utf-8")


DAMAGES: dict[str, Damage] = {
    "empty": truncate(0),
    "half": truncate(600_000),
    "flipped": flip(12_345),
    "page": zero_page(20),
    "schema": other_schema,
    "lost row": lost_row,
    "no manifest": lambda path: manifest_path(path).unlink(),
    "broken manifest": lambda path: manifest_path(path).write_text("{"),
    "other manifest": lambda path: manifest_path(path).write_text('{"size": 1}'),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_noticed_set_aside_and_repaired(name: str, home: Path, built: Snapshot) -> None:
    DAMAGES[name](snapshot_of(home))
    repaired = ensure_catalog(FACTS)
    assert repaired.manifest.digest == built.manifest.digest
    assert len(repaired.notices) == 1
    assert "damaged" in repaired.notices[0]
    assert len(list(home.glob("*.damaged"))) == 1
    assert Catalog.open(repaired.path).entry("method", "oppu").name == "OPPU"
    assert ensure_catalog(FACTS).notices == ()


def test_every_truncation_and_flip_fails_verification(home: Path) -> None:
    path = snapshot_of(home)
    content = path.read_bytes()
    chance = random.Random(3)  # noqa: S311 - a choice of offsets, not a secret
    sizes = [0, 1, 100, 4096, len(content) - 1, *(chance.randrange(len(content)) for _ in range(15))]
    offsets = [0, 9, 4095, len(content) - 1, *(chance.randrange(len(content)) for _ in range(40))]
    longer: Damage = lambda p: p.write_bytes(content + b"\0")  # noqa: E731 - one of a list of damages
    damages = [*map(truncate, sizes), *map(flip, offsets), longer]
    unnoticed = []
    for number, damage in enumerate(damages):
        path.write_bytes(content)
        damage(path)
        try:
            verify(path)
        except DamagedError:
            continue
        unnoticed.append(number)
    assert unnoticed == []


@pytest.mark.parametrize(
    ("content", "notices"),
    [
        (b"", 1),
        (b"\0\xff", 1),
        (b"[]", 1),
        (b"{}", 1),
        (b'{"snapshot": "gone.duckdb"}', 1),
        (b'{"snapshot": "gone.duckdb", "fingerprint": "of other facts"}', 0),
        (None, 0),
    ],
)
def test_pointer_that_leads_nowhere_is_repaired(content: bytes | None, notices: int, home: Path) -> None:
    before = snapshot_of(home)
    if content is None:
        (home / POINTER).unlink()
    else:
        (home / POINTER).write_bytes(content)
    repaired = ensure_catalog(FACTS)
    assert repaired.path == before
    assert len(repaired.notices) == notices
    assert ensure_catalog(FACTS).notices == ()


def test_pointer_cannot_lead_out_of_the_folder(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / snapshot_of(home).name
    pointer = json.loads((home / POINTER).read_text(encoding="utf-8"))
    (home / POINTER).write_text(json.dumps({**pointer, "snapshot": f"../{outside.name}"}), encoding="utf-8")
    assert ensure_catalog(FACTS).path.parent == home


def test_only_a_few_damaged_snapshots_are_kept(home: Path) -> None:
    for _ in range(KEPT_DAMAGED + 2):
        truncate(1000)(snapshot_of(home))
        ensure_catalog(FACTS)
    assert len(list(home.glob("*.damaged"))) == KEPT_DAMAGED


def test_changed_facts_make_a_new_snapshot_beside_the_old(home: Path, facts_copy: Path) -> None:
    old = snapshot_of(home)
    path = facts_copy / "methods.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: OPPU", "name: OPPU 2"), encoding="utf-8")
    new = ensure_catalog(facts_copy)
    assert new.path != old
    assert old.exists()
    assert new.notices == ()
    assert Catalog.open(new.path).entry("method", "oppu").name == "OPPU 2"
    assert ensure_catalog(FACTS).path == old


def test_a_snapshot_of_an_older_schema_is_replaced_without_a_word(home: Path, built: Snapshot) -> None:
    path = snapshot_of(home)
    connection = duckdb.connect(str(path))
    connection.execute("DROP TABLE tradeoff")
    connection.close()
    manifest = json.loads(manifest_path(path).read_text(encoding="utf-8"))
    tables = {name: rows for name, rows in manifest["tables"].items() if name != "tradeoff"}
    manifest |= {"sha256": file_sha256(path), "size": path.stat().st_size, "tables": tables}
    old = path.with_name("catalog-0000000000000000.duckdb")
    manifest_path(old).write_text(json.dumps(manifest), encoding="utf-8")
    path.rename(old)
    pointer = {"snapshot": old.name, "fingerprint": "of other code"}
    (home / POINTER).write_text(json.dumps(pointer), encoding="utf-8")
    made = ensure_catalog(FACTS)
    assert made.manifest.digest == built.manifest.digest
    assert made.notices == ()
    assert not list(home.glob("*.damaged"))


def test_bad_facts_leave_the_old_snapshot(home: Path, facts_copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    (facts_copy / "methods.yaml").write_text("{", encoding="utf-8")
    with pytest.raises(FactsError, match=r"methods\.yaml:2"):
        ensure_catalog(facts_copy)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_sound_snapshot_is_used_without_writing(home: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in home.iterdir()}
    assert ensure_catalog(FACTS).notices == ()
    assert {path.name: path.stat().st_mtime_ns for path in home.iterdir()} == before


def test_verification_counts_every_table_of_the_schema(built: Snapshot) -> None:
    store = Store(built.path)
    tables = {row["name"] for row in store.query("table_sizes")}
    found = {row[0] for row in store._connection.cursor().execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    store.close()
    assert tables == found == set(built.manifest.tables)


def test_manifest_survives_its_file(built: Snapshot) -> None:
    assert verify(built.path) == built.manifest
    written = json.loads(manifest_path(built.path).read_text(encoding="utf-8"))
    assert written == dataclasses.asdict(built.manifest)
