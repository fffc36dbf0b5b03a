"""What the DPO methods share: choices as pairs of answers to learn from, and the recipe.

DPO (arXiv 2305.18290) raises the log-probability of the chosen answer over the rejected one, each relative to the model
as it was. The adapter that is learnt needs no reward model, and its own reward is what it adds to an answer's
log-likelihood, which is what the task preference scores.
"""

from __future__ import annotations

from collections.abc import Sequence

from data.digest import digest
from data.records import ProfileItem, Task, TaskKind
from engines.prompts import write
from engines.training.adapters import Prepared, prepared
from engines.training.examples import LONGEST, as_request
from engines.training.recipe import Objective, Recipe, Sample, Trained
from engines.types import Config, Unfit
from engines.world import World

# The paper's usual beta; the rest was chosen on Campus' earlier split (tests/benchmarks/recipes.py).
RECIPE = Recipe(objective=Objective.DPO, epochs=1, batch=4, rate=2e-3, beta=0.1)
SHARED = Recipe(objective=Objective.DPO, epochs=2, batch=4, rate=2e-3, beta=0.1)
EACH, MOST = 8, 64
UNFIT = (Unfit((TaskKind.RATE, TaskKind.RANK), "choices between two answers say nothing about a rating or a list."),)


def pairs_to_learn(world: World, items: Sequence[ProfileItem], config: Config) -> list[Sample]:
    """Choices as prompts with the chosen and then the rejected answer, the oldest first; too long ones are left out."""
    task = next(task for task in world.dataset.tasks if task.kind is TaskKind.CHOOSE)
    found = []
    for item in items:
        prompt = write(as_request(task, item), (), config)
        answers = tuple(answer(task, str(item.extra[side])) for side in ("chosen", "rejected"))
        if world.model.count(prompt) + max(len(one.encode()) for one in answers) // 3 > LONGEST:
            continue
        content = digest({name: str(value) for name, value in item.extra.items()})
        found.append(Sample(prompt, answers, item.user, item.id, content))
    return found


def taught(world: World, *shared: tuple[Trained, str], own: tuple[Trained, str] | None = None) -> Prepared:
    """Adapters learnt by DPO, each with whose choices taught it; its loss is that of pairs, not of tokens."""
    return prepared(world, *shared, own=own, per=RECIPE.per)


def answer(task: Task, text: str) -> str:
    """An answer as the model would continue the request."""
    return (" " if task.input_template else "") + text
