"""A search service on this machine for the tests: it remembers what it was asked for, and does what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Served:
    """The service.

    Attributes:
        address: as ATTUNE_SEARCH names it.
        asked: the paths that it was asked for.
        does: the first of these answers each time.
    """

    address: str
    asked: list[str] = field(default_factory=list)
    does: list[Answer] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The words that reached it, call by call."""
        return [parse_qs(urlsplit(path).query)["q"][0] for path in self.asked]


@contextmanager
def serving() -> Iterator[Served]:
    """Serve until the block ends."""
    found = Served("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.does[0](self)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # it was hung up on
    found.address = f"http://127.0.0.1:{server.server_port}/find?q={{words}}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def says(body: bytes, status: int = 200, **heads: str) -> Answer:
    """An answer with this body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in heads.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
