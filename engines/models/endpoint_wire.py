"""Requests to a model server: bounded in time and size, ended by a stop signal, repeated only after passing faults.

No redirect is followed. A watcher beside each request closes its connection when a limit is over or the caller stops,
so that neither a silent nor a dripping server holds anybody.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engines.errors import EngineError
from engines.models import endpoint_faults as faults
from engines.models.endpoint_address import CONNECT_SECONDS, Address, Key, Limits
from engines.types import Stop, never

LOG = logging.getLogger("attune.models")
TICK = 0.05
PIECE = 65_536
LONGEST_ERROR = 20_000


@dataclass(frozen=True)
class Ask:
    """One request; a path is given without /v1 in front of it where it does not belong there."""

    method: str
    path: str
    body: bytes | None = None


class Wire:
    """What sends requests to one server; safe for many threads."""

    def __init__(self, address: Address, key: Key, limits: Limits) -> None:
        self.address, self.key, self.limits = address, key, limits
        self.warm = False

    def get(self, path: str, stop: Stop = never) -> Any:
        """The JSON of a GET."""
        return self._json(Ask("GET", path), stop)

    def post(self, path: str, body: Any, stop: Stop = never) -> Any:
        """The JSON that answers a JSON body."""
        return self._json(Ask("POST", path, json.dumps(body).encode()), stop)

    def _json(self, ask: Ask, stop: Stop) -> Any:
        with self.open(ask, stop) as (_, pieces):
            return read_json(self.address, b"".join(pieces))

    @contextlib.contextmanager
    def open(self, ask: Ask, stop: Stop) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The content type of a good answer, and its bytes as they come.

        Raises:
            EngineError: of the kinds in `engines.models.endpoint_faults`, also while the bytes are read.
        """
        exchange = self._answered(ask, stop)
        try:
            yield exchange.type, exchange.pieces()
        finally:
            exchange.close()

    def _answered(self, ask: Ask, stop: Stop) -> Exchange:
        """An exchange with status 200; passing faults are waited for, within the limits."""
        end = time.monotonic() + max(self.limits.total, self.limits.first)
        pauses = self.limits.pauses
        for tried in range(len(pauses) + 1):
            exchange = Exchange(self, stop, end)
            try:
                status = exchange.send(ask)
                if status == 200:
                    return exchange
                pause = self._pause(exchange, status, tried)
                if pause is None:
                    body = exchange.some(LONGEST_ERROR)
                    raise faults.refused(self.address, self.key, status, body, tried=tried + 1)
            except BaseException:
                exchange.close()
                raise
            exchange.close()
            LOG.info("the model server at %s answered %d, asked again", self.address.host, status)
            _sleep(pause, stop, end)
        raise AssertionError("the last pause is None")

    def _pause(self, exchange: Exchange, status: int, tried: int) -> float | None:
        """How long to wait before asking again; None where that would not help."""
        asked = faults.retry_after(exchange.header("Retry-After"))
        if status == 429 and asked is not None and asked > self.limits.patience:
            raise faults.too_patient(self.address, asked)
        if status not in faults.REPEATED or tried >= len(self.limits.pauses):
            return None
        usual = self.limits.pauses[tried]
        return usual if asked is None or asked > self.limits.patience else max(asked, usual)


def _sleep(seconds: float, stop: Stop, end: float) -> None:
    until = min(time.monotonic() + seconds, end)
    while (left := until - time.monotonic()) > 0:
        if stop():
            raise faults.stopped()
        time.sleep(min(TICK, left))


class Exchange:
    """One request and its answer over a connection of its own, watched until it is closed."""

    def __init__(self, wire: Wire, stop: Stop, end: float) -> None:
        self._wire, self._stop, self._end = wire, stop, end
        self._where, self._limits = wire.address, wire.limits
        self._first = not wire.warm
        self._patience = self._limits.first if self._first else self._limits.later
        self._heard = time.monotonic()
        self._begun, self._loads = False, False
        self._over = threading.Event()
        self._cut: EngineError | None = None
        self._connection, self._before, self._proxy = wire.address.connect()
        self._connection.timeout = min(CONNECT_SECONDS, self._patience)
        self._response: http.client.HTTPResponse | None = None
        self._sock: socket.socket

    def send(self, ask: Ask) -> int:
        """Send and wait for the status."""
        if self._stop():
            raise faults.stopped()
        self._loads = ask.body is not None  # a list of models is there before any of them is loaded
        headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "attune", **self._proxy}
        if ask.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self._connection.connect()
            self._heard = time.monotonic()
            self._sock = self._connection.sock
            self._sock.settimeout(None)
            threading.Thread(target=self._watch, name="model-server-watch", daemon=True).start()
            path = f"{self._before}{self._where.base}{ask.path}"
            self._connection.request(ask.method, path, ask.body, headers | self._wire.key.headers)
            self._response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._named(error) from None
        return self._response.status

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        return self._response.getheader(name) if self._response else None

    @property
    def type(self) -> str:
        """The content type."""
        return (self.header("Content-Type") or "").partition(";")[0].strip().lower()

    def some(self, most: int) -> bytes:
        """The beginning of the answer, for an error's words; whatever goes wrong, what there is."""
        found = b""
        try:
            for piece in self.pieces():
                found += piece
                if len(found) >= most:
                    break
        except EngineError:
            pass
        return found[:most]

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the answer as they come."""
        assert self._response is not None  # noqa: S101 - a status was read
        if (self._response.length or 0) > self._limits.size:
            raise faults.large(self._where, self._limits.size)
        count = 0
        while True:
            try:
                piece = self._response.read1(PIECE)
            except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
                raise self._named(error) from None
            if not piece:
                break
            self._hear()
            count += len(piece)
            if count > self._limits.size:
                raise faults.large(self._where, self._limits.size)
            yield piece
        if self._cut:
            raise self._cut
        if self._response.length:
            raise faults.bad(self._where, "closed the connection in the middle of its answer")

    def _hear(self) -> None:
        self._heard, self._begun = time.monotonic(), True
        if self._loads and self._response and self._response.status == 200:
            self._wire.warm = True
        self._patience = self._limits.later

    def close(self) -> None:
        """End the watcher and the connection."""
        self._over.set()
        self._connection.close()
        if self._response:
            self._response.close()

    def _watch(self) -> None:
        while not self._over.wait(TICK):
            now = time.monotonic()
            if self._stopped():
                self._cut = faults.stopped()
            elif now - self._heard > self._patience:
                self._cut = faults.silent(self._where, self._patience, begun=self._begun, first=self._first)
            elif now > self._end:
                self._cut = faults.endless(self._where, max(self._limits.total, self._limits.first))
            if self._cut:
                self._shut()
                return

    def _stopped(self) -> bool:
        try:
            return bool(self._stop())
        except Exception:
            return True

    def _shut(self) -> None:
        """Wake whoever reads from the socket; the plain socket's method, since TLS would wait for the other side."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def _named(self, error: Exception) -> EngineError:
        """An error of the connection as a failure; the watcher's reason comes first."""
        if self._cut:
            return self._cut
        if self._response is not None:
            return faults.bad(self._where, "closed the connection in the middle of its answer")
        if isinstance(error, http.client.HTTPException) and not isinstance(error, http.client.RemoteDisconnected):
            return faults.bad(self._where, "answers with something that is not HTTP")
        return faults.unreachable(self._where, error)


def read_json(where: Address, body: bytes) -> Any:
    """The JSON of an answer.

    Raises:
        EngineError: it is none; pages and broken texts are named as such.
    """
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise faults.bad(where, "answers with bytes that are not UTF-8") from None
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        raise faults.bad(where, "answers with a web page" if page else "answers with broken JSON") from None
