"""The digest is that of the content: no order of files or entries, locale, time zone or hash seed changes it."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest
import yaml

from taxonomy.build import content_digest, make_tables
from taxonomy.load import read_facts
from taxonomy.manifest import Snapshot
from tests.taxonomy.conftest import Runner

KEYED = ("nodes", "methods", "datasets", "metrics", "sources", "challenges", "synonyms", "asked_as")
PRINT_DIGEST = """
import sys
from pathlib import Path
from taxonomy.build import content_digest, make_tables
from taxonomy.load import read_facts
print(content_digest(make_tables(read_facts(Path(sys.argv[1])))))
"""


def digest_of(folder: Path) -> str:
    return content_digest(make_tables(read_facts(folder)))


def shuffle(folder: Path, seed: int) -> None:
    """Another order of the entries, their fields and the rows; every YAML file is also written in another layout."""
    chance = random.Random(seed)  # noqa: S311 - an order, not a secret
    for name in KEYED:
        path = folder / f"{name}.yaml"
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        chance.shuffle(entries)
        path.write_text(yaml.safe_dump(entries, sort_keys=seed % 2 == 0, allow_unicode=True), encoding="utf-8")
    for path in [*folder.glob("*.csv"), *(folder / "results").glob("*.csv")]:
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        chance.shuffle(rows)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\r\n").writerows([header, *rows])


@pytest.mark.parametrize(
    ("seed", "environment"),
    [
        (1, {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"}),
        (2, {"LC_ALL": "C.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "4242"}),
    ],
)
def test_digest_survives_order_locale_zone_and_hash_seed(
    seed: int, environment: dict[str, str], facts_copy: Path, built: Snapshot, python: Runner
) -> None:
    shuffle(facts_copy, seed)
    done = python("-c", PRINT_DIGEST, str(facts_copy), **environment)
    assert done.stdout.strip() == built.manifest.digest, done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("methods.yaml", "year: 2024", "year: 2023"),
        ("dataset_aliases.csv", "\nAOL,", "\nAOL,,other"),
        ("nodes.yaml", "mark: recalled\n", "mark: confirmed\n"),
    ],
)
def test_digest_changes_with_the_content(name: str, old: str, new: str, facts_copy: Path, built: Snapshot) -> None:
    path = facts_copy / name
    text = path.read_text(encoding="utf-8")
    if name.endswith(".csv"):
        line = text[text.index(old) + 1 :].partition("\n")[0]
        old, new = f"\n{line}\n", f"\n{line} and more\n"
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert digest_of(facts_copy) != built.manifest.digest


def test_order_of_sentences_is_content(facts_copy: Path, built: Snapshot) -> None:
    path = facts_copy / "uncertain.yaml"
    sentences = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(sentences[::-1]), encoding="utf-8")
    assert digest_of(facts_copy) != built.manifest.digest


def test_manifest_beside_the_snapshot_is_readable(built: Snapshot) -> None:
    written = json.loads(built.path.with_suffix(".manifest.json").read_text(encoding="utf-8"))
    assert written["digest"] in built.path.name
    assert written["size"] == built.path.stat().st_size
    assert written["tables"]["result"] == 1841
