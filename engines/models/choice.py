"""Which language model the settings ask for: the embedded one, a folder, a hub's model, or a server.

`ATTUNE_MODEL` is empty, a folder, `org/name` of a hub, or the http(s) address of an OpenAI-compatible server. A key for
that server is read from `ATTUNE_MODEL_KEY` only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from engines.errors import EngineError, FailureKind
from engines.models.endpoint_address import SLOTS, Address, Limits, read_address, read_seconds

HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
MOST_SLOTS = 64


class Kind(StrEnum):
    """Where a model comes from."""

    EMBEDDED = "embedded"
    FOLDER = "folder"
    HUB = "hub"
    SERVER = "server"


@dataclass(frozen=True)
class Choice:
    """What ATTUNE_MODEL and the settings beside it ask for; holds no secret.

    Attributes:
        place: the folder or the hub's name; empty for the others.
        slots: how many requests a server gets at once.
    """

    kind: Kind
    place: str = ""
    address: Address | None = None
    limits: Limits = field(default_factory=Limits)
    slots: int = SLOTS


def read_choice(environment: Mapping[str, str] | None = None) -> Choice:
    """The model that an environment asks for, by default this process's.

    Raises:
        EngineError: a setting is not accepted; the text names it, and never repeats what may hold a secret.
    """
    given = os.environ if environment is None else environment
    text = given.get("ATTUNE_MODEL", "").strip()
    if not text:
        return Choice(Kind.EMBEDDED)
    if "://" in text:
        return _server(text, given)
    if Path(text).expanduser().is_dir():
        return Choice(Kind.FOLDER, str(Path(text).expanduser()))
    if HUB.fullmatch(text):
        return Choice(Kind.HUB, text)
    raise EngineError(
        FailureKind.NO_SUCH_MODEL,
        f"ATTUNE_MODEL is {text[:80]!r}; accepted: a folder that exists, org/name of a hub, or the http:// or https:// "
        "address of a server; unset it for the embedded model",
    )


def _server(text: str, given: Mapping[str, str]) -> Choice:
    address = read_address(text)
    if name := given.get("ATTUNE_MODEL_NAME", "").strip():
        address = replace(address, model=name)
    limits = Limits(
        first=read_seconds("ATTUNE_MODEL_FIRST_SECONDS", given.get("ATTUNE_MODEL_FIRST_SECONDS", ""), Limits.first),
        later=read_seconds("ATTUNE_MODEL_SECONDS", given.get("ATTUNE_MODEL_SECONDS", ""), Limits.later),
    )
    return Choice(Kind.SERVER, address=address, limits=limits, slots=_slots(given.get("ATTUNE_MODEL_SLOTS", "")))


def _slots(text: str) -> int:
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if text and not 1 <= found <= MOST_SLOTS:
        raise EngineError(
            FailureKind.MODEL, f"ATTUNE_MODEL_SLOTS is {text[:40]!r}; accepted: a whole number from 1 to {MOST_SLOTS}"
        )
    return found or SLOTS
