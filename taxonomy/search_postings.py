"""Which entries have which words, and how much each counts there (bm25s); kept in a file for the next process."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.atomic import keep_newest, write_bytes
from data.digest import digest, file_sha256
from taxonomy.search_words import read
from taxonomy.vocab import Kind

Scores = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
NONE: tuple[Places, Scores] = (np.empty(0, np.int32), np.empty(0, np.float32))
KEPT = 3  # files of earlier catalogs


@dataclass(frozen=True)
class Document:
    """What search reads of an entry; `name`, `title` and `summary` are shown, the rest is only found by.

    Attributes:
        asked: what people ask for when they mean it; of these, one that has words of the question is shown.
    """

    kind: Kind
    key: str
    name: str
    aliases: str = ""
    title: str = ""
    summary: str = ""
    tags: str = ""
    authors: str = ""
    asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weights:
    """How often a word of each field counts, and the two parameters of BM25."""

    name: int = 5
    aliases: int = 5
    title: int = 2
    summary: int = 2
    tags: int = 1
    authors: int = 1
    asked: int = 1
    k1: float = 1.2
    b: float = 0.3

    def repeats(self) -> Iterator[tuple[str, int]]:
        """Each field of a document with how often its words count."""
        yield from ((f.name, getattr(self, f.name)) for f in fields(self) if f.name not in {"k1", "b"})


USUAL = Weights()


@dataclass(frozen=True)
class Postings:
    """For every term the documents that have it, in compressed columns.

    Attributes:
        vocabulary: the column of every term.
        frequency: in how many documents each word stands as it is written.
        starts: where each column begins, with the end of the last.
        places: the documents of a column.
        scores: what the term is worth in each.
    """

    vocabulary: dict[str, int]
    frequency: Counter[str]
    starts: npt.NDArray[np.int64]
    places: Places
    scores: Scores

    def of(self, column: int) -> tuple[Places, Scores]:
        """The documents that have a term and its score in each."""
        part = slice(int(self.starts[column]), int(self.starts[column + 1]))
        return self.places[part], self.scores[part]


def postings_of(documents: Sequence[Document], weights: Weights, kept: Path | None) -> Postings:
    """The postings of documents: read from a file, or made and written there; one that is damaged is made again."""
    if kept is not None and (found := _read(kept, len(documents))):
        return found
    made = _made(documents, weights)
    if kept is not None:
        with contextlib.suppress(OSError):  # a folder that cannot be written only costs the next start
            write_bytes(kept, _packed(made))
            keep_newest(kept.parent, "words-*.npz", KEPT)
    return made


def file_name(catalog: str, weights: Weights = USUAL) -> str:
    """A name that tells the catalog, the weights, and the code that reads words apart."""
    return f"words-{catalog}-{digest([weights, _code()])[:12]}.npz"


@cache
def _code() -> list[str]:
    return [file_sha256(Path(__file__).with_name(name)) for name in ("search_postings.py", "search_words.py")]


def _made(documents: Sequence[Document], weights: Weights) -> Postings:
    import bm25s

    vocabulary: dict[str, int] = {}
    frequency: Counter[str] = Counter()
    rows = []
    for document in documents:
        row: list[int] = []
        seen: set[str] = set()
        for name, repeats in weights.repeats():
            text = "\n".join(document.asked) if name == "asked" else getattr(document, name)
            terms, surfaces = read(text)
            row += [vocabulary.setdefault(term, len(vocabulary)) for term in terms] * repeats
            seen.update(surfaces)
        frequency.update(seen)
        rows.append(row)
    if not vocabulary:
        return Postings({}, frequency, np.zeros(1, np.int64), *NONE)
    index: Any = bm25s.BM25(k1=weights.k1, b=weights.b)
    index.index((rows, dict(vocabulary)), create_empty_token=False, show_progress=False)
    parts = index.scores
    starts = np.asarray(parts["indptr"], np.int64)
    return Postings(
        vocabulary, frequency, starts, np.asarray(parts["indices"], np.int32), np.asarray(parts["data"], np.float32)
    )


def _packed(made: Postings) -> bytes:
    words = json.dumps([list(made.vocabulary), made.frequency]).encode()
    buffer = io.BytesIO()
    named = np.frombuffer(words, np.uint8)
    np.savez(buffer, words=named, starts=made.starts, places=made.places, scores=made.scores)
    return buffer.getvalue()


def _read(path: Path, count: int) -> Postings | None:
    """What an earlier process wrote; None if there is nothing, or it is not what was written."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            starts, places, scores = stored["starts"], stored["places"], stored["scores"]
            terms, frequency = json.loads(stored["words"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    whole = len(starts) == len(terms) + 1 and len(places) == len(scores) == starts[-1]
    if not whole or (len(places) and not 0 <= places.min() <= places.max() < count):
        return None
    return Postings({term: column for column, term in enumerate(terms)}, Counter(frequency), starts, places, scores)
