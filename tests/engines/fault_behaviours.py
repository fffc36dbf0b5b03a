"""What the model server of the tests answers: good answers, and the behaviours that are wrong in one way each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.engines.fault_server import Handler

TEXT = "A quiet walk along the river"


def tokens(body: dict[str, Any]) -> int:
    """Words as prompt tokens; a last message of the assistant is left open."""
    turns = [turn for turn in body["messages"] if turn["role"] != "assistant"]
    return 4 * len(turns) + sum(len(turn["content"].split()) for turn in body["messages"])


def logprobs(body: dict[str, Any]) -> list[Any]:
    """Words and marks of turns as tokens; the log-probability of a word is minus its length, of a mark minus 50."""
    words = []
    for turn in body["messages"]:
        words += [f"<{turn['role']}>", *turn["content"].split(), "<end>"]
    words = words[:-1] if body.get("continue_final_message") else [*words, "<assistant>"]
    values = [{word: {"logprob": -50.0 if word[0] == "<" else -float(len(word))}} for word in words]
    return [None, *values[1:]]


def answer(body: dict[str, Any], text: Any = TEXT, **more: Any) -> dict[str, Any]:
    """An answer in one piece."""
    usage = {"prompt_tokens": tokens(body), "completion_tokens": 6}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chat-1", "choices": [choice], "usage": usage, **more}


def chunks(body: dict[str, Any], prompt_tokens: int | None = None, text: str = TEXT) -> list[dict[str, Any]]:
    """An answer in pieces: role, words, end, usage."""
    words = [{"role": "assistant", "content": None}, *({"content": f"{word} "} for word in text.split())]
    made: list[dict[str, Any]] = [{"id": "chat-1", "choices": [{"delta": delta}]} for delta in words]
    made.append({"id": "chat-1", "choices": [{"delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": prompt_tokens or tokens(body), "completion_tokens": 6}
    return [*made, {"id": "chat-1", "choices": [], "usage": usage}]


def says(status: int, message: str = "no", **more: str) -> Callable[[Handler, dict[str, Any]], None]:
    """A behaviour that answers with a status and an error in JSON."""
    return lambda handler, _: handler.json(status, {"error": {"message": message}}, **more)


def gives(body: bytes, kind: str = "application/json") -> Callable[[Handler, dict[str, Any]], None]:
    """A behaviour that answers 200 with given bytes."""
    return lambda handler, _: handler.raw(200, body, kind)


def drip(handler: Handler, _: dict[str, Any]) -> None:
    """One byte at a time, for ever."""
    handler.head(200, "text/event-stream")
    for sign in "data: " + "x" * 1000:
        handler.wfile.write(sign.encode())
        handler.wfile.flush()
        if handler.server.over.wait(0.1):
            return


def huge(handler: Handler, _: dict[str, Any]) -> None:
    """50 MB of one event."""
    handler.head(200, "text/event-stream")
    handler.wfile.write(b"data: ")
    for _ in range(500):
        handler.wfile.write(b"x" * 100_000)


def then_good(
    wrong: Callable[[Handler, dict[str, Any]], None], times: int
) -> Callable[[Handler, dict[str, Any]], None]:
    """A behaviour that is wrong some times and right from then on."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        left = handler.server.asked["streamed " + handler.path]
        handler.server.asked["streamed " + handler.path] += 1
        wrong(handler, body) if left < times else handler.good(body)

    return behave


def closed(handler: Handler, body: dict[str, Any]) -> None:
    """The connection ends behind the first words of an answer of declared length."""
    text = json.dumps(answer(body)).encode()
    handler.head(200, "application/json", Content_Length=str(len(text)))
    handler.wfile.write(text[:40])


def headers_only(handler: Handler, _: dict[str, Any]) -> None:
    """Status and headers, then nothing."""
    handler.head(200, "text/event-stream")
    handler.wfile.flush()
    handler.wait()


def mixed(handler: Handler, body: dict[str, Any]) -> None:
    """Another answer's piece in the middle."""
    made = chunks(body)
    handler.events(*made[:3], made[3] | {"id": "chat-2"}, *made[4:], "[DONE]")


def picky(handler: Handler, body: dict[str, Any]) -> None:
    """Right for short prompts, a page for those of more than forty words."""
    handler.good(body) if tokens(body) < 60 else handler.raw(200, b"<html>", "text/html")


PAGE = b"<!doctype html><title>Sign in</title><form action=/login></form>"
KEY = "sk-tried-by-the-tests-42"
OVER = "This model's maximum context length is 512 tokens, the request has 900."
BEHAVIOURS: dict[str, Callable[[Handler, dict[str, Any]], None]] = {
    "silent": lambda handler, _: handler.wait(),
    "headers then silence": headers_only,
    "slow drip": drip,
    "closed mid-body": closed,
    "stream closed early": lambda handler, body: handler.events(*chunks(body)[:3]),
    "HTML": gives(PAGE, "text/html"),
    "broken JSON": gives(b'{"choices": [{'),
    "not UTF-8": gives(b'{"choices": "\xff\xfe"}'),
    "missing choices": gives(b'{"id": "chat-1", "object": "chat.completion"}'),
    "empty text": lambda handler, body: handler.good(body, text=""),
    "null text": lambda handler, body: handler.json(200, answer(body, None)),
    "wrong type": lambda handler, body: handler.json(200, answer(body, {"a": 1})),
    "50 MB": huge,
    "400 too long": says(400, OVER),
    "400 with the key": says(400, f"what is {KEY}?"),
    "401": says(401, f"wrong key {KEY}"),
    "404": says(404, "the model `small` does not exist"),
    "408": says(408),
    "413": says(413),
    "429 wait 1": then_good(says(429, Retry_After="1"), 1),
    "429 wait 99999": says(429, Retry_After="99999"),
    "500 twice": then_good(says(500), 2),
    "500 always": says(500, "CUDA out of memory"),
    "503 always": says(503),
    "redirect": lambda handler, _: handler.head(307, "text/plain", Location=handler.server.address("elsewhere")),
    "error in the stream": lambda handler, body: handler.events(chunks(body)[0], {"error": {"message": "lost"}}),
    "another's answer": mixed,
    "prompt cut": lambda handler, body: handler.good(body, prompt_tokens=16),
    "slow first call": lambda handler, body: handler.good(body),
    "not in one piece": lambda handler, body: handler.json(200, answer(body)),
    "picky": picky,
}
