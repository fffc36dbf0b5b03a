"""What may be said of a model at once, and what it lacks for a method; nothing here loads a model or asks a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.models.choice import Kind, read_choice
from engines.models.embedded import precision
from engines.models.endpoint import EndpointModel
from engines.models.process import ProcessModel
from engines.models.weights import NAME
from engines.models.worker import ModelWorker
from engines.types import Capability, LanguageModel, MethodInfo

NEEDS = {
    Capability.GENERATE: "generated text",
    Capability.SCORE: "log-probabilities of given texts",
    Capability.ADAPTERS: "adapters in the model's weights",
    Capability.ACTIVATIONS: "the model's activations",
    Capability.CONTRAST: "two prompts' distributions, one subtracted from the other",
}


@dataclass(frozen=True)
class Facts:
    """What is known of a model without asking or loading it.

    Attributes:
        server: host and port; empty for a model of this process.
        why_not: a sentence for each capability that is known to be absent.
        asked: whether the server has told yet what it can do; always true of a model of this process.
        problem: why the server has not told it; empty where it was not asked or has told.
    """

    name: str
    precision: str
    server: str
    why_not: Mapping[Capability, str]
    asked: bool
    problem: str = ""


def facts(model: LanguageModel) -> Facts:
    """What a page may say of a model at once."""
    if isinstance(model, EndpointModel):
        known = model.known
        why: Mapping[Capability, str] = known.why_not(model.address.host) if known else {}
        return Facts(model.name, model.precision, model.address.host, why, known is not None, model.finding.problem)
    if isinstance(model, ModelWorker | ProcessModel) and not model.loaded:
        choice = read_choice()
        name = NAME if choice.kind is Kind.EMBEDDED else Path(choice.place).name
        return Facts(choice.place if choice.kind is Kind.HUB else name, precision(), "", {}, asked=True)
    return Facts(model.name, model.precision, "", _why_not(model), asked=True)


def ask_soon(model: LanguageModel) -> None:
    """Have a server asked in the background what it can do, if it was not yet."""
    if isinstance(model, EndpointModel):
        model.finding.ask_soon()


def _why_not(model: LanguageModel) -> Mapping[Capability, str]:
    told: Any = getattr(model, "why_not", {})
    return {
        what: told.get(what, f"{model.name} does not give it") for what in Capability if what not in model.capabilities
    }


def lacking(info: MethodInfo, model: LanguageModel) -> str:
    """Why a method cannot run on a model, in one sentence; empty where it can, or where that is not known yet.

    Neither loads a model nor asks a server.
    """
    if not info.needs:
        return ""
    absent = facts(model).why_not
    for what in sorted(info.needs):
        if what in absent:
            return f"{info.name} needs {NEEDS[what]}, and {absent[what]}."
    return ""
