"""Metrics worked through on a small example: the inputs, each step, and the value that this project's own code gives.

The examples are made up and small enough to be checked with a pencil. Every value is computed when it is asked for, by
the metric's class and the aggregation that runs use; nothing is typed in.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from data.records import Example
from engines import rouge
from engines.metrics import Metric, MetricInfo, metrics
from engines.outputs import Output
from engines.runs.stats import Value, estimate
from engines.types import Encoder, Generation

# Catalog metrics that are measured under another name here, with what turns our figure into theirs and why.
ALSO: Mapping[str, tuple[str, Callable[[float], float], str]] = {
    "hits@1": ("hr@1", float, "With one true candidate, Hits@1 is HR@1."),
    "perplexity": ("bits-per-token", lambda bits: 2.0**bits, "Perplexity is 2 to the power of the bits per token."),
}
DIFFERS: Mapping[str, str] = {
    "accuracy": "Here one of two answers is predicted; where both have the same score, the choice counts one half.",
    "logloss": "The catalog's formula is for two outcomes, in nats; ours is for the five ratings, in bits (divide by "
    "log2 e for nats).",
    "ndcg@k": "With one relevant candidate a list, both forms of the gain and the ideal are 1.",
    "hit@k": "Here k is 1 and one candidate is relevant.",
    "rouge-l": "The rouge-score package takes beta = 1, so precision and recall weigh the same.",
}
_WHEN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Case:
    """One line of an example.

    Attributes:
        given: what went in, name to text.
        steps: LaTeX of how the value comes about, without delimiters.
        value: what the metric's code says.
    """

    given: Mapping[str, str]
    steps: tuple[str, ...]
    value: float


@dataclass(frozen=True)
class Worked:
    """A metric worked through.

    Attributes:
        info: the implementation that computed it.
        total: LaTeX of the aggregation; empty where the one value is the figure.
        figure: the end.
        note: how our definition differs from the catalog's, empty where it does not.
    """

    info: MetricInfo
    cases: tuple[Case, ...]
    total: str
    figure: float
    note: str


def implementations(entry: str) -> tuple[MetricInfo, ...]:
    """The metrics of this project that compute a catalog metric: the one place where the two vocabularies meet."""
    direct = [metrics[name].info for name in metrics if metrics[name].info.entry == entry]
    other = [metrics[ALSO[entry][0]].info] if entry in ALSO else []
    return (*direct, *other)


def worked(entry: str, encoder: Encoder | None = None) -> Worked | None:
    """The worked example of a catalog metric; None where nothing here computes it.

    Args:
        entry: the catalog's key.
        encoder: needed by the similarity of embeddings alone; without it there is no example of that.
    """
    found = implementations(entry)
    if not found or found[0].id not in _EXAMPLES:
        return None
    info = found[0]
    lines = _EXAMPLES[info.id](metrics[info.id](), encoder)
    if not lines:
        return None
    values = [Value(str(place), str(place), case.value) for place, case in enumerate(lines)]
    plain = estimate(values, info.finish).mean
    if plain is None:
        return None
    turn, note = (ALSO[entry][1], ALSO[entry][2]) if entry in ALSO else (float, DIFFERS.get(entry, ""))
    return Worked(info, tuple(lines), _total(entry, info, lines, turn(plain)), turn(plain), note)


def needs_encoder(entry: str) -> bool:
    """Whether the example can only be computed with the sentence encoder."""
    return any(info.id == "embedding-similarity" for info in implementations(entry))


def number(value: float) -> str:
    """A value as the steps write it: four decimals without the zeros at the end."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _total(entry: str, info: MetricInfo, cases: Sequence[Case], figure: float) -> str:
    terms = " + ".join(number(case.value) for case in cases)
    mean = rf"\frac{{{terms}}}{{{len(cases)}}}" if len(cases) > 1 else number(cases[0].value)
    if info.finish is math.sqrt:
        return rf"\sqrt{{{mean}}} = {number(figure)}"
    if entry == "perplexity":
        return rf"2^{{{mean}}} = {number(figure)}"
    return rf"{mean} = {number(figure)}" if len(cases) > 1 else ""


def _value(metric: Metric, output: Output, target: str) -> float:
    found = metric.score(output, Example("example", "task", "user", "", target, _WHEN))
    if found.value is None:
        raise ValueError(f"{metric.info.id} has no value for its example: {found.reason}")
    return found.value


def _ratings(step: Callable[[float, str, float], str]) -> Callable[[Metric, Encoder | None], list[Case]]:
    """Three predicted ratings, one of them from a distribution over the five labels."""

    def cases(metric: Metric, _encoder: Encoder | None) -> list[Case]:
        spread = {"1": 0.0, "2": 0.1, "3": 0.2, "4": 0.4, "5": 0.3}
        made = []
        for output, target in ((Output(labels=spread), "5"), (Output(point=2.5), "2"), (Output(point=4.0), "1")):
            rating, value = output.rating or 0.0, _value(metric, output, target)
            mean = " + ".join(rf"{label} \cdot {number(share)}" for label, share in output.labels.items() if share)
            first = (rf"\hat y = {mean} = {number(rating)}",) if mean else ()
            given = {"predicted": _spread(output.labels) if mean else number(rating), "true rating": target}
            made.append(Case(given, (*first, step(rating, target, value)), value))
        return made

    return cases


def _log_loss(metric: Metric, _encoder: Encoder | None) -> list[Case]:
    made = []
    for shares, target in (((0.0, 0.1, 0.2, 0.4, 0.3), "4"), ((0.5, 0.25, 0.125, 0.0625, 0.0625), "2")):
        labels = dict(zip("12345", shares, strict=True))
        value = _value(metric, Output(labels=labels), target)
        step = rf"-\log_2 {number(labels[target])} = {number(value)} \text{{ bits}}"
        made.append(Case({"predicted": _spread(labels), "true rating": target}, (step,), value))
    return made


def _ranking(step: Callable[[int, float], str]) -> Callable[[Metric, Encoder | None], list[Case]]:
    """Two ranked lists of four candidates, the true one at the first and at the third place."""

    def cases(metric: Metric, _encoder: Encoder | None) -> list[Case]:
        made = []
        for scores, target in (
            ({"a": 0.9, "b": 0.4, "c": 0.3, "d": 0.1}, "a"),
            ({"a": 7, "b": 5, "c": 2, "d": 1}, "c"),
        ):
            value = _value(metric, Output(candidates=scores), target)
            order = sorted(scores, key=lambda name: -scores[name])
            given = {"ranked, best first": ", ".join(order), "true candidate": target}
            made.append(Case(given, (step(order.index(target) + 1, value),), value))
        return made

    return cases


def _choices(metric: Metric, _encoder: Encoder | None) -> list[Case]:
    """Two choices between two answers: the chosen one scored higher, and both scored alike."""
    made = []
    for scores in ({"first": 1.2, "second": 0.4}, {"first": 0.7, "second": 0.7}):
        value = _value(metric, Output(candidates=scores), "first")
        tie = scores["first"] == scores["second"]
        rule = r"	frac12 	ext{ for a tie}" if tie else rf"\mathbf 1[{scores['first']} > {scores['second']}]"
        given = {"scores": ", ".join(f"{name}: {number(one)}" for name, one in scores.items()), "chosen": "first"}
        made.append(Case(given, (f"{rule} = {number(value)}",), value))
    return made


def _rouge(variant: str) -> Callable[[Metric, Encoder | None], list[Case]]:
    """One generated sentence beside the true one; the words are those that the package compares, stemmed."""

    def cases(metric: Metric, _encoder: Encoder | None) -> list[Case]:
        wrote, truth = "a quiet film with warm jokes", "a warm film full of quiet joking"
        scorer = rouge.scorer(variant, stemmed=True)
        parts = scorer.score(truth, wrote)[variant]
        words = {side: scorer._tokenizer.tokenize(text) for side, text in (("c", wrote), ("r", truth))}
        shared = round(parts.precision * len(words["c"]))
        value = _value(metric, Output(generation=Generation(wrote, 0, 0, 0.0)), truth)
        name = r"\text{LCS}" if variant == "rougeL" else r"|U_c \cap U_r|"
        steps = (
            rf"{name} = {shared}",
            rf"P = \frac{{{shared}}}{{{len(words['c'])}}} = {number(parts.precision)}",
            rf"R = \frac{{{shared}}}{{{len(words['r'])}}} = {number(parts.recall)}",
            rf"F_1 = \frac{{2 P R}}{{P + R}} = {number(value)}",
        )
        given = {"generated": wrote, "true text": truth, "words compared": " | ".join(map(" ".join, words.values()))}
        return [Case(given, steps, value)]

    return cases


def _bits(metric: Metric, _encoder: Encoder | None) -> list[Case]:
    shares = (0.5, 0.25, 0.125, 0.5)
    value = _value(metric, Output(truth_logprobs=tuple(math.log(share) for share in shares)), "true text")
    product = r" \cdot ".join(number(share) for share in shares)
    step = rf"-\tfrac1{len(shares)} \log_2 \left({product}\right) = {number(value)} \text{{ bits}}"
    given = {"probability of each token of the true text": ", ".join(number(share) for share in shares)}
    return [Case(given, (step,), value)]


def _similarity(metric: Metric, encoder: Encoder | None) -> list[Case]:
    if encoder is None:
        return []
    wrote, truth = "A quiet film with warm jokes.", "A warm, funny and calm movie."
    one, two = encoder.encode([wrote, truth])
    cosine = float((one * two).sum())
    value = _value(metric, Output(similarity=cosine), truth)
    step = rf"\cos(e(c), e(r)) = \textstyle\sum_{{i=1}}^{{{len(one)}}} e_i(c)\, e_i(r) = {number(value)}"
    return [Case({"generated": wrote, "true text": truth}, (step,), value)]


def _spread(labels: Mapping[str, float]) -> str:
    return ", ".join(f"{label}: {number(share)}" for label, share in labels.items())


_EXAMPLES: Mapping[str, Callable[[Metric, Encoder | None], list[Case]]] = {
    "mae": _ratings(lambda rating, true, value: rf"|{number(rating)} - {true}| = {number(value)}"),
    "rmse": _ratings(lambda rating, true, value: rf"({number(rating)} - {true})^2 = {number(value)}"),
    "log-loss": _log_loss,
    "choice-accuracy": _choices,
    "hr@1": _ranking(lambda place, value: rf"\mathbf 1[{place} \le 1] = {number(value)}"),
    "mrr": _ranking(lambda place, value: rf"\frac{{1}}{{{place}}} = {number(value)}"),
    "ndcg@10": _ranking(lambda place, value: rf"\frac{{1}}{{\log_2(1 + {place})}} = {number(value)}"),
    "rouge-1": _rouge("rouge1"),
    "rouge-l": _rouge("rougeL"),
    "bits-per-token": _bits,
    "embedding-similarity": _similarity,
}
