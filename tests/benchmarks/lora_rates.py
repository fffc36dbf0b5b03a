"""Learning rates and epochs of the adapters, compared on the earlier split of Campus, where nothing is reported.

For a few people, the task adapter is learnt from others at each rate, and on top of the best one the own adapter at
each rate and number of epochs. Printed are the bits per byte of the posts of the earlier split, the mean over people.

    python -m tests.benchmarks.lora_rates
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data.importers import datasets
from data.records import Example, Split, User
from engines.models.embedded import load
from engines.models.flat.learning import Course, evaluate, learn
from engines.models.flat.subjects import Nothing, subject_of, wanted
from engines.models.local import LocalModel
from engines.prompts import write
from engines.runs.cells import Bench, as_request
from engines.training.adapters import EACH, OWN, PEOPLE, TASK, drawn_others, samples_of_people
from engines.training.child import Workplace
from engines.training.examples import samples_of
from engines.training.loading import training_precision
from engines.training.make import adapter_of
from engines.training.recipe import Recipe, Sample, Trained
from engines.types import Config, Reach
from taxonomy.encoder import SentenceEncoder

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody with what is learnt from, and what it is judged by."""

    user: User
    others: list[Sample]
    own: list[Sample]
    asked: list[Sample]
    bytes: int


def person_of(bench: Bench, examples: Sequence[Example]) -> Person:
    """What the world of a person's earlier examples hands out."""
    user, world, task = bench.dataset.by_id[examples[0].user], bench.world(Reach.EVERYONE, *examples), bench.task
    asked = [
        Sample(write(as_request(one, task), (), Config()), (f" {one.target}{task.until}",), user.id, one.id, "")
        for one in examples
    ]
    others = samples_of_people(world, drawn_others(world, PEOPLE), Config())
    own = samples_of(world, user, Config(), most=EACH)
    return Person(user, others, own, asked, sum(len(one.target.encode()) for one in examples))


def learnt(work: Workplace, recipe: Recipe, samples: list[Sample], base: Arrays) -> Arrays:
    """What is learnt in a process that holds the model."""
    first, _ = wanted(work.trainable, recipe)
    work.trainable.open(first)
    subject = subject_of(work.trainable, recipe, base, samples)
    learn(
        work.trainable, Course(recipe, work.lessons(samples), first), subject, tell=lambda *_: None, stop=lambda: False
    )
    return subject.arrays()


def bits(work: Workplace, person: Person, *states: Arrays) -> float:
    """Bits per byte of the posts that are asked for."""
    adapter = adapter_of(*(Trained("", state) for state in states))
    joined = {
        f"{kind}:{name}": part
        for name, pair in (adapter.factors if adapter else {}).items()
        for kind, part in zip("ab", pair, strict=True)
    }
    work.trainable.open(0)
    found = evaluate(work.trainable, Course(Recipe(), work.lessons(person.asked), 0), Nothing(joined))
    return -sum(found) / math.log(2) / person.bytes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3)
    given = parser.parse_args()
    model = load(training_precision())
    assert isinstance(model, LocalModel)
    work, data = Workplace(model), datasets["campus"]()
    bench = Bench(data, data.task("post-rewrite"), model, SentenceEncoder())
    examples: dict[str, list[Example]] = {}
    for one in data.examples(bench.task, Split.EARLIER):
        examples.setdefault(one.user, []).append(one)
    people = [person_of(bench, some) for some in [*examples.values()][: given.people]]
    print("nobody", f"{statistics.mean(bits(work, one) for one in people):.3f}")
    best: tuple[float, list[Arrays]] = (math.inf, [])
    for rate in (5e-4, 1e-3, 2e-3):
        states = [learnt(work, replace(TASK, rate=rate), one.others, {}) for one in people]
        found = statistics.mean(bits(work, one, state) for one, state in zip(people, states, strict=True))
        print(f"task, rate {rate:g}, {TASK.epochs} epochs: {found:.3f}", flush=True)
        best = min(best, (found, states), key=lambda pair: pair[0])
    for epochs in (2, 4):
        for rate in (2e-4, 5e-4, 1e-3):
            recipe, total = replace(OWN, rate=rate, epochs=epochs), []
            for one, base in zip(people, best[1], strict=True):
                total.append(bits(work, one, base, learnt(work, recipe, one.own, base)))
            print(f"own, rate {rate:g}, {epochs} epochs: {statistics.mean(total):.3f}", flush=True)


if __name__ == "__main__":
    main()
