"""Models of a folder or a hub, checked before they are loaded, so that what is wrong with one is said in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data.errors import MissingPackageError
from engines.errors import EngineError, FailureKind
from engines.models.embedded import identity
from engines.types import LanguageModel

FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")


def check_folder(folder: Path, name: str) -> None:
    """Whether a folder holds a causal language model with a chat template.

    Raises:
        EngineError: it does not; the text says what is missing.
    """
    config = _read(folder / "config.json")
    if config is None:
        raise _unfit(name, "has no config.json that can be read", "a folder or hub model in the transformers format")
    kinds = config.get("architectures") or []
    if not isinstance(kinds, list) or not any(str(kind).endswith("ForCausalLM") for kind in kinds):
        raise _unfit(
            name, f"is no causal language model ({', '.join(map(str, kinds)) or 'no architecture named'})", "one"
        )
    if not any(folder.glob("*.safetensors")):
        raise _unfit(name, "has no *.safetensors weights", "weights in that form; pickled ones are not loaded")
    if not (folder / "chat_template.jinja").exists() and not (_read(folder / "tokenizer_config.json") or {}).get(
        "chat_template"
    ):
        raise _unfit(name, "has no chat template", "a model that was tuned for chat (often called Instruct)")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _unfit(name: str, what: str, accepted: str) -> EngineError:
    return EngineError(FailureKind.NO_SUCH_MODEL, f"ATTUNE_MODEL: {name} {what}; accepted: {accepted}")


def load_folder(folder: Path, name: str, precision: str) -> LanguageModel:
    """The model of a folder, in this process.

    Raises:
        EngineError: it is not fit, or transformers cannot load it.
        MissingPackageError: torch or transformers is not installed.
    """
    check_folder(folder, name)
    try:
        from engines.models.local import LocalModel

        model = LocalModel(folder, name, precision)
        model.digest = identity(folder, precision)
        return model
    except ImportError as error:
        raise MissingPackageError(error.name or "torch", "a model of a folder or hub") from error
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        said = " ".join(str(error).split())[:160]
        raise EngineError(
            FailureKind.MODEL, f"ATTUNE_MODEL: {name} could not be loaded ({type(error).__name__}: {said})"
        ) from error


def download(name: str) -> Path:
    """The folder of a hub's model, downloaded if it is not here yet; without HF_HUB_OFFLINE=1 only.

    Raises:
        EngineError: there is no such model, it needs access, or the hub cannot be reached.
        MissingPackageError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import errors as hub
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingPackageError("huggingface_hub", "a model of a hub") from error
    try:
        return Path(snapshot_download(name, allow_patterns=list(FILES)))
    except hub.GatedRepoError as error:
        text = f"{name} is given out to accounts only; accept its terms on the hub and set HF_TOKEN"
        raise EngineError(FailureKind.REFUSED_KEY, text) from error
    except hub.RepositoryNotFoundError as error:
        raise EngineError(
            FailureKind.NO_SUCH_MODEL, f"the hub knows no model called {name}; check ATTUNE_MODEL"
        ) from error
    except (hub.OfflineModeIsEnabled, hub.LocalEntryNotFoundError) as error:
        text = f"{name} is not on this machine and could not be fetched; unset HF_HUB_OFFLINE and check the network"
        raise EngineError(FailureKind.UNREACHABLE, text) from error
    except (OSError, hub.HfHubHTTPError) as error:
        text = f"{name} could not be fetched ({type(error).__name__}); check the network and the disk"
        raise EngineError(FailureKind.UNREACHABLE, text) from error
