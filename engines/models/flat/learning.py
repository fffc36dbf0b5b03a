"""The training loop: batches of samples of like length, AdamW, and a rate that falls to zero.

One loop for all that can be learnt; what differs is which tensors stand in the model (`Subject`) and the loss.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from engines.errors import EngineError, FailureKind
from engines.models.flat.lessons import Lesson, Reader
from engines.models.flat.losses import loss_of, shares
from engines.models.flat.trainable import Trainable
from engines.training.recipe import Recipe

PASS_TOKENS = 448
CLIP = 1.0
Tell = Callable[[int, float, float], None]


class Subject(Protocol):
    """What is learnt: its tensors, and how they stand in the model."""

    def parameters(self) -> list[nn.Parameter]:
        """The tensors that change."""
        ...

    def place(self, model: Trainable) -> Tensor | None:
        """Have the model use them now; the embeddings that stand before every prompt, if it is those."""
        ...

    def fronts(self, some: Sequence[int]) -> Sequence[Tensor] | None:
        """Embeddings before each sample's prompt alone, if it is those."""
        ...

    def arrays(self) -> dict[str, Any]:
        """What was learnt, float32."""
        ...


@dataclass(frozen=True)
class Course:
    """What is to be learnt from.

    Attributes:
        lessons: of all samples, those of a sample side by side.
        first: the lowest layer in which anything is learnt.
    """

    recipe: Recipe
    lessons: tuple[Lesson, ...]
    first: int

    def by_sample(self) -> list[list[int]]:
        """The lessons of each sample."""
        found: dict[int, list[int]] = {}
        for place, lesson in enumerate(self.lessons):
            found.setdefault(lesson.sample, []).append(place)
        return list(found.values())


def learn(model: Trainable, course: Course, subject: Subject, *, tell: Tell, stop: Callable[[], bool]) -> list[float]:
    """Change the subject step by step; the mean loss of each step, in nats.

    Args:
        model: ready for gradients.
        course: lessons and recipe.
        subject: what is learnt.
        tell: is given the step, its loss and the seconds since the first step began.
        stop: asked before every pass.

    Raises:
        EngineError: it was stopped (stopped), or the loss is no number any more (model).
    """
    recipe, samples = course.recipe, course.by_sample()
    alone = subject.fronts([0]) is not None
    reader = Reader(model, course.lessons, first=course.first, alone=alone)
    sizes = [sum(len(course.lessons[i].tokens) - reader.prefix for i in sample) for sample in samples]
    subject.place(model)
    reader.warm([[i for place in some for i in samples[place]] for some in _passes(range(len(samples)), sizes)])
    before = _before(reader, course, subject) if recipe.objective.value == "dpo" else {}
    parameters = subject.parameters()
    optimizer = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=0.0)
    loss, losses, total = loss_of(recipe), [], recipe.steps(len(samples))
    start = time.perf_counter()
    for step, batch in enumerate(_batches(sizes, recipe)):
        counts = [[len(course.lessons[i].tokens) - course.lessons[i].start for i in samples[place]] for place in batch]
        share, value = shares(recipe, counts), 0.0
        for some in _passes(batch, sizes):
            if stop():
                raise EngineError(FailureKind.STOPPED, "stopped before the training was complete")
            lessons = [i for place in some for i in samples[place]]
            made = reader.logprobs(lessons, front=subject.place(model), fronts=subject.fronts(some))
            answers = dict(zip(lessons, made, strict=True))
            parts = [loss([answers[i] for i in samples[p]], before.get(p, ()), share) for p in some]
            whole = torch.stack(parts).sum()
            whole.backward()  # type: ignore[no-untyped-call]
            value += float(whole.detach())
        if not math.isfinite(value):
            raise EngineError(FailureKind.MODEL, f"the loss of step {step + 1} is no number; use a lower learning rate")
        nn.utils.clip_grad_norm_(parameters, CLIP)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * (1 - step / total)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(value)
        tell(step + 1, value, time.perf_counter() - start)
    return losses


def evaluate(model: Trainable, course: Course, subject: Subject) -> list[float]:
    """The log-probability in nats of the answer of each lesson, under the subject as it is now."""
    samples = course.by_sample()
    reader = Reader(model, course.lessons, first=0, alone=subject.fronts([0]) is not None)
    found: dict[int, float] = {}
    sizes = [sum(len(course.lessons[i].tokens) - reader.prefix for i in sample) for sample in samples]
    with torch.no_grad():
        for some in _passes(range(len(samples)), sizes):
            lessons = [i for place in some for i in samples[place]]
            made = reader.logprobs(lessons, front=subject.place(model), fronts=subject.fronts(some))
            found.update({i: float(one.sum()) for i, one in zip(lessons, made, strict=True)})
    return [found[i] for i in range(len(course.lessons))]


def _before(reader: Reader, course: Course, subject: Subject) -> dict[int, list[float]]:
    """The sums of the answers' log-probabilities before anything is learnt, by sample."""
    found: dict[int, list[float]] = {}
    with torch.no_grad():
        for place, lessons in enumerate(course.by_sample()):
            made = reader.logprobs(lessons, front=subject.place(reader.model), fronts=subject.fronts([place]))
            found[place] = [float(one.sum()) for one in made]
    return found


def _batches(sizes: Sequence[int], recipe: Recipe) -> Iterator[list[int]]:
    """Batches of samples of like length, in an order drawn anew each epoch; equal lengths are mixed anew too."""
    draw = random.Random(recipe.seed)  # noqa: S311 - a reproducible draw
    for _ in range(recipe.epochs):
        order = sorted(range(len(sizes)), key=lambda place: (sizes[place] // 8, draw.random()))
        batches = [order[i : i + recipe.batch] for i in range(0, len(order), recipe.batch)]
        draw.shuffle(batches)
        yield from batches


def _passes(places: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    """Samples in passes of a bounded number of tokens, which bounds the memory."""
    some: list[int] = []
    tokens = 0
    for place in places:
        if some and tokens + sizes[place] > PASS_TOKENS:
            yield some
            some, tokens = [], 0
        some.append(place)
        tokens += sizes[place]
    if some:
        yield some
