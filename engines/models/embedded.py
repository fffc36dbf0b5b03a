"""The embedded model behind one worker for the whole process."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from data.digest import digest
from data.errors import MissingPackageError
from engines.models.weights import NAME, ensure_weights, weights_digest
from engines.models.worker import ModelWorker
from engines.types import LanguageModel

_lock = threading.Lock()
_workers: dict[str, ModelWorker] = {}


def precision() -> str:
    """The floating point type of the model: ATTUNE_DTYPE, or float32."""
    return os.environ.get("ATTUNE_DTYPE") or "float32"


def identity(folder: Path, kind: str) -> str:
    """What identifies the weights of a folder at a precision: their content, not their names or sizes."""
    return digest({"weights": weights_digest(folder), "precision": kind})


def embedded_model() -> ModelWorker:
    """The one worker of this process for the embedded model; loads nothing before its first use."""
    kind = precision()
    with _lock:
        return _workers.setdefault(kind, ModelWorker(lambda: load(kind)))


def load(kind: str) -> LanguageModel:
    """The embedded model at a precision, for one thread; its weights are converted first if they are not yet.

    Raises:
        MissingPackageError: a package that it needs is not installed.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from engines.models.local import LocalModel

        folder = ensure_weights()
        model = LocalModel(folder, NAME, kind)
        model.digest = identity(folder, kind)
        return model
    except ImportError as error:
        raise MissingPackageError(error.name or "torch", "a live demo") from error
