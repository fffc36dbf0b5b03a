"""What goes wrong with a model server, as failures that say what happened, where, and what to do."""

from __future__ import annotations

import json
import re
import socket
import ssl
from email.utils import parsedate_to_datetime
from time import time

from engines.errors import EngineError, FailureKind
from engines.models.endpoint_address import Address, Key

LONGEST_SAID = 160
OVERFLOW = re.compile(r"context (length|size|window)|maximum context|too long|too many tokens|exceed\w* .*token", re.I)
REPEATED = frozenset({429, 500, 502, 503})


def fault(kind: FailureKind, where: Address, what: str, advice: str) -> EngineError:
    """One failure of a server in the common form."""
    return EngineError(kind, f"The model server at {where.host} {what}. {advice}")


def stopped() -> EngineError:
    """The caller has stopped."""
    return EngineError(FailureKind.STOPPED, "stopped before the answer was complete")


def silent(where: Address, seconds: float, *, begun: bool, first: bool) -> EngineError:
    """No byte within the limit."""
    what = f"went silent for {seconds:g} s in the middle of its answer" if begun else f"said nothing for {seconds:g} s"
    advice = "It may still load the model: try again, or raise ATTUNE_MODEL_FIRST_SECONDS."
    return fault(
        FailureKind.TIMEOUT, where, what, advice if first else "Look at its log, or raise ATTUNE_MODEL_SECONDS."
    )


def endless(where: Address, seconds: float) -> EngineError:
    """Bytes keep coming, but the answer has no end."""
    return fault(
        FailureKind.TIMEOUT,
        where,
        f"was not done after {seconds:g} s",
        "Ask for less, or use a faster server or model.",
    )


def large(where: Address, limit: int) -> EngineError:
    """An answer over the bound."""
    return fault(
        FailureKind.TOO_LARGE,
        where,
        f"answered with more than {limit / 1e6:g} MB, and reading ended there",
        "An answer of this size is none to a request of this page; check what runs at that address.",
    )


def bad(where: Address, what: str) -> EngineError:
    """An answer that is not what the interface promises."""
    return fault(
        FailureKind.BAD_ANSWER,
        where,
        what,
        "Check that it speaks the OpenAI interface at this address (/v1), or try again.",
    )


def unreachable(where: Address, error: Exception) -> EngineError:
    """No connection, or one that broke before an answer."""
    if isinstance(error, ssl.SSLError):
        what, advice = (
            "has no certificate that is accepted here",
            "Correct its certificate, or name it in SSL_CERT_FILE.",
        )
    elif isinstance(error, socket.gaierror):
        what, advice = "cannot be found under this name", "Check ATTUNE_MODEL and the network."
    elif isinstance(error, ConnectionRefusedError):
        what, advice = "refuses connections", "Start it, or correct ATTUNE_MODEL, then run again."
    elif isinstance(error, TimeoutError):
        what, advice = "cannot be connected to in time", "Check ATTUNE_MODEL and the network."
    else:
        what, advice = "closed the connection without an answer", "Look at its log, then run again."
    return fault(FailureKind.UNREACHABLE, where, what, advice)


def refused(where: Address, key: Key, status: int, body: bytes, *, tried: int = 1) -> EngineError:
    """A status other than success; what the server says is quoted where it cannot hold the key."""
    said = key.scrub(_said(body))
    quoted = f" ({status}: {said[:LONGEST_SAID]})" if said else f" ({status})"
    kind, what, advice = _named(status, tried, quoted=quoted, overflow=bool(OVERFLOW.search(said)))
    return fault(kind, where, what, advice)


def _named(status: int, tried: int, *, quoted: str, overflow: bool) -> tuple[FailureKind, str, str]:
    """What a status means: its kind, what the server did, and what to do."""
    times = f" {tried} times" if tried > 1 else ""
    found = (FailureKind.MODEL, f"did not accept the request{quoted}", "Check server and model.")
    if 300 <= status < 400:
        what = f"sends to another address ({status}), which is not followed"
        found = (FailureKind.REDIRECTED, what, "Set ATTUNE_MODEL to the address that answers itself.")
    elif status in {401, 403}:
        what = f"did not accept the key ({status})"
        found = (FailureKind.REFUSED_KEY, what, "Set ATTUNE_MODEL_KEY and start again.")
    elif status == 413 or (overflow and status in {400, 422, 500}):
        found = (FailureKind.TOO_LONG, f"finds the request too long{quoted}", "Use fewer or shorter items.")
    elif status == 404:
        advice = "Check the name of the model (ATTUNE_MODEL_NAME) and the address."
        found = (FailureKind.NO_SUCH_MODEL, f"does not know the model or the path{quoted}", advice)
    elif status in {408, 504}:
        found = (FailureKind.TIMEOUT, f"gave up waiting ({status})", "Try again; it may be busy.")
    elif status in {429, 503}:
        advice = "Try again in a minute, or lower ATTUNE_MODEL_SLOTS."
        found = (FailureKind.BUSY, f"is busy and answered {status}{times}", advice)
    elif status >= 500:
        found = (FailureKind.MODEL, f"failed{times}{quoted}", "Look at its log, then run again.")
    return found


def too_patient(where: Address, seconds: float) -> EngineError:
    """A Retry-After that nobody wants to wait for."""
    return fault(
        FailureKind.BUSY,
        where,
        f"is busy (429) and asks to wait {seconds:,.0f} s",
        "Try again later, or use another server.",
    )


def cut_prompt(where: Address, reported: int, expected: int) -> EngineError:
    """The server read far fewer tokens than were sent."""
    return fault(
        FailureKind.TRUNCATED,
        where,
        f"read {reported} prompt tokens of about {expected}, so it has cut the prompt without saying so",
        "Raise the context that it gives the model, or use fewer or shorter items.",
    )


def retry_after(text: str | None) -> float | None:
    """The seconds of a Retry-After header, a number or a date; None where there is none that can be read."""
    if not text:
        return None
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text.strip()):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def _said(body: bytes) -> str:
    """The server's own words from an error's JSON, in one line; empty for anything else, such as a page."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(found, dict):
        found = found.get("error", found.get("message", ""))
    if isinstance(found, dict):
        found = found.get("message", "")
    return " ".join(found.split()) if isinstance(found, str) else ""
