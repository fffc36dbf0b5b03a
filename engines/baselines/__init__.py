"""Honest rows without a language model: they have no level and stand beside every rating and choice table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from data.records import Dataset, Example, Task, TaskKind
from data.registry import Registry
from engines.outputs import Output
from engines.types import Arm


@dataclass(frozen=True)
class BaselineInfo:
    """What is said about a baseline wherever it appears; `arm` says whether it uses the user's own data."""

    name: str
    summary: str
    kind: TaskKind
    arm: Arm


class Baseline(Protocol):
    """One baseline; it sees only data strictly before the example's cut."""

    info: BaselineInfo

    def predict(self, dataset: Dataset, task: Task, example: Example) -> Output:
        """The prediction for one example, whose target it does not read."""
        ...


baselines: Registry[type[Baseline]] = Registry("baseline", "engines.baselines")


def baselines_for(kind: TaskKind) -> dict[str, Baseline]:
    """The baselines of a kind of task by id."""
    return {name: baselines[name]() for name in baselines if baselines[name].info.kind is kind}
