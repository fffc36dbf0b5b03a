"""A trained state: found where it was kept, or learnt now and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from data.importer import SESSION
from engines.errors import EngineError, FailureKind
from engines.modifiers import PLAIN, Adapter, Modifiers, SoftPrefix
from engines.stopwatch import aside
from engines.training import store
from engines.training.recipe import Recipe, Sample, Trained, Training
from engines.training.trainer import Learnt, Progress, Trainer
from engines.types import LanguageModel
from engines.world import World

_lock = threading.Lock()
_trainers: dict[tuple[str, ...], Trainer] = {}


def trainer_of(model: LanguageModel) -> Trainer:
    """Who trains for a model: its own trainer if it has one, else the one process for the present settings.

    Raises:
        EngineError: the model is a server's, whose weights are not here.
    """
    own: Trainer | None = getattr(model, "trainer", None)
    if own is not None:
        return own
    from engines.models.choice import Kind, read_choice
    from engines.models.embedded import precision
    from engines.training.loading import at_once, training_precision
    from engines.training.process import ProcessTrainer

    choice = read_choice()
    if choice.kind is Kind.SERVER:
        raise EngineError(FailureKind.UNABLE, f"{model.name} is served elsewhere, so nothing can be learnt in it here")
    asked = (choice.place, choice.kind.value, precision(), training_precision())
    with _lock:
        if asked not in _trainers:
            _trainers[asked] = ProcessTrainer("engines.training.loading:load", *asked, at_once=at_once())
        return _trainers[asked]


def training_of(
    world: World, method: tuple[str, int], recipe: Recipe, samples: Sequence[Sample], *, base: Trained | None = None
) -> Training:
    """What is to be learnt for a method with its version, of the world's model, in this machine's precision."""
    from engines.training.loading import training_precision

    recipe = replace(recipe, precision=training_precision())
    return Training(*method, world.model.digest, recipe, tuple(samples), base, world.dataset.info.id)


_making: dict[str, threading.Lock] = {}


def trained(world: World, training: Training, name: str) -> Trained:
    """The state that a training asks for; equal ones are learnt once, whoever asks.

    What was learnt from data that a browser session alone holds is in memory alone, as the data are. Its time is put
    aside: whether it is made, waited for or found, the state says how long it took when it was made.

    Raises:
        EngineError: it was stopped or cannot be learnt; nothing is kept then.
    """
    if not training.samples:
        return Trained(training.digest, {}, training.owners)
    with aside():
        return _made_or_found(world, replace(training, passing=of_session(world, training)), name)


def _made_or_found(world: World, training: Training, name: str) -> Trained:
    trainer = trainer_of(world.model)
    if not trainer.keeps:
        learnt = trainer.train(training, name, tell=world.report, stop=world.stop)
        return Trained(training.digest, learnt.arrays, training.owners, learnt.losses, learnt.seconds)
    with _lock:
        own = _making.setdefault(training.digest, threading.Lock())
    _wait(own, world.stop)
    try:
        found = store.find(training.digest)
        if found is None:
            learnt = trainer.train(training, name, tell=world.report, stop=world.stop)
            found = _stored(world, training, learnt)
        made = Progress(name, found.digest, len(found.losses), None, found.losses, found.seconds)
        world.report(replace(made, done=True, bytes=found.bytes, per=training.recipe.per, peak=found.peak))
        return found
    finally:
        own.release()


def _stored(world: World, training: Training, learnt: Learnt) -> Trained:
    """A state that was learnt just now, unless it is not wanted any more or its people were deleted meanwhile."""
    store.ask(world.stop)
    if training.passing:
        return store.hold(training, learnt, world.stop)
    return store.keep(training, learnt, holding=world.dataset.holding)


def of_session(world: World, training: Training) -> bool:
    """Whether the data are a browser session's: of a set that was uploaded and not saved, or of the reader's own."""
    if world.dataset.info.id.startswith(SESSION):
        return True
    return not training.owners <= {user.id for user in world.dataset.users()}


def _wait(lock: threading.Lock, stop: Callable[[], bool]) -> None:
    while not lock.acquire(timeout=0.1):
        if stop():
            raise EngineError(FailureKind.STOPPED, "stopped while the same training ran for somebody else")


def adapter_of(*states: Trained) -> Adapter | None:
    """The adapters of some states as one, whose effects add up; None where there is none."""
    import numpy as np

    parts: dict[str, list[tuple[Any, Any]]] = {}
    for state in states:
        for key in state.arrays:
            if key.startswith("a:"):
                parts.setdefault(key[2:], []).append((state.arrays[key], state.arrays[f"b:{key[2:]}"]))
    factors = {
        name: (np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs], 1))
        for name, pairs in parts.items()
    }
    return Adapter(factors) if factors else None


def modifiers_of(*states: Trained) -> Modifiers:
    """What rows carry of some states: adapters together, and the last prefix; with whose data went in."""
    adapter = adapter_of(*states)
    prefixes = [state.arrays["prefix"] for state in states if "prefix" in state.arrays]
    if adapter is None and not prefixes:
        return PLAIN
    owners: frozenset[str] = frozenset().union(*(state.owners for state in states))
    return Modifiers(adapter, SoftPrefix(prefixes[-1]) if prefixes else None, owners=owners)
