"""One method on one example in one arm: from the user's data to an output, with evidence and cost.

A method only conditions. The functions here score the labels, the candidates or the true text under that same
conditioning, and generate where a text is asked for; so every method gets every score and no target can leak.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate, islice

from data.errors import AttuneError
from data.records import Example, Task, TaskKind
from engines.arms import Case, Given, give
from engines.choosing import chooser
from engines.errors import EngineError, FailureKind
from engines.kept import kept_by
from engines.methods import make_method
from engines.models.facts import lacking
from engines.outputs import Output, distribution
from engines.runs import answers, choosing
from engines.runs.bench import Bench as Bench  # noqa: PLC0414
from engines.runs.bench import why_not
from engines.runs.faults import as_failure as as_failure  # noqa: PLC0414 - callers take it from here
from engines.runs.faults import each_row
from engines.runs.outcomes import Cell as Cell  # noqa: PLC0414
from engines.runs.outcomes import Outcome as Outcome  # noqa: PLC0414
from engines.stopwatch import timed
from engines.types import (
    Arm,
    Encoder,
    Failure,
    GenerateRow,
    Generation,
    Listener,
    Method,
    Request,
    ScoreRow,
)
from engines.world import World


def arms_of(method_id: str, arms: Sequence[Arm]) -> list[Arm]:
    """The arms that a method has among those asked for: one, nobody, where it uses nothing of the user."""
    own = make_method(method_id).info.personal
    return [arm for arm in arms if own or arm is Arm.NOBODY] or [Arm.NOBODY]


def as_request(example: Example, task: Task) -> Request:
    """The example as methods see it, without its target."""
    return Request(example.id, task, example.user, example.input, example.fields, example.at, example.candidates)


def drawn(bench: Bench, cell: Cell, case: Case) -> Given:
    """Whose data a cell's arm gives; only the first of several wrong users is looked for in the fold."""
    if cell.draw:
        case = replace(case, near=frozenset())
    return give(case, cell.arm, draw=bench.seed + cell.draw)


def condition(
    bench: Bench,
    cells: Sequence[Cell],
    *,
    giving: Callable[[Case], Given] | None = None,
    around: Callable[[World], World] | None = None,
) -> list[Outcome]:
    """Prepare and condition cells of one method, user, arm and draw; each fails by itself.

    The state is prepared once, since all of a user's examples share one cut; nothing about any of them is given.

    Args:
        bench: what all cells share.
        cells: what is to be conditioned.
        giving: whose data the method is given; what the cells' arm says where it is left out.
        around: changes what the method may use beside that person.
    """
    first, examples = cells[0], [cell.example for cell in cells]
    start = time.perf_counter()
    try:
        method = make_method(first.method, first.config)
        _capable(method, bench)
        case = bench.case_of(method.info, *examples)
        given = giving(case) if giving else drawn(bench, first, case)
        world = bench.world_for(method.info, given, *examples)
        with timed() as work:
            state = method.prepare(given.user, around(world) if around else world)
        kept = kept_by(state)
    except Exception as error:
        return [Outcome(cell, failure=as_failure(error)) for cell in cells]
    made = [_condition_one(cell, given, method=method, state=state, task=bench.task) for cell in cells]
    share = (time.perf_counter() - start) / len(cells)
    return [replace(outcome, seconds=share, prepare_seconds=work.seconds, kept=kept) for outcome in made]


def _capable(method: Method, bench: Bench) -> None:
    """Refuse a method that the task or the model is not for, before anything is computed for it."""
    if why := why_not(method.info, bench.dataset, bench.task):
        raise EngineError(FailureKind.UNABLE, why)
    if method.info.needs:
        _ = bench.model.capabilities  # a server is asked now
    if why := lacking(method.info, bench.model):
        raise EngineError(FailureKind.UNABLE, why)


def _condition_one(cell: Cell, given: Given, *, method: Method, state: object, task: Task) -> Outcome:
    try:
        request = as_request(cell.example, task)
        made = method.condition(state, request)
        chooses = chooser(method, state, request)
        if task.kind is not TaskKind.CHOOSE or chooses is None:
            return Outcome(cell, given.owner, given.note, made, chooser=chooses)
        made, output = choosing.judged(made, chooses, cell.example)
        return Outcome(cell, given.owner, given.note, made, output, prompted=False)
    except Exception as error:
        return Outcome(cell, given.owner, given.note, failure=as_failure(error))


def score(bench: Bench, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Score all conditioned outcomes in one batch: labels, candidates or the true text, by the task's kind.

    Without a true text, and of a method that takes one of several drafts, nothing is scored and a text is generated as
    usual. A model without likelihoods answers ratings and rankings in words; true texts stay unscored.
    """
    try:
        why, notes = answers.why_unscored(bench.model), answers.notes_of(bench.model)
    except AttuneError as error:
        return [replace(o, failure=as_failure(error)) if o.conditioning else o for o in outcomes]
    done = [_prepared(bench.task, outcome, why, notes) for outcome in outcomes]
    live = [i for i, outcome in enumerate(done) if outcome.conditioning and outcome.output is None]
    if not live:
        return done
    start = time.perf_counter()
    scored = _answered(bench, [done[i] for i in live]) if why else _scored(bench, [done[i] for i in live])
    seconds = (time.perf_counter() - start) / len(live)
    for i, result in zip(live, scored, strict=True):
        taken = done[i].seconds + seconds
        if isinstance(result, Failure):
            done[i] = replace(done[i], failure=result, seconds=taken)
        else:
            output, tokens = result
            done[i] = replace(done[i], output=output, prompt_tokens=tokens, seconds=taken)
    return done


def _prepared(task: Task, outcome: Outcome, why: str, notes: Sequence[str]) -> Outcome:
    """The outcome with its notes, and with an empty output where there is nothing that could be scored."""
    if outcome.conditioning is None or outcome.output is not None:
        return outcome
    outcome = replace(outcome, conditioning=answers.noted(task, outcome.conditioning, why, notes))
    closed = task.kind is TaskKind.RATE or task.kind.ranks
    scored = outcome.cell.example.target and not why and not outcome.chooser
    return outcome if closed or scored else replace(outcome, output=Output())


def _scored(bench: Bench, outcomes: Sequence[Outcome]) -> list[tuple[Output, int] | Failure]:
    rows = [_score_row(bench.task, outcome) for outcome in outcomes]
    if bench.task.kind is TaskKind.CHOOSE:
        asked = [(as_request(o.cell.example, bench.task), o.cell.config) for o in outcomes]
        return choosing.scored(bench, asked, rows)
    found = each_row(rows, lambda some, _: bench.model.score(some, stop=bench.stop))
    return [
        one if isinstance(one, Failure) else (_output(bench.task, outcome, one.logprobs), one.prompt_tokens)
        for outcome, one in zip(outcomes, found, strict=True)
    ]


def _answered(bench: Bench, outcomes: Sequence[Outcome]) -> list[tuple[Output, int] | Failure]:
    """Ratings and rankings as the model writes them."""
    made = [(outcome.conditioning, outcome.cell.example.candidates) for outcome in outcomes]
    rows = [answers.asked(bench.task, one, candidates) for one, candidates in made if one]
    found = each_row(rows, lambda some, _: bench.model.generate(some, stop=bench.stop))
    results: list[tuple[Output, int] | Failure] = []
    for one, (_, candidates) in zip(found, made, strict=True):
        if isinstance(one, Failure):
            results.append(one)
        elif one.stopped:
            results.append(Failure(FailureKind.STOPPED, "stopped before the answer was complete"))
        else:
            results.append((answers.read(bench.task, one, candidates), one.prompt_tokens))
    return results


def _score_row(task: Task, outcome: Outcome) -> ScoreRow:
    assert outcome.conditioning is not None  # noqa: S101 - the caller has filtered
    example = outcome.cell.example
    texts: Sequence[str] = [example.target]
    if task.kind is TaskKind.RATE:
        texts = task.labels
    elif task.kind.ranks:
        texts = list(example.candidates.values())
    space = " " if task.input_template else ""
    made = outcome.conditioning
    return ScoreRow(made.messages, tuple(space + text for text in texts), made.modifiers)


def _output(task: Task, outcome: Outcome, logprobs: Sequence[Sequence[float]]) -> Output:
    totals = [sum(values) for values in logprobs]
    if task.kind is TaskKind.RATE:
        return Output(labels=distribution(task.labels, totals))
    if task.kind.ranks:
        return Output(candidates=dict(zip(outcome.cell.example.candidates, totals, strict=True)))
    return Output(truth_logprobs=tuple(logprobs[0]))


def generate(bench: Bench, outcomes: Sequence[Outcome], *, listen: Listener | None = None) -> list[Outcome]:
    """Write a text for every scored outcome of a text task, and compare its embedding with the truth.

    One greedy text each, or the drafts of a method that chooses among them; the first of them is listened to.
    """
    live = [i for i, outcome in enumerate(outcomes) if outcome.conditioning and not outcome.failure]
    plans = [_drafts(bench, outcomes[i]) for i in live]
    rows = [row for plan in plans for row in plan]
    heads = dict(zip(accumulate((len(plan) for plan in plans), initial=0), live, strict=False))

    def compute(some: Sequence[GenerateRow], first: int) -> Sequence[Generation]:
        def tell(row: int, text: str) -> bool | None:
            return listen(heads[first + row], text) if listen and first + row in heads else None

        return bench.model.generate(some, listen=tell, stop=bench.stop)

    done, start = list(outcomes), time.perf_counter()
    made_texts = iter(each_row(rows, compute))
    seconds = (time.perf_counter() - start) / max(1, len(live))
    for i, plan in zip(live, plans, strict=True):
        found = _written(bench, outcomes[i], list(islice(made_texts, len(plan))))
        done[i] = replace(found, seconds=outcomes[i].seconds + seconds)
    return done


def _drafts(bench: Bench, outcome: Outcome) -> list[GenerateRow]:
    assert outcome.conditioning is not None  # noqa: S101 - the caller has filtered
    return choosing.drafts(bench.task, outcome.conditioning, outcome.chooser, outcome.cell.config.seed)


def _written(bench: Bench, outcome: Outcome, texts: Sequence[Generation | Failure]) -> Outcome:
    """The outcome with its text: the only one, or the one that the method chooses."""
    if failed := next((one for one in texts if isinstance(one, Failure)), None):
        return replace(outcome, failure=failed)
    written = [one for one in texts if isinstance(one, Generation)]
    generation, made = written[0], outcome.conditioning
    if outcome.chooser and made:
        try:
            made, generation = choosing.picked(made, outcome.chooser, written)
        except Exception as error:
            return replace(outcome, failure=as_failure(error))
    similarity = _similarity(bench.encoder, generation, outcome.cell.example.target)
    output = replace(outcome.output or Output(), generation=generation, similarity=similarity)
    tokens = outcome.prompt_tokens or generation.prompt_tokens
    return replace(outcome, conditioning=made, output=output, prompt_tokens=tokens)


def _similarity(encoder: Encoder, generation: Generation, truth: str) -> float | None:
    """Cosine of the embeddings; None where one of the texts is empty or the encoder is missing."""
    if not generation.text.strip() or not truth:
        return None
    try:
        vectors = encoder.encode([generation.text, truth])
    except AttuneError:
        return None
    return float(vectors[0] @ vectors[1])
