"""What a run has to train, said before it is started: the same trainings, about as much work, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.importers import datasets
from data.records import Dataset, Task
from engines.coldstart_run import cut_to
from engines.keeping import forget_dataset
from engines.methods import methods
from engines.models import embedded
from engines.models.echo import EchoModel, EchoTrainer
from engines.models.flat.learning import Course
from engines.models.flat.lower import Lower
from engines.models.local import LocalModel
from engines.models.weights import ensure_weights
from engines.runs import ahead
from engines.runs.ahead import Group, learning
from engines.runs.bench import lacking_items
from engines.runs.cells import Bench, Cell, arms_of, condition
from engines.training.child import Workplace
from engines.training.loading import LAYERS, layers
from engines.training.process import USUAL_PACE
from engines.training.recipe import Training
from engines.training.trainer import Learnt, Tell
from engines.training.work import expected, lowest, pieces
from engines.types import Arm, Config, Stop
from tests.conftest import require_model
from tests.engines import people
from tests.engines.people import REWRITE, ROOMY

LEARNING = [name for name in methods if ahead.learns(name)]
FACTOR = 1.25


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    ahead._found.clear()
    yield
    ahead._found.clear()


class Asked(EchoTrainer):
    """Remembers what a run asks for."""

    def __init__(self, *, keeps: bool = False) -> None:
        super().__init__([])
        self.keeps = keeps
        self.trainings: dict[str, Training] = {}

    def train(self, training: Training, name: str, *, tell: Tell, stop: Stop) -> Learnt:
        self.trainings[training.digest] = training
        return super().train(training, name, tell=tell, stop=stop)


def bench(data: Dataset, task: Task, *, keeps: bool = False) -> tuple[Bench, Asked]:
    made = people.bench(data, task)
    trainer = Asked(keeps=keeps)
    made.model.trainer = trainer  # type: ignore[attr-defined]
    return made, trainer


def groups(data: Dataset, task: Task, method: str, user: str = "u3", config: Config = ROOMY) -> list[Group]:
    some = [example for example in data.examples(task) if example.user == user]
    return [Group(tuple(Cell(method, arm, one, config) for one in some)) for arm in arms_of(method, list(Arm))]


@pytest.mark.parametrize("method", LEARNING)
def test_what_is_said_ahead_is_what_the_run_asks_for(method: str) -> None:
    data = people.dataset(people.crowd())
    task = people.fitting(method)[0]
    around, trainer = bench(data, task)
    for group in groups(data, task, method):
        trainer.trainings.clear()
        said = ahead._prepared(around, group, around.model.digest)
        assert not trainer.trainings, "nothing is asked of the model's own trainer"
        made = condition(around, list(group.cells))
        assert all(one.failure is None for one in made)
        assert len(said) == len(trainer.trainings)
        if all(one.certain for one in said):
            assert {one.digest for one in said} == set(trainer.trainings)
    assert learning(around, groups(data, task, method)).trainings > 0


@pytest.mark.parametrize("length", [0, 1, 2, 10**6])
def test_a_cut_history_teaches_what_it_teaches_at_cold_start(length: int) -> None:
    data = people.dataset(people.crowd())
    around, trainer = bench(data, REWRITE)
    for group in groups(data, REWRITE, "user-lora"):
        trainer.trainings.clear()
        said = ahead._prepared(around, replace(group, items=length), around.model.digest)
        condition(around, list(group.cells), giving=cut_to(length, group.cells[0].arm, around.seed))
        assert {one.digest for one in said} == set(trainer.trainings)


class Tokenizer(LocalModel):
    """The embedded model's tokenizer alone."""

    def __init__(self) -> None:
        from transformers import AutoTokenizer

        self.name, self.context = "tokenizer", 8192
        self._tokenizer: Any = AutoTokenizer.from_pretrained(require_model())
        self._special = sorted(self._tokenizer.get_added_vocab(), key=len, reverse=True)


@pytest.fixture(scope="module")
def child() -> Workplace:
    """What counts the work in the process that trains, with a tokenizer and as many layers, but no weights."""

    class Layers:
        layers, lower = range(LAYERS), Lower()

    made = Workplace.__new__(Workplace)
    made.model, made.trainable = Tokenizer(), Layers()  # type: ignore[assignment]
    return made


def of_campus(task: str) -> Callable[[], tuple[Dataset, Task]]:
    return lambda: (datasets["campus"](), datasets["campus"]().task(task))


def of_films() -> tuple[Dataset, Task]:
    data = datasets["movielens-100k"]()
    return data, data.task("movie-rating")


def made_up() -> tuple[Dataset, Task]:
    return people.dataset(people.crowd()), REWRITE


@pytest.mark.parametrize(
    "found",
    [of_campus("post-rewrite"), of_campus("preference"), of_films, made_up],
    ids=["posts", "choices", "films", "made-up"],
)
def test_the_work_is_about_what_the_training_process_counts(
    found: Callable[[], tuple[Dataset, Task]], child: Workplace
) -> None:
    """Tokens times layers by the words, within a factor of 1.25 of those by the tokens, for each training alone."""
    data, task = found()
    user = next(data.examples(task)).user
    seen = 0
    for method in LEARNING:
        if methods[method].info.why_unfit(task.kind) or lacking_items(methods[method].info, data, task):
            continue
        around, trainer = bench(data, task)
        group = groups(data, task, method, user, Config())[0]
        condition(around, list(group.cells))
        for training in trainer.trainings.values():
            first = lowest(training.recipe, (), LAYERS)
            counted = child._work(Course(training.recipe, child.lessons(list(training.samples)), first))
            said = expected(replace(training, base=None), LAYERS)  # the echo's base names no real layer
            assert counted / FACTOR < said < counted * FACTOR, f"{method}: {said / counted:.2f}"
            seen += 1
    assert seen >= 8


def test_words_are_cut_about_as_tokenizers_cut_them() -> None:
    assert pieces("Film: Heat (1995). Rating: 4\n") == 13
    assert pieces("extraordinarily") == 2
    assert pieces("") == 0


def test_what_is_kept_takes_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_HOME", str(tmp_path))
    data = people.dataset(people.crowd())
    around, _ = bench(data, REWRITE, keeps=True)
    asked = [group for group in groups(data, REWRITE, "user-lora") if group.cells[0].arm is not Arm.NOBODY]
    before = learning(around, asked)
    assert before.trainings == 3, "the task's, which both share, and one for either user"
    assert before.kept == 0
    assert before.certain
    sums = {one.digest: one.work for group in asked for one in ahead._prepared(around, group, around.model.digest)}
    assert before.seconds == pytest.approx(sum(sums.values()) / USUAL_PACE)
    monkeypatch.setenv("ATTUNE_TRAININGS", "2")
    own = max(sum(one.work for one in ahead._prepared(around, group, around.model.digest)) for group in asked)
    assert own / sum(sums.values()) > 0.5
    assert learning(around, asked).seconds == pytest.approx(own / USUAL_PACE), "a person's waits for the task's"
    monkeypatch.delenv("ATTUNE_TRAININGS")
    condition(around, list(asked[0].cells))
    between = learning(around, asked)
    assert (between.trainings, between.kept) == (1, 2)
    assert 0 < between.seconds < before.seconds
    condition(around, list(asked[1].cells))
    after = learning(around, asked)
    assert (after.trainings, after.kept, after.seconds) == (0, 3, 0.0)


def test_what_cannot_be_known_is_not_called_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    data = people.dataset(people.crowd())
    around, _ = bench(data, REWRITE)
    assert learning(around, groups(data, REWRITE, "user-embedding")).certain, "vectors are named by their texts"

    class Unloaded(EchoModel):
        loaded = False

    assert ahead.digest_of(EchoModel()) == EchoModel().digest
    monkeypatch.setattr(ahead, "intact", lambda _folder: False)
    assert ahead.digest_of(Unloaded()) == ""
    made = learning(replace(around, model=Unloaded()), groups(data, REWRITE, "user-lora"))
    assert made.trainings
    assert not made.certain
    monkeypatch.setenv("ATTUNE_MODEL", "http://127.0.0.1:9/v1")
    assert ahead.digest_of(EchoModel()) == "", "a server is not asked"


def test_the_embedded_model_is_known_before_it_is_loaded() -> None:
    require_model()

    class Unloaded(EchoModel):
        loaded = False

    assert ahead.digest_of(Unloaded()) == embedded.identity(ensure_weights(), embedded.precision())


def test_a_large_run_is_estimated_from_some_of_its_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    data = people.dataset(people.crowd(24))
    around, _ = bench(data, REWRITE)
    many = [group for user in data.by_id for group in groups(data, REWRITE, "user-soft-prompt", user)]
    real, looked = ahead._prepared, list[Group]()

    def counted(one: Bench, group: Group, model: str) -> Any:
        looked.append(group)
        return real(one, group, model)

    monkeypatch.setattr(ahead, "_prepared", counted)
    some = learning(around, many)
    assert len(looked) == ahead.SAMPLED < len(many)
    monkeypatch.setattr(ahead, "SAMPLED", len(many))
    whole = learning(around, many)
    assert some.trainings == pytest.approx(whole.trainings, rel=0.4)
    assert some.seconds == pytest.approx(whole.seconds, rel=0.6), "people of one fold, who differ from those of another"


def test_what_was_found_is_remembered_until_its_data_go(monkeypatch: pytest.MonkeyPatch) -> None:
    data = people.dataset(people.crowd())
    around, _ = bench(data, REWRITE)
    asked = groups(data, REWRITE, "user-lora")
    assert learning(around, asked, remember=False).trainings
    assert not ahead._found
    first = learning(around, asked)
    with monkeypatch.context() as patch:
        patch.setattr(ahead, "_prepared", lambda *_: pytest.fail("prepared again"))
        assert learning(around, asked) == first
    forget_dataset(data.digest)
    assert not ahead._found


def test_methods_that_learn_nothing_or_fail_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = people.dataset(people.crowd())
    around, _ = bench(data, REWRITE)
    assert learning(around, groups(data, REWRITE, "recent-history")) == ahead.Learning()

    def broken(*_: object) -> None:
        raise ValueError("a method that breaks")

    monkeypatch.setattr(methods["user-dpo"], "prepare", broken)
    assert learning(around, groups(data, REWRITE, "user-dpo")) == ahead.Learning()


def test_layers_are_those_of_the_models_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_model()
    assert layers() == LAYERS
    (tmp_path / "config.json").write_text('{"num_hidden_layers": 4}')
    monkeypatch.setenv("ATTUNE_MODEL", str(tmp_path))
    assert layers() == 4
    (tmp_path / "config.json").write_text("{}")
    assert layers() == LAYERS
