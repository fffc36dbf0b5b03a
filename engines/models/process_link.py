"""The other process of a model, and the calls that wait for it: one thread reads answers, one watches stop signals."""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import IO, Any, cast

from data.home import ROOT
from engines.errors import EngineError, FailureKind
from engines.models.answers import caller_of, for_callers
from engines.models.process_wire import error_in, pack, receive
from engines.rows import Listener, Pace, Stop, never

LOG = logging.getLogger("attune.models")
LOOK = 0.05
CHILD = "engines.models.process_child"
# Threads that wait for each other give the processor away; spinning would take it from the pages of the same machine.
# No lower priority: threads that share a pass wait for the slowest, so that one busy page would halve the model.
# Few arenas, and large blocks given back at once: the most memory that is held is that of the arrays.
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": str(2 << 20)}


@dataclass(eq=False)
class Call:
    """One that waits for its answer.

    Attributes:
        told: whether the other process knows that the caller has stopped.
    """

    stop: Stop = never
    listen: Listener | None = None
    told: bool = False
    done: Future[Any] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        """The call raises this."""
        if not self.done.done():
            self.done.set_exception(for_callers(error))


class Child:
    """The other process with the calls that it has not answered.

    Args:
        command: its module and function, and arguments, as `process_child` takes them.
        module: what the process runs.
        settings: of its environment, where that says nothing else.
    """

    def __init__(self, command: Sequence[str], module: str = CHILD, *, settings: Mapping[str, str] = PATIENT) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *command],
            cwd=ROOT,
            env={**settings, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._in, self._out = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._writing, self._changing = threading.Lock(), threading.Condition()
        self._calls: dict[int, Call] = {}
        self._numbers = itertools.count(1)
        self._callers: dict[Hashable, int] = {}
        self.pace: Pace | None = None
        self.gone = ""
        self._facts: Mapping[str, Any] | None = None
        self._meeting, self._greeting = threading.Lock(), cast("Call | None", None)
        for work, name in ((self._read, "reader"), (self._watch, "watcher")):
            threading.Thread(target=work, name=f"model-{name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def loaded(self) -> bool:
        """Whether it holds the model."""
        return self._facts is not None and not self.gone

    @property
    def facts(self) -> Mapping[str, Any]:
        """The model's facts; it is loaded there if need be.

        Raises:
            AttuneError: the model could not be loaded there; what it says is the loader's own.
        """
        return self.meet()

    def meet(self, stop: Stop = never) -> Mapping[str, Any]:
        """The model's facts, as soon as it is loaded there; who stops does not wait for that, and it goes on.

        Raises:
            AttuneError: it could not be loaded, or the caller has stopped (kind stopped).
        """
        with self._meeting:
            if self._facts is not None:
                return self._facts
            if self._greeting is None:
                self._greeting = self._begun({"do": "facts"}, Call())
            greeting = self._greeting
        while not wait([greeting.done], timeout=LOOK).done:
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped while the model was being loaded")
        with self._meeting:
            try:
                self._facts = greeting.done.result()
            except BaseException:
                self._greeting = None if self._greeting is greeting else self._greeting
                raise
        return self._facts

    def _ended(self) -> str:
        self._process.kill()  # it may have ended its output alone
        code = self._process.wait()
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        when = "while rows were computed" if self._facts else "while it loaded the model"
        return f"the model's process ended {how} {when}; press Run again, it starts anew"

    def end(self) -> None:
        """Have the process end; what waits for it fails."""
        self._in.close()
        self._process.wait()

    def ask(self, head: Mapping[str, Any], call: Call, arrays: Mapping[str, Any] | None = None) -> Any:
        """Send a message and wait for its answer: a value, or arrays by name.

        Raises:
            EngineError: the other process failed or has ended.
        """
        return self._begun(head, call, arrays).done.result()

    def _begun(self, head: Mapping[str, Any], call: Call, arrays: Mapping[str, Any] | None = None) -> Call:
        """A call that was sent and is waited for."""
        with self._changing:
            if self.gone:
                raise EngineError(FailureKind.INTERNAL, self.gone)
            number = next(self._numbers)
            self._calls[number] = call
            self._changing.notify_all()
        self._send({"call": number, "caller": self.caller(call.stop), **head}, arrays)
        return call

    def caller(self, stop: Stop) -> int:
        """A number for whoever has this stop signal, the same while one of their calls is open."""
        with self._changing:
            return self._callers.setdefault(caller_of(stop), next(self._numbers))

    def known(self, stop: Stop) -> bool:
        """Whether a caller with this stop signal waits for an answer."""
        with self._changing:
            return caller_of(stop) in self._callers

    def _send(self, head: Mapping[str, Any], arrays: Mapping[str, Any] | None = None) -> None:
        message = pack(head, arrays)
        try:
            with self._writing:
                self._in.write(message)
                self._in.flush()
        except (OSError, ValueError):
            return  # it has ended; the reader notices and tells all who wait

    def _read(self) -> None:
        try:
            while True:
                self._hear(*receive(self._out))
        except BaseException as error:  # whatever it is, no caller may wait for ever
            if not isinstance(error, EOFError):
                LOG.exception("an answer of the model's process could not be read")
            with self._changing:
                self.gone = self._ended()
                calls, self._calls = list(self._calls.values()), {}
                self._callers.clear()
                self._changing.notify_all()
            for call in calls:
                call.fail(EngineError(FailureKind.INTERNAL, self.gone))

    def _hear(self, head: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        number = head["call"]
        if head.get("pace"):
            self.pace = Pace(**head["pace"])
        if "text" in head:
            self._grown(number, head)
            return
        with self._changing:
            call = self._calls.pop(number, None)
            open_ones = {caller_of(one.stop) for one in self._calls.values()}
            self._callers = {key: place for key, place in self._callers.items() if key in open_ones}
        if call is None or call.done.done():
            return
        if "error" in head:
            call.fail(error_in(head["error"]))
        else:
            call.done.set_result(arrays or head["answer"])

    def _grown(self, number: int, head: Mapping[str, Any]) -> None:
        call = self._calls.get(number)
        if call is None or call.listen is None:
            return
        try:
            more = not call.done.done() and call.listen(head["row"], head["text"]) is not False
        except BaseException as error:  # whatever it is, it is this caller's own
            call.fail(error)
            more = False
        if not more:
            self._send({"do": "leave", "call": number, "row": head["row"]})

    def _watch(self) -> None:
        """Tell the other process who has stopped."""
        while True:
            with self._changing:
                self._changing.wait_for(lambda: self._calls or self.gone)
                if self.gone:
                    return
                calls = [(number, call) for number, call in self._calls.items() if not call.told]
            for number, call in calls:
                try:
                    call.told = call.done.done() or call.stop()
                except BaseException as error:  # it is this caller's own
                    call.fail(error)
                    call.told = True
                if call.told:
                    self._send({"do": "stop", "call": number})
            time.sleep(LOOK)
