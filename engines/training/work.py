"""How much a training computes, in tokens times layers: exactly where its tokens are known, and about before that.

A pass backwards costs a little more than one forwards. Layers below the lowest that is learnt in are read once; those
above in every epoch, and what all prompts begin with once a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from engines.training.recipe import Learns, Objective, Recipe, Sample, Training

PASS_COST = 2.2
TURN = 4  # tokens that mark a message
# About what a tokenizer makes tokens of: words, the longer ones in parts, single digits, marks, and ends of lines.
PIECES = re.compile(r"[^\W\d_]{1,9}|\d|[^\w\s]+|_|\n")


@dataclass(frozen=True)
class Read:
    """What one epoch reads.

    Attributes:
        samples: how many there are.
        own: tokens of all prompts with their answers, without what they begin with alike.
        prefix: tokens of what they begin with.
        kept: tokens times layers below that an earlier training has read.
    """

    samples: int
    own: float
    prefix: float
    kept: float = 0.0


def work(recipe: Recipe, read: Read, *, layers: int, first: int) -> float:
    """Tokens times layers of a whole training of a model of so many layers, the lowest learnt in being `first`."""
    steps, pairs = recipe.steps(read.samples), recipe.objective is Objective.DPO
    above = (recipe.epochs * read.own + steps * read.prefix) * PASS_COST * (layers - first)
    return above + read.own * (first + (layers - first if pairs else 0)) - read.kept


def lowest(recipe: Recipe, base: Iterable[str], layers: int) -> int:
    """The lowest layer that gradients must reach, on top of a state whose arrays are named."""
    names = list(base)
    if recipe.learns in {Learns.SOFT_PROMPT, Learns.PROJECTOR} or "prefix" in names:
        return 0
    own = layers - recipe.layers if 0 < recipe.layers < layers else 0
    return min([own, *(int(part) for name in names for part in name.split(".") if part.isdigit())])


def expected(training: Training, layers: int) -> float:
    """About how much a training computes, by the words of its samples; no tokenizer and no model is needed for it."""
    base: Mapping[str, Any] = training.base.arrays if training.base else {}
    first = lowest(training.recipe, base, layers)
    return work(training.recipe, _read(training.recipe, training.samples), layers=layers, first=first)


def _read(recipe: Recipe, samples: tuple[Sample, ...]) -> Read:
    prompts = ["".join(message.text for message in sample.messages) for sample in samples]
    turns = TURN * max((len(sample.messages) for sample in samples), default=0)
    alike = recipe.learns is not Learns.PROJECTOR
    prefix = turns + pieces(commonprefix(prompts)) if alike and samples else 0  # noqa: RUF071 - texts, letter by letter
    whole = sum(
        len(sample.answers) * (turns + pieces(prompt)) + sum(map(pieces, sample.answers))
        for prompt, sample in zip(prompts, samples, strict=True)
    )
    lessons = sum(len(sample.answers) for sample in samples)
    return Read(len(samples), whole - lessons * prefix, prefix)


def pieces(text: str) -> int:
    """About how many tokens a text has."""
    return len(PIECES.findall(text))
