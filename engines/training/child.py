"""The process that trains: `python -m engines.training.child MODULE:FUNCTION ARGUMENTS BYTES`.

It reads requests on its standard input and answers on its standard output (`engines.models.process_wire`), one training
at a time, and ends with its input. What is learnt goes back the same way, never through a file, since some of it may
stand on no disk. Its memory is limited to so many bytes, so that a training that needs more fails by itself. The limit
is on data: weights count, since safetensors maps them privately to be written; the code of libraries does not. What was
resident at most is told with each training.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from engines.errors import EngineError, FailureKind
from engines.models.local import LocalModel
from engines.models.process_wire import error_out, messages_in, pack, receive
from engines.training.recipe import Learns, Objective, Recipe, Sample
from engines.training.work import Read, lowest, work

NO_MEMORY = ("allocate memory", "bad_alloc")
NICE = 5  # behind the pages and the process of the model that answers; nobody waits for a training alone


class Workplace:
    """A model that things are learnt of.

    Args:
        model: the model whose inside is used; it computes nothing else.

    Attributes:
        around: what trainings have in common that may use what others before them have read.
    """

    def __init__(self, model: LocalModel) -> None:
        from engines.models.flat.trainable import Trainable

        self.model, self.trainable, self.around = model, Trainable(model.loaded), ""

    def lessons(self, samples: list[Sample]) -> tuple[Any, ...]:
        """Samples as tokens.

        Raises:
            EngineError: one is longer than the model's context (too-long).
        """
        from engines.models.flat.lessons import Lesson

        found = []
        for number, sample in enumerate(samples):
            prompt = self.model.encode(sample.messages)
            for answer in sample.answers:
                tokens = prompt + self.model.encode_text(answer)
                if len(tokens) > self.model.context or len(tokens) - len(prompt) < 1:
                    raise EngineError(
                        FailureKind.TOO_LONG,
                        f"a training example has {len(tokens)} tokens and {self.model.name} reads {self.model.context}",
                    )
                found.append(Lesson(tokens, len(prompt), number))
        return tuple(found)

    def train(self, head: dict[str, Any], arrays: Any, tell: Any, stop: Any) -> dict[str, Any]:
        """Learn; the arrays that were learnt. The losses and the time are told on the way."""
        from engines.models.flat.learning import Course, learn
        from engines.models.flat.subjects import subject_of

        recipe, samples = recipe_in(head["recipe"]), samples_in(head["samples"])
        if head["around"] != self.around:
            self.around = head["around"]
            self.trainable.lower.clear()
        first = lowest(recipe, arrays, len(self.trainable.layers))
        begin_peak()
        self.trainable.open(first)
        course = Course(recipe, self.lessons(samples), first)
        work = self._work(course)
        tell({"steps": recipe.steps(len(samples)), "work": work})
        subject, start = subject_of(self.trainable, recipe, arrays, samples), time.perf_counter()

        def told(step: int, loss: float, seconds: float) -> None:
            tell({"step": step, "loss": loss, "seconds": seconds})

        learn(self.trainable, course, subject, tell=told, stop=stop)
        tell({"took": time.perf_counter() - start, "peak": peak()})
        return subject.arrays()

    def evaluate(self, head: dict[str, Any], arrays: Any) -> dict[str, Any]:
        """The log-probability in nats of the answers of samples under a trained state."""
        from engines.models.flat.learning import Course, evaluate
        from engines.models.flat.subjects import Nothing

        self.trainable.open(0)
        course = Course(Recipe(), self.lessons(samples_in(head["samples"])), 0)
        return {"logprobs": evaluate(self.trainable, course, Nothing(arrays))}

    def arrange(self, head: dict[str, Any], arrays: Any) -> dict[str, Any]:
        """Of several people's pieces, those that fit a history best; `arrays` are named PERSON|NAME."""
        from engines.models.flat.pieces import choose

        pool: list[dict[str, Any]] = [{} for _ in range(head["people"])]
        for name, array in arrays.items():
            place, _, own = name.partition("|")
            pool[int(place)][own] = array
        self.trainable.open(0)
        lessons = self.lessons(samples_in(head["samples"]))
        return {"chosen": choose(self.trainable, lessons, pool, keep=head["keep"])}

    def _work(self, course: Any) -> float:
        """Tokens times layers, forwards and backwards, of a whole training."""
        from engines.models.flat.lessons import common_prefix

        alone = course.recipe.learns is Learns.PROJECTOR
        prefix = 0 if alone or not course.lessons else common_prefix(course.lessons)
        own = [len(one.tokens) - prefix for one in course.lessons]
        kept = [self.trainable.lower.highest(one.tokens, course.first) for one in course.lessons]
        known = sum(tokens * layers for tokens, layers in zip(own, kept, strict=True))
        read = Read(len(course.by_sample()), sum(own), prefix, known)
        return work(course.recipe, read, layers=len(self.trainable.layers), first=course.first)


def recipe_in(sent: dict[str, Any]) -> Recipe:
    """The recipe of a request."""
    made = dict(sent) | {"learns": Learns(sent["learns"]), "objective": Objective(sent["objective"])}
    return Recipe(**made | {"modules": tuple(sent["modules"])})


def samples_in(sent: list[Any]) -> list[Sample]:
    """The samples of a request; whose they are stays with the caller."""
    return [Sample(messages_in(m), tuple(answers), "", "", "", tuple(profile)) for m, answers, profile in sent]


class Service:
    """Answers requests, each in a thread of its own; the caller sends one at a time.

    Args:
        load: makes the model, at the first request.
        out: where answers are written.
        most: bytes of data that this process may have.
    """

    def __init__(self, load: Callable[[], LocalModel], out: IO[bytes], most: int) -> None:
        self._load, self._out, self._most = load, out, most
        self._made: Workplace | None = None
        self._writing, self._stopped = threading.Lock(), set[int]()

    def say(self, head: dict[str, Any], arrays: Mapping[str, Any] | None = None) -> None:
        """Send one message."""
        with self._writing:
            self._out.write(pack(head, arrays))
            self._out.flush()

    def hear(self, head: dict[str, Any], arrays: Any) -> None:
        """Do what a message asks for."""
        if head["do"] == "stop":
            self._stopped.add(head["call"])
        elif head["do"] in {"facts", "train", "evaluate", "arrange"}:
            threading.Thread(target=self._run, args=(head, arrays), daemon=True).start()

    @property
    def _work(self) -> Workplace:
        self._made = self._made or Workplace(self._load())
        return self._made

    def _run(self, head: dict[str, Any], arrays: Any) -> None:
        number, place = head["call"], iter(range(10**9))

        def tell(news: dict[str, Any]) -> None:
            self.say({"call": number, "row": next(place), "text": json.dumps(news)})

        made: dict[str, Any] = {}
        answer: Any = None
        try:
            if head["do"] == "train":
                made = self._work.train(head, arrays, tell, lambda: number in self._stopped)
            elif head["do"] == "facts":
                answer = {"name": self._work.model.name, "digest": self._work.model.digest}
            elif head["do"] == "evaluate":
                answer = self._work.evaluate(head, arrays)
            else:
                answer = self._work.arrange(head, arrays)
            said: dict[str, Any] = {"answer": answer}
        except Exception as error:
            said = {"error": error_out(explained(error, self._most))}
        self.say({"call": number, **said}, made)


def explained(error: Exception, most: int) -> Exception:
    """A failed allocation in words for the reader; any other error as it is."""
    if isinstance(error, MemoryError) or any(words in str(error).lower() for words in NO_MEMORY):
        return EngineError(
            FailureKind.TOO_LARGE,
            f"the training needs more than {most / 1e9:.1f} GB of memory; use a smaller model (ATTUNE_MODEL) or "
            "shorter items",
        )
    return error


def begin_peak() -> None:
    """Have `peak` begin anew, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", "ascii")


def peak() -> int:
    """The most bytes that were resident since `begin_peak`, or in the whole life of the process."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def main() -> None:
    """Train what is asked for until the other side has gone."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    most = int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    if hasattr(os, "nice"):
        os.nice(NICE)
    module, _, function = sys.argv[1].partition(":")
    arguments = json.loads(sys.argv[2])
    service = Service(lambda: getattr(importlib.import_module(module), function)(*arguments), out, most)
    try:
        while True:
            service.hear(*receive(sys.stdin.buffer))
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main()
