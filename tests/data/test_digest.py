"""One short name for any content: equal content, equal digest, whatever the order of keys and sets."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.digest import canonical, digest, file_sha256
from data.records import TaskKind


@dataclass(frozen=True)
class Pair:
    name: str
    values: tuple[int, ...]


def test_records_enums_sets_and_times_have_one_plain_form() -> None:
    when = datetime(2025, 9, 4, tzinfo=UTC)
    found = canonical({"pair": Pair("a", (1, 2)), "kind": TaskKind.RATE, "set": {3, 1}, "at": when, "none": None})
    wanted = {"pair": {"name": "a", "values": [1, 2]}, "kind": "rate", "set": [1, 3]}
    assert found == wanted | {"at": "2025-09-04T00:00:00+00:00", "none": None}


def test_random_values_digest_alike_in_any_order_and_differ_when_changed() -> None:
    draw = random.Random(5)  # noqa: S311
    for _ in range(200):
        pairs = [(f"k{i}", draw.choice([draw.random(), "é\ud800", None, {draw.random()}])) for i in range(6)]
        shuffled = draw.sample(pairs, len(pairs))
        assert digest(dict(pairs)) == digest(dict(shuffled))
        key = draw.choice(pairs)[0]
        assert digest(dict(pairs) | {key: "other"}) != digest(dict(pairs))


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert digest({"b": [1, 2.5], "a": "ü"}) == hashlib.sha256('{"a":"ü","b":[1,2.5]}'.encode()).hexdigest()[:16]


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no canonical form for object"):
        digest({"x": object()})


def test_files_are_named_by_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"abc")
    assert file_sha256(tmp_path / "one") == hashlib.sha256(b"abc").hexdigest()
