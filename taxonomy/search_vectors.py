"""Vectors of all entries, kept beside the snapshot, and the encoder that loads in the background."""

from __future__ import annotations

import contextlib
import io
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from data.atomic import keep_newest, write_bytes
from data.digest import digest
from data.errors import MissingPackageError
from data.home import home

Vectors = npt.NDArray[np.float32]
CLOSEST = 200  # entries whose single texts are looked at, those whose vector is nearest
SINGLE = 0.4  # how much the best of an entry's single texts counts beside its vector
BLOCK = 64  # texts encoded at a time, so that others who need the encoder come in between
KEPT = 3

log = logging.getLogger(__name__)


class Encoder(Protocol):
    """Makes unit vectors of texts."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), dimension]."""


class Stage(StrEnum):
    """How far the semantic half of search is; the value says it to a reader."""

    IDLE = "Semantic search has not been asked for yet."
    LOADING = "The sentence encoder is loading; these are the matches by words alone."
    READY = ""
    FAILED = "The sentence encoder could not be loaded; these are the matches by words alone."
    MISSING = (
        "Semantic search needs the sentence encoder, which is not installed; these are the matches by words alone."
    )


@dataclass(frozen=True)
class Layer:
    """Texts of one sort, such as summaries.

    Attributes:
        weight: how much each of them counts in the vector of its entry.
        texts: of which each is about an entry.
        owners: the place of that entry, in rising order.
        single: whether each text is also compared by itself with a question.
    """

    weight: float
    texts: tuple[str, ...]
    owners: tuple[int, ...]
    single: bool = False


class Singles:
    """Unit vectors of single texts by entry.

    Args:
        vectors: float32 [texts, dimension].
        owners: the entry of each, in rising order.
        size: how many entries there are.
    """

    def __init__(self, vectors: Vectors, owners: Sequence[int], size: int) -> None:
        self._vectors = vectors
        self._owners = np.asarray(owners, np.intp)
        self._starts = np.searchsorted(self._owners, np.arange(size + 1))

    def best(self, question: Vectors, places: npt.NDArray[np.intp]) -> Vectors:
        """The cosine of a question with the nearest text of each of some entries; -1 for one without a text."""
        starts, stops = self._starts[places], self._starts[places + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(starts, stops, strict=True)] or [np.empty(0, np.intp)])
        nearest = np.full(len(self._starts) - 1, -1, np.float32)
        np.maximum.at(nearest, self._owners[rows], self._vectors[rows] @ question)
        found: Vectors = nearest[places]
        return found


class Meaning:
    """Cosines between a question and all entries; safe to share between threads.

    An entry has one vector, the weighted sum of those of its texts. What all texts of a layer have in common says
    nothing about one of them: their mean is subtracted first, and from a question the mean of these means. Of the
    entries that are nearest by it, the best of the texts that are compared singly counts as well.

    Args:
        size: how many entries there are; each has a text in one of the layers.
        layers: their texts.
        catalog: the digest of the catalog that the texts are of.
        encoder: None where there is none.
    """

    def __init__(self, size: int, layers: Sequence[Layer], catalog: str, encoder: Encoder | None) -> None:
        self._size, self._layers = size, [layer for layer in layers if layer.texts]
        self._catalog, self._encoder = catalog, encoder
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._centre: Vectors | None = None
        self._vectors: Vectors | None = None
        self._singles: Singles | None = None
        self._looked = False
        self.stage = Stage.IDLE if encoder is not None else Stage.MISSING

    def start(self) -> None:
        """Load the encoder in the background, once a process."""
        with self._lock:
            if self.stage is not Stage.IDLE or self._encoder is None:
                return
            self.stage = Stage.LOADING
        threading.Thread(target=self._load, args=[self._encoder], name="search encoder", daemon=True).start()

    def wait(self, seconds: float | None = None) -> None:
        """Start, and come back when the encoder is there or cannot be."""
        self.start()
        if self.stage is Stage.LOADING:
            self._done.wait(seconds)

    def cosines(self, text: str) -> Vectors | None:
        """The cosine of a text with every entry; None while the encoder is not there."""
        if self.stage is not Stage.READY or self._encoder is None or self._vectors is None or self._centre is None:
            return None
        question = _unit(self._encoder.encode([text])[0] - self._centre)
        cosines: Vectors = self._vectors @ question
        if self._singles is not None:
            near = np.argpartition(-cosines, CLOSEST)[:CLOSEST] if len(cosines) > CLOSEST else np.arange(len(cosines))
            more = np.maximum(self._singles.best(question, near) - cosines[near], 0)
            cosines[near] += np.float32(SINGLE) * more
        return cosines

    def beside(self, place: int) -> Vectors | None:
        """The cosine of an entry with every entry; needs no encoder where the vectors are stored; None without them."""
        with self._lock:
            if self._vectors is None and not self._looked:
                self._looked = True
                self._take(self._stored())
        return None if self._vectors is None else self._vectors @ self._vectors[place]

    def _take(self, vectors: Vectors | None) -> None:
        if vectors is not None and self._vectors is None:
            self._centre, self._vectors = vectors[0], vectors[1 : 1 + self._size]
            owners = self._single_owners
            self._singles = Singles(vectors[1 + self._size :], owners, self._size) if owners else None

    @property
    def _single_owners(self) -> tuple[int, ...]:
        return tuple(owner for layer in self._layers if layer.single for owner in layer.owners)

    @property
    def path(self) -> Path:
        """Where the vectors are stored."""
        return home() / self._file

    @cached_property
    def _file(self) -> str:
        """A name that tells the catalog, the encoder and the texts apart."""
        encoder = self._encoder.name if self._encoder else "none"
        return f"vectors-{self._catalog}-{digest([encoder, *self._layers])[:12]}.npy"

    def _load(self, encoder: Encoder) -> None:
        try:
            if self._vectors is None:
                stored = self._stored()
                self._take(stored if stored is not None else self._make(encoder))
            encoder.encode(["a first text, so that the first question does not wait"])
            self.stage = Stage.READY
        except MissingPackageError as error:
            log.info("semantic search is off: %s", error)
            self.stage = Stage.MISSING
        except Exception:
            log.exception("the sentence encoder could not be loaded")
            self.stage = Stage.FAILED
        finally:
            self._done.set()

    def _make(self, encoder: Encoder) -> Vectors:
        """Encode all texts and store what comes of them; a folder that cannot be written only costs the next start."""
        vectors = self._pooled(encoder)
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        with contextlib.suppress(OSError):
            write_bytes(self.path, buffer.getvalue())
            keep_newest(self.path.parent, "vectors-*.npy", KEPT)
        return vectors

    def _pooled(self, encoder: Encoder) -> Vectors:
        """The centre of questions, the vector of every entry, those of single texts: float32 [rows, dimension]."""
        centres: list[Vectors] = []
        singles: list[Vectors] = []
        pooled: Vectors | None = None
        for layer in self._layers:
            vectors = _encoded(encoder, layer.texts)
            centres.append(vectors.mean(axis=0))
            vectors = _unit(vectors - centres[-1])
            if pooled is None:
                pooled = np.zeros((self._size, vectors.shape[1]), np.float32)
            np.add.at(pooled, list(layer.owners), np.float32(layer.weight) * vectors)
            singles += [vectors] if layer.single else []
        if pooled is None:
            return np.zeros((1, 1), np.float32)
        return np.concatenate([np.stack(centres).mean(axis=0, keepdims=True), _unit(pooled), *singles])

    def _stored(self) -> Vectors | None:
        """The vectors of an earlier process; None if there are none or they are not what was written."""
        try:
            vectors = np.load(self.path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        rows = 1 + self._size + len(self._single_owners)
        whole = vectors.ndim == 2 and len(vectors) == rows and vectors.dtype == np.float32
        if not whole or not np.allclose(np.linalg.norm(vectors[1:], axis=1), 1, atol=1e-3):
            return None
        return np.ascontiguousarray(vectors)


def _encoded(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """The vectors of texts, block by block of about equal length, since a block costs what its longest text does."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    blocks = (order[start : start + BLOCK] for start in range(0, len(order), BLOCK))
    made = np.concatenate([encoder.encode([texts[place] for place in block]) for block in blocks])
    vectors = np.empty_like(made)
    vectors[order] = made
    return vectors


def _unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1; one that has no length stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, 1e-9)
    return unit
