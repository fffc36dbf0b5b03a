"""Digests: one short name for any content, the same on every machine."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

# A field that came later: at its default it is left out, so that older digests stay what they are.
SILENT = {"silent": True}


def canonical(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """Turn records, enums, sets and times into plain JSON values in one fixed order.

    Raises:
        TypeError: the value holds something that has no canonical form.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: canonical(getattr(value, f.name)) for f in dataclasses.fields(value) if _told(value, f)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(k): canonical(v) for k, v in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((canonical(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, (list, tuple)):
        return [canonical(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _told(record: Any, field: dataclasses.Field[Any]) -> bool:
    return not field.metadata.get("silent") or getattr(record, field.name) != field.default


def digest(value: Any) -> str:
    """The first 16 hex digits of the sha256 of the canonical JSON of a value."""
    text = json.dumps(canonical(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
