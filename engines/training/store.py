"""Trained states on disk: `var/state/DIGEST/`, each a safetensors file with its inputs beside it.

The inputs name every user whose data went in, so that deleting a person deletes each state that names them. What was
used longest ago leaves first when all together are larger than ATTUNE_STATE_GB (usual: 2).
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock

from data.atomic import make_folder, sweep, write_json
from data.digest import canonical
from data.home import home
from data.records import Holding
from engines.errors import EngineError, FailureKind
from engines.rows import Stop, never
from engines.training.recipe import Trained, Training
from engines.training.trainer import Learnt

STATE, INPUTS = "state.safetensors", "inputs.json"
USUAL_GB = 2.0
HELD_BYTES = 256_000_000
everyone_there: Holding = lambda _people: nullcontext(enter_result=True)  # noqa: E731
_held: OrderedDict[str, Trained] = OrderedDict()
_era = [0]
_holding = threading.Lock()


def state_folder() -> Path:
    """Where trained states stand."""
    return home() / "state"


def limit_bytes() -> int:
    """How large all states together may become.

    Raises:
        EngineError: ATTUNE_STATE_GB is no number from 0.01 to 1000.
    """
    text = os.environ.get("ATTUNE_STATE_GB", "").strip()
    try:
        found = float(text) if text else USUAL_GB
    except ValueError:
        found = 0.0
    if not 0.01 <= found <= 1000:
        raise EngineError(
            FailureKind.MODEL, f"ATTUNE_STATE_GB is {text[:40]!r}; accepted: a number of gigabytes from 0.01 to 1000"
        )
    return int(found * 1e9)


def hold(training: Training, learnt: Learnt, stop: Stop = never) -> Trained:
    """Keep a state in memory alone, for somebody whose data is nowhere on disk; the few used last stay.

    Raises:
        EngineError: the run was stopped, as it is before `release`; nothing is held then.
    """
    made = Trained(training.digest, learnt.arrays, training.owners, learnt.losses, learnt.seconds, peak=learnt.peak)
    with _holding:
        ask(stop)
        _held[made.digest] = made
        while len(_held) > 1 and sum(state.nbytes for state in _held.values()) > HELD_BYTES:
            _held.popitem(last=False)
    return made


def knows(name: str) -> bool:
    """Whether a state of this name was kept; whether it is whole is seen when it is read."""
    with _holding:
        return name in _held or (state_folder() / name / INPUTS).is_file()


def find(name: str) -> Trained | None:
    """The state of this name, if it is there and whole; a damaged one is removed."""
    with _holding:
        if held := _held.get(name):
            _held.move_to_end(name)
            return held.as_kept()
    folder = state_folder() / name
    try:
        inputs = json.loads((folder / INPUTS).read_text("utf-8"))
        if (folder / STATE).stat().st_size != inputs["bytes"]:
            raise ValueError("the file has another size")
        from safetensors.numpy import load_file

        arrays = load_file(folder / STATE)
        os.utime(folder)
        return Trained(
            name,
            arrays,
            frozenset(inputs["owners"]),
            tuple(inputs["losses"]),
            inputs.get("seconds"),
            inputs["bytes"],
            kept=True,
            peak=inputs.get("peak"),
        )
    except FileNotFoundError:
        return None
    except Exception:  # whatever is wrong with it, it is made again
        shutil.rmtree(folder, ignore_errors=True)
        return None


def ask(stop: Stop) -> None:
    """Whether what was learnt is still wanted.

    Raises:
        EngineError: the run was stopped.
    """
    if stop():
        raise EngineError(FailureKind.STOPPED, "stopped when the training had just ended; nothing is kept")


def keep(training: Training, learnt: Learnt, *, holding: Holding = everyone_there) -> Trained:
    """Write a state with its inputs; what was used longest ago leaves until all fit.

    Args:
        training: what was asked for.
        learnt: what came of it.
        holding: see `Dataset.holding`; a person who was deleted while it was learnt must not be named by a state.

    Raises:
        EngineError: the disk has no room, the state alone is over the limit, or people whose data went in were
            deleted meanwhile; nothing is left behind.
    """
    from safetensors.numpy import save

    body, name = save({key: _plain(array) for key, array in learnt.arrays.items()}), training.digest
    if len(body) > limit_bytes():
        raise EngineError(
            FailureKind.TOO_LARGE,
            f"the trained state has {len(body) / 1e6:,.0f} MB and ATTUNE_STATE_GB allows {limit_bytes() / 1e6:,.0f} MB "
            "for all; raise it, or learn fewer layers",
        )
    owners = sorted(training.owners)
    facts: dict[str, Any] = {
        **canonical(training.inputs),
        "owners": owners,
        "losses": learnt.losses,
        "seconds": learnt.seconds,
        "bytes": len(body),
        "peak": learnt.peak,
    }

    def fill(folder: Path) -> None:
        (folder / STATE).write_bytes(body)
        write_json(folder / INPUTS, facts)

    try:
        state_folder().mkdir(parents=True, exist_ok=True)
        with holding(training.owners) as there, FileLock(state_folder() / ".keeping"):
            if not there:
                raise EngineError(
                    FailureKind.NO_DATA, "what it was learnt from was deleted meanwhile; nothing is kept, run it again"
                )
            sweep(state_folder())
            _make_room(limit_bytes() - len(body), spare=name)
            make_folder(state_folder() / name, fill)
    except OSError as error:
        raise EngineError(
            FailureKind.INTERNAL, f"the trained state could not be written ({error.strerror or error}); free some room"
        ) from error
    return Trained(name, learnt.arrays, training.owners, learnt.losses, learnt.seconds, len(body), peak=learnt.peak)


def era() -> int:
    """How often somebody's data went since this process began; what was read before is not kept for what comes."""
    return _era[0]


def forget_dataset(dataset: str) -> int:
    """Delete every state that was learnt from a data set; how many there were."""
    _era[0] += 1
    gone = [folder for folder, inputs in kept() if inputs.get("dataset") == dataset]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def forget(owner: str) -> int:
    """Delete every state that somebody's data went into, in any data set that has their id; how many there were."""
    gone = [folder for folder, inputs in kept() if owner in inputs.get("owners", ())]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone) + release(owner)


def release(owner: str) -> int:
    """Forget what is held in memory alone of what somebody's data went into; how many there were."""
    _era[0] += 1
    with _holding:
        held = [name for name, state in _held.items() if owner in state.owners]
        for name in held:
            del _held[name]
    return len(held)


def kept() -> Iterator[tuple[Path, dict[str, Any]]]:
    """All states with their inputs; one whose inputs cannot be read names nobody and is removed."""
    for path in sorted(state_folder().glob(f"*/{INPUTS}")):
        try:
            found = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path.parent, ignore_errors=True)
            continue
        yield path.parent, found


def used_bytes() -> int:
    """What all states take."""
    return sum(_size(folder) for folder, _ in kept())


def _make_room(room: int, *, spare: str) -> None:
    folders = sorted((folder for folder, _ in kept() if folder.name != spare), key=lambda one: one.stat().st_mtime)
    total = sum(map(_size, folders))
    for folder in folders:
        if total <= room:
            return
        total -= _size(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    try:
        return (folder / STATE).stat().st_size
    except OSError:
        return 0


def _plain(array: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(array, np.float32)
