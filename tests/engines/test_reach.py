"""The reach rule, by canaries: what a method may not use never reaches a prompt, an index, or what is shown of it.

Every item of every person carries a word of its own; whatever the model and the encoder read is searched for them.
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime

import pytest

from data.records import Dataset, Example, Split, Task, User
from engines.errors import EngineError, FailureKind
from engines.folds import near
from engines.methods import make_method, methods
from engines.privacy import EVERYTHING, Detector
from engines.redaction import RedactedWorld, Redaction
from engines.runs.cells import Bench, Cell, Outcome, arms_of, condition, generate, score
from engines.types import Arm, Level, MethodInfo, Reach
from engines.world import World
from tests.engines import people
from tests.engines.people import ROOMY

CANARY = re.compile(r"canary\w+?n\d{5}z")
OWN_ITEMS = {
    "recent-history",
    "rag-bm25",
    "rag-dense",
    "profile-summary",
    "rag-hybrid",
    "rag-plus-summary",
    "context-steering",
}
OWN_ITEMS |= {"context-steering", "rag-feedback", "prompt-refinement"}


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd())


def read_by(bench: Bench, outcomes: list[Outcome]) -> set[str]:
    """The canaries in all that the model and the encoder read for methods, and in what is shown as evidence."""
    texts = [*bench.model.prompts, *bench.encoder.seen]  # type: ignore[attr-defined]
    for outcome in outcomes:
        made = outcome.conditioning
        assert made is not None, outcome.failure
        texts += [people.prompt(made), *made.evidence.notes, *(t.text for t in made.evidence.texts)]
        texts += [str(one.item.extra) for one in made.evidence.used] + [one.what for one in made.dropped]
    return set(CANARY.findall("\n".join(texts)))


def seen_of(user: User, cut: datetime, hidden: set[str]) -> set[str]:
    return {i.extra["canary"] for i in user.items if i.at < cut and i.extra["subject"] not in hidden}


def allowed(data: Dataset, method: str, arm: Arm, examples: list[Example], owner: str) -> set[str]:
    """What the method's declared reach holds in an arm; a wrong user's learnt state is as it is for that user."""
    right, cut = data.by_id[examples[0].user], examples[0].at
    hidden = {example.subject for example in examples}
    uses = methods[method].info.uses
    others = [user for user in data.users() if user.id != right.id]
    everyones = set().union(*(seen_of(user, cut, hidden) for user in others))
    if methods[method].info.shared:
        return everyones
    if arm is Arm.NOBODY or uses is Reach.NOTHING:
        return set()
    if uses in {Reach.OWN, Reach.EVERYONE}:
        own = seen_of(data.by_id[owner], min(cut, data.cut(data.tasks[0], owner)), hidden)
        if methods[method].info.learns and arm is Arm.WRONG:
            own = _learnt(data, examples[0], owner) or own
        return own | everyones if uses is Reach.EVERYONE else own
    gender = data.by_id[owner].persona.traits["gender"]
    mates = [u for u in others if u.id != owner and u.persona.traits["gender"] == gender]
    return set().union(*(seen_of(mate, cut, hidden) for mate in mates))


def _learnt(data: Dataset, example: Example, owner: str) -> set[str]:
    """Of a person: what lies before their own example of the same split, about nothing held out of the fold."""
    task = data.task(example.task)
    split = Split.HELD_OUT if example.at == data.cut(task, example.user) else Split.EARLIER
    (at,) = {one.at for one in data.examples(task, split) if one.user == owner}
    fold = near(data, task, example.user, seed=people.bench(data, task).seed)
    assert owner in fold
    return seen_of(data.by_id[owner], at, {one.subject for one in data.examples(task) if one.user in fold})


@pytest.mark.parametrize("split", list(Split))
@pytest.mark.parametrize(("method", "task"), people.pairs())
def test_no_method_reaches_further_than_it_declares(data: Dataset, method: str, task: Task, split: Split) -> None:
    found_by_arm: dict[Arm, set[str]] = {}
    for user in data.users():
        examples = [e for e in data.examples(task, split) if e.user == user.id]
        for arm in arms_of(method, list(Arm)):
            bench = people.bench(data, task)
            outcomes = condition(bench, [Cell(method, arm, example, ROOMY) for example in examples])
            found = read_by(bench, outcomes)
            owner = outcomes[0].owner
            assert found <= allowed(data, method, arm, examples, owner)
            assert (owner == user.id) == (arm is Arm.RIGHT and owner != "")
            if arm is not Arm.RIGHT:
                assert not any(word.startswith(f"canary{user.id}n") for word in found)
            found_by_arm.setdefault(arm, set()).update(found)
    if method in OWN_ITEMS | {"persona-examples"}:
        assert found_by_arm[Arm.RIGHT]
        assert found_by_arm[Arm.WRONG]
        assert not found_by_arm[Arm.NOBODY]


@pytest.mark.parametrize(("method", "task"), people.pairs())
def test_scoring_and_writing_read_no_target(data: Dataset, method: str, task: Task) -> None:
    for example in [e for e in data.examples(task) if e.user in {"u2", "u7"}]:
        target = next(i for i in data.by_id[example.user].items if i.extra["subject"] == example.subject)
        for arm in arms_of(method, list(Arm)):
            bench = people.bench(data, task)
            outcomes = score(bench, condition(bench, [Cell(method, arm, example, ROOMY)]))
            outcomes = generate(bench, outcomes)
            assert outcomes[0].failure is None
            read = "\n".join(bench.model.prompts)  # type: ignore[attr-defined]
            assert target.extra["canary"] not in read


@pytest.mark.parametrize("method", sorted(OWN_ITEMS))
def test_nobody_reads_the_same_for_all_users(data: Dataset, method: str) -> None:
    """The nobody arm of a method is one prompt a request, whoever asks."""
    task = data.tasks[0]
    bench = people.bench(data, task)
    one = next(data.examples(task))
    twin = Example(one.id, one.task, "u5", one.input, one.target, one.at, one.fields, subject=one.subject)
    prompts = {
        people.prompt(outcome.conditioning)
        for example in (one, twin)
        for outcome in condition(bench, [Cell(method, Arm.NOBODY, example, ROOMY)])
        if outcome.conditioning
    }
    assert len(prompts) == 1


def world(data: Dataset, reach: Reach) -> World:
    example = next(data.examples(data.tasks[0]))
    bench = people.bench(data, data.tasks[0])
    hidden = bench.hidden(example.user)
    around = {"target": example.user, "cut": example.at, "hidden": hidden, "reach": reach}
    return World(data, data.tasks[0], model=bench.model, encoder=bench.encoder, **around)  # type: ignore[arg-type]


@pytest.mark.parametrize("reach", [Reach.NOTHING, Reach.OWN])
def test_the_world_refuses_what_was_not_declared(data: Dataset, reach: Reach) -> None:
    around = world(data, reach)
    for ask in (lambda: around.everyone(3), lambda: around.mates(data.users()[3]), around.others):
        with pytest.raises(EngineError, match=f"declares {reach} asked for") as raised:
            ask()
        assert raised.value.kind is FailureKind.INTERNAL


def test_the_world_gives_everyone_the_same_items_one_a_person(data: Dataset) -> None:
    task = data.tasks[0]
    examples = {e.user: e for e in data.examples(task)}
    given = []
    for example in examples.values():
        bench = people.bench(data, task)
        outcome = condition(bench, [Cell("global-examples", Arm.NOBODY, example, ROOMY)])[0]
        assert outcome.conditioning
        used = [one.item for one in outcome.conditioning.evidence.used]
        assert len({i.user for i in used}) == len(used) == ROOMY.k
        given.append({i.id for i in used})
    shared = set.intersection(*given[-3:])
    assert shared


@pytest.mark.parametrize("person", ["u0", "u5", "u11"])
def test_others_are_all_but_the_target_with_what_lies_before_the_cut(data: Dataset, person: str) -> None:
    examples = [e for e in data.examples(data.tasks[0]) if e.user == person]
    bench = people.bench(data, data.tasks[0])
    hidden, cut = {e.subject for e in examples}, examples[0].at
    given = {other.id: other for other in bench.world(Reach.EVERYONE, *examples).others()}
    wanted = {u.id: seen_of(u, cut, hidden) for u in data.users() if u.id != person}
    assert {key: {i.extra["canary"] for i in other.items} for key, other in given.items()} == {
        key: seen for key, seen in wanted.items() if seen
    }
    around = bench.world(Reach.EVERYONE, *examples)
    away = Redaction(around.task, frozenset({EVERYTHING}), Detector(frozenset(), {}))
    shut = RedactedWorld(**{f.name: getattr(around, f.name) for f in fields(around)}, redaction=away)
    assert list(shut.others()) == []


@pytest.mark.parametrize(
    ("uses", "level", "personal", "shared"),
    [
        (Reach.EVERYONE, Level.GLOBAL, False, True),
        (Reach.EVERYONE, Level.USER, True, False),
        (Reach.PERSONA, Level.PERSONA, True, False),
        (Reach.NOTHING, None, False, False),
    ],
)
def test_whose_answer_depends_on_the_data_given(uses: Reach, level: Level | None, personal: bool, shared: bool) -> None:
    info = MethodInfo("m", "", level, "", uses, ())
    assert (info.personal, info.shared) == (personal, shared)


def test_arms_of_methods_without_user_data() -> None:
    assert arms_of("none", [Arm.RIGHT, Arm.WRONG]) == [Arm.NOBODY]
    assert arms_of("global-examples", list(Arm)) == [Arm.NOBODY]
    assert arms_of("recent-history", [Arm.RIGHT]) == [Arm.RIGHT]
    assert make_method("none").info.level is None
