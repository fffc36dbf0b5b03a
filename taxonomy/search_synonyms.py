"""Words that mean the same: acronyms with what they stand for, and terms that the field uses for one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from taxonomy.search_words import Word, content_stems
from taxonomy.vocab import SynonymKind

LONGEST = 6  # words of one term


@dataclass(frozen=True)
class Meaning:
    """Another name of a term, and how it goes together with it."""

    text: str
    stems: tuple[str, ...]
    kind: SynonymKind


class Synonyms:
    """Finds terms in a question and says what else they are called.

    Args:
        rows: term, kind and meaning of every pair.
    """

    def __init__(self, rows: Iterable[tuple[str, SynonymKind, str]]) -> None:
        self._meanings: dict[tuple[str, ...], list[Meaning]] = {}
        for term, kind, meaning in rows:
            one, other = content_stems(term), content_stems(meaning)
            if one and other:
                self._meanings.setdefault(one, []).append(Meaning(meaning, other, kind))
                if kind is not SynonymKind.EVERYDAY:
                    self._meanings.setdefault(other, []).append(Meaning(term, one, SynonymKind.SYNONYM))

    def segments(self, asked: Sequence[Word]) -> Iterator[tuple[Sequence[Word], Sequence[Meaning]]]:
        """The words of a question in groups: known terms, the longest first, with their meanings; others singly."""
        place = 0
        while place < len(asked):
            for length in range(min(LONGEST, len(asked) - place), 0, -1):
                group = asked[place : place + length]
                meanings = self._meanings.get(tuple(word.stem for word in group), ())
                if meanings or length == 1:
                    yield group, meanings
                    place += length
                    break
