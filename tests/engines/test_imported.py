"""Every method on every kind of imported set: an answer, or a refusal that is known before and says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.imported import NOT_GIVEN, holds
from data.importer import run as read
from data.importers import datasets, importers
from data.records import Dataset, Task, TaskKind, User
from data.sources import Source
from engines.baselines import baselines_for
from engines.errors import FailureKind
from engines.methods import methods
from engines.metrics import metrics_for
from engines.models.echo import EchoModel, EchoTrainer
from engines.outside_search import VARIABLE
from engines.runs.bench import why_not
from engines.runs.cells import Cell, Outcome, condition, score
from engines.runs.compare import Plan, baseline_values, run
from engines.types import Arm, Config, Material
from tests.data.samples import LAMP_INPUTS, SETTINGS, WRITERS, words, write_lamp, write_longlamp
from tests.engines import people

RATED = {"table": {"user": "user", "given": "given", "made": "stars", "kind": "rate"}}
SAMPLES = [*(name for name in sorted(WRITERS) if name != "lamp"), *sorted(LAMP_INPUTS), "table rate", "table write"]
LONG = ["longlamp-3", "longlamp-4"]
LEARNERS = {name for name in methods if methods[name].info.material is Material.ANSWERS}
# Sets whose profiles hold answers without what was asked for, or things of which nobody says what was chosen.
UNASKED = {"LaMP_1", "LaMP_7", "longlamp", *LONG}
UNSHARED = {"LaMP_1", "LaMP_2", "LaMP_2N", "LaMP_3", "table", "table rate"}


def rated_table(folder: Path) -> Path:
    """A CSV with a number that each person gives to things of their own."""
    path = folder / "rated.csv"
    rows = [f"p{person},{words(10 * person + n)},{n % 5}\n" for person in range(3) for n in range(6)]
    path.write_text("user,given,stars\n" + "".join(rows))
    return path


def imported(sample: str, folder: Path) -> Dataset:
    """An importer's sample as a data set."""
    if sample in LAMP_INPUTS:
        return read(importers["lamp"], Source(write_lamp(folder, sample)), {}).dataset()
    if sample in LONG:
        return read(importers["longlamp"], Source(write_longlamp(folder, sample)), {}).dataset()
    if sample == "table rate":
        return read(importers["table"], Source(rated_table(folder)), RATED["table"]).dataset()
    name = sample.partition(" ")[0]
    settings = SETTINGS.get(name, {}) | ({"kind": "write"} if sample == "table write" else {})
    return read(importers[name], Source(WRITERS[name](folder)), settings).dataset()


@pytest.mark.parametrize("sample", [*SAMPLES, *LONG])
def test_every_method_answers_or_refuses_in_words(sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(EchoModel, "context", 100_000)
    data = imported(sample, tmp_path)
    for task in data.tasks:
        bench = people.bench(data, task)
        found = run(bench, Plan(methods.names(), tuple(Arm), users=1, config=Config(k=2)))
        refused = {one.cell.method for one in found.outcomes if one.failure}
        assert refused == {name for name in methods if why_not(methods[name].info, data, task)}, found.failures
        assert refused < set(methods)
        for one in found.outcomes:
            if one.failure:
                assert one.failure.kind is FailureKind.UNABLE, one
                assert one.failure.message == why_not(methods[one.cell.method].info, data, task)
                assert len(one.failure.message.split()) > 8
            else:
                assert one.output is not None, one
        for metric in metrics_for(task.kind):
            assert set(baseline_values(bench, found.examples, metric)) == set(baselines_for(task.kind))
        assert isinstance(bench.model, EchoModel)
        assert not any(NOT_GIVEN in prompt for prompt in bench.model.prompts), "nothing is made of what is not known"
        assert (sample in UNASKED) == (refused >= LEARNERS)
        if task.kind in {TaskKind.RATE, TaskKind.RANK}:
            assert (sample in UNSHARED) == ("rag-blackbox" in refused)


@pytest.mark.parametrize("sample", ["LaMP_1", "LaMP_3"])
def test_what_is_lacking_is_said_with_what_to_do(sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    data = imported(sample, tmp_path)
    why = why_not(methods["rag-blackbox"].info, data, data.tasks[0])
    assert why == (
        f"RAG, black box asks a recommender, which needs rated things with a title each that several people share, and "
        f"{data.info.name} holds none. Choose another method, or name a search service by ATTUNE_SEARCH."
    )
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:9/?q={words}")
    assert not why_not(methods["rag-blackbox"].info, data, data.tasks[0]), "a search service needs no crowd"
    learner = why_not(methods["user-lora"].info, data, data.tasks[0])
    lacks = "no item of LaMP-1, imported holds a request of this task with its answer"
    assert (lacks in learner) == (sample == "LaMP_1")


def test_a_title_that_differs_from_person_to_person_is_no_thing_to_recommend() -> None:
    shared = people.dataset(people.crowd())
    task = shared.task("rate")
    assert not why_not(methods["rag-blackbox"].info, shared, task)
    own = [
        replace(user, items=tuple(replace(one, extra={**one.extra, "title": f"{user.id} on it"}) for one in user.items))
        for user in people.crowd()
    ]
    assert "holds none" in why_not(methods["rag-blackbox"].info, people.dataset(own), task)
    alone = people.dataset(people.crowd(1))
    assert "holds none" in why_not(methods["rag-blackbox"].info, alone, task)


def unasked(user: User, places: range) -> User:
    """A user of whose items some do not say what was asked."""
    gone = set(places)
    items = tuple(
        replace(one, extra={**one.extra, "note": NOT_GIVEN}) if place in gone else one
        for place, one in enumerate(user.items)
    )
    return replace(user, items=items)


def answered(method: str, me: User, task: Task = people.REWRITE) -> tuple[Outcome, list[str]]:
    """The first user's outcome in the arm right, with the texts that were learnt from."""
    data = people.dataset([me, *people.crowd()[1:]])
    bench = people.bench(data, task)
    taught: list[str] = []
    assert isinstance(bench.model, EchoModel)
    bench.model.trainer = EchoTrainer(taught)
    example = next(one for one in data.examples(task) if one.user == me.id)
    (outcome,) = score(bench, condition(bench, [Cell(method, Arm.RIGHT, example, Config(k=4))]))
    return outcome, taught


OWN = {
    "user-lora": "Nothing was learnt from the user's own items",
    "user-full-finetune": "Nothing was learnt from the user's own items",
    "user-soft-prompt": "Nothing was learnt from the user's own items",
    "lora-pieces": "Nothing was learnt from the user's own items",
    "style-vector": "No vector was made",
    "prompt-refinement": "Nothing was tried",
    "rag-feedback": "nothing was learnt",
    "profile-summary": "It is the first of four, chosen by nothing",
    "rag-plus-summary": "It is the first of four, chosen by nothing",
}


@pytest.mark.parametrize("method", OWN)
def test_of_whom_nothing_can_be_learnt_it_is_said(method: str) -> None:
    outcome, taught = answered(method, unasked(people.crowd()[0], range(10)))
    assert outcome.failure is None
    assert outcome.conditioning
    assert any(OWN[method] in note for note in outcome.conditioning.evidence.notes)
    assert all(one.score is None for one in outcome.conditioning.evidence.texts)
    assert not any(NOT_GIVEN in text or people.canary("u0", 0)[:9] in text for text in taught)
    whole, _ = answered(method, people.crowd()[0])
    assert whole.conditioning
    assert not any(OWN[method] in note for note in whole.conditioning.evidence.notes)


@pytest.mark.parametrize("method", sorted(LEARNERS - {"style-vector"}))
def test_only_the_items_that_hold_request_and_answer_are_learnt_from(method: str) -> None:
    everyone = [unasked(user, range(1, 10, 2)) for user in people.crowd()]
    data = people.dataset(everyone)
    bench = people.bench(data, people.REWRITE)
    taught: list[str] = []
    assert isinstance(bench.model, EchoModel)
    bench.model.trainer = EchoTrainer(taught)
    example = next(one for one in data.examples(people.REWRITE) if one.user == "u6")
    (outcome,) = condition(bench, [Cell(method, Arm.RIGHT, example, Config(k=4))])
    assert outcome.failure is None
    assert taught
    assert not any(NOT_GIVEN in text for text in taught)


@pytest.mark.parametrize(
    ("extra", "held"),
    [
        ({}, True),
        ({"note": NOT_GIVEN}, False),
        ({"note": ""}, False),
        ({"canary": ""}, True),
        ({"canary": "", "rating": ""}, False),
        ({"rating": NOT_GIVEN}, False),
    ],
)
def test_an_item_is_learnt_from_if_it_holds_both_sides(extra: dict[str, str], held: bool) -> None:
    assert holds(people.REWRITE, people.item("me", 1, day=1, film=1, **extra)) is held
    without = people.item("me", 1, day=1, film=1)
    assert not holds(people.REWRITE, replace(without, extra={"note": "a note"})), "the answer is not there at all"
    assert not holds(replace(people.REWRITE, answer_template=""), without), "the task says of no answer"
    assert holds(people.RANK, without), "a task may ask without words"


@pytest.mark.parametrize("name", ["movielens-100k", "campus"])
def test_of_our_own_sets_every_item_holds_both_sides(name: str) -> None:
    data = datasets[name]()
    for task in data.tasks:
        items = [item for user in data.users() for item in user.items if item.kind == task.reads]
        assert items
        assert all(holds(task, item) for item in items)
