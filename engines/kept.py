"""What a prepared state keeps beside the items themselves, so that a request is answered without preparing anew.

A state tells it by an attribute `kept`. Bytes of the user's own are apart from those that serve others as well, and so
are the seconds that were learnt for: a task adapter is no cost of one user. Numbers are those of arrays and texts as
they would be stored, not of what is made of them to be served. What is not known is None, never 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data.records import Dataset, ProfileItem, User

if TYPE_CHECKING:
    from engines.training.recipe import Trained


@dataclass(frozen=True)
class Kept:
    """What a state keeps; nothing unless it is said.

    Attributes:
        own: bytes that are made of the user's data, for this user alone.
        shared: bytes that are the same for a group, a fold or everyone.
        own_seconds: that trainings of `own` took when they were made, without waiting; the runner times other work.
        shared_seconds: the same of `shared`; spent once for all whom it serves.
    """

    own: int | None = 0
    shared: int | None = 0
    own_seconds: float | None = 0.0
    shared_seconds: float | None = 0.0


NOTHING = Kept()
UNKNOWN = Kept(None, None, None, None)


def kept_by(state: object) -> Kept:
    """What a state says that it keeps; one that says nothing keeps nothing, unless it holds arrays: then who knows."""
    said = getattr(state, "kept", None)
    if isinstance(said, Kept):
        return said
    return UNKNOWN if nbytes(state) else NOTHING


def kept_of(*, own: Sequence[Trained] = (), shared: Sequence[Trained] = ()) -> Kept:
    """Of trained states: those learnt for the user alone, and those that serve others too."""
    return Kept(_bytes(own), _bytes(shared), _seconds(own), _seconds(shared))


def _bytes(states: Sequence[Trained]) -> int:
    return sum(state.nbytes for state in states)


def _seconds(states: Sequence[Trained]) -> float | None:
    found = [state.seconds for state in states]
    return None if None in found else sum(value for value in found if value is not None)


def nbytes(state: Any, deep: int = 5) -> int:
    """Bytes of the arrays that a state holds; what it only refers to, such as data and model, does not count."""
    if isinstance(state, np.ndarray):
        return int(state.nbytes)
    if deep == 0 or state is None or isinstance(state, User | Dataset | ProfileItem | str | bytes | int | float):
        return 0
    if isinstance(state, Mapping):
        return sum(nbytes(one, deep - 1) for one in state.values())
    if isinstance(state, Sequence):
        return sum(nbytes(one, deep - 1) for one in state)
    if dataclasses.is_dataclass(state) and type(state).__name__ != "World":
        return sum(nbytes(getattr(state, one.name), deep - 1) for one in dataclasses.fields(state))
    return 0
