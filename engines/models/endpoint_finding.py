"""What is known of a server: asked once, by whoever needs it first, or in the background."""

from __future__ import annotations

import contextlib
import threading
import time

from engines.errors import EngineError, FailureKind
from engines.models import endpoint_faults as faults
from engines.models.endpoint_probe import Probed, probe
from engines.models.endpoint_wire import Wire
from engines.types import Stop, never

ASKED_AGAIN = 30.0
TICK = 0.1


class Finding:
    """The answer of one server to what it can do; safe for many threads.

    Attributes:
        known: None before it has answered.
        problem: why it did not answer; empty where it was not asked or has answered.
    """

    def __init__(self, wire: Wire, wanted: str) -> None:
        self._wire, self._wanted = wire, wanted
        self._finding, self._starting = threading.Lock(), threading.Lock()
        self._asked_at: float | None = None
        self.known: Probed | None = None
        self.problem = ""

    def probed(self, stop: Stop = never) -> Probed:
        """What the server can do; a failure is not kept.

        Raises:
            EngineError: it cannot be reached, cannot generate, or the caller stopped.
        """
        while not self._finding.acquire(timeout=TICK):
            if stop():
                raise faults.stopped()
        try:
            if self.known is None:
                self.known = probe(self._wire, self._wanted, stop)
            self.problem = ""
            return self.known
        except EngineError as error:
            self.problem = "" if error.kind is FailureKind.STOPPED else str(error)
            raise
        finally:
            self._finding.release()

    def ask_soon(self) -> None:
        """Ask in the background, twice a minute at most."""
        with self._starting:
            now = time.monotonic()
            lately = self._asked_at is not None and now - self._asked_at < ASKED_AGAIN
            if self.known or lately or self._finding.locked():
                return
            self._asked_at = now
        threading.Thread(target=self._ask_quietly, name="model-server-probe", daemon=True).start()

    def _ask_quietly(self) -> None:
        with contextlib.suppress(EngineError):
            self.probed()
