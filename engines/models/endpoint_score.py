"""Log-probabilities of continuations from a server that returns those of its prompt (vLLM's `prompt_logprobs`)."""

from __future__ import annotations

from collections.abc import Sequence

from engines.errors import EngineError, FailureKind
from engines.models import endpoint_faults as faults
from engines.models.endpoint_messages import CONTINUED, as_said, opened, plain
from engines.models.endpoint_probe import CHAT, Probed, ask_body, read_logprobs
from engines.models.endpoint_wire import Wire
from engines.types import Message, Stop

Token = tuple[str, float]


def read_prompt(wire: Wire, probed: Probed, messages: Sequence[Message], added: str, *, stop: Stop) -> list[Token]:
    """The tokens of a prompt, with `added` behind its opened answer, and the log-probability of each.

    Raises:
        EngineError: the server fails, or gives something else.
    """
    start = opened(messages)
    said = as_said(messages, continues=True)
    if added:
        said = [*(said[:-1] if start else said), {"role": "assistant", "content": plain(start + added)}]
    flags = CONTINUED if start or added else {}
    found = wire.post(CHAT, ask_body(probed.model, said, prompt_logprobs=0, **flags), stop)
    try:
        return read_logprobs(found)
    except ValueError:
        raise faults.bad(wire.address, "gives no log-probabilities where it gave them before") from None


def score_one(wire: Wire, prompt: Sequence[Token], whole: Sequence[Token]) -> tuple[float, ...]:
    """The log-probabilities of the tokens by which `whole` is longer than the prompt.

    Raises:
        EngineError: the prompt is no beginning of the whole, so that there is no value for the continuation alone.
    """
    size = len(prompt)
    if [token for token, _ in whole[:size]] != [token for token, _ in prompt]:
        raise faults.fault(
            FailureKind.MODEL,
            wire.address,
            "reads the end of the prompt and the beginning of the answer as one token",
            "This answer has no likelihood of its own there.",
        )
    if len(whole) == size:
        raise EngineError(FailureKind.MODEL, "an empty text has no probability")
    return tuple(value for _, value in whole[size:])
