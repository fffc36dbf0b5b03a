"""The process that holds a model for another: `python -m engines.models.process_child MODULE:FUNCTION ARGUMENTS`.

It answers on its standard output what it reads on its standard input (`process_wire`), and ends with that input. What
libraries print goes to the error stream. The model is loaded when it is first asked for, and so is the sentence
encoder, which lives here too: the pages' process holds no PyTorch then.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from engines.models import cores
from engines.models.process_wire import (
    error_out,
    messages_in,
    pack,
    receive,
    results_out,
    rows_in,
)
from engines.models.worker import ModelWorker
from taxonomy.encoder import SentenceEncoder


@dataclass(unsafe_hash=True)
class Call:
    """The stop signal of one call; those of one caller of the other process are equal, so that they count as one.

    Attributes:
        caller: the caller's number.
        gone: nobody waits for the call any more.
        left: the rows that are no longer wanted.
    """

    caller: int
    gone: bool = field(default=False, compare=False)
    left: set[int] = field(default_factory=set, compare=False)

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.gone


class Service:
    """Answers messages; calls run in threads of their own, everything else at once.

    Args:
        worker: the model behind its queue.
        out: where answers are written.
    """

    def __init__(self, worker: ModelWorker, out: IO[bytes]) -> None:
        self._worker, self._out = worker, out
        self._encoder = SentenceEncoder(remembered=0)  # the other process remembers, and forgets
        self._writing = threading.Lock()
        self._calls: dict[int, Call] = {}

    def say(self, head: dict[str, Any], arrays: Mapping[str, Any] | None = None) -> None:
        """Send one message."""
        with self._writing:
            self._out.write(pack(head, arrays))
            self._out.flush()

    def hear(self, head: dict[str, Any], arrays: Any) -> None:
        """Do what a message asks for."""
        what, number = head["do"], head.get("call", 0)
        if "trainings" in head:
            cores.beside(head["trainings"])
        if what in {"generate", "score", "activations"}:
            call = self._calls[number] = Call(head["caller"])
            threading.Thread(target=self._run, args=(head, arrays, call), daemon=True).start()
        elif what in {"facts", "encode"}:
            threading.Thread(target=self._answer, args=(head,), daemon=True).start()
        elif what in {"stop", "leave"}:
            if known := self._calls.get(number):
                known.gone |= what == "stop"
                known.left |= {head["row"]} if what == "leave" else set()
        else:
            self._answer(head)

    def _answer(self, head: dict[str, Any]) -> None:
        answer: Any = None
        arrays: dict[str, Any] = {}
        try:
            if head["do"] == "facts":
                answer = facts_of(self._worker)
            elif head["do"] == "encode":
                arrays = {"vectors": self._encoder.encode(head["texts"])}
            elif head["do"] == "count":
                answer = self._worker.count(messages_in(head["messages"]))
            elif head["do"] == "place":
                place = self._worker.place(Call(head["caller"]))
                answer = vars(place) if place else None
            elif head["do"] == "forget":
                self._worker.forget(head["owner"])
        except Exception as error:
            self.say({"call": head["call"], "error": error_out(error)})
            return
        self.say({"call": head["call"], "answer": answer}, arrays)

    def _run(self, head: dict[str, Any], arrays: Any, call: Call) -> None:
        number = head["call"]

        def listen(row: int, text: str) -> bool:
            if row in call.left or call.gone:
                return False
            self.say({"call": number, "row": row, "text": text})
            return True

        try:
            rows = rows_in(head["rows"], arrays)
            if head["do"] == "generate":
                made: Any = self._worker.generate(rows, listen=listen if head["listens"] else None, stop=call)
            elif head["do"] == "score":
                made = self._worker.score(rows, stop=call)
            else:
                made = self._worker.activations(rows, stop=call)
            said: dict[str, Any] = {"answer": results_out(made)}
        except Exception as error:
            said = {"error": error_out(error)}
        del self._calls[number]
        pace = self._worker.pace()
        self.say({"call": number, "pace": vars(pace) if pace else None, **said})


def facts_of(worker: ModelWorker) -> dict[str, Any]:
    """The model's facts; it is loaded for them."""
    model: Any = worker.model
    return {
        "name": model.name,
        "digest": model.digest,
        "precision": model.precision,
        "context": model.context,
        "capabilities": sorted(model.capabilities),
        "why_not": {what.value: why for what, why in getattr(model, "why_not", {}).items()},
    }


def main() -> None:
    """Answer until the other side has gone."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the other side says when to end
    module, _, function = sys.argv[1].partition(":")
    arguments = json.loads(sys.argv[2])
    worker = ModelWorker(lambda: getattr(importlib.import_module(module), function)(*arguments))
    service = Service(worker, out)
    try:
        while True:
            service.hear(*receive(sys.stdin.buffer))
    except (EOFError, OSError):
        os._exit(0)  # threads may still compute for a process that is gone


if __name__ == "__main__":
    main()
