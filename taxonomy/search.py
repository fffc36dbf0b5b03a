"""Search over every entry: BM25 and sentence vectors, fused by reciprocal rank, with both ranks shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data.home import home
from taxonomy.model import EntryRef, UnknownEntryError
from taxonomy.search_fusion import Fusion, Mask, best, fuse, trust
from taxonomy.search_hits import Hit, Ranks, SearchPage, Span, hit_of
from taxonomy.search_index import Plan, TextIndex
from taxonomy.search_postings import Document, Scores, file_name
from taxonomy.search_synonyms import Synonyms
from taxonomy.search_vectors import Encoder, Layer, Meaning, Stage
from taxonomy.search_words import spans
from taxonomy.vocab import Kind, Mode, SynonymKind

if TYPE_CHECKING:
    from taxonomy.catalog import Catalog

STEP_BACK = 0.65  # of the score of the best entry that a paper describes, the paper has so much at most
COVERED = 0.25  # share of the question, weighted by rarity, that an entry must have to be a match by words
NEAREST, NEAR = 50, 0.2  # how many entries are matches by meaning at most, and their least cosine
MOST_HITS = 1000
IN_SHORT, SUMMARY, ASKED = 0.7, 0.3, 0.35  # what texts of an entry count in its vector, each phrase of the last alike


@dataclass(frozen=True)
class _Ranked:
    """The matches of a question: fused, the scores that are shown, and how much each match by words was trusted."""

    fusion: Fusion
    scores: Scores
    trusted: Scores
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
        order = ranked.fusion.order
        pairs = zip(order.tolist(), ranked.scores[order].tolist(), strict=True)
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
        made = ({**row, "kind": Kind(row["kind"]), "asked": tuple(row["asked"])} for row in rows)
        self.documents = tuple(Document(**row) for row in made)
        self._places = {(d.kind, d.key): place for place, d in enumerate(self.documents)}
        self._kinds = np.array([d.kind.value for d in self.documents])
        terms = ((r["term"], SynonymKind(r["kind"]), r["meaning"]) for r in catalog.store.query("synonyms"))
        self._index = TextIndex(self.documents, Synonyms(terms), kept=home() / file_name(catalog.digest))
        pairs = [
            (self._places[Kind.PAPER, row["paper"]], self._places[Kind(row["kind"]), row["key"]])
            for row in catalog.store.query("described")
        ]
        self._papers, self._described = np.array(pairs, np.intp).reshape(-1, 2).T
        self._meaning = Meaning(len(self.documents), _layers(self.documents), catalog.digest, encoder)

    def search(
        self, text: str, *, mode: Mode = Mode.HYBRID, kinds: frozenset[Kind] = frozenset(), limit: int = 20
    ) -> SearchPage:
        """The best entries for a question, at most `limit` and at most 1000 of them; no kinds are all kinds."""
        plan = self._index.plan(text)
        ranked = self._rank(plan, Mode(mode), self._of(kinds))
        shown = ranked.fusion.order[: min(max(0, limit), MOST_HITS)]
        hits = tuple(self._hit(ranked, int(place), plan.stems) for place in shown)
        return SearchPage(hits, ranked.mode, ranked.note, len(ranked.fusion.order))

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
        words = best(scores, (scores > 0) & allowed, NEAREST)
        senses = best(cosines, allowed, NEAREST) if cosines is not None else words[:0]
        alike = np.ones(len(scores), np.float32)
        fusion = fuse(words, senses, alike)
        return Found(self, _Ranked(fusion, fusion.scores, alike, Mode.HYBRID, ""), frozenset())

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
        named = self._index.named(plan)
        words = senses = np.empty(0, np.intp)
        if mode is not Mode.SEMANTIC:
            words = best(self._stepped_back(scores, named), (covered >= COVERED) & allowed)
        if cosines is not None:
            senses = best(self._stepped_back(cosines, named), (cosines >= NEAR) & allowed, NEAREST)
        trusted = trust(covered, named)
        fusion = fuse(words, senses, trusted if mode is Mode.HYBRID else np.ones_like(trusted))
        own = {Mode.BM25: scores, Mode.SEMANTIC: cosines}.get(
            mode
        )  # where one ranking was asked for, its scores are shown
        return _Ranked(fusion, fusion.scores if own is None else own, trusted, mode, note)

    def _stepped_back(self, scores: Scores, named: list[int]) -> Scores:
        """A paper has little but the title that an entry has as well: it stands behind what it describes.

        One that is called as the question was asked for itself, and stays where it is.
        """
        above = np.zeros(len(scores), scores.dtype)
        np.maximum.at(above, self._papers, scores[self._described])
        back = np.where(above > 0, STEP_BACK * np.minimum(scores, above), scores)
        back[named] = scores[named]
        return back

    def hit(self, ranked: _Ranked, ref: EntryRef, stems: frozenset[str]) -> Hit:
        """What a reader sees of an entry that was ranked.

        Raises:
            KeyError: there is no such entry.
        """
        return self._hit(ranked, self._places[ref.kind, ref.key], stems)

    def _hit(self, ranked: _Ranked, place: int, stems: frozenset[str]) -> Hit:
        ranks = Ranks(int(ranked.fusion.bm25[place]), int(ranked.fusion.semantic[place]), float(ranked.trusted[place]))
        return hit_of(self.documents[place], float(ranked.scores[place]), ranks, stems)


def _layers(documents: Sequence[Document]) -> tuple[Layer, ...]:
    """What the encoder reads of the entries: each in short, what it says of itself, and what people ask for."""
    whole, said = zip(*map(_senses, documents), strict=True) if documents else ((), ())
    asked = [(phrase, place) for place, document in enumerate(documents) for phrase in document.asked]
    places = tuple(range(len(documents)))
    phrases, owners = zip(*asked, strict=True) if asked else ((), ())
    return (Layer(IN_SHORT, whole, places), Layer(SUMMARY, said, places), Layer(ASKED, phrases, owners, single=True))


def _senses(document: Document) -> tuple[str, str]:
    parts = (document.name, document.aliases, document.title, document.summary)
    return ". ".join(part.rstrip(".") for part in parts if part), document.summary or document.title or document.name


__all__ = ["Hit", "Mode", "SearchPage", "Searcher", "Span"]
