"""Metrics: small classes that score one output against one example; absent is not zero.

A metric gives per-example values; `engines.runs.stats` aggregates them with intervals that resample users.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from data.records import Example, TaskKind
from data.registry import Registry
from engines.outputs import Output


@dataclass(frozen=True)
class Score:
    """A value, or None with the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class MetricInfo:
    """What is said about a metric wherever it appears.

    Attributes:
        entry: the catalog's key, empty where the catalog has no such metric.
        higher_is_better: the direction.
        kinds: the tasks that it can score.
        finish: turns the mean of the values into the figure shown (the square root for RMSE).
    """

    id: str
    name: str
    unit: str
    entry: str
    higher_is_better: bool
    kinds: frozenset[TaskKind]
    digits: int = 3
    finish: Callable[[float], float] = float


class Metric(Protocol):
    """One metric."""

    info: MetricInfo

    def score(self, output: Output, example: Example) -> Score:
        """The value of one output."""
        ...


NO_TRUTH = "your own request has no true answer"

metrics: Registry[type[Metric]] = Registry("metric", "engines.metrics")

TEXT = frozenset({TaskKind.REWRITE, TaskKind.GENERATE})
RATE = frozenset({TaskKind.RATE})
RANK = frozenset({TaskKind.RANK})
CHOOSE = frozenset({TaskKind.CHOOSE})


def metrics_for(kind: TaskKind) -> list[Metric]:
    """The metrics of a kind of task, in the registry's order."""
    made = [metrics[name]() for name in metrics]
    return [metric for metric in made if kind in metric.info.kinds]
