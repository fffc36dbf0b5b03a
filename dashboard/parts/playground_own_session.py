"""What the reader gave of their own: held in this browser session alone, and everything that was made of it.

It is never in the address, in a cache, on disk or in a log. One click forgets it, and so does the session's end.
"""

from __future__ import annotations

import contextlib
import gc
import secrets
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import state
from dashboard.parts.playground_address import RUN
from data.errors import AttuneError
from engines.own import PREFIX, Profile
from engines.training import store

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from dashboard.services import Services
    from data.imported import Imported
    from data.records import Dataset
    from engines.jobs import Job, Jobs
    from engines.live import LiveRun, LiveRuns

MINE, ROUND, PAGE = "pg_mine", "own_round", "pg_"
CLOSED = 90.0  # seconds; a session whose browser left for longer has ended
_gone: weakref.WeakKeyDictionary[Mine, float] = weakref.WeakKeyDictionary()


@dataclass
class Made:
    """What was computed with the reader's own data, and by whom it may be remembered.

    Attributes:
        owners: ids of the people whose prompts held an own request or an own profile.
        memories: the model and the encoder.
    """

    runs: set[str] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    memories: list[Any] = field(default_factory=list)

    def remembers(self, *memories: Any) -> None:
        """Models and encoders that saw own texts."""
        self.memories += [one for one in memories if not any(one is known for known in self.memories)]


@dataclass(frozen=True)
class Upload:
    """A data set that the reader uploaded; its digest is of this session, so that nothing made of it is another's."""

    made: Imported
    data: Dataset


class Mine:
    """The reader's own texts, ratings, requests and data sets.

    Attributes:
        token: random; it makes ids that no other session can have.
        profiles: dataset id to profile.
        requests: (dataset id, task id) to a text, or to the ids of what was picked.
        uploads: the data sets that the reader uploaded, by their id in this session.
    """

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self.profiles: dict[str, Profile] = {}
        self.requests: dict[tuple[str, str], str | Sequence[str]] = {}
        self.uploads: dict[str, Upload] = {}
        self.made = Made()

    @property
    def user(self) -> str:
        """The id of the reader as a person."""
        return PREFIX + self.token

    @property
    def empty(self) -> bool:
        """Whether there is nothing to delete."""
        return not (self.profiles or self.requests or self.uploads or self.made.runs or self.made.jobs)


def mine(services: Services) -> Mine:
    """This session's own data; what was made of it is dropped when the browser leaves."""
    if MINE not in st.session_state:
        st.session_state[MINE] = Mine()
    held: Mine = st.session_state[MINE]
    _gone.pop(held, None)
    _sweep()
    ending = partial(left, services.live_runs, services.jobs, weakref.ref(held))
    services.at_session_end(held.token, ending)
    return held


def left(runs: LiveRuns, jobs: Jobs, held: weakref.ref[Mine]) -> None:
    """The browser of a session is gone: all that was made is dropped; the texts go with the session itself."""
    found = held()
    if found and not found.empty:
        release(runs, jobs, found.made)
        _drop(runs, found)
        _gone[found] = time.monotonic()


def _sweep() -> None:
    """Free closed sessions: they are circles of objects, and those frozen by `Services.settle` are never looked at."""
    old = [held for held, since in list(_gone.items()) if time.monotonic() - since > CLOSED]
    if old:
        for held in old:
            _gone.pop(held, None)
        del held, old
        free()


def free() -> None:
    """Collect what nobody refers to, also of what `Services.settle` has frozen."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def release(runs: LiveRuns, jobs: Jobs, made: Made) -> None:
    """Stop and drop all that was made and learnt, and let model and encoder forget what they remember of it."""
    for run in made.runs:
        runs.forget(run)
    for job in made.jobs:
        jobs.forget(job)
    for owner in made.owners:
        store.release(owner)  # all that a session teaches is held in memory alone
    for memory in made.memories:
        forgotten_by(memory, made.owners)


def _drop(runs: LiveRuns, held: Mine) -> None:
    """Drop all uploaded data sets and what this process remembers of them."""
    for upload in held.uploads.values():
        runs.forget_dataset(upload.data.digest)
    if held.uploads:
        held.uploads.clear()
        free()


def forgotten_by(memory: Any, owners: set[str]) -> None:
    """A model forgets by owner, nobody's prompts included, which may hold an own request; an encoder forgets all."""
    forget = getattr(memory, "forget", None)
    if forget is None:
        return
    if not hasattr(memory, "capabilities"):
        forget()
        return
    for owner in (*sorted(owners), ""):
        forget(owner)


def forget(services: Services) -> None:
    """Delete what the reader gave and all that was made of it; fit for a callback. The page's setup stays."""
    held = st.session_state.get(MINE)
    if isinstance(held, Mine):
        release(services.live_runs, services.jobs, held.made)
        _drop(services.live_runs, held)
    for key in [str(key) for key in st.session_state]:
        if key.startswith(PAGE):  # the setup is in the address, from which every widget is set anew
            del st.session_state[key]
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    state.clear(RUN)


def key_of(name: str) -> str:
    """The key of a widget that holds own words; after a deletion it is another widget, so that no browser fills it."""
    return f"{PAGE}own_{name}_{st.session_state.get(ROUND, 0)}"


def note_run(services: Services, asked: Asked, run: LiveRun) -> None:
    """Remember that a run holds own data."""
    made = mine(services).made
    made.runs.add(run.id)
    made.owners |= _owners(asked)
    made.remembers(run.bench.model, run.bench.encoder)


def _owners(asked: Asked) -> set[str]:
    """Whose data may be in a prompt: the person's, or of an uploaded set anybody's."""
    return {asked.user.id, *(asked.dataset.by_id if asked.uploaded else ())}


class _Jobs:
    """The jobs of the process; what is started here is noted."""

    def __init__(self, jobs: Jobs, made: Made) -> None:
        self._jobs, self._made = jobs, made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    def start(self, job: Job[Any]) -> Job[Any]:
        """Start a job that holds own data."""
        self._made.jobs.add(job.id)
        return self._jobs.start(job)


class Recording:
    """Services whose jobs are noted, so that they can be forgotten."""

    def __init__(self, services: Services, made: Made) -> None:
        self._services, self._made = services, made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    @property
    def jobs(self) -> Any:
        """The jobs of the process."""
        return _Jobs(self._services.jobs, self._made)


def recorded(services: Services, asked: Asked) -> Any:
    """The services for what a lens computes: jobs that hold own data are noted."""
    if not asked.private:
        return services
    made = mine(services).made
    made.owners |= _owners(asked)
    with contextlib.suppress(AttuneError):  # it says so where it is needed; there is nothing that could remember
        made.remembers(services.model, services.encoder)
    return Recording(services, made)
