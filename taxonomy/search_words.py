"""Texts to search terms: words without case, accents and endings, each with where it stands in the text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import Stemmer

from taxonomy.folding import fold

_STOP = """
a about all also an and any are as at be been being but by can could did do does doing for from had has have having
how i if in into is it its itself may me might more most my no nor not of off on one only or other our out over own
same shall she should so some such than that the their them then there these they this those through to too under
s t until very was we were what when where whether which while who whom why will with without would you your
"""
STOP_WORDS = frozenset(_STOP.split())
_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+")
_PARTED = re.compile(r"[^\W_]+(?:(?:[^\w\s]|_)+[^\W_]+)+")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_PARTED_BY = r"[\s'\u2019-]+"
_SMALL = "of|for|the|in|on|and|to|with|from|by"
_PROPER = re.compile(rf"[A-Z]\w+(?:{_PARTED_BY}(?:{_SMALL}|[A-Z]\w+))*{_PARTED_BY}[A-Z]\w+")
SHORTEST_PART = 3  # letters; LaMP is one word, MemoryBank two
LONGEST_INITIALS = 6
_SPACES = str.maketrans("", "", " \n")


@dataclass(frozen=True)
class Word:
    """A word of a text: folded, its stem, and its place there."""

    text: str
    stem: str
    start: int
    stop: int

    @property
    def is_content(self) -> bool:
        """Whether the word can tell one entry from another."""
        return self.text not in STOP_WORDS


def words(text: str) -> list[Word]:
    """All words of a text in order, stop words among them."""
    return [Word(*_forms(found[0]), *found.span()) for found in _WORD.finditer(text)]


def content_stems(text: str) -> tuple[str, ...]:
    """The stems of the words that are no stop words, in order."""
    return tuple(word.stem for word in words(text) if word.is_content)


def joined(text: str) -> Iterator[str]:
    """The words that a hyphen or another sign parts, written together: `a-mem` gives amem."""
    for chunk in _PARTED.findall(text):
        yield "".join(fold(part) for part in _WORD.findall(chunk))


def read(text: str) -> tuple[list[str], list[str]]:
    """The terms that an entry's text is found by, and its words as they are written.

    Terms are stems, written-together words, and the parts of MemoryBank; the folded words as written serve the
    correction of misspelt ones.
    """
    content = [word for word in words(text) if word.is_content]
    plain = text.translate(_SPACES).isalnum()  # most phrases: no sign parts their words
    wholes = [] if plain else list(joined(text))
    terms = [word.stem for word in content] + [stem(whole) for whole in wholes]
    for found in () if text[1:].islower() else _WORD.findall(text):
        if found[1:].islower() or not found.isascii():
            continue
        parts = _CAMEL.findall(found)
        if len(parts) > 1 and all(len(part) >= SHORTEST_PART for part in parts):
            terms += [stem(part.lower()) for part in parts]
    return terms, [word.text for word in content] + wholes


def index_terms(text: str) -> list[str]:
    """The terms that an entry's text is found by."""
    return read(text)[0]


def initials(name: str) -> frozenset[str]:
    """What a name of several words is shortened to: reinforcement learning from human feedback to rlfhf and rlhf."""
    every = words(name)
    short = ("".join(word.text[0] for word in some) for some in (every, [word for word in every if word.is_content]))
    return frozenset(letters for letters in short if SHORTEST_PART <= len(letters) <= LONGEST_INITIALS)


def proper_initials(text: str) -> Iterator[tuple[str, str]]:
    """The initials of the proper names in a text, each with its name: mal of MyAnimeList, atp of American Trends Panel.

    A proper name is a run of three to six capitalized words, or one word of so many capitalized parts; of a longer run,
    as titles are, it is every part.
    """
    for run in _PROPER.finditer(text):
        found = [*_WORD.finditer(run[0])]
        for length in range(SHORTEST_PART, LONGEST_INITIALS + 1):
            for some in zip(*(found[place:] for place in range(length)), strict=False):
                if fold(some[0][0]) not in STOP_WORDS and fold(some[-1][0]) not in STOP_WORDS:
                    name = run[0][some[0].start() : some[-1].end()]
                    yield from ((letters, name) for letters in initials(name))
    for found_word in _WORD.findall(text):
        parts = _CAMEL.findall(found_word)
        if SHORTEST_PART <= len(parts) <= LONGEST_INITIALS and "".join(parts) == found_word:
            yield "".join(part[0] for part in parts).lower(), found_word


def stem(word: str) -> str:
    """A folded word without its ending."""
    return _forms(word)[1]


def surfaces(text: str) -> list[str]:
    """The folded words of a text as they are written."""
    return read(text)[1]


def spans(text: str, stems: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """Where words of some stems stand in a text, in order; a written-together word is marked as a whole."""
    found = [(word.start, word.stop) for word in words(text) if word.stem in stems]
    for chunk in _CHUNK.finditer(text):
        parts = list(_WORD.finditer(chunk[0]))
        if len(parts) > 1 and stem("".join(fold(part[0]) for part in parts)) in stems:
            found.append((chunk.start() + parts[0].start(), chunk.start() + parts[-1].end()))
    return tuple(_merged(sorted(found)))


def _merged(found: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that do not overlap."""
    last: tuple[int, int] | None = None
    for start, stop in found:
        if last is not None and start < last[1]:
            last = (last[0], max(last[1], stop))
            continue
        if last is not None:
            yield last
        last = (start, stop)
    if last is not None:
        yield last


@functools.lru_cache(maxsize=200_000)
def _forms(word: str) -> tuple[str, str]:
    """A word folded, and its stem; the stemmer is made a word at a time because it is not safe for threads."""
    folded = word.lower() if word.isascii() else fold(word).replace(" ", "")
    return folded, _stemmer().stemWord(folded) if folded.isascii() and not folded.isdigit() else folded


def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english", 0)
