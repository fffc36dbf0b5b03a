"""Files as their authors publish them, which are not in this repository: read where ATTUNE_SAMPLES names their folder.

Elsewhere, in CI too, these tests are skipped; the importers' other tests have files written in the same formats.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from data.imported import Imported, Tally
from data.importer import run
from data.importers import importers
from data.sources import Source


@pytest.fixture
def samples() -> Path:
    named = os.environ.get("ATTUNE_SAMPLES", "")
    if not named:
        pytest.skip("ATTUNE_SAMPLES names no folder with movielens-latest-small/ and synthetic-persona-chat/")
    assert Path(named).is_dir(), "ATTUNE_SAMPLES names no folder"
    return Path(named)


def rows(path: Path) -> int:
    """The rows behind the header, by another reader than the importer's."""
    with path.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def tallies(made: Imported) -> dict[str, Tally]:
    return {tally.what: tally for tally in made.tallies}


def test_movielens_of_2016_is_kept_as_a_whole(samples: Path) -> None:
    """The copy that it was written on holds the 671 people and 9,125 films that its README says, and one more person.

    Somebody added that person, with seven ratings: fewer than a history needs, so the person is left out.
    """
    folder = samples / "movielens-latest-small"
    made = run(importers["movielens-latest"], Source(folder), {})
    found = tallies(made)
    assert found["films"].read == found["films"].kept == rows(folder / "movies.csv") == 9_125
    assert found["ratings"].read == found["ratings"].kept == rows(folder / "ratings.csv") >= 100_004
    assert len(made.users) == found["people"].kept == 671
    assert len(made.examples) == 5 * 671
    assert {refusal.reason for refusal in found["people"].refusals} <= {"10 entries or more"}


@pytest.mark.parametrize(("split", "unread"), [("test", 3), ("valid", 3)])
def test_conversations_are_kept_but_for_a_few_without_turns(split: str, unread: int, samples: Path) -> None:
    path = samples / "synthetic-persona-chat" / f"Synthetic-Persona-Chat_{split}.csv"
    made = run(importers["persona-chat"], Source(path), {})
    found = tallies(made)["conversations"]
    assert found.read == rows(path)
    assert found.refused == unread
    assert {r.reason for r in found.refusals} <= {
        "Best Generated Conversation: two turns or more, each as User 1: or User 2:",
        "Best Generated Conversation: text that is not empty",
    }
    assert tallies(made)["replies"].refused == tallies(made)["people"].refused == 0
