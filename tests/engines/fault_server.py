"""A model server that does one thing wrong: `http://127.0.0.1:port/<behaviour>` is the address of each.

Everything but the fault is right: models are listed, and the small questions about what the server can do are answered.
`python -m tests.engines.fault_server` prints what becomes of each behaviour as a Markdown table.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from engines.errors import EngineError, FailureKind
from engines.models.endpoint import EndpointModel
from engines.models.endpoint_address import Key, Limits, read_address
from engines.types import GenerateRow, Message, Part
from tests.engines.fault_behaviours import BEHAVIOURS, KEY, answer, chunks, logprobs, tokens

SHORT = Limits(first=1.2, later=0.6, total=2.4, patience=1.5, pauses=(0.05, 0.05))
HANG = 20.0


class Server(ThreadingHTTPServer):
    """Counts the requests of each behaviour, and lets hanging ones go when it closes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.seen: list[dict[str, Any]] = []
        self.over = threading.Event()
        self.at_once, self.most_at_once = 0, 0
        self.counting = threading.Lock()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Counts how many streams are open at once; left before the end is sent, after which a client may ask again."""
        with self.counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self.counting:
                self.at_once -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are expected."""

    def address(self, behaviour: str) -> str:
        """Where a behaviour is met."""
        return f"http://127.0.0.1:{self.server_address[1]}/{behaviour}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Nothing is printed."""

    def do_GET(self) -> None:
        """The list of models."""
        if self.path.endswith("/v1/models"):
            self.json(200, {"data": [{"id": "small"}]})
        else:
            self.json(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:
        """A chat; the fault is in streamed ones."""
        behaviour = unquote(self.path.split("/")[1])
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body["key"] = self.headers["Authorization"]
        self.server.asked[behaviour] += 1
        self.server.seen.append(body)
        if behaviour == "slow first call":
            self.wait(0.9 if self.server.asked[behaviour] == 1 else 0.0)
        self.reply(behaviour, body)

    def reply(self, behaviour: str, body: dict[str, Any]) -> None:
        """Right or wrong, by the behaviour; `says ...` are words to answer with, `closes` continues nothing."""
        if behaviour == "closes" and "continue_final_message" in body:
            self.json(400, {"error": {"message": "extra field"}})
        elif behaviour == "closes" and not body.get("stream"):
            self.json(
                200, answer(body, usage={"prompt_tokens": tokens(body) + 5 * (body["messages"][-1]["role"] != "user")})
            )
        elif behaviour == "scores" and "prompt_logprobs" in body:
            self.json(200, answer(body, prompt_logprobs=logprobs(body)))
        elif behaviour.startswith("says ") and body.get("stream"):
            with self.server.busy():
                self.wait(0.1)
                self.events(*chunks(body, text=behaviour.removeprefix("says ")))
            self.event("[DONE]")
        elif body.get("stream") and behaviour in BEHAVIOURS:
            BEHAVIOURS[behaviour](self, body)
        elif body.get("stream"):
            self.good(body)
        else:
            self.json(200, answer(body))

    def head(self, status: int, kind: str, **more: str) -> None:
        """Status line and headers."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **more}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def json(self, status: int, value: Any, **more: str) -> None:
        """A JSON answer."""
        self.raw(status, json.dumps(value).encode(), "application/json", **more)

    def raw(self, status: int, body: bytes, kind: str = "application/json", **more: str) -> None:
        """Any answer of known length."""
        self.head(status, kind, Content_Length=str(len(body)), **more)
        self.wfile.write(body)

    def good(self, body: dict[str, Any], **changed: Any) -> None:
        """A whole stream."""
        self.events(*chunks(body, **changed), "[DONE]")

    def events(self, *events: Any) -> None:
        """The head of a stream, and events."""
        self.head(200, "text/event-stream")
        for event in events:
            self.event(event)

    def event(self, event: Any) -> None:
        """One event of a stream; a dict is written as JSON."""
        self.wfile.write(f"data: {json.dumps(event) if isinstance(event, dict) else event}\n\n".encode())

    def wait(self, seconds: float = HANG) -> None:
        """Do nothing for a while, or until the server closes."""
        self.server.over.wait(seconds)


@dataclass(frozen=True)
class Met:
    """What became of one request."""

    kind: FailureKind | None
    text: str
    seconds: float


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """The server in a thread."""
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{sock.getsockname()[1]}/refused"


def model_at(address: str, limits: Limits = SHORT) -> EndpointModel:
    """A model at an address, with short limits."""
    return EndpointModel(read_address(address.replace(" ", "%20").replace("'", "%27")), key=Key(KEY), limits=limits)


def prompt(words: int = 200) -> tuple[Message, ...]:
    """A prompt of some words, with an opened answer."""
    return (Message("user", (Part("harbour " * words),)), Message("assistant", (Part("Post:"),)))


def meet(address: str) -> Met:
    """One request to a behaviour; the small questions before it are not timed."""
    model, start = model_at(address), time.monotonic()
    try:
        model.probed()
        start = time.monotonic()
        made = model.generate([GenerateRow(prompt(), 12)])[0]
        return Met(None, made.text, time.monotonic() - start)
    except EngineError as error:
        return Met(error.kind, str(error), time.monotonic() - start)


def main() -> None:
    """Print the table."""
    print("| behaviour | failure | what the reader is told | seconds |\n|---|---|---|---|")
    with serving() as server:
        for name in ("refused", *BEHAVIOURS):
            met = meet(closed_port() if name == "refused" else server.address(name))
            print(f"| {name} | {met.kind or 'none, answered'} | {met.text} | {met.seconds:.1f} |")


if __name__ == "__main__":
    main()
