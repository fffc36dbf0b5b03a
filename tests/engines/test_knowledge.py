"""What methods know of a user: a look asks the model for nothing, and nothing held out stands in what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from data.records import Task
from engines import knowledge
from engines.jobs import Job, Jobs
from engines.knowledge import Asked, Known, Status
from engines.methods import methods
from engines.models.echo import EchoModel
from engines.runs.cells import Bench
from engines.types import Capability, Reach
from tests.engines import people
from tests.engines.people import CHOOSE, RATE, REWRITE, WordEncoder

DATA = people.dataset(people.crowd())


def asked(task: Task, model: Any = None, encoder: Any = None) -> Asked:
    bench = Bench(DATA, task, model or EchoModel(), encoder or WordEncoder())
    return Asked(bench, next(iter(DATA.examples(task))))


def done(job: Job[Mapping[str, Known]]) -> Mapping[str, Known]:
    job.start()
    assert job.wait(60)
    view = job.view()
    assert view.failure is None
    assert view.result is not None
    return view.result


def canaries(about: Asked) -> list[str]:
    """Words of all that is held out for the user, and of others' items at or after the cut."""
    own, cut = about.example.user, about.example.at
    return [item.extra["canary"] for user in DATA.users() for item in user.items if item.at >= cut or _held(own, item)]


def _held(user: str, item: Any) -> bool:
    held = {one.extra["subject"] for one in DATA.by_id[user].items[-people.HELD_OUT :]}
    return item.user == user and item.extra["subject"] in held


@pytest.mark.parametrize("task", [RATE, REWRITE, CHOOSE], ids=lambda task: task.id)
def test_a_look_asks_nothing_of_the_model_and_shows_nothing_held_out(task: Task) -> None:
    model, encoder = EchoModel(), WordEncoder()
    about = asked(task, model, encoder)
    found = done(knowledge.at_once(about, list(methods)))
    assert list(found) == list(methods)
    assert model.prompts == []
    assert encoder.seen == []
    for name, one in found.items():
        info = methods[name].info
        assert (one.status is Status.UNFIT) >= bool(info.why_unfit(task.kind))
        assert one.status is not Status.FAILED, one.why
        assert one.status is Status.READY or one.why
    later = canaries(about)
    assert later
    for one in (one for one in found.values() if one.made):
        assert one.made
        text = people.prompt(one.made) + str(one.made.evidence)
        assert not any(word in text for word in later), one.method
    assert found["recent-history"].status is Status.READY
    assert found["recent-history"].tokens > found["none"].tokens
    assert found["profile-summary"].status is Status.MODEL
    assert "to write" in found["profile-summary"].why


def test_what_needs_the_model_is_made_when_it_is_asked_for() -> None:
    about = asked(REWRITE)
    found = done(knowledge.at_once(about, list(methods)))
    waiting = [name for name, one in found.items() if one.status is Status.MODEL]
    made = done(knowledge.made_now(about, waiting))
    assert {name: one.status for name, one in made.items()} == dict.fromkeys(waiting, Status.READY)
    assert (made["profile-summary"].kept.own or 0) > 0
    assert made["rag-dense"].kept.own == 0
    assert made["rag-dense"].vectors > 0
    assert all(one.counted and one.sight == found[name].sight for name, one in made.items())
    later = canaries(about)
    for one in made.values():
        assert one.made
        assert not any(word in people.prompt(one.made) + str(one.made.evidence) for word in later), one.method


def test_methods_that_train_are_never_begun_by_a_look() -> None:
    about = asked(REWRITE)
    for name in methods:
        if Capability.ADAPTERS in methods[name].info.needs:
            assert knowledge.quick(about, name).status in {Status.TRAINING, Status.UNFIT}


def test_what_is_kept_of_an_earlier_training_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    about = asked(REWRITE)
    own, other = about.example.user, DATA.users()[1].id
    known = [
        {"method": "user-lora", "dataset": "made-up", "owners": [own, other], "users": {own: {}}, "bytes": 70},
        {"method": "user-lora", "dataset": "made-up", "owners": [own, other], "users": {other: {}}, "bytes": 30},
        {"method": "user-lora", "dataset": "made-up", "owners": [other], "users": {other: {}}, "bytes": 500},
        {"method": "user-lora", "dataset": "another", "owners": [own], "users": {own: {}}, "bytes": 500},
    ]
    monkeypatch.setattr(knowledge.store, "kept", lambda: [(None, inputs) for inputs in known])
    one = knowledge.quick(about, "user-lora")
    assert (one.status, one.kept.own, one.kept.shared) == (Status.TRAINING, 70, 30)
    assert "is kept" in one.why


def test_words_that_would_leave_are_not_sent(monkeypatch: pytest.MonkeyPatch, network_attempts: list[str]) -> None:
    monkeypatch.setenv("ATTUNE_SEARCH", "http://search.example/?q={words}")
    one = knowledge.quick(asked(RATE), "rag-blackbox")
    assert one.status is Status.OUTSIDE
    assert "search.example" in one.why
    assert network_attempts == []


def test_whose_items_a_method_may_draw_from_is_what_the_world_gives() -> None:
    found = done(knowledge.at_once(asked(RATE), ["none", "recent-history", "persona-examples", "global-examples"]))
    own, others = found["recent-history"].sight, found["persona-examples"].sight
    assert found["none"].sight
    assert own
    assert others
    assert found["none"].sight.reach is Reach.NOTHING
    assert (own.people, own.items) == (1, 7)
    assert others.group == "age0, man"


def test_jobs_about_a_data_set_go_with_it() -> None:
    jobs, about = Jobs(), asked(RATE)
    job = jobs.start(knowledge.at_once(about, ["none"]))
    other = jobs.start(Job("other", lambda _report: 1))
    assert job.wait(10)
    jobs.forget_dataset(DATA.digest)
    assert jobs.get(job.id) is None
    assert jobs.get(other.id) is other
