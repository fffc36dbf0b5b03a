"""A language model behind an OpenAI-compatible server, such as vLLM, llama.cpp, Ollama or a hosted one."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from data.digest import digest
from engines.errors import EngineError, FailureKind
from engines.models import endpoint_faults as faults
from engines.models.endpoint_address import SLOTS, Address, Key, Limits
from engines.models.endpoint_finding import Finding
from engines.models.endpoint_messages import COMPLETE, as_said, opened, plain
from engines.models.endpoint_probe import CHAT, Probed, ask_body
from engines.models.endpoint_score import read_prompt, score_one
from engines.models.endpoint_slots import Answers, Asked, Slots
from engines.models.endpoint_stream import Reader, Said
from engines.models.endpoint_wire import Ask, Wire
from engines.models.local import cut
from engines.types import (
    Activation,
    ActivationRow,
    Capability,
    GenerateRow,
    Generation,
    Listener,
    Message,
    Pace,
    Place,
    Scored,
    ScoreRow,
    Stop,
    never,
)

TURN_TOKENS = 4
CUT_SHARE, CUT_TOKENS = 0.5, 64
Row = TypeVar("Row")
Made = TypeVar("Made")


class EndpointModel:
    """A `LanguageModel` over a server; safe for many threads. The server is asked what it can do at the first use.

    Args:
        address: where it stands, and perhaps the model's name.
        key: sent in the requests' header, and nowhere else.
        limits: how long and how large.
        slots: how many requests are sent at once.
    """

    precision = "server's own"

    def __init__(self, address: Address, *, key: Key | None = None, limits: Limits | None = None, slots: int = SLOTS):
        self.address = address
        self._wire = Wire(address, key or Key(), limits or Limits())
        self._slots, self._many = Slots(slots), slots
        self._answers: Answers[Generation] = Answers()
        self._scores: Answers[list[tuple[str, float]]] = Answers()
        self.finding = Finding(self._wire, address.model)
        self._paces: deque[tuple[float, float]] = deque(maxlen=20)
        self.digest = digest({"server": [address.scheme, address.host, address.base], "model": address.model})

    def __repr__(self) -> str:
        return f"EndpointModel({self.name!r}, {self.address.host!r})"

    @property
    def known(self) -> Probed | None:
        """What is known of the server; None before the first use. Asks nothing."""
        return self.finding.known

    def probed(self, stop: Stop = never) -> Probed:
        """What the server can do, asked once a process; a failure is not kept.

        Raises:
            EngineError: it cannot be reached, or cannot generate.
        """
        return self.finding.probed(stop)

    @property
    def name(self) -> str:
        """The model as the server calls it; before the first use, as it was asked for."""
        if self.known:
            return self.known.name
        return self.address.model or f"the model at {self.address.host}"

    @property
    def context(self) -> int:
        """Tokens that fit, answer included, as the server says."""
        return self.probed().context

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the server can compute; the first use asks it."""
        return self.probed().capabilities

    @property
    def why_not(self) -> Mapping[Capability, str]:
        """A sentence for each capability that is absent."""
        return self.probed().why_not(self.address.host)

    @property
    def notes(self) -> tuple[str, ...]:
        """What readers must know about the prompts of this model."""
        if self.probed().continues is not None:
            return ()
        asked = COMPLETE.partition(".")[0].lower()
        return (f"The server does not continue an opened answer; the prompt ends with a request to {asked} instead.",)

    def count(self, messages: Sequence[Message]) -> int:
        """Prompt tokens, estimated from the bytes by what the server counted of an English sample."""
        size = sum(len(plain(message.text).encode()) for message in messages)
        return math.ceil(size / self.probed().bytes_a_token) + TURN_TOKENS * len(messages)

    def generate(
        self, rows: Sequence[GenerateRow], *, listen: Listener | None = None, stop: Stop = never
    ) -> list[Generation]:
        """Continue every row, some at once.

        Raises:
            EngineError: the server fails in one of the ways of `endpoint_faults`, or a row asks for its weights.
        """
        telling = threading.Lock()

        def one(place: int) -> Generation:
            def hear(text: str) -> bool:
                with telling:
                    return listen is None or listen(place, text) is not False

            return self._generate(rows[place], hear, stop)

        return self._each(one, len(rows), stop)

    def score(self, rows: Sequence[ScoreRow], *, stop: Stop = never) -> list[Scored]:
        """The log-probabilities of every row's continuations, where the server gives those of a prompt.

        Raises:
            EngineError: it does not (unable), it fails, or the caller stopped.
        """
        probed = self.probed(stop)
        if Capability.SCORE not in probed.capabilities:
            raise EngineError(FailureKind.UNABLE, f"{self.name} cannot score: {self.why_not[Capability.SCORE]}")
        asked = [(row, text) for row in rows for text in ("", *row.continuations)]
        for row in rows:
            self._refuse(row)
        read = iter(self._each(lambda i: self._read(*asked[i], stop), len(asked), stop))
        found = []
        for row in rows:
            prompt = next(read)
            values = tuple(score_one(self._wire, prompt, next(read)) for _ in row.continuations)
            found.append(Scored(len(prompt) + 1, values))
        return found

    def activations(self, rows: Sequence[ActivationRow], *, stop: Stop = never) -> list[Activation]:
        """No server gives its model's inner states.

        Raises:
            EngineError: always (unable), with the reason.
        """
        del rows, stop
        raise EngineError(FailureKind.UNABLE, f"{self.name} cannot do this: {self.why_not[Capability.ACTIVATIONS]}")

    def place(self, stop: Stop) -> Place | None:
        """Where the caller stands among those who wait for their turn at the server."""
        return self._slots.place(stop)

    def pace(self) -> Pace | None:
        """Tokens a second of the last requests, each by itself."""
        paces = list(self._paces)
        if not paces:
            return None
        return Pace(*(sum(pace[i] for pace in paces) / len(paces) for i in (0, 1)))

    def _each(self, one: Callable[[int], Made], many: int, stop: Stop) -> list[Made]:
        """The results in order; the first failure is raised after all have ended, and what succeeded is kept."""
        self.probed(stop)
        if many == 1:
            return [one(0)]
        with ThreadPoolExecutor(max(1, min(many, self._many)), thread_name_prefix="model-server") as pool:
            return list(pool.map(one, range(many)))

    def _refuse(self, row: GenerateRow | ScoreRow) -> None:
        if row.modifiers:
            what = Capability.CONTRAST if row.modifiers.contrast else Capability.ADAPTERS
            raise EngineError(FailureKind.UNABLE, f"{self.name} cannot do this: {self.why_not[what]}")

    def _read(self, row: ScoreRow, added: str, stop: Stop) -> list[tuple[str, float]]:
        probed = self.probed()

        def ask(_: Asked[list[tuple[str, float]]]) -> tuple[list[tuple[str, float]], bool]:
            with self._slots.taken(stop):
                return read_prompt(self._wire, probed, row.messages, added, stop=stop), True

        key = (probed.model, added, tuple((m.role, m.text) for m in row.messages))
        return self._scores.get(key, ask, hear=lambda _: True, stop=stop)

    def _generate(self, row: GenerateRow, hear: Callable[[str], bool], stop: Stop) -> Generation:
        self._refuse(row)
        probed = self.probed()
        told: list[str] = []

        def heard(text: str) -> bool:
            told.append(text)
            return hear(text)

        def ask(asked: Asked[Generation]) -> tuple[Generation, bool]:
            def tell(text: str) -> bool:
                asked.text = text
                return heard(text)

            with self._slots.taken(stop):
                made = self._ask(row, tell, stop)
            return made, not made.stopped

        said = tuple((m.role, m.text) for m in row.messages)
        key = (probed.model, said, row.max_new_tokens, row.temperature, row.seed, row.until)
        try:
            made = self._answers.get(key, ask, hear=heard, stop=stop)
        except EngineError as error:
            if error.kind is not FailureKind.STOPPED:
                raise
            return Generation(told[-1] if told else "", self.count(row.messages), 0, 0.0, stopped=True)
        if not told or told[-1] != made.text:
            hear(made.text)
        return made

    def _ask(self, row: GenerateRow, tell: Callable[[str], bool], stop: Stop) -> Generation:
        """One request; asked again without the end mark where the answer began with it."""
        start = time.monotonic()
        made = self._stream(row, row.until, tell, stop)
        if not made.text and row.until and not row.until.strip() and not made.stopped:
            made = self._stream(row, "", tell, stop)
        if not made.text and not made.stopped:
            raise faults.bad(self.address, "ended without writing any text")
        self._slots.took(time.monotonic() - start)
        return made

    def _stream(self, row: GenerateRow, until: str, tell: Callable[[str], bool], stop: Stop) -> Generation:
        start, first = time.monotonic(), 0.0
        said, ended = Said(), False
        reader = Reader(self.address, self._wire.key)
        text = ""
        with self._wire.open(Ask("POST", CHAT, json.dumps(self._body(row, until)).encode()), stop) as (kind, pieces):
            for said in reader.read(kind, pieces):
                first = first or time.monotonic()
                now, done = cut(self._own(row, said), row.until)
                if now != text:
                    text = now
                    ended = not tell(text)
                if ended or (done and not until):
                    break
        self._untruncated(row, said)
        read, seconds = max(first - start, 1e-3), time.monotonic() - start
        prompt = said.prompt_tokens or self.count(row.messages)
        new = said.new_tokens or said.pieces
        self._paces.append((prompt / read, new / max(seconds - read, 1e-3)))
        return Generation(text, prompt, new, seconds, ended)

    def _body(self, row: GenerateRow, until: str) -> dict[str, Any]:
        probed = self.probed()
        more: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
        if opened(row.messages):
            more |= probed.continues or {}
        if until:
            more["stop"] = [until]
        if row.ignore_end:
            more["ignore_eos"] = True
        said = as_said(row.messages, continues=probed.continues is not None)
        more |= {"temperature": row.temperature, "seed": row.seed, "max_tokens": row.max_new_tokens}
        return ask_body(probed.model, said, **more)

    @staticmethod
    def _own(row: GenerateRow, said: Said) -> str:
        """The new text alone: an answer that comes in one piece may begin with what was opened for it."""
        start = plain(opened(row.messages))
        return said.text[len(start) :] if said.whole and start and said.text.startswith(start) else said.text

    def _untruncated(self, row: GenerateRow, said: Said) -> None:
        if not self.probed().counts or said.prompt_tokens is None:
            return
        expected = self.count(row.messages)
        if said.prompt_tokens < expected * CUT_SHARE and expected - said.prompt_tokens > CUT_TOKENS:
            raise faults.cut_prompt(self.address, said.prompt_tokens, expected)
