"""What all cells of a run share: data, task, model and seed, and what these allow a method to see."""

from __future__ import annotations

from dataclasses import dataclass, field

from data.records import Dataset, Example, Task
from engines.arms import Case
from engines.types import Encoder, LanguageModel, Reach, Stop, never
from engines.world import World


@dataclass(frozen=True)
class Bench:
    """What all cells of a run share."""

    dataset: Dataset
    task: Task
    model: LanguageModel
    encoder: Encoder
    seed: int = 7
    stop: Stop = field(default=never, repr=False)

    def hidden(self, user: str) -> frozenset[str]:
        """The subjects of a user's held-out examples, about which nothing may be given."""
        return _hidden_of(self).get(user, frozenset())

    def hidden_for(self, *examples: Example) -> frozenset[str]:
        """The subjects about which nothing may be given in any arm, for examples of one user.

        Where there is no truth, any candidate may be the answer, so nothing is given about any of them.
        """
        asked = {example.subject for example in examples}
        open_ones = {key for example in examples if not example.target for key in example.candidates}
        return self.hidden(examples[0].user) | asked | open_ones

    def case(self, *examples: Example) -> Case:
        """For whom and when: examples of one user, all before one cut."""
        return Case(self.dataset, self.task, examples[0], self.hidden_for(*examples))

    def world(self, reach: Reach, *examples: Example) -> World:
        """What a method of some reach may use beside the user, for examples of one user."""
        return World(
            self.dataset,
            self.task,
            target=examples[0].user,
            cut=examples[0].at,
            hidden=self.hidden_for(*examples),
            reach=reach,
            model=self.model,
            encoder=self.encoder,
            seed=self.seed,
            stop=self.stop,
        )


_hidden: dict[tuple[str, str, int], dict[str, frozenset[str]]] = {}


def _hidden_of(bench: Bench) -> dict[str, frozenset[str]]:
    key = (bench.dataset.digest, bench.task.id, bench.seed)
    if key not in _hidden:
        found: dict[str, set[str]] = {}
        for example in bench.dataset.examples(bench.task, seed=bench.seed):
            found.setdefault(example.user, set()).add(example.subject)
        _hidden[key] = {user: frozenset(subjects) for user, subjects in found.items()}
    return _hidden[key]
