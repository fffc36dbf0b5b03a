"""What this process remembers of a data set by its digest, to be dropped with the set or with its session."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

# Module and name of each table whose keys hold a digest; a module that nobody imported remembers nothing.
TABLES = (
    ("engines.world", "_pools"),
    ("engines.folds", "_dealt"),
    ("engines.folds", "_folds"),
    ("engines.folds", "_held_out"),
    ("engines.own", "_cuts"),
    ("engines.own_catalog", "_known"),
    ("engines.interactions", "_tables"),
    ("engines.material", "_found"),
    ("engines.matrix", "_orders"),
    ("engines.topn.crowd", "_known"),
    ("engines.runs.ahead", "_found"),
)


def tables() -> Iterator[MutableMapping[Any, Any]]:
    """The tables of the modules that are loaded."""
    for module, name in TABLES:
        if module in sys.modules:
            yield getattr(sys.modules[module], name)


def forget_dataset(digest: str) -> None:
    """Drop all that is remembered of a set."""
    for table in tables():
        for key in [key for key in list(table) if digest in _parts(key)]:
            table.pop(key, None)


def _parts(key: object) -> tuple[object, ...]:
    return key if isinstance(key, tuple) else tuple(str(key).split("/"))
