"""The judged questions: read, split by a fixed rule, and scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from taxonomy.search import Searcher
from taxonomy.vocab import Mode

FILE = Path(__file__).with_name("judged_queries.yaml")
CUT = 5


@dataclass(frozen=True)
class Judged:
    """A question, what kind of question it is, and the entries that answer it, each as `kind:key`."""

    asked: str
    type: str
    entries: tuple[str, ...]
    kept: bool

    @property
    def entry_kinds(self) -> frozenset[str]:
        return frozenset(entry.partition(":")[0] for entry in self.entries)


def read_judged() -> tuple[Judged, ...]:
    """All questions; within a type, ordered by first entry's kind and question, every second is kept for the end."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    place: dict[str, int] = {}
    judged = []
    for row in sorted(rows, key=lambda row: (row["type"], row["entries"][0].partition(":")[0], row["asked"])):
        place[row["type"]] = place.get(row["type"], 0) + 1
        judged.append(Judged(row["asked"], row["type"], tuple(row["entries"]), kept=place[row["type"]] % 2 == 0))
    return tuple(judged)


def recall(found: Sequence[str], judged: Judged) -> float:
    """The share of a question's entries among the first five found."""
    return len(set(found[:CUT]) & set(judged.entries)) / len(judged.entries)


def recalls(searcher: Searcher, questions: Iterable[Judged], mode: Mode) -> dict[Judged, float]:
    """Recall@5 of every question.

    Raises:
        AssertionError: the mode was not used, because the encoder is not there.
    """
    scores = {}
    for question in questions:
        page = searcher.search(question.asked, mode=mode, limit=CUT)
        assert page.mode_used is mode, page.note
        scores[question] = recall([f"{hit.ref.kind}:{hit.ref.key}" for hit in page.hits], question)
    return scores


def mean(scores: Mapping[Judged, float]) -> float:
    return sum(scores.values()) / len(scores)
