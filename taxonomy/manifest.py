"""What stands beside a snapshot file, and what it is verified against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Manifest:
    """What a snapshot is: written beside it, and what it is verified against.

    Attributes:
        digest: of the content, the same on every machine.
        sha256: of the file's bytes; two builds of one content may differ in it.
        size: bytes.
        tables: rows of each table.
    """

    digest: str
    sha256: str
    size: int
    tables: Mapping[str, int]
    arxiv_ids: int
    duckdb_version: str
    schema_version: int


@dataclass(frozen=True)
class Snapshot:
    """A verified catalog file, with what a visitor should be told about how it came to be."""

    path: Path
    manifest: Manifest
    notices: tuple[str, ...] = ()
