"""A search service that speaks JSON, named by ATTUNE_SEARCH: asked with bounded words, its answers read as mere text.

The address holds `{words}` where the words go, or gets them as the parameter `q`. Accepted is a list, or an object with
a list under results, items, hits, docs or data; of each entry a text, or the first of title, name, text and snippet.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from engines.errors import EngineError, FailureKind
from engines.outside import Query, bounded
from engines.types import Stop, never

VARIABLE = "ATTUNE_SEARCH"
PLACE = "{words}"
SECONDS, BYTES, WORDS = 6.0, 65_536, 400
LISTS = ("results", "items", "hits", "docs", "data")
TEXTS = ("title", "name", "text", "snippet")


def service(environment: Mapping[str, str] | None = None) -> Search | None:
    """The named service, or none.

    Raises:
        EngineError: the variable holds no usable address (unable).
    """
    given = (os.environ if environment is None else environment).get(VARIABLE, "")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        fine = False
    if not fine or not given.isprintable() or " " in given:
        accepted = f"an address such as http://localhost:9200/find?q={PLACE}, without a name or password"
        raise EngineError(FailureKind.UNABLE, f"{VARIABLE} holds no address that can be asked; accepted: {accepted}")
    return Search(given)


def named() -> bool:
    """Whether the settings name a service, be its address usable or not."""
    return bool(os.environ.get(VARIABLE))


def words_out(query: Query) -> str:
    """Exactly the words that leave this machine for a query."""
    return bounded_words(" ".join((query.words, *query.history.values())))


def bounded_words(text: str) -> str:
    """Words as one line of at most 400 letters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 10 * WORDS]).split())[:WORDS]


class Search:
    """One service; see the module."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.host = urlsplit(address).netloc
        self.name = f"the search service {self.host}"

    def rank(self, query: Query, *, stop: Stop = never) -> list[str]:
        """Texts in the service's order.

        Raises:
            EngineError: it cannot be reached, is slow, says too much, points elsewhere or gives no list.
        """
        found = _listed(self._read(words_out(query), stop))
        texts = [bounded(text) for text in map(_text, found) if text]
        return [text for text in dict.fromkeys(texts) if text][: query.count]

    def _read(self, words: str, stop: Stop) -> Any:
        parts = urlsplit(_address(self._address, words))
        port, kind = parts.port, http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(str(parts.hostname), port, timeout=SECONDS)
        try:
            return self._asked(connection, parts, stop)
        except TimeoutError as error:
            raise self._failed(FailureKind.TIMEOUT, f"did not answer within {SECONDS:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._failed(FailureKind.UNREACHABLE, f"cannot be reached ({type(error).__name__})") from error
        finally:
            connection.close()

    def _asked(self, connection: http.client.HTTPConnection, parts: SplitResult, stop: Stop) -> Any:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        begun = time.monotonic()
        connection.request("GET", path, headers={"Accept": "application/json", "User-Agent": "attune"})
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise self._failed(FailureKind.REDIRECTED, "points to another address, which is not followed")
        if answer.status != 200:
            raise self._failed(FailureKind.BAD_ANSWER, f"answers with status {answer.status}")
        body = b""
        while piece := answer.read1(BYTES):
            body += piece
            if len(body) > BYTES:
                raise self._failed(FailureKind.TOO_LARGE, f"answers with more than {BYTES // 1024} kB")
            if time.monotonic() - begun > SECONDS:
                raise TimeoutError
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped before the search was complete")
        try:
            return json.loads(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise self._failed(FailureKind.BAD_ANSWER, "does not answer with JSON") from error

    def _failed(self, kind: FailureKind, what: str) -> EngineError:
        return EngineError(kind, f"{self.name} {what}; check {VARIABLE}, or unset it for the recommender")


def _address(given: str, words: str) -> str:
    said = quote(words, safe="")
    if PLACE in given:
        return given.replace(PLACE, said)
    return f"{given}{'&' if urlsplit(given).query else '?'}q={said}"


def _listed(found: Any) -> list[Any]:
    if isinstance(found, dict):
        found = next((found[name] for name in LISTS if isinstance(found.get(name), list)), None)
    if not isinstance(found, list):
        accepted = f"a list, or an object with a list under {', '.join(LISTS)}"
        raise EngineError(FailureKind.BAD_ANSWER, f"the search service gave something else than {accepted}")
    return found[:64]


def _text(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = next((entry[name] for name in TEXTS if isinstance(entry.get(name), str)), "")
    return entry if isinstance(entry, str) else ""
