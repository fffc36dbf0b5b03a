"""Answers in words where a model gives no likelihoods: a rating and a ranking are read from what it wrote.

Only what is plainly there is read. Anything else is absent with its reason; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.records import Task, TaskKind
from engines.outputs import Output
from engines.prompts import CLOSE, OPEN
from engines.types import Capability, Conditioning, GenerateRow, Generation, LanguageModel, Message, Part

RATING_TOKENS = 12
TOKENS_A_PLACE = 4
NO_LIKELIHOOD = "the model gives no likelihoods"
NO_RATING = "the model's answer does not begin with one of the labels"
NO_RANKING = "the model's answer is not a list of all candidates, each once"
RATED = "The rating is the one that the model wrote, not an expectation over the labels: {why}."
RANKED = "The ranking is the list that the model wrote: {why}."
ORDER = "Write the numbers of all {count} candidates, the most likely one first, separated by commas, and nothing else."
NUMBERS = re.compile(r"\s*\d{1,4}(\s*[,;>\s]\s*\d{1,4})*\s*\.?\s*")


def why_unscored(model: LanguageModel) -> str:
    """Why a model cannot score, in words; empty where it can."""
    if Capability.SCORE in model.capabilities:
        return ""
    told: Any = getattr(model, "why_not", {})
    return str(told.get(Capability.SCORE, NO_LIKELIHOOD))


def notes_of(model: LanguageModel) -> tuple[str, ...]:
    """What readers must know about the prompts of a model."""
    return tuple(getattr(model, "notes", ()))


def asked(task: Task, made: Conditioning, candidates: Mapping[str, str]) -> GenerateRow:
    """What the model is asked instead of being scored: the same prompt, and for a ranking a numbered list behind it."""
    if task.kind is TaskKind.RATE:
        return GenerateRow(made.messages, RATING_TOKENS, until="\n", modifiers=made.modifiers)
    lines = "\n".join(f"{place}. {_line(text)}" for place, text in enumerate(candidates.values(), 1))
    request = f"\n\nCandidates:\n{lines}\n\n{ORDER.format(count=len(candidates))}"
    turns = [turn for turn in made.messages if turn.role != "assistant" or turn.text]
    last = turns[-1] if turns and turns[-1].role == "user" else Message("user", ())
    turns = [*(turns[:-1] if last.parts else turns), replace(last, parts=(*last.parts, Part(request)))]
    return GenerateRow(tuple(turns), TOKENS_A_PLACE * len(candidates) + RATING_TOKENS, modifiers=made.modifiers)


def _line(text: str) -> str:
    return " ".join(text.split()).replace(OPEN, "< profile>").replace(CLOSE, "< /profile>")


def read(task: Task, generation: Generation, candidates: Mapping[str, str]) -> Output:
    """The output that an answer in words gives; without a value where it cannot be read."""
    if task.kind is TaskKind.RATE:
        label = rating_in(generation.text, task.labels)
        return Output(answered=label, generation=generation, reason="" if label else NO_RATING)
    order = ranking_in(generation.text, len(candidates))
    places = {place: -float(i) for i, place in enumerate(order)}
    scores = {one: places[number] for number, one in enumerate(candidates, 1)} if order else {}
    return Output(candidates=scores, generation=generation, reason="" if order else NO_RANKING)


def rating_in(text: str, labels: Sequence[str]) -> str:
    """The label with which an answer begins; empty where it begins otherwise, or goes on to a range or a fraction."""
    some = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    most = re.escape(labels[-1])
    found = re.match(
        rf"""[\s*_"'(]*(?:rating:?[\s*]*)?(?P<label>{some})(?!\w|[.,]\d|\s*(?:-|\u2013|to\b|or\b)\s*\w)(?:\s*/\s*{most}(?!\w))?(?!\s*/)""",
        text,
        re.IGNORECASE,
    )
    return found["label"] if found else ""


def ranking_in(text: str, count: int) -> tuple[int, ...]:
    """The numbers from 1 to `count` in the order of an answer; empty unless it is just those, each once."""
    if not NUMBERS.fullmatch(text):
        return ()
    order = tuple(int(number) for number in re.findall(r"\d+", text))
    return order if sorted(order) == list(range(1, count + 1)) else ()


def noted(task: Task, made: Conditioning, why: str, notes: Sequence[str] = ()) -> Conditioning:
    """The conditioning with words for the reader about how its answer came about."""
    words = {TaskKind.RATE: RATED, TaskKind.RANK: RANKED, TaskKind.CHOOSE: RANKED}.get(task.kind, "") if why else ""
    said = (*made.evidence.notes, *notes, *((words.format(why=why),) if words else ()))
    return replace(made, evidence=replace(made.evidence, notes=said))
