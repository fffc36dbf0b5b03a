"""The judged questions, those for development and those kept for the final figure: read and scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from taxonomy.search import Searcher
from taxonomy.vocab import Mode

DEVELOPMENT, LATER, KEPT = (Path(__file__).with_name(f"judged_{name}.yaml") for name in ("queries", "later", "kept"))
TYPES = ("paraphrase", "typo", "acronym", "topical")
CUT = 5


@dataclass(frozen=True)
class Judged:
    """A question, what kind of question it is, and the entries that answer it, each as `kind:key`."""

    asked: str
    type: str
    entries: tuple[str, ...]


def read_judged(file: Path = DEVELOPMENT) -> tuple[Judged, ...]:
    """All questions of a file, in its order."""
    rows = yaml.safe_load(file.read_text("utf-8"))
    return tuple(Judged(row["asked"], row["type"], tuple(row["entries"])) for row in rows)


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


def mean(scores: Mapping[Judged, float], kind: str = "") -> float:
    """The mean of the scores, or of those of one type of question."""
    counted = [score for question, score in scores.items() if kind in ("", question.type)]
    return sum(counted) / len(counted)
