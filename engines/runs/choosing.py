"""The runner's half of choosing: candidates are scored or judged, drafts are drawn and one of them is given.

A method without a reward of its own is scored by the one that its conditioning implies: what it adds to the
log-likelihood of an answer, log p(answer | method's prompt) - log p(answer | request alone). For an adapter trained by
DPO this is DPO's implicit reward, up to its factor beta. The plain likelihood says first of all how usual an answer is
for anyone: on the earlier split of Campus it was no better than chance in any arm (0.48 to 0.52), where the difference
told the right from the wrong user (0.67 and 0.32 with recent history). Without user data both terms are equal, and the
split is even.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import sub
from typing import TYPE_CHECKING

from engines.choosing import Chooser, Sample
from engines.outputs import Output
from engines.prompts import write
from engines.runs.faults import each_row
from engines.types import Conditioning, Config, Failure, GenerateRow, Generation, Request, Scored, ScoredText, ScoreRow

if TYPE_CHECKING:
    from data.records import Example, Task
    from engines.runs.bench import Bench

SEEDS = 10_000
GAIN = "log-likelihood added to the request alone, nats"


def judged(made: Conditioning, chooser: Chooser, example: Example) -> tuple[Conditioning, Output]:
    """The rewards of an example's candidates as the output, and as evidence with the candidates' texts."""
    samples = chooser.samples(list(example.candidates.values()))
    best = max(sample.reward for sample in samples)
    chosen = [sample.reward == best for sample in samples]
    output = Output(
        candidates={name: one.reward for name, one in zip(example.candidates, samples, strict=True)},
        measure=chooser.method.measure,
    )
    return _shown(made, chooser, samples, chosen if chosen.count(True) == 1 else [False] * len(samples)), output


def scored(
    bench: Bench, asked: Sequence[tuple[Request, Config]], rows: Sequence[ScoreRow]
) -> list[tuple[Output, int] | Failure]:
    """What each row adds to the log-likelihoods of its request's candidates, with the row's prompt tokens."""
    bare = [
        ScoreRow(write(request, (), config), row.continuations)
        for (request, config), row in zip(asked, rows, strict=True)
    ]
    found = each_row([*rows, *bare], lambda some, _: bench.model.score(some, stop=bench.stop))
    given, plain = found[: len(rows)], found[len(rows) :]
    return [_gained(request, *both) for (request, _), both in zip(asked, zip(given, plain, strict=True), strict=True)]


def _gained(request: Request, given: Scored | Failure, plain: Scored | Failure) -> tuple[Output, int] | Failure:
    if isinstance(given, Failure):
        return given
    if isinstance(plain, Failure):
        return plain
    likelihoods = dict(zip(request.candidates, given.totals(), strict=True))
    gains = dict(zip(request.candidates, map(sub, given.totals(), plain.totals()), strict=True))
    return Output(candidates=gains, likelihoods=likelihoods, measure=GAIN), given.prompt_tokens


def drafts(task: Task, made: Conditioning, chooser: Chooser | None, seed: int) -> list[GenerateRow]:
    """What the model writes under a conditioning: one greedy answer, or the drafts that are chosen among."""
    row = GenerateRow(made.messages, task.max_new_tokens, until=task.until, modifiers=made.modifiers)
    if chooser is None:
        return [row]
    warm = replace(row, temperature=chooser.method.temperature)
    return [replace(warm, seed=seed * SEEDS + place) for place in range(chooser.method.drafts)]


def picked(made: Conditioning, chooser: Chooser, written: Sequence[Generation]) -> tuple[Conditioning, Generation]:
    """The draft that the method chooses, at the cost of all of them, and the evidence with all of them."""
    samples = chooser.samples([one.text for one in written])
    place = chooser.choose(samples)
    whole = replace(
        written[place],
        new_tokens=sum(one.new_tokens for one in written),
        seconds=max(one.seconds for one in written),
        stopped=any(one.stopped for one in written),
    )
    return _shown(made, chooser, samples, [i == place for i in range(len(samples))]), whole


def _shown(made: Conditioning, chooser: Chooser, samples: Sequence[Sample], chosen: Sequence[bool]) -> Conditioning:
    texts = tuple(
        ScoredText(one.text, one.reward, mark, measure=chooser.method.measure)
        for one, mark in zip(samples, chosen, strict=True)
    )
    return replace(made, evidence=replace(made.evidence, texts=(*made.evidence.texts, *texts)))
