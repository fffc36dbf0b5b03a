"""The model as it is trained: the one that answers, in the precision that this machine multiplies fastest."""

from __future__ import annotations

import json
import os
from pathlib import Path

from data.errors import AttuneError
from engines.errors import EngineError, FailureKind
from engines.models import embedded
from engines.models.choice import Kind, read_choice
from engines.models.cores import half
from engines.models.folders import download, load_folder
from engines.models.local import DTYPES, LocalModel
from engines.models.weights import ensure_weights, weights_folder

LAYERS = 30  # of the embedded model
FAST = ("amx_bf16", "avx512_bf16")


def training_precision() -> str:
    """ATTUNE_TRAIN_DTYPE, or bfloat16 where the processor multiplies it natively, else float32.

    Factors, optimizer and losses are float32 in either; what is learnt serves a model of any precision.

    Raises:
        EngineError: the setting is not accepted.
    """
    if asked := os.environ.get("ATTUNE_TRAIN_DTYPE", "").strip():
        if asked not in DTYPES:
            raise EngineError(
                FailureKind.MODEL, f"ATTUNE_TRAIN_DTYPE is {asked[:40]!r}; accepted: {', '.join(DTYPES)}; or unset it"
            )
        return asked
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return "float32"
    return "bfloat16" if any(flag in flags for flag in FAST) else "float32"


def at_once() -> int:
    """How many trainings run beside each other on this machine: ATTUNE_TRAININGS, usually one.

    In float32 half of a step are small operations, which a second thread does not shorten: of two adapters on two
    cores, one after the other took 34 s each, and both at once, with a thread each, 27 s each. So two are for
    comparisons that nobody waits beside, on a machine with the memory for two.

    Raises:
        EngineError: the setting is not accepted.
    """
    asked = os.environ.get("ATTUNE_TRAININGS", "").strip() or "1"
    if asked not in {"1", "2"}:
        raise EngineError(FailureKind.MODEL, f"ATTUNE_TRAININGS is {asked[:40]!r}; accepted: 1 or 2; or unset it")
    return int(asked)


def layers() -> int:
    """The decoder layers of the model that is trained, as its configuration says; `LAYERS` where that is not here."""
    try:
        choice = read_choice()
        folder = Path(choice.place) if choice.kind is Kind.FOLDER else weights_folder()
        found = json.loads((folder / "config.json").read_text("utf-8"))["num_hidden_layers"]
        return int(found) if choice.kind in {Kind.FOLDER, Kind.EMBEDDED} else LAYERS
    except (AttuneError, OSError, ValueError, KeyError, TypeError):
        return LAYERS


def load(place: str, where: str, served: str, trained: str) -> LocalModel:
    """A model for training, known by the digest of the one that answers.

    Args:
        place: as `engines.models.choose.load` takes it.
        where: a `Kind`, but no server.
        served: the precision of the model that answers.
        trained: the precision in which it is trained.

    Raises:
        EngineError: there is no such model here, or it cannot be used.
    """
    import torch

    os.environ.setdefault("HF_HUB_OFFLINE", "1" if Kind(where) is Kind.EMBEDDED else "0")
    if Kind(where) is Kind.EMBEDDED:
        folder, model = ensure_weights(), embedded.load(trained)
    else:
        folder = Path(place) if Kind(where) is Kind.FOLDER else download(place)
        model = load_folder(folder, place, trained)
    assert isinstance(model, LocalModel)  # noqa: S101 - neither is a server's
    model.digest = embedded.identity(folder, served)
    if trained == "bfloat16" or at_once() > 1:  # in bfloat16 a second thread gains nothing, and others need it
        torch.set_num_threads(half(torch.get_num_threads()))
    return model
