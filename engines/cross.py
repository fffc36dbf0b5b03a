"""How likely each answer is under each arm: whether the right user's answer is likelier for the right user."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from data.digest import digest
from data.records import Task, TaskKind
from engines.jobs import Job, Report
from engines.live import LiveView
from engines.runs.answers import why_unscored
from engines.runs.cells import Bench, Outcome
from engines.types import Arm, ScoreRow

NO_ANSWER = "nothing was generated"
TEXT = frozenset({TaskKind.REWRITE, TaskKind.GENERATE})
Key = tuple[int, Arm]


@dataclass(frozen=True)
class Likelihood:
    """One answer with its values by the arm whose data conditions the model.

    Attributes:
        place: the column of the method.
        arm: whose data the answer was given with.
        answer: the text, the likeliest label, or the first candidate's id.
        values: bits per byte of a text (lower is likelier), probability of a label or of a candidate among the
            candidates (higher is likelier); an arm without a value is absent.
        reason: why there is none at all.
    """

    place: int
    arm: Arm
    answer: str
    values: Mapping[Arm, float] = field(default_factory=dict)
    reason: str = ""


def outcomes_of(view: LiveView) -> dict[Key, Outcome]:
    """The conditioned outcomes of a run by column and arm."""
    found = {key: seen.outcome for key, seen in view.arms.items()}
    return {key: one for key, one in found.items() if one and one.conditioning and not one.failure}


def of_labels(task: Task, outcomes: Mapping[Key, Outcome]) -> list[Likelihood]:
    """The likeliest answer of each arm and its probability under every arm of its method; nothing is computed anew."""
    spread = {key: _spread(task, outcome) for key, outcome in outcomes.items()}
    made = []
    for (place, arm), own in spread.items():
        if not own:
            made.append(Likelihood(place, arm, "", reason="the model gives no probabilities"))
            continue
        best = max(own, key=lambda one: own[one])
        values = {other: found[best] for (at, other), found in spread.items() if at == place and best in found}
        made.append(Likelihood(place, arm, best, values))
    return made


def _spread(task: Task, outcome: Outcome) -> Mapping[str, float]:
    if outcome.output is None or outcome.output.reason:
        return {}
    if task.kind is TaskKind.RATE:
        return outcome.output.labels
    found = outcome.output.candidates
    top = max(found.values(), default=0.0)
    weights = {one: math.exp(value - top) for one, value in found.items()}
    return {one: weight / sum(weights.values()) for one, weight in weights.items()}


def of_texts(bench: Bench, outcomes: Mapping[Key, Outcome]) -> list[Likelihood]:
    """The bits per byte of each generated text under every arm of its method, in one batch.

    Raises:
        EngineError: the model is busy, a row is too long, or the caller stopped.
    """
    texts = {key: _text(outcome) for key, outcome in outcomes.items()}
    if why := why_unscored(bench.model):
        return [Likelihood(*key, text, reason=why) for key, text in texts.items()]
    keys = [key for key in outcomes if any(at == key[0] and text for (at, _), text in texts.items())]
    rows = [_row(bench.task, outcomes[key], _answers(texts, key[0])) for key in keys]
    scored = bench.model.score(rows, stop=bench.stop) if rows else []
    bits: dict[tuple[int, Arm, str], float] = {}
    for (place, arm), row in zip(keys, scored, strict=True):
        for text, total in zip(_answers(texts, place), row.totals(), strict=True):
            bits[place, arm, text] = -total / math.log(2) / len(text.encode())
    return [
        Likelihood(
            place,
            arm,
            text,
            {one: bits[place, one, text] for at, one in outcomes if at == place and (place, one, text) in bits},
            "" if text else NO_ANSWER,
        )
        for (place, arm), text in texts.items()
    ]


def _text(outcome: Outcome) -> str:
    made = outcome.output.generation if outcome.output else None
    return made.text.strip() if made else ""


def _answers(texts: Mapping[Key, str], place: int) -> list[str]:
    """The different texts of a column."""
    return list(dict.fromkeys(text for (at, _), text in texts.items() if at == place and text))


def _row(task: Task, outcome: Outcome, answers: Sequence[str]) -> ScoreRow:
    assert outcome.conditioning is not None  # noqa: S101 - outcomes_of has filtered
    space = " " if task.input_template else ""
    made = outcome.conditioning
    return ScoreRow(made.messages, tuple(space + text for text in answers), made.modifiers)


def job(bench: Bench, view: LiveView) -> Job[list[Likelihood]]:
    """The texts of a run that has ended, as a job; a run's likelihoods are computed once."""
    outcomes = outcomes_of(view)

    def work(report: Report[list[Likelihood]]) -> list[Likelihood]:
        report.tell(0, 1, "Scoring every answer with every arm's data")
        return of_texts(replace(bench, stop=report.stop), outcomes)

    return Job(digest(["likelihood of answers", view.id]), work, about=bench.dataset.digest)
