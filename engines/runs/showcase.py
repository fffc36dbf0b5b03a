"""The example that Home shows: a small comparison computed here and kept until something it rests on changes.

It is stored in var/ with the digests of model, data and code and its date, and never ships with the project.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from data.atomic import write_json
from data.digest import digest, file_sha256
from data.home import ROOT, home
from data.importers import datasets
from engines.models.embedded import precision
from engines.models.weights import weights_folder
from engines.runs.cells import Bench, Outcome
from engines.runs.compare import Comparison, Plan, Row, rows, run
from engines.types import Arm

USERS = 24
SEED = 7
DATASET, TASK, METRIC = "movielens-100k", "movie-rating", "mae"
METHODS = ("none", "global-examples", "recent-history")
BASELINES = ("item-mean", "user-mean")

Report = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """One figure of the example: a method or baseline in an arm, or a gap, with its interval."""

    kind: str
    method: str
    arm: str
    mean: float
    low: float
    high: float
    users: int
    n: int

    @property
    def tie(self) -> bool:
        """Whether the interval of a gap holds 0."""
        return self.low <= 0.0 <= self.high


@dataclass(frozen=True)
class Reading:
    """One film rated for one user: who was read, the probabilities of one to five stars, and their expectation."""

    method: str
    arm: str
    labels: dict[str, float]
    rating: float


@dataclass(frozen=True)
class Showcase:
    """The example with all that says where it comes from."""

    stamp: dict[str, str]
    date: str
    model: str
    precision: str
    dataset: str
    task: str
    user: str
    example: str
    request: str
    truth: str
    figures: tuple[Figure, ...]
    readings: tuple[Reading, ...]


def stamp() -> dict[str, str]:
    """The digests on which the example rests; reading them loads no model.

    Raises:
        MissingPackageError: the data is not installed.
        OSError: the weights are not converted yet.
    """
    manifest = json.loads((weights_folder() / "manifest.json").read_text())
    code = [file_sha256(path) for layer in ("data", "engines") for path in sorted((ROOT / layer).rglob("*.py"))]
    return {
        "model": digest([manifest["source_sha256"], precision()]),
        "data": datasets[DATASET]().digest,
        "code": digest(code),
        "plan": digest([USERS, SEED, TASK, METHODS]),
    }


def path() -> Path:
    """Where the example is kept."""
    return home() / "showcase.json"


def stored() -> Showcase | None:
    """The example if it is there, readable and rests on today's model, data and code; else None."""
    try:
        value = json.loads(path().read_text())
        if value["stamp"] != stamp():
            return None
        return _from_json(value)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ensure_showcase(report: Report) -> Showcase:
    """The stored example, computing it when it is missing or out of date (one to three minutes).

    Raises:
        MissingPackageError: the model or the data is not installed.
    """
    known = stored()
    if known:
        return known
    with FileLock(home() / ".showcase.lock"):
        known = stored()
        if known is None:
            write_json(path(), _as_json(_compute(report)))
            known = stored()
    if known is None:
        raise RuntimeError("the example was stored but cannot be read back")
    return known


def _compute(report: Report) -> Showcase:
    from engines.models.embedded import embedded_model
    from taxonomy.encoder import SentenceEncoder

    data = datasets[DATASET]()
    bench = Bench(data, data.task(TASK), embedded_model(), SentenceEncoder(), SEED)
    plan = Plan(METHODS, (Arm.RIGHT, Arm.WRONG, Arm.NOBODY), USERS)
    report(f"Computing Home's example: {USERS} users, {len(METHODS)} methods, three arms")
    comparison = run(bench, plan, lambda done, total: report(f"{done} of {total} predictions"))
    first = comparison.examples[0]
    return Showcase(
        stamp=stamp(),
        date=datetime.now(UTC).date().isoformat(),
        model=bench.model.name,
        precision=bench.model.precision,
        dataset=DATASET,
        task=TASK,
        user=first.user,
        example=first.id,
        request=first.input,
        truth=first.target,
        figures=tuple(_figure(row) for row in rows(bench, comparison) if _shown(row)),
        readings=tuple(_reading(o) for o in _of(comparison, first.id) if o.output),
    )


def _shown(row: Row) -> bool:
    known = row.method in METHODS or row.method in BASELINES
    return row.metric == METRIC and known and row.estimate.mean is not None


def _figure(row: Row) -> Figure:
    made = row.estimate
    mean, low, high = made.mean, made.low, made.high
    assert mean is not None and low is not None and high is not None  # noqa: S101, PT018 - `_shown` has filtered
    return Figure(row.kind, row.method, row.arm, mean, low, high, made.users, made.n)


def _of(comparison: Comparison, example: str) -> list[Outcome]:
    return [o for o in comparison.outcomes if o.cell.example.id == example]


def _reading(outcome: Outcome) -> Reading:
    output = outcome.output
    assert output is not None  # noqa: S101 - filtered by the caller
    return Reading(outcome.cell.method, outcome.cell.arm, dict(output.labels), output.rating or 0.0)


def _as_json(made: Showcase) -> dict[str, Any]:
    plain = {**vars(made)}
    plain["figures"] = [vars(figure) for figure in made.figures]
    plain["readings"] = [vars(reading) for reading in made.readings]
    return plain


def _from_json(value: dict[str, Any]) -> Showcase:
    figures = tuple(Figure(**figure) for figure in value.pop("figures"))
    readings = tuple(Reading(**reading) for reading in value.pop("readings"))
    return Showcase(figures=figures, readings=readings, **value)
