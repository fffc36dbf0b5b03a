"""The text of a chat answer, from a stream of events or from one JSON, checked before any of it counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engines.errors import EngineError
from engines.models import endpoint_faults as faults
from engines.models.endpoint_address import Address, Key
from engines.models.endpoint_wire import read_json

EVENTS = "text/event-stream"
DONE = "[DONE]"


@dataclass
class Said:
    """What has come so far of one answer.

    Attributes:
        whole: the text may repeat the opened answer, since it came in one piece.
        prompt_tokens: as the server reports them; None where it does not.
    """

    text: str = ""
    id: str = ""
    finish: str = ""
    ended: bool = False
    whole: bool = False
    reasoning: bool = False
    pieces: int = 0
    prompt_tokens: int | None = None
    new_tokens: int | None = None


class Reader:
    """Reads one answer of one server."""

    def __init__(self, where: Address, key: Key) -> None:
        self._where, self._key = where, key

    def read(self, kind: str, pieces: Iterable[bytes]) -> Iterator[Said]:
        """The answer as it grows; the last one given is complete.

        Raises:
            EngineError: it breaks off, or is not what the interface promises (bad-answer).
        """
        said = Said()
        if kind != EVENTS:
            self._take(said, read_json(self._where, b"".join(pieces)), "message")
            said.whole = said.ended = True
            yield said
        else:
            for data in self._events(pieces):
                if data == DONE:
                    said.ended = True
                    break
                self._take(said, self._parsed(data), "delta")
                yield said
        if not said.ended and not said.finish:
            raise faults.bad(self._where, "ended its answer before the end mark, so the text may be cut")
        if said.reasoning and not said.text:
            raise faults.bad(self._where, "wrote only its reasoning and no answer")
        yield said

    def _events(self, pieces: Iterable[bytes]) -> Iterator[str]:
        """The data of each server-sent event."""
        rest = b""
        for piece in pieces:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    yield self._decoded(line[5:])
        if rest.startswith(b"data:"):
            yield self._decoded(rest[5:])

    def _decoded(self, line: bytes) -> str:
        try:
            return line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise faults.bad(self._where, "answers with bytes that are not UTF-8") from None

    def _parsed(self, data: str) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise faults.bad(self._where, "answers with broken JSON") from None

    def _take(self, said: Said, found: Any, part: str) -> None:
        """Add one piece of the answer to what has come."""
        if not isinstance(found, dict):
            raise self._odd("the answer is no object")
        if found.get("error"):
            raise faults.refused(self._where, self._key, 500, json.dumps(found).encode())
        name = found.get("id")
        if isinstance(name, str) and name:
            if said.id and name != said.id:
                raise faults.bad(self._where, "mixes the answer to another request into this one")
            said.id = name
        self._count(said, found.get("usage"))
        choices = found.get("choices")
        if not isinstance(choices, list) or (part == "message" and not choices):
            raise self._odd("the choices are missing")
        for choice in choices[:1]:
            self._choose(said, choice, part)

    def _choose(self, said: Said, choice: Any, part: str) -> None:
        message = choice.get(part) if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise self._odd(f"the {part} is missing")
        text = message.get("content")
        said.reasoning |= bool(message.get("reasoning_content") or message.get("reasoning"))
        if text is None and part == "message" and not said.reasoning:
            raise self._odd("the text is null")
        if not isinstance(text, str | None):
            raise self._odd("the text is no text")
        said.text += text or ""
        said.pieces += bool(text)
        finish = choice.get("finish_reason")
        said.finish = finish if isinstance(finish, str) else said.finish

    def _count(self, said: Said, usage: Any) -> None:
        if isinstance(usage, dict):
            said.prompt_tokens = _whole(usage.get("prompt_tokens"), said.prompt_tokens)
            said.new_tokens = _whole(usage.get("completion_tokens"), said.new_tokens)

    def _odd(self, what: str) -> EngineError:
        return faults.bad(self._where, f"gives an answer in another form: {what}")


def _whole(value: object, otherwise: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
