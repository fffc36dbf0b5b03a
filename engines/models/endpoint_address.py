"""Where a model server stands and how it is asked: its address, its key, and the limits of each request."""

from __future__ import annotations

import http.client
import ipaddress
import math
import socket
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from engines.errors import EngineError, FailureKind

CONNECT_SECONDS = 10.0
SLOTS = 4
PORTS = {"http": 80, "https": 443}


class Key:
    """The secret that a server asks for; it leaves this object in a request's header only."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        if not (value.isascii() and (value.isprintable() or not value)) or " " in value:
            raise EngineError(
                FailureKind.REFUSED_KEY,
                "ATTUNE_MODEL_KEY holds a space, a line break or a sign outside ASCII; set it to the key alone",
            )
        self._value = value

    def __repr__(self) -> str:
        return "Key(set)" if self._value else "Key()"

    def __reduce__(self) -> Any:
        raise TypeError("a key is not written anywhere")

    @property
    def headers(self) -> dict[str, str]:
        """What a request carries."""
        return {"Authorization": f"Bearer {self._value}"} if self._value else {}

    def scrub(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._value, "(key)") if self._value else text


@dataclass(frozen=True)
class Limits:
    """How long and how much, in seconds and bytes.

    Attributes:
        first: to the first byte of the first answer, while the server may still load the model.
        later: to the first byte of every later answer, and between the bytes of all.
        total: for one request as a whole, repeats included; never less than `first`.
        size: of one answer.
        patience: the longest Retry-After that is waited for.
        pauses: before each repeat after a passing fault (500, 502, 503, 429).
    """

    first: float = 300.0
    later: float = 60.0
    total: float = 600.0
    size: int = 2_000_000
    patience: float = 30.0
    pauses: tuple[float, ...] = (0.5, 2.0)


@dataclass(frozen=True)
class Address:
    """An OpenAI-compatible server.

    Attributes:
        base: path of the address, without a trailing slash and without /v1.
        model: the name of a model from the address's fragment; empty for the server's first.
    """

    scheme: str
    name: str
    port: int
    base: str
    model: str = field(default="")

    @property
    def host(self) -> str:
        """Host and port, as shown to readers."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def here(self) -> bool:
        """Whether the server is on this machine."""
        if self.name in {"localhost", socket.gethostname()} or self.name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.name.partition("%")[0]).is_loopback
        except ValueError:
            return False

    def connect(self) -> tuple[http.client.HTTPConnection, str, Mapping[str, str]]:
        """A connection that is not open yet, what stands before each path, and headers for a proxy.

        A proxy of the environment is used except for this machine and for what no_proxy names.
        """
        proxies = {} if self.here or proxy_bypass(self.name) else getproxies_environment()
        proxy = urlsplit(proxies.get(self.scheme, ""))
        secret = _login(proxy)
        place = (proxy.hostname, proxy.port or 80) if proxy.hostname else (self.name, self.port)
        if self.scheme == "http":
            plain = http.client.HTTPConnection(*place, timeout=CONNECT_SECONDS)
            return plain, f"http://{self.host}" if proxy.hostname else "", secret
        secure = http.client.HTTPSConnection(*place, timeout=CONNECT_SECONDS, context=ssl.create_default_context())
        if proxy.hostname:
            secure.set_tunnel(self.name, self.port, headers=secret)
        return secure, "", {}


def _login(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}


def read_address(text: str) -> Address:
    """An address from a setting: `http://host:port`, with or without /v1, with `#model` where one is named.

    Raises:
        EngineError: it cannot be used; the text does not repeat it, since it may hold a secret.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong("has no valid host and port") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise _wrong("is no http:// or https:// address with a host")
    if parts.username or parts.password:
        raise _wrong("holds a user name or a key; put the key into ATTUNE_MODEL_KEY")
    if parts.query:
        raise _wrong("has a query (?...); leave it out, and put a key into ATTUNE_MODEL_KEY")
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        raise _wrong("holds a space or a control sign")
    base = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return Address(parts.scheme, parts.hostname, port or PORTS[parts.scheme], base, unquote(parts.fragment))


def _wrong(why: str) -> EngineError:
    return EngineError(FailureKind.MODEL, f"ATTUNE_MODEL {why}; accepted: http://host:port or https://host, /v1 or not")


def read_seconds(name: str, text: str, usual: float) -> float:
    """A time limit from a setting.

    Raises:
        EngineError: it is no number from 1 to 86,400.
    """
    try:
        found = float(text) if text else usual
    except ValueError:
        found = math.nan
    if not 1 <= found <= 86_400:
        raise EngineError(FailureKind.MODEL, f"{name} is {text[:40]!r}; accepted: seconds from 1 to 86400")
    return found
