"""Which entries have a word: an inverted index over the folded texts of a catalog, held in memory.

For each of name, title and the rest: the words in alphabetical order, with the numbers of the entries that have them.
Words that begin with the same letters are neighbours, so that a word's beginning is one slice.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Marks = npt.NDArray[np.int16]
FIELDS = ("name", "title", "rest")
INSIDE = 3  # letters from which on a word is also looked for inside the words of a name
EXACT, BEGINS, WITHIN, TITLE, REST = 40, 30, 20, 10, 1  # what a word's best place is worth
_LAST = "\U0010ffff"


class Postings:
    """The words of one text of every entry."""

    def __init__(self, texts: Iterable[str]) -> None:
        codes: dict[str, int] = {}
        words: list[int] = []
        sizes: list[int] = []
        for text in texts:
            own = {codes.setdefault(word, len(codes)) for word in text.split()}
            words.extend(own)
            sizes.append(len(own))
        self.words = sorted(codes)
        place = np.empty(len(codes), np.int32)
        place[[codes[word] for word in self.words]] = np.arange(len(codes), dtype=np.int32)
        coded = place[np.array(words, np.int64)] if words else np.empty(0, np.int32)
        owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._owners: Ids = owners[np.argsort(coded, kind="stable")]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(coded, minlength=len(codes)))))
        self._listed = "\n".join(self.words)
        self._offsets = np.cumsum([0, *(len(word) + 1 for word in self.words)])

    def exact(self, word: str) -> Ids:
        """The entries that have the word."""
        place = bisect_left(self.words, word)
        known = place < len(self.words) and self.words[place] == word
        return self._slice(place, place + 1) if known else self._slice(0, 0)

    def begins(self, word: str) -> Ids:
        """The entries that have a word with this beginning; some may stand there several times."""
        return self._slice(bisect_left(self.words, word), bisect_left(self.words, word + _LAST))

    def within(self, word: str) -> Ids:
        """The entries that have a word with these letters in it; some may stand there several times."""
        starts = [found.start() for found in re.finditer(re.escape(word), self._listed)]
        places = np.unique(np.searchsorted(self._offsets, starts, side="right") - 1)
        slices = [self._slice(int(place), int(place) + 1) for place in places]
        return np.concatenate(slices) if slices else self._slice(0, 0)

    def _slice(self, first: int, last: int) -> Ids:
        return self._owners[self._starts[first] : self._starts[last]]


class WordIndex:
    """The words of all entries.

    Args:
        texts: the folded texts of each of `FIELDS`, an entry each, in the order of the entries' numbers.
        count: how many entries there are.
    """

    def __init__(self, texts: Mapping[str, Iterable[str]], count: int) -> None:
        self._fields = {name: Postings(texts[name]) for name in FIELDS}
        self._count = count

    def scores(self, words: Iterable[str]) -> Marks:
        """What each entry is worth to a text: the sum over its words of their best place; 0 where a word is missing.

        A word counts where a word of the entry begins with it; in the name also inside a word.
        """
        total, everywhere = np.zeros(self._count, np.int16), np.ones(self._count, np.bool_)
        for word in words:
            marks = self._marks(word)
            total += marks
            everywhere &= marks > 0
        return np.where(everywhere, total, 0).astype(np.int16)

    def having(self, words: Iterable[str]) -> npt.NDArray[np.bool_]:
        """The entries that have every one of these words, as whole words, in any of their texts."""
        every = np.ones(self._count, np.bool_)
        for word in words:
            found = np.zeros(self._count, np.bool_)
            for postings in self._fields.values():
                found[postings.exact(word)] = True
            every &= found
        return every

    def _marks(self, word: str) -> Marks:
        """What a word is worth to each entry, from the least place to the best."""
        name, title, rest = (self._fields[field] for field in FIELDS)
        ways: list[tuple[Callable[[str], Ids], int]] = [(rest.begins, REST), (title.begins, TITLE)]
        if len(word) >= INSIDE:
            ways.append((name.within, WITHIN))
        ways += [(name.begins, BEGINS), (name.exact, EXACT)]
        marks = np.zeros(self._count, np.int16)
        for find, worth in ways:
            marks[find(word)] = worth
        return marks
