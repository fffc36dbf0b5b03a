"""What all cells of a run share: data, task, model and seed, and what these allow a method to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from data.records import Dataset, Example, Task, TaskKind
from engines.arms import Case, Given
from engines.errors import EngineError, FailureKind
from engines.folds import fold_of, held_out, near
from engines.material import Material, has
from engines.outside_search import VARIABLE, named
from engines.training.trainer import Progress
from engines.types import Encoder, LanguageModel, MethodInfo, Reach, Stop, never
from engines.world import World

ITEMS = {TaskKind.CHOOSE: "choices between two answers", TaskKind.RATE: "ratings"}


@dataclass(frozen=True)
class Bench:
    """What all cells of a run share.

    Attributes:
        sends: whether somebody read the words that go to an outside service, and agreed; else none go.
    """

    dataset: Dataset
    task: Task
    model: LanguageModel
    encoder: Encoder
    seed: int = 7
    stop: Stop = field(default=never, repr=False)
    report: Callable[[Progress], None] = field(default=lambda _progress: None, repr=False)
    sends: bool = False

    def hidden(self, user: str) -> frozenset[str]:
        """The subjects of a user's held-out examples, about which nothing may be given."""
        return held_out(self.dataset, self.task, user, seed=self.seed)

    def hidden_for(self, *examples: Example) -> frozenset[str]:
        """The subjects about which nothing may be given in any arm, for examples of one user.

        Where there is no truth, any candidate may be the answer, so nothing is given about any of them.
        """
        asked = {example.subject for example in examples}
        open_ones = {key for example in examples if not example.target for key in example.candidates}
        return self.hidden(examples[0].user) | asked | open_ones

    def reads(self, info: MethodInfo) -> str:
        """The kind of profile items that a method is given here; empty means those that the task reads.

        Raises:
            EngineError: the dataset has no items of that kind (kind unable).
        """
        if info.reads is None:
            return ""
        found = next((task.reads for task in self.dataset.tasks if task.kind is info.reads), "")
        if not found:
            raise EngineError(FailureKind.UNABLE, lacking_items(info, self.dataset, self.task))
        return found

    def case(self, *examples: Example, reads: str = "") -> Case:
        """For whom and when: examples of one user, all before one cut; `reads` is another kind of items to give."""
        fold = near(self.dataset, self.task, examples[0].user, seed=self.seed)
        return Case(self.dataset, self.task, examples[0], self.hidden_for(*examples), reads, fold)

    def case_of(self, info: MethodInfo, *examples: Example) -> Case:
        """As `case`, with what a method reads; where it learns a state, without what is held out of anyone in the fold.

        Raises:
            EngineError: the dataset has no items of the kind that it reads (kind unable).
        """
        case = self.case(*examples, reads=self.reads(info))
        if not info.learns:
            return case
        fold = fold_of(self.dataset, self.task, examples[0].user, seed=self.seed)
        return replace(case, learns=fold, hidden=case.hidden | fold.hidden) if fold else case

    def world_for(self, info: MethodInfo, given: Given, *examples: Example) -> World:
        """What a method may use beside the person whose data it is given, for examples of one user.

        Raises:
            EngineError: the dataset has no items of the kind that it reads (kind unable).
        """
        world = self.world(info.uses, *examples, reads=self.reads(info))
        return replace(world, given=(given.owner, given.until)) if given.until else world

    def world(self, reach: Reach, *examples: Example, reads: str = "") -> World:
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
            reads=reads,
            stop=self.stop,
            report=self.report,
            sends=self.sends,
            fold=fold_of(self.dataset, self.task, examples[0].user, seed=self.seed),
        )


def why_not(info: MethodInfo, dataset: Dataset, task: Task) -> str:
    """Why a method does not run on a task of a dataset, in a sentence; empty where it does."""
    if why := info.why_unfit(task.kind):
        return f"{info.name} does not run on {task.name}: {why}"
    return lacking_items(info, dataset, task)


def lacking_items(info: MethodInfo, dataset: Dataset, task: Task) -> str:
    """Why a method has nothing to work with in a dataset, in a sentence; empty where it has."""
    name = dataset.info.name
    if info.reads is not None and not any(one.kind is info.reads for one in dataset.tasks):
        return f"{info.name} learns from {ITEMS[info.reads]}, and {name} holds none."
    if info.material is None or has(dataset, task, info.material):
        return ""
    if info.material is Material.ANSWERS:
        return (
            f"{info.name} learns from {info.material}, and no item of {name} holds a request of this task with its "
            "answer. Choose a method that shows items as they are, such as recent-history."
        )
    if named():
        return ""  # a search service is asked in place of the recommender
    return (
        f"{info.name} asks a recommender, which needs {info.material}, and {name} holds none. Choose another method, "
        f"or name a search service by {VARIABLE}."
    )
