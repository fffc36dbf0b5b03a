"""What a server can do, found by asking it: its model, whether it continues an opened answer, whether it scores.

An opened answer is continued where it costs no token beyond its own words: a server that closes it adds the marks of a
turn, which its count of prompt tokens shows.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from engines.errors import EngineError, FailureKind
from engines.models.endpoint_faults import fault
from engines.models.endpoint_messages import CONTINUED
from engines.models.endpoint_wire import Wire
from engines.types import Capability, Stop

LOG = logging.getLogger("attune.models")
CHAT = "/v1/chat/completions"
CONTEXT = 4096
BYTES_A_TOKEN = 3.5
SAMPLE = (
    "The library on the hill opens at nine. On Saturdays people come for the newspapers, the warm room and the view "
    "over the river; some stay until noon, and a few of them read a novel from the first page to the last. In winter "
    "the stairs are icy, so the librarian, who has worked there for twelve years, puts sand on every single step."
)
NOT_UNDERSTOOD = frozenset({FailureKind.MODEL, FailureKind.BAD_ANSWER, FailureKind.TOO_LONG, FailureKind.NO_SUCH_MODEL})
NO_WEIGHTS = "the weights stand on the server, where nothing can be added to them"


@dataclass(frozen=True)
class Probed:
    """What was found out.

    Attributes:
        model: as the server calls it.
        context: tokens that fit; the usual 4096 where the server does not tell.
        continues: the fields that make it continue an opened answer; None where it cannot.
        scores: whether it gives log-probabilities of a prompt.
        bytes_a_token: UTF-8 bytes of English a token, for counting beforehand.
        counts: whether it reports prompt tokens.
    """

    model: str
    context: int
    continues: Mapping[str, Any] | None = field(hash=False)
    scores: bool
    bytes_a_token: float = BYTES_A_TOKEN
    counts: bool = False

    @property
    def name(self) -> str:
        """The model as shown to readers: of a file, only its name."""
        path = PurePath(self.model.replace("\\", "/"))
        return path.name if path.is_absolute() or path.suffix == ".gguf" else self.model

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can compute."""
        return frozenset({Capability.GENERATE, *({Capability.SCORE} if self.scores else ())})

    def why_not(self, host: str) -> Mapping[Capability, str]:
        """A sentence for each capability that is absent."""
        why = {
            Capability.SCORE: f"the server at {host} gives no log-probabilities of a prompt",
            Capability.ADAPTERS: NO_WEIGHTS,
            Capability.ACTIVATIONS: NO_WEIGHTS,
            Capability.CONTRAST: "the server does not give the distributions of two prompts to subtract",
        }
        return MappingProxyType({what: text for what, text in why.items() if what not in self.capabilities})


def probe(wire: Wire, wanted: str, stop: Stop) -> Probed:
    """Ask the server what it can do, in six small requests at most.

    Raises:
        EngineError: it does not answer, or cannot generate.
    """
    listed = _models(wire, stop, needed=not wanted)
    model = wanted or str(listed[0]["id"])
    about = next((one for one in listed if one.get("id") == model), {})
    none = _tokens(wire, model, "", stop=stop)
    long = _tokens(wire, model, SAMPLE, stop=stop)
    ratio = BYTES_A_TOKEN
    if none is not None and long is not None and long > none:
        ratio = len(SAMPLE) / (long - none)
    continues = _continues(wire, model, none, stop) if none is not None else None
    scores = continues is not None and _scores(wire, model, stop)
    context = _context(wire, about, stop)
    return Probed(model, context, continues, scores, bytes_a_token=ratio, counts=none is not None)


def ask_body(model: str, messages: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    """A chat request, greedy unless `more` says otherwise."""
    return {"model": model, "messages": messages, "temperature": 0, "max_tokens": 1, **more}


def _models(wire: Wire, stop: Stop, *, needed: bool) -> list[dict[str, Any]]:
    """The models that the server lists; empty where it has no list and none is needed."""
    try:
        found = wire.get("/v1/models", stop)
    except EngineError as error:
        if needed or error.kind not in NOT_UNDERSTOOD:
            raise
        return []
    data = found.get("data") if isinstance(found, dict) else None
    listed = [one for one in data or () if isinstance(one, dict) and isinstance(one.get("id"), str)]
    if needed and not listed:
        raise fault(
            FailureKind.NO_SUCH_MODEL, wire.address, "lists no model", "Load one there, or set ATTUNE_MODEL_NAME."
        )
    return listed


def _tokens(wire: Wire, model: str, start: str, *, stop: Stop, flags: Mapping[str, Any] | None = None) -> int | None:
    """The prompt tokens that the server reports: without flags for a user's text, else for an opened answer."""
    messages = [{"role": "user", "content": "Count in words."}]
    if flags is not None:
        messages.append({"role": "assistant", "content": start})
    elif start:
        messages[0]["content"] += start
    found = wire.post(CHAT, ask_body(model, messages, **(flags or {})), stop)
    usage = found.get("usage") if isinstance(found, dict) else None
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and tokens > 0 else None


def _continues(wire: Wire, model: str, none: int, stop: Stop) -> Mapping[str, Any] | None:
    """The fields with which an opened answer is continued: none at all, those of vLLM, or None for neither."""
    for flags in (CONTINUED, {}):
        try:
            one = _tokens(wire, model, "one", stop=stop, flags=flags)
            two = _tokens(wire, model, "one one", stop=stop, flags=flags)
        except EngineError as error:
            if error.kind not in NOT_UNDERSTOOD:
                raise
            continue
        if one is not None and two is not None and two - one > 0 and (one - none) <= (two - one):
            return flags
    return None


def _scores(wire: Wire, model: str, stop: Stop) -> bool:
    """Whether log-probabilities of every prompt token come back."""
    messages = [{"role": "user", "content": "Count in words."}, {"role": "assistant", "content": "one two three"}]
    try:
        found = wire.post(CHAT, ask_body(model, messages, prompt_logprobs=0, **CONTINUED), stop)
        return len(read_logprobs(found)) > 3
    except EngineError as error:
        if error.kind not in NOT_UNDERSTOOD:
            raise
        return False
    except ValueError:
        return False


def read_logprobs(found: Any) -> list[tuple[str, float]]:
    """Token id and log-probability (natural log) of each prompt token but the first, which has none.

    Raises:
        ValueError: the answer holds no such list.
    """
    rows = found.get("prompt_logprobs") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValueError("no prompt_logprobs")
    read = []
    for row in rows[1:]:
        if not isinstance(row, dict) or len(row) != 1:
            raise ValueError("not one entry a token")
        token, entry = next(iter(row.items()))
        value = entry.get("logprob") if isinstance(entry, dict) else entry
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise ValueError("no number")
        read.append((str(token), float(value)))
    return read


def _context(wire: Wire, about: Mapping[str, Any], stop: Stop) -> int:
    """Tokens that fit: as the list of models says (vLLM), or the server's properties (llama.cpp)."""
    told = about.get("max_model_len")
    if not isinstance(told, int):
        try:
            found = wire.get("/props", stop)
            told = found["default_generation_settings"]["n_ctx"]
        except EngineError as error:
            if error.kind is FailureKind.STOPPED:
                raise
        except (KeyError, TypeError):
            pass
    return told if isinstance(told, int) and told > 0 else CONTEXT
