"""What a reader sees of a found entry: ranks, marked words, and the everyday phrase that is like the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taxonomy.model import EntryRef
from taxonomy.search_postings import Document
from taxonomy.search_words import spans, words
from taxonomy.vocab import Mode


@dataclass(frozen=True)
class Span:
    """A place in a shown text (`name`, `title`, `summary` or `asked_as`) that has a word of the question."""

    field: str
    start: int
    stop: int


@dataclass(frozen=True)
class Ranks:
    """The places of an entry by words and by meaning, 0 for none, and how much its match by words is trusted."""

    bm25: int
    semantic: int
    trust: float = 1.0


@dataclass(frozen=True)
class Hit:
    """A found entry.

    Attributes:
        title: the title of its paper, or its name where it has none.
        score: what it is ordered by; comparable within one page only.
        bm25_rank: its place among the matches by words, from 1; None where it is none of them.
        semantic_rank: its place among the matches by meaning, from 1; None where it is none of them.
        marks: where the words of the question stand in `ref.name`, `title`, `summary` and `asked_as`.
        asked_as: the everyday phrase of the entry that has words of the question which nothing else shown has; empty
            where there is none.
        trust: how much its place by words counts when both are fused: the square of the share of the question
            that it has, more where it is called so.
    """

    ref: EntryRef
    title: str
    score: float
    bm25_rank: int | None
    semantic_rank: int | None
    marks: tuple[Span, ...] = ()
    summary: str = ""
    asked_as: str = ""
    trust: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """The hit as the command line prints it."""
        ranks = {"bm25_rank": self.bm25_rank, "semantic_rank": self.semantic_rank}
        hit = {"kind": self.ref.kind, "key": self.ref.key, "title": self.title, "score": self.score, **ranks}
        return {**hit, "asked_as": self.asked_as} if self.asked_as else hit


@dataclass(frozen=True)
class SearchPage:
    """The best entries for a question.

    Attributes:
        mode_used: the mode asked for, or BM25 where the sentence encoder is not there (yet); `note` says why.
        note: what the reader should know, empty where there is nothing.
        total: how many entries match.
    """

    hits: tuple[Hit, ...]
    mode_used: Mode
    note: str = ""
    total: int = 0


def hit_of(document: Document, score: float, ranks: Ranks, stems: frozenset[str]) -> Hit:
    """The hit of an entry.

    Args:
        document: the entry.
        score: what it is ordered by.
        ranks: its places.
        stems: those that are marked.
    """
    title = document.title or document.name
    shown = {"name": document.name, "title": title, "summary": document.summary}
    asked_as = _phrase(document.asked, stems, " ".join(shown.values()))
    shown |= {"asked_as": asked_as}
    return Hit(
        ref=EntryRef(document.kind, document.key, document.name),
        title=title,
        score=score,
        bm25_rank=ranks.bm25 or None,
        semantic_rank=ranks.semantic or None,
        marks=tuple(Span(field, *span) for field, text in shown.items() for span in spans(text, stems)),
        summary=document.summary,
        asked_as=asked_as,
        trust=ranks.trust,
    )


def _phrase(phrases: tuple[str, ...], stems: frozenset[str], elsewhere: str) -> str:
    """The phrase with the most of the marked words that stand nowhere else."""
    only = stems - {word.stem for word in words(elsewhere)} if phrases and stems else frozenset()
    counts = [len(only & {word.stem for word in words(phrase)}) for phrase in phrases]
    most = max(counts, default=0)
    return phrases[counts.index(most)] if most else ""
