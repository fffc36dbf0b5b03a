"""Long work of a page that belongs to the process: known by an id, with progress, partial results and a stop.

A job goes on through reloads; its view is an immutable snapshot that any thread may read.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from engines.runs.cells import as_failure
from engines.types import Failure

T = TypeVar("T")
KEPT = 64
ENDING = 5.0  # seconds


class Stopped(Protocol):
    """Work that was asked to stop."""

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        ...


def ended(some: Iterable[Stopped]) -> bool:
    """Wait, but not for long, until work that was asked to stop has ended; whether all of it has."""
    until = time.monotonic() + ENDING
    return all(one.wait(max(0.0, until - time.monotonic())) for one in some)


@dataclass(frozen=True)
class JobView(Generic[T]):
    """A job as it stands now.

    Attributes:
        steps: how many steps there are; 0 until it is known.
        said: what is being done, for the reader.
        result: what there is so far; a job replaces it as a whole while it works.
    """

    id: str
    done: int = 0
    steps: int = 0
    said: str = ""
    result: T | None = None
    failure: Failure | None = None
    ended: bool = False
    stopped: bool = False
    seconds: float = 0.0


class Report(Generic[T]):
    """What the work of a job is given: it tells how far it is, and asks whether to stop."""

    def __init__(self, job: Job[T]) -> None:
        self._job = job
        self.stop = job.stopping

    def tell(self, done: int, steps: int, said: str = "", result: T | None = None) -> None:
        """Tell progress; a result that is given replaces the one before."""
        self._job._told(done, steps, said, result)


class Job(Generic[T]):
    """Work in a thread of its own.

    Args:
        job_id: names the work; equal ids are the same work.
        work: returns the whole result; when it is stopped, what it told last stays.
        about: the digest of the data set that the results are made of, with which they go; empty for none.
    """

    def __init__(self, job_id: str, work: Callable[[Report[T]], T], *, about: str = "") -> None:
        self.id, self.about, self._work = job_id, about, work
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._view: JobView[T] = JobView(job_id)
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"job-{job_id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._started = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Ask for the end; what was told stays."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether the end was asked for; fit as the stop signal of a `Bench`."""
        return self._stop.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        if self._thread.ident is None:
            return False  # it begins this very moment
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def view(self) -> JobView[T]:
        """The job as it stands now."""
        with self._lock:
            view = self._view
        return view if view.ended else replace(view, seconds=time.monotonic() - self._started)

    def _told(self, done: int, steps: int, said: str, result: T | None) -> None:
        with self._lock:
            kept = self._view.result if result is None else result
            self._view = replace(self._view, done=done, steps=steps, said=said, result=kept)

    def _run(self) -> None:
        result: T | None = None
        failure: Failure | None = None
        try:
            result = self._work(Report(self))
        except Exception as error:
            failure = as_failure(error)
        with self._lock:
            self._view = replace(
                self._view,
                result=self._view.result if result is None else result,
                failure=None if self._stop.is_set() else failure,
                ended=True,
                stopped=self._stop.is_set(),
                seconds=time.monotonic() - self._started,
            )


class Jobs:
    """The jobs of this process by id: asking again for the same job gives the one that is there."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, job: Job[T], *, again: bool = True) -> Job[T]:
        """Start a job, or give the equal one that runs or has ended well.

        Args:
            job: what is to be done.
            again: whether one that was stopped is started anew, as one that failed always is.
        """
        with self._lock:
            known = self._jobs.get(job.id)
            stopped = known is not None and (known.view().stopped or known.stopping())
            if known and not (again if stopped else known.view().failure):
                self._jobs.move_to_end(job.id)
                return known
            self._jobs[job.id] = job
            self._jobs.move_to_end(job.id)
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)[1].stop()
        job.start()
        return job

    def get(self, job_id: str) -> Job[Any] | None:
        """The job with this id, if it is still kept."""
        return self._jobs.get(job_id)

    def forget(self, job_id: str) -> None:
        """Stop a job and drop its results."""
        with self._lock:
            job = self._jobs.pop(job_id, None)
        if job:
            job.stop()

    def forget_dataset(self, digest: str) -> list[Job[Any]]:
        """Stop and drop the jobs that say they are about a data set; the jobs, which end soon."""
        with self._lock:
            about = {key: job for key, job in self._jobs.items() if job.about == digest}
        for key in about:
            self.forget(key)
        return list(about.values())
