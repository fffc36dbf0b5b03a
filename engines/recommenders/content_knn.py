"""Content kNN: things whose title and genres are near those of the history, by the sentence encoder's cosines.

Nothing that other people did enters, so a film that nobody has seen can be recommended; the score is the sum of the
`NEIGHBOURS` largest cosines to things of the history.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from engines.errors import EngineError, FailureKind
from engines.recommenders import RecommenderInfo, recommenders
from engines.recommenders.item_knn import LEAST, ItemKnn
from engines.topn.crowd import Items, Real
from engines.types import Level, Reach

NEIGHBOURS = 10
AT_ONCE = 256

_vectors: WeakKeyDictionary[Items, Real] = WeakKeyDictionary()


@recommenders.register("content-knn")
class ContentKnn(ItemKnn):
    """Item-kNN over vectors of texts; the vectors of a dataset's things are kept while the dataset is."""

    info = RecommenderInfo(
        name="Content kNN",
        summary="Films whose title and genres are near those of the history, by MiniLM vectors; nobody else's data.",
        level=Level.USER,
        uses=Reach.OWN,
        after="Content-based filtering by cosines of text vectors.",
        slow=True,
        reads_text=True,
    )

    def __init__(self, neighbours: int = NEIGHBOURS) -> None:
        super().__init__(neighbours)

    def learn(self) -> None:
        """Encode the texts, if they are not yet, and take all cosines above 0.

        Raises:
            EngineError: there is no encoder (kind unable), or the stop signal came (kind stopped).
        """
        vectors = self._encoded(self.crowd.items)
        self.similarity = np.maximum(vectors @ vectors.T, 0.0)
        np.fill_diagonal(self.similarity, 0.0)
        self.similarity[self.similarity < LEAST] = 0.0

    def _encoded(self, items: Items) -> Real:
        encoder = self.tools.encoder
        if encoder is None:
            raise EngineError(FailureKind.UNABLE, "content kNN needs the sentence encoder, which is not given")
        if items not in _vectors:
            parts = []
            for start in range(0, len(items.texts), AT_ONCE):
                if self.tools.stop():
                    raise EngineError(FailureKind.STOPPED, "stopped while titles were encoded")
                self.tools.tell("Encoding titles", start, len(items.texts))
                parts.append(np.asarray(encoder.encode(items.texts[start : start + AT_ONCE]), np.float32))
            _vectors[items] = np.concatenate(parts)
        return _vectors[items]
