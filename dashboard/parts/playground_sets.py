"""The data sets of a session: those that all see, and those that this reader uploaded and nobody saved."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dashboard.parts import playground_own_session as session
from data import saved
from data.digest import digest
from data.errors import AttuneError, DataError, Place
from data.forgetting import forget
from data.importer import SESSION, named, run, slug
from data.importers import datasets, importers
from data.sources import Source
from engines.jobs import ended

if TYPE_CHECKING:
    from dashboard.services import Services
    from data.records import Dataset, Example

LONGEST_NAME = 60


class File(Protocol):
    """An uploaded file."""

    name: str

    def getvalue(self) -> bytes:
        """Its content."""
        ...


class Beside:
    """Services that know this session's uploaded sets beside all others; nothing of them is cached."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    def dataset_names(self) -> tuple[str, ...]:
        """All ids, this session's last."""
        return (*self._services.dataset_names(), *session.mine(self._services).uploads)

    def dataset(self, name: str) -> Dataset:
        """A set by its id; see `Services.dataset`."""
        found = session.mine(self._services).uploads.get(name)
        return found.data if found else self._services.dataset(name)

    def examples(self, dataset: Dataset, task: str, seed: int) -> Mapping[str, Sequence[Example]]:
        """The held-out examples of a task by user; see `Services.examples`."""
        if not dataset.info.id.startswith(SESSION):
            return self._services.examples(dataset, task, seed)
        found: dict[str, list[Example]] = {}
        for example in dataset.examples(dataset.task(task), seed=seed):
            found.setdefault(example.user, []).append(example)
        return found


def upload(
    services: Services, importer: str, files: Sequence[File], *, settings: Mapping[str, str], name: str
) -> session.Upload:
    """Read uploaded files and hold the set in this session; the files' copies on disk go at once.

    Raises:
        DataError: there is none, or they cannot be accepted.
        UnknownNameError: a setting is not known.
    """
    if not files:
        raise DataError(Place("upload"), "there is no file", importers[importer].path)
    with tempfile.TemporaryDirectory(prefix="attune-upload-") as folder:
        for file in files:
            (Path(folder) / plain_name(file.name)).write_bytes(file.getvalue())
        first = Path(folder) / plain_name(files[0].name)
        source = Source(first if len(files) == 1 else Path(folder), siblings=False)
        made = run(importers[importer], source, settings)
    held = session.mine(services)
    shown = (name.strip() or made.info.name)[:LONGEST_NAME]
    made = replace(made, info=replace(made.info, id=f"{SESSION}{slug(name or importer)}"[:LONGEST_NAME], name=shown))
    data = replace(made.dataset(), digest=digest([held.token, made.digest]))
    found = session.Upload(made, data)
    held.uploads[made.info.id] = found
    return found


def plain_name(name: str) -> str:
    """The last part of a file's name as a browser gave it."""
    return name.replace("\\", "/").rpartition("/")[2].replace("\0", "")[-100:].lstrip(".") or "file"


def drop(services: Services, name: str) -> None:
    """Drop an uploaded set and all that this session made of its own data."""
    held = session.mine(services)
    found = held.uploads.pop(name, None)
    if found:
        services.forget_dataset(found.data.digest)
        session.release(services.live_runs, services.jobs, held.made)
        held.made = session.Made()
        del found
        session.free()


def save(services: Services, name: str) -> str:
    """Save an uploaded set for everybody on this server; the id that it has then.

    Raises:
        DataError: a set of this name is there already.
    """
    held = session.mine(services)
    made = held.uploads[name].made
    set_id = slug(made.info.name)
    if set_id in datasets.built_in:
        raise DataError(Place(set_id), "is a set of the project", "another name")
    saved.save(named(made, set_id, made.info.name))
    drop(services, name)
    return set_id


def delete(services: Services, name: str, user: str = "") -> int:
    """Delete a saved set, or one person of it, with all that was made of it here; how many files went besides.

    What runs on it is stopped first, so that nothing is made of it while it goes.

    Raises:
        UnknownNameError: there is no such set or person.
        DataError: nobody would be left, or the set is damaged and a person cannot be taken out.
    """
    digests, owners = saved.digests(name), {user}
    if user:
        saved.restored(name).without(user)  # what cannot be done is said before anything is stopped
    else:
        with contextlib.suppress(AttuneError):
            owners = {one.id for one in saved.restored(name).users}
    ended(services.forget_dataset(*digests))
    gone = forget(name, user)
    services.forget_dataset(*digests)  # what another session began meanwhile
    with contextlib.suppress(AttuneError):
        session.forgotten_by(services.model, owners)
        session.forgotten_by(services.encoder, owners)
    session.free()
    return len(gone)


def without(services: Services, name: str, user: str) -> None:
    """Take one person out of an uploaded set, and drop what was made of it.

    Raises:
        DataError: nobody with an example would be left.
    """
    held = session.mine(services)
    made = held.uploads[name].made.without(user)
    drop(services, name)
    data = replace(made.dataset(), digest=digest([held.token, made.digest]))
    held.uploads[name] = session.Upload(made, data)
