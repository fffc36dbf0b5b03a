"""The one language model of this process, as the settings choose it (`engines.models.choice`)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from engines.models import embedded
from engines.models.choice import Choice, Kind, read_choice
from engines.models.endpoint import EndpointModel
from engines.models.endpoint_address import Key
from engines.models.folders import download, load_folder
from engines.models.worker import ModelWorker
from engines.types import LanguageModel

_lock = threading.Lock()
_models: dict[tuple[Choice, str], LanguageModel] = {}


def chosen_model() -> LanguageModel:
    """The one language model of this process for the present settings; nothing is loaded or asked before its first use.

    Raises:
        EngineError: a setting is not accepted.
    """
    choice, kind = read_choice(), embedded.precision()
    if choice.kind is Kind.EMBEDDED:
        return embedded.embedded_model()
    if choice.kind is Kind.HUB:
        os.environ.setdefault("HF_HUB_OFFLINE", "0")  # before anything sets it to 1 for the embedded models
    with _lock:
        if (choice, kind) not in _models:
            _models[choice, kind] = _make(choice, kind)
        return _models[choice, kind]


def _make(choice: Choice, kind: str) -> LanguageModel:
    if choice.address:
        key = Key(os.environ.get("ATTUNE_MODEL_KEY", "").strip())
        return EndpointModel(choice.address, key=key, limits=choice.limits, slots=choice.slots)
    if choice.kind is Kind.FOLDER:
        folder = Path(choice.place)
        return ModelWorker(lambda: load_folder(folder, folder.name, kind))
    return ModelWorker(lambda: load_folder(download(choice.place), choice.place, kind))
