"""Search over every entry: BM25 and sentence vectors, fused by reciprocal rank, with both ranks shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from taxonomy.model import EntryRef, UnknownEntryError
from taxonomy.search_index import Document, Plan, Scores, TextIndex
from taxonomy.search_synonyms import Synonyms
from taxonomy.search_vectors import Encoder, Meaning, Stage
from taxonomy.search_words import spans
from taxonomy.vocab import Kind, Mode, SynonymKind

if TYPE_CHECKING:
    from taxonomy.catalog import Catalog

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
RRF = 20  # the constant of reciprocal rank fusion: how slowly a rank loses weight
WEIGHTS = {Mode.BM25: 2.0, Mode.SEMANTIC: 1.0}  # of the two rankings
STEP_BACK = 0.8  # what a paper's score is multiplied by when an entry that it describes has a higher one
COVERED = 0.25  # share of the question, weighted by rarity, that an entry must have to be a match by words
NEAREST, NEAR = 50, 0.2  # how many entries are matches by meaning at most, and their least cosine
MOST_HITS = 1000


@dataclass(frozen=True)
class Span:
    """A place in a shown text (`name`, `title` or `summary`) that has a word of the question."""

    field: str
    start: int
    stop: int


@dataclass(frozen=True)
class Hit:
    """A found entry.

    Attributes:
        title: the title of its paper, or its name where it has none.
        score: what it is ordered by; comparable within one page only.
        bm25_rank: its place among the matches by words, from 1; None where it is none of them.
        semantic_rank: its place among the matches by meaning, from 1; None where it is none of them.
        marks: where the words of the question stand in `ref.name`, `title` and `summary`.
    """

    ref: EntryRef
    title: str
    score: float
    bm25_rank: int | None
    semantic_rank: int | None
    marks: tuple[Span, ...] = ()
    summary: str = ""

    def as_json(self) -> dict[str, Any]:
        """The hit as the command line prints it."""
        ranks = {"bm25_rank": self.bm25_rank, "semantic_rank": self.semantic_rank}
        return {"kind": self.ref.kind, "key": self.ref.key, "title": self.title, "score": self.score, **ranks}


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


@dataclass(frozen=True)
class _Ranked:
    """The matches of a question, best first, with their scores and both ranks by place (0 for none)."""

    order: Places
    scores: Scores
    bm25: Places
    semantic: Places
    mode: Mode
    note: str


class Found:
    """All matches of a question, best first; what a reader sees of one is made when it is asked for.

    Attributes:
        mode: the mode asked for, or BM25 where the sentence encoder is not there (yet); `note` says why.
        ranking: kind, key and score of every match.
    """

    def __init__(self, searcher: Searcher, ranked: _Ranked, stems: frozenset[str]) -> None:
        self._searcher, self._ranked, self._stems = searcher, ranked, stems
        self.mode, self.note = ranked.mode, ranked.note
        pairs = zip(ranked.order.tolist(), ranked.scores[ranked.order].tolist(), strict=True)
        documents = searcher.documents
        self.ranking = tuple((documents[place].kind, documents[place].key, score) for place, score in pairs)

    def hit(self, ref: EntryRef) -> Hit:
        """One entry with its ranks and with the places of the question's words.

        Raises:
            KeyError: there is no such entry.
        """
        return self._searcher.hit(self._ranked, ref, self._stems)


class Searcher:
    """Search over the entries of a catalog; safe to share between threads.

    The first question in a mode that needs the sentence encoder starts loading it in the background; until it is there,
    and where it cannot be loaded, BM25 answers alone and the page says so.
    """

    def __init__(self, catalog: Catalog, encoder: Encoder | None = None) -> None:
        rows = catalog.store.query("search_texts")
        self.documents = tuple(Document(**{**row, "kind": Kind(row["kind"])}) for row in rows)
        self._places = {(d.kind, d.key): place for place, d in enumerate(self.documents)}
        self._kinds = np.array([d.kind.value for d in self.documents])
        terms = ((r["term"], SynonymKind(r["kind"]), r["meaning"]) for r in catalog.store.query("synonyms"))
        self._index = TextIndex(self.documents, Synonyms(terms))
        pairs = [
            (self._places[Kind.PAPER, row["paper"]], self._places[Kind(row["kind"]), row["key"]])
            for row in catalog.store.query("described")
        ]
        self._papers, self._described = np.array(pairs, np.intp).reshape(-1, 2).T
        self._meaning = Meaning([_sense(d) for d in self.documents], catalog.digest, encoder)

    def search(
        self, text: str, *, mode: Mode = Mode.HYBRID, kinds: frozenset[Kind] = frozenset(), limit: int = 20
    ) -> SearchPage:
        """The best entries for a question, at most `limit` and at most 1000 of them; no kinds are all kinds."""
        plan = self._index.plan(text)
        ranked = self._rank(plan, Mode(mode), self._of(kinds))
        shown = ranked.order[: min(max(0, limit), MOST_HITS)]
        hits = tuple(self._hit(ranked, int(place), plan.stems) for place in shown)
        return SearchPage(hits, ranked.mode, ranked.note, len(ranked.order))

    def found(self, text: str, *, mode: Mode = Mode.HYBRID) -> Found:
        """Every entry that matches a question."""
        plan = self._index.plan(text)
        return Found(self, self._rank(plan, Mode(mode), self._of(frozenset())), plan.stems)

    def ranking(self, text: str, *, mode: Mode = Mode.HYBRID) -> Sequence[tuple[Kind, str, float]]:
        """Every entry that matches a question, best first: kind, key and score."""
        return self.found(text, mode=mode).ranking

    def beside(self, kind: Kind | str, key: str, *, kinds: frozenset[Kind] = frozenset()) -> Found:
        """The entries that are most like one, without it; by words alone where no vectors are stored.

        No kinds are all kinds.

        Raises:
            UnknownEntryError: there is no such entry.
        """
        place = self._places.get((Kind(kind), key))
        if place is None:
            raise UnknownEntryError(str(kind), key)
        scores, _ = self._index.scores(self._index.salient(self.documents[place]))
        allowed = self._of(kinds)
        allowed[place] = False
        cosines = self._meaning.beside(place)
        words = _best(scores, (scores > 0) & allowed, NEAREST)
        senses = _best(cosines, allowed, NEAREST) if cosines is not None else words[:0]
        return Found(self, self._fused(words, senses, mode=Mode.HYBRID, note=""), frozenset())

    def similar(
        self, kind: Kind | str, key: str, limit: int = 8, *, kinds: frozenset[Kind] = frozenset()
    ) -> tuple[Hit, ...]:
        """The entries that are most like one, without it, at most `limit` of them; no kinds are the entry's own kind.

        Raises:
            UnknownEntryError: there is no such entry.
        """
        found = self.beside(kind, key, kinds=kinds or frozenset({Kind(kind)}))
        return tuple(found.hit(EntryRef(own, name, name)) for own, name, _ in found.ranking[: max(0, limit)])

    @property
    def stage(self) -> str:
        """How far the semantic half is, in words; empty once it is ready."""
        return self._meaning.stage.value

    def wait(self, seconds: float | None = None) -> None:
        """Start loading the sentence encoder and come back when it is there or cannot be."""
        self._meaning.wait(seconds)

    def spans(self, text: str, shown: str) -> tuple[tuple[int, int], ...]:
        """Where the words of a question stand in any shown text."""
        return spans(shown, self._index.plan(text).stems)

    def _of(self, kinds: frozenset[Kind]) -> Mask:
        return np.isin(self._kinds, sorted(kinds)) if kinds else np.ones(len(self.documents), np.bool_)

    def _rank(self, plan: Plan, mode: Mode, allowed: Mask) -> _Ranked:
        cosines, note = None, ""
        if mode is not Mode.BM25 and plan.text.strip():
            self._meaning.start()
            cosines = self._meaning.cosines(plan.text)
            if cosines is None:
                mode, note = Mode.BM25, self._meaning.stage.value or Stage.LOADING.value  # it may have come just now
        if plan.corrected:
            instead = ", ".join(f"{right} instead of {wrong}" for wrong, right in plan.corrected)
            note = f"Searched for {instead}. {note}".strip()
        scores, covered = self._index.scores(plan)
        words = senses = np.empty(0, np.intp)
        if mode is not Mode.SEMANTIC:
            words = _best(self._stepped_back(scores), (covered >= COVERED) & allowed)
        if cosines is not None:
            senses = _best(self._stepped_back(cosines), (cosines >= NEAR) & allowed, NEAREST)
        own = {Mode.BM25: scores, Mode.SEMANTIC: cosines}.get(mode)
        return self._fused(words, senses, own, mode=mode, note=note)

    def _stepped_back(self, scores: Scores) -> Scores:
        """A paper has little but its title; where an entry that it describes is found above it, it makes room."""
        above = np.zeros(len(scores), scores.dtype)
        np.maximum.at(above, self._papers, scores[self._described])
        return np.where(above > scores, STEP_BACK * scores, scores)

    def _fused(self, words: Places, senses: Places, own: Scores | None = None, *, mode: Mode, note: str) -> _Ranked:
        """Reciprocal rank fusion: the sum of weight / (20 + rank) over the rankings that an entry is in.

        Where only one ranking was asked for, its `own` scores are shown instead.
        """
        fused = np.zeros(len(self.documents), np.float32)
        ranks = [np.zeros(len(self.documents), np.intp) for _ in range(2)]
        for places, rank, weight in zip((words, senses), ranks, WEIGHTS.values(), strict=True):
            rank[places] = np.arange(1, len(places) + 1)
            fused[places] += weight / (RRF + rank[places])
        return _Ranked(_best(fused, fused > 0), fused if own is None else own, ranks[0], ranks[1], mode, note)

    def hit(self, ranked: _Ranked, ref: EntryRef, stems: frozenset[str]) -> Hit:
        """What a reader sees of an entry that was ranked.

        Raises:
            KeyError: there is no such entry.
        """
        return self._hit(ranked, self._places[ref.kind, ref.key], stems)

    def _hit(self, ranked: _Ranked, place: int, stems: frozenset[str]) -> Hit:
        document = self.documents[place]
        title = document.title or document.name
        shown = {"name": document.name, "title": title, "summary": document.summary}
        return Hit(
            ref=EntryRef(document.kind, document.key, document.name),
            title=title,
            score=float(ranked.scores[place]),
            bm25_rank=int(ranked.bm25[place]) or None,
            semantic_rank=int(ranked.semantic[place]) or None,
            marks=tuple(Span(field, *span) for field, text in shown.items() for span in spans(text, stems)),
            summary=document.summary,
        )


def _best(scores: Scores, allowed: Mask, most: int = 0) -> Places:
    """The places with the highest scores among the allowed, in order; of equal scores the first place first."""
    places = np.flatnonzero(allowed)
    values = scores[places]
    if most and len(places) > most:
        least = np.partition(values, len(values) - most)[len(values) - most]
        kept = values >= least
        places, values = places[kept], values[kept]
    ordered = places[np.argsort(-values, kind="stable")]
    return ordered[:most] if most else ordered


def _sense(document: Document) -> str:
    """What the encoder reads of an entry."""
    parts = (document.name, document.aliases, document.title, document.summary, document.tags)
    return ". ".join(part.rstrip(".") for part in parts if part)


__all__ = ["Hit", "Mode", "SearchPage", "Searcher", "Span"]
