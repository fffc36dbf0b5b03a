"""The settings, read from the environment and checked at once; no secret is among them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from data.errors import AttuneError
from data.home import ROOT
from engines.errors import EngineError
from engines.models.choice import Choice, Kind, read_choice

Precision = Literal["float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
DEFAULT_PORT = 8501


class ModelSettingError(AttuneError):
    """A setting of the language model is not accepted; its value is not repeated where it may hold a secret."""


class SettingError(AttuneError):
    """An environment variable has a value that is not accepted."""

    def __init__(self, variable: str, found: str, accepted: str) -> None:
        self.variable, self.found, self.accepted = variable, found, accepted
        super().__init__(f"{variable} is {found[:80]!r}; accepted: {accepted}; unset it for the default")


@dataclass(frozen=True)
class Settings:
    """What may be set from outside.

    Attributes:
        port: PORT, where the server listens.
        home: ATTUNE_HOME, the folder of everything that is made at run time.
        dtype: ATTUNE_DTYPE, the floating point type of a language model in this process.
        model: ATTUNE_MODEL and the settings beside it; the language model that is used.
        public: ATTUNE_PUBLIC, whether strangers are served; the Query page is off then.
    """

    port: int = DEFAULT_PORT
    home: Path = ROOT / "var"
    dtype: Precision = "float32"
    model: Choice = field(default_factory=lambda: Choice(Kind.EMBEDDED))
    public: bool = False


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment, by default of this process; an empty variable counts as unset.

    Raises:
        SettingError: a value is not accepted; the text names the variable and the accepted values.
        ModelSettingError: the same, of a setting of the language model.
    """
    given = {name: value for name, value in (os.environ if environment is None else environment).items() if value}
    return Settings(
        port=read_port(given.get("PORT", str(DEFAULT_PORT))),
        home=_folder(given.get("ATTUNE_HOME")),
        dtype=_precision(given.get("ATTUNE_DTYPE", "float32")),
        model=_model(given),
        public=_public(given.get("ATTUNE_PUBLIC", "0")),
    )


def read_port(text: str) -> int:
    """A port from text.

    Raises:
        SettingError: it is no whole number from 1 to 65535.
    """
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 1 <= port <= 65_535:
        raise SettingError("PORT", text, "a whole number from 1 to 65535")
    return port


def _folder(text: str | None) -> Path:
    folder = Path(text).expanduser() if text else ROOT / "var"
    if folder.exists() and not folder.is_dir():
        raise SettingError("ATTUNE_HOME", str(text), "a folder, which is made when it is missing")
    return folder


def _precision(text: str) -> Precision:
    for known in PRECISIONS:
        if text == known:
            return known
    raise SettingError("ATTUNE_DTYPE", text, " or ".join(PRECISIONS))


def _public(text: str) -> bool:
    if text not in {"0", "1"}:
        raise SettingError("ATTUNE_PUBLIC", text, "1 for a server that strangers reach, 0 for any other")
    return text == "1"


def _model(given: Mapping[str, str]) -> Choice:
    try:
        return read_choice(given)
    except EngineError as error:
        raise ModelSettingError(str(error)) from error
