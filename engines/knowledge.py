"""What each method knows about one user: whose data it may read, what it made of them, and what of it is in the prompt.

A look never trains, writes or scores by itself: methods are prepared with a model that only counts, and one that asks
it for more is told apart and left for a click. So what is shown at once costs nothing, and the rest says what it needs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NoReturn

from data.digest import digest
from data.records import Example
from engines.arms import give
from engines.errors import EngineError, FailureKind
from engines.jobs import Job, Report
from engines.kept import NOTHING, Kept, kept_by
from engines.levels import Sight, sight
from engines.methods import make_method, methods
from engines.models.facts import lacking
from engines.outside_preview import calls_out
from engines.runs.bench import lacking_items
from engines.runs.cells import Bench, as_failure, as_request
from engines.training import store
from engines.types import Arm, Capability, Conditioning, Config, Encoder, Message, MethodInfo, Reach

LETTERS = 4  # of a token, roughly, in English
WHATS = {
    "generate": "the model to write",
    "score": "the model's likelihoods of texts",
    "activations": "the model's inner states",
    "encode": "the sentence encoder",
}


class Status(StrEnum):
    """How far a method is with a user."""

    READY = "ready"
    MODEL = "needs the model"
    TRAINING = "needs training"
    OUTSIDE = "asks a service outside"
    UNFIT = "not for this task"
    FAILED = "failed"


@dataclass(frozen=True)
class Known:
    """What one method knows about a user, for one request.

    Attributes:
        sight: whose items it may draw from; None where it does not run.
        why: what is missing or went wrong, in a sentence; empty where it is ready.
        made: the prompt that it makes, and what else it changes.
        tokens: of the prompt; a guess from its letters unless `counted`.
        kept: what the state keeps of the user, and what serves others too; where nothing is trained for this view, what
            is on disk that the user's data taught, alone or together with others'.
        vectors: how many texts were encoded for it.
    """

    method: str
    info: MethodInfo
    status: Status
    sight: Sight | None = None
    why: str = ""
    made: Conditioning | None = None
    tokens: int = 0
    counted: bool = False
    kept: Kept = NOTHING
    vectors: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    """For whom: one user's held-out request, which gives the cut, and what all methods share."""

    bench: Bench
    example: Example


class OnlyCounts:
    """Stands in for model and encoder: it counts a prompt by its letters, and notes what else it was asked for."""

    name, precision, context = "none", "none", 10**9
    digest = "only-counts"
    capabilities = frozenset(Capability)

    def __init__(self) -> None:
        self.asked = ""

    def count(self, messages: Sequence[Message]) -> int:
        """Letters over `LETTERS`."""
        return sum(len(message.text) for message in messages) // LETTERS

    def generate(self, *_rows: Any, **_named: Any) -> NoReturn:
        """Refused."""
        self._refuse("generate")

    def score(self, *_rows: Any, **_named: Any) -> NoReturn:
        """Refused."""
        self._refuse("score")

    def activations(self, *_rows: Any, **_named: Any) -> NoReturn:
        """Refused."""
        self._refuse("activations")

    def encode(self, _texts: Sequence[str]) -> NoReturn:
        """Refused."""
        self._refuse("encode")

    def place(self, _stop: Any) -> None:
        """There is no queue."""

    def pace(self) -> None:
        """Not measured."""

    def _refuse(self, what: str) -> NoReturn:
        self.asked = self.asked or what
        raise EngineError(FailureKind.UNABLE, f"needs {WHATS[what]}")


class _Counting:
    """The encoder, and how many texts it was asked for."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self.texts = encoder, 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.texts += len(texts)
        return self._encoder.encode(texts)


def at_once(asked: Asked, names: Sequence[str]) -> Job[Mapping[str, Known]]:
    """What can be seen without model and encoder, of all methods, as a job."""
    return _job("at once", asked, names, lambda name, found: quick(asked, name, found))


def made_now(asked: Asked, names: Sequence[str]) -> Job[Mapping[str, Known]]:
    """What some methods make with model and encoder, as a job; of several, one that fails leaves the others."""
    own = [asked.bench.model.digest]

    def one(name: str, found: Mapping[str, Known]) -> Known:
        known = whole(asked, name, found)
        if known.status is Status.FAILED and len(names) == 1:  # a job that failed can be started again
            raise EngineError(FailureKind.MODEL, known.why)
        return known

    return _job("made now", asked, names, one, more=own)


def _job(what: str, asked: Asked, names: Sequence[str], one: Any, *, more: Sequence[Any] = ()) -> Job[Any]:
    bench = asked.bench
    name = digest(["knowledge", what, bench.dataset.digest, bench.task.id, bench.seed, asked.example.id, *names, *more])

    def work(report: Report[Mapping[str, Known]]) -> Mapping[str, Known]:
        found: dict[str, Known] = {}
        for place, method in enumerate(names):
            if report.stop():
                break
            report.tell(place, len(names), methods[method].info.name)
            found[method] = one(method, found)
            report.tell(place + 1, len(names), methods[method].info.name, dict(found))
        return found

    return Job(name, work, about=bench.dataset.digest)


def quick(asked: Asked, name: str, found: Mapping[str, Known] | None = None) -> Known:
    """What a method knows that can be seen without asking model or encoder for anything but a count."""
    info, bench = methods[name].info, asked.bench
    why = info.why_unfit(bench.task.kind) or lacking_items(info, bench.dataset, bench.task)
    if why := why or lacking(info, bench.model):
        return Known(name, info, Status.UNFIT, why=why)
    try:
        view = _sight(asked, info, found or {})
    except Exception as error:
        return Known(name, info, Status.UNFIT, why=as_failure(error).message)
    if Capability.ADAPTERS in info.needs:
        held = trained_before(asked, name)
        there = held.own or held.shared
        said = "learnt by training" + ("; one made with this person's data is kept" if there else "")
        return Known(name, info, Status.TRAINING, view, said, kept=held)
    if host := calls_out([name]):
        return Known(name, info, Status.OUTSIDE, view, f"sends words to {host}, and only after you read them")
    bare = OnlyCounts()
    known = _prepared(replace(asked, bench=replace(bench, model=bare, encoder=bare)), name, view)
    return replace(known, status=Status.MODEL, why=f"needs {WHATS[bare.asked]}") if bare.asked else known


def trained_before(asked: Asked, name: str) -> Kept:
    """What a method learnt, on this machine's disk, of this user's data alone, and of data that it is among."""
    user, dataset = asked.example.user, asked.bench.dataset.info.id
    own = shared = 0
    for _, inputs in store.kept():
        if inputs.get("method") == name and inputs.get("dataset") == dataset and user in inputs.get("owners", ()):
            size = int(inputs.get("bytes", 0))
            if set(inputs.get("users", ())) == {user}:
                own += size
            else:
                shared += size
    return Kept(own, shared)


def whole(asked: Asked, name: str, found: Mapping[str, Known] | None = None) -> Known:
    """What a method knows, made with model and encoder."""
    encoder = _Counting(asked.bench.encoder)
    counting = replace(asked, bench=replace(asked.bench, encoder=encoder))
    made = _prepared(counting, name, _sight(asked, methods[name].info, found or {}))
    return replace(made, counted=True, vectors=encoder.texts)


def _sight(asked: Asked, info: MethodInfo, found: Mapping[str, Known]) -> Sight:
    """As `levels.sight`; methods that may see the same are looked up once."""

    def given(one: MethodInfo) -> tuple[object, ...]:
        return one.uses, one.personal, one.reads, one.learns

    for known in found.values():
        if known.sight and given(known.info) == given(info):
            return known.sight
    return sight(asked.bench, asked.example, info)


def _prepared(asked: Asked, name: str, view: Sight) -> Known:
    """The state that a method prepares of the right user, and the prompt that it makes for the request."""
    info, bench, example = methods[name].info, asked.bench, asked.example
    begun = time.perf_counter()
    try:
        method = make_method(name, Config(seed=bench.seed))
        case = bench.case_of(info, example)
        arm = Arm.NOBODY if info.uses is Reach.NOTHING else Arm.RIGHT
        given = give(case, arm, draw=bench.seed)
        state = method.prepare(given.user, bench.world(info.uses, example, reads=case.reads))
        made = method.condition(state, as_request(example, bench.task))
        tokens = bench.model.count(made.messages)
    except Exception as error:
        return Known(name, info, Status.FAILED, view, as_failure(error).message)
    seconds = time.perf_counter() - begun
    return Known(name, info, Status.READY, view, made=made, tokens=tokens, kept=kept_by(state), seconds=seconds)
