"""The BM25 index over all entries (bm25s), and the plan that a question becomes: slots of alternative words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from taxonomy.search_postings import NONE, USUAL, Document, Places, Scores, Weights, postings_of
from taxonomy.search_spelling import Spelling, english
from taxonomy.search_synonyms import Meaning, Synonyms
from taxonomy.search_words import Word, content_stems, index_terms, initials, joined, proper_initials, stem, words
from taxonomy.vocab import Kind, SynonymKind

MOST_WORDS, LONGEST_TEXT = 32, 400
MOST_NAMES = 3  # of which a word may be the initials
OTHER_NAME = 0.9  # what a word counts that was not asked for but means the same


@dataclass(frozen=True)
class Slot:
    """One thing that a question asks for: alternatives, each some stems that belong together, with a weight up to 1."""

    alternatives: tuple[tuple[tuple[str, ...], float], ...]

    def marked(self) -> Iterator[str]:
        """The stems that are marked in a found text: those asked for, and other names of one word."""
        for place, (stems, _) in enumerate(self.alternatives):
            if not place or len(stems) == 1:
                yield from stems


@dataclass(frozen=True)
class Plan:
    """A question as it is searched for.

    Attributes:
        asked: the stems of the question in order.
        text: the question with misspelt words corrected and other names added, as the encoder reads it.
        corrected: each misspelt word with what was searched for instead.
    """

    slots: tuple[Slot, ...]
    text: str
    corrected: tuple[tuple[str, str], ...] = ()
    stems: frozenset[str] = field(default_factory=frozenset)
    asked: tuple[str, ...] = ()


class TextIndex:
    """BM25 over documents whose fields have weights; safe to share between threads.

    A field's weight is how often its words are counted (BM25F as it is made with a single index): the score of a word t
    in a document d is idf(t) f / (f + k1 (1 - b + b |d| / mean |d|)), f and |d| being weighted counts.

    Args:
        documents: what is searched.
        synonyms: other names of what is asked for.
        weights: of the fields.
        kept: a file that the postings are kept in, so that another process need not make them; None keeps nothing.
    """

    def __init__(
        self, documents: Sequence[Document], synonyms: Synonyms, weights: Weights = USUAL, kept: Path | None = None
    ) -> None:
        self.size = len(documents)
        self._documents = documents
        self._synonyms = synonyms
        self._postings = postings_of(documents, weights, kept)
        self._vocabulary, self._frequency = self._postings.vocabulary, self._postings.frequency
        self._named: dict[tuple[str, ...], list[int]] = {}
        self._short: dict[str, list[str]] = {}
        for place, document in enumerate(documents):
            for name in (document.name, *document.aliases.split("; ")):
                self._named.setdefault(content_stems(name), []).append(place)
                for letters in initials(name) if document.kind is not Kind.PAPER else ():
                    self._short.setdefault(letters, []).append(name)
        self.spelling = Spelling(self._frequency)

    @cached_property
    def _proper(self) -> dict[str, list[str]]:
        """Proper names in titles and summaries by their initials; made when a question first needs it."""
        found: dict[str, list[str]] = {}
        for document in self._documents:
            for letters, name in proper_initials(f"{document.name}. {document.title}. {document.summary}"):
                found.setdefault(letters, []).append(name)
        return found

    def plan(self, text: str) -> Plan:
        """What a question asks for; it is cut to its first 400 characters and 32 words."""
        text = text[:LONGEST_TEXT]
        asked = [word for word in words(text) if word.is_content][:MOST_WORDS]
        slots: list[Slot] = []
        spelt: dict[Word, str] = {}
        also: list[str] = []
        for group, listed in self._synonyms.segments(asked):
            meanings = listed or self._written_out(group, loud=text[group[0].start : group[0].stop].isupper())
            if meanings:
                slots.append(_phrase(group, meanings))
                also += [meaning.text for meaning in meanings if meaning.kind is not SynonymKind.SYNONYM]
            else:
                slots.append(self._single(group[0], spelt))
        slots += self._compounds(text, asked)
        return Plan(
            slots=tuple(slot for slot in slots if slot.alternatives),
            text=_respelt(text, spelt) + (f" ({', '.join(also)})" if also else ""),
            corrected=tuple((word.text, right) for word, right in spelt.items()),
            stems=frozenset(stem for slot in slots for stem in slot.marked()),
            asked=tuple(word.stem for word in asked),
        )

    def _single(self, word: Word, spelt: dict[Word, str]) -> Slot:
        if word.stem in self._vocabulary or self._frequency[word.text]:
            return Slot((((word.stem,), 1.0),))
        near = self.spelling.near(word.text)
        if near:
            spelt[word] = near[0][0]
        return Slot(tuple(((stem(text),), weight) for text, weight in near))

    def _written_out(self, group: Sequence[Word], *, loud: bool) -> list[Meaning]:
        """The names that a word which no entry has may be the initials of; none where too many are.

        They are the names of entries or, where none is meant, those that stand in a title or a summary. An English
        word is meant as initials only where it is written in capitals.
        """
        letters = group[0].text
        if len(group) > 1 or self._frequency[letters] or (letters in english() and not loud):
            return []
        listed = self._short.get(letters) or self._proper.get(letters, [])
        names = list({content_stems(name): name for name in listed}.values())
        if len(names) > MOST_NAMES:
            return []
        return [Meaning(name, content_stems(name), SynonymKind.ACRONYM) for name in names]

    def _compounds(self, text: str, asked: Sequence[Word]) -> Iterator[Slot]:
        """Words that an entry writes together, whether the question parts them by a sign or by a space."""
        whole = [*joined(text), *(a.text + b.text for a, b in pairwise(asked))]
        for term in dict.fromkeys(map(stem, whole)):
            if term in self._vocabulary:
                yield Slot((((term,), 1.0),))

    def scores(self, plan: Plan) -> tuple[Scores, Scores]:
        """Of every document: its BM25 score, and the share of the question that it has, weighted by rarity.

        What is called exactly as the question goes above all others.
        """
        total, covered = np.zeros(self.size, np.float32), np.zeros(self.size, np.float32)
        asked = 0.0
        for slot in plan.slots:
            best, share = np.zeros(self.size, np.float32), np.zeros(self.size, np.float32)
            rarity = 0.0
            for place, (stems, weight) in enumerate(slot.alternatives):
                found, present, rare = self._together(stems)
                if place:  # another name counts as a whole or not at all
                    found[present < 1] = 0
                    present = np.floor(present)
                np.maximum(best, weight * found, out=best)
                np.maximum(share, present, out=share)
                rarity = max(rarity, rare)
            total += best
            covered += rarity * share
            asked += rarity
        if named := self.named(plan):
            total[named] += total.max()
        return total, covered / asked if asked else covered

    def named(self, plan: Plan) -> list[int]:
        """The documents that are called exactly as the question."""
        return self._named.get(plan.asked, []) if plan.asked else []

    def _together(self, stems: Sequence[str]) -> tuple[Scores, Scores, float]:
        """Of words that belong together: their scores, the share of them that each document has, how rare they are."""
        found, present = np.zeros(self.size, np.float32), np.zeros(self.size, np.float32)
        rarity = 0.0
        for term in stems:
            places, values = self._posting(term)
            found[places] += values
            present[places] += 1
            rarity += math.log(1 + (self.size - len(places) + 0.5) / (len(places) + 0.5)) if len(places) else 0.0
        return found, present / np.float32(len(stems)), rarity

    def _posting(self, term: str) -> tuple[Places, Scores]:
        """The documents that hold a term and its score in each."""
        number = self._vocabulary.get(term)
        return self._postings.of(number) if number is not None else NONE

    def salient(self, document: Document, most: int = 12) -> Plan:
        """The words that tell a document from others: its rarest that others have too."""
        weights: dict[str, float] = {}
        for text in (document.name, document.title, document.summary, document.tags):
            for term in index_terms(text):
                places, _ = self._posting(term)
                if len(places) > 1:
                    weights[term] = math.log(self.size / len(places))
        chosen = sorted(weights, key=lambda term: (-weights[term], term))[:most]
        return Plan(tuple(Slot((((term,), 1.0),)) for term in chosen), "")


def _phrase(group: Sequence[Word], meanings: Sequence[Meaning]) -> Slot:
    """A term as it was asked for, or any of its other names."""
    own = (tuple(word.stem for word in group), 1.0)
    return Slot((own, *((meaning.stems, OTHER_NAME) for meaning in meanings)))


def _respelt(text: str, spelt: Mapping[Word, str]) -> str:
    """A text with some of its words replaced."""
    for word in sorted(spelt, key=lambda word: word.start, reverse=True):
        text = text[: word.start] + spelt[word] + text[word.stop :]
    return text
