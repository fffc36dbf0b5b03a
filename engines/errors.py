"""Failures of engines: each has a kind that code may test and a message that a reader can act on."""

from __future__ import annotations

from enum import StrEnum

from data.errors import AttuneError


class FailureKind(StrEnum):
    """Why there is no output; closed, so that every page can say what to do about each."""

    TOO_LONG = "too-long"
    NO_WRONG_USER = "no-wrong-user"
    NO_DATA = "no-data"
    STOPPED = "stopped"
    BUSY = "busy"
    MODEL = "model"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REFUSED_KEY = "refused-key"
    NO_SUCH_MODEL = "no-such-model"
    REDIRECTED = "redirected"
    BAD_ANSWER = "bad-answer"
    TOO_LARGE = "too-large"
    TRUNCATED = "truncated"
    UNABLE = "unable"
    NOT_INSTALLED = "not-installed"
    INTERNAL = "internal"


class EngineError(AttuneError):
    """An engine could not do what was asked; the runner turns it into a `Failure`."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        self.kind = kind
        super().__init__(message)
