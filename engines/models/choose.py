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
from engines.models.process import ProcessModel
from engines.models.worker import ModelWorker
from engines.types import LanguageModel
from taxonomy.encoder import SentenceEncoder

_lock = threading.Lock()
_models: dict[tuple[Choice, str, bool], LanguageModel] = {}


def chosen_model(*, apart: bool = False) -> LanguageModel:
    """The one language model of this process for the present settings; nothing is loaded or asked before its first use.

    Args:
        apart: whether weights are held by a process of their own, for a server whose pages must not wait for them.

    Raises:
        EngineError: a setting is not accepted.
    """
    choice, kind = read_choice(), embedded.precision()
    if choice.kind is Kind.EMBEDDED and not apart:
        return embedded.embedded_model()
    if choice.kind is Kind.HUB:
        os.environ.setdefault("HF_HUB_OFFLINE", "0")  # before anything sets it to 1 for the embedded models
    with _lock:
        if (choice, kind, apart) not in _models:
            _models[choice, kind, apart] = _make(choice, kind, apart=apart)
        return _models[choice, kind, apart]


def chosen_encoder() -> SentenceEncoder:
    """The sentence encoder of a server: in the process that holds the model, so that the pages' own stays small."""
    model = chosen_model(apart=True)
    if not isinstance(model, ProcessModel):  # a server elsewhere is the model: a process for the encoder alone
        model = ProcessModel(f"{__name__}:{load.__name__}", "", Kind.EMBEDDED.value, embedded.precision())
    return SentenceEncoder(model.encode)


def load(place: str, where: str, precision: str) -> LanguageModel:
    """A model with weights, for one thread.

    Args:
        place: the folder or the hub's name; empty for the embedded model.
        where: a `Kind`, but no server.
        precision: float32 or bfloat16.

    Raises:
        EngineError: there is no such model, or it cannot be used.
        MissingPackageError: a package that it needs is not installed.
    """
    kind = Kind(where)
    if kind is Kind.EMBEDDED:
        return embedded.load(precision)
    if kind is Kind.FOLDER:
        return load_folder(Path(place), Path(place).name, precision)
    return load_folder(download(place), place, precision)


def _make(choice: Choice, precision: str, *, apart: bool) -> LanguageModel:
    if choice.address:
        key = Key(os.environ.get("ATTUNE_MODEL_KEY", "").strip())
        return EndpointModel(choice.address, key=key, limits=choice.limits, slots=choice.slots)
    asked = (choice.place, choice.kind.value, precision)
    if apart:
        return ProcessModel(f"{__name__}:{load.__name__}", *asked)
    return ModelWorker(lambda: load(*asked))
