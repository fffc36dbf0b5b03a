"""The contract of every recommender: unseen things only, nothing at or after the cut, the same for a seed, and a list
that depends on whose history is given alone; `test_recommenders_by_hand` has their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from data.records import Dataset, User
from engines.errors import EngineError, FailureKind
from engines.recommenders import Recommender, Tools, recommenders
from engines.recommenders.llm_likelihood import LlmLikelihood
from engines.recommenders.llm_likelihood_pmi import NOBODY
from engines.recommenders.llm_rerank import LlmRerank
from engines.topn.crowd import Crowd, Person, crowd_before, person_of
from engines.topn.questions import Question, person_in, questions
from engines.types import Arm, ScoreRow
from taxonomy.vocab import Level
from tests.engines import people
from tests.engines.people import RATE, START, item

EVERY = recommenders.names()
SEEDED = [name for name in EVERY if recommenders[name].info.seeded]
PERSONAL = [name for name in EVERY if recommenders[name].info.level is Level.USER]
MODEL_ONLY = [name for name in EVERY if recommenders[name].info.reads_model]


TASK = replace(RATE, query_template="{title}")


def dataset(users: Sequence[User]) -> Dataset:
    return people.dataset(users, (TASK,))


def crowd_of(data: Dataset, day: float = 10_000) -> Crowd:
    return crowd_before(data, TASK, START + timedelta(days=day))


def tools(seed: int = 7) -> Tools:
    bench = people.bench(dataset(people.crowd()), TASK)
    return Tools(bench.model, bench.encoder, seed=seed, shortlist=12)


def fitted(name: str, crowd: Crowd, seed: int = 7) -> Recommender:
    return recommenders[name]().fit(crowd, tools(seed))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return dataset(people.crowd(people=16, items=12))


@pytest.fixture(scope="module")
def asked(data: Dataset) -> list[Question]:
    return questions(data, TASK)


def listed(made: Recommender, one: Person, k: int = 10) -> list[tuple[int, float | None]]:
    columns = np.arange(len(made.crowd.items.ids))
    return [(pick.item, pick.score) for pick in made.rank(one, columns, k)]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_seen_is_recommended(data: Dataset, asked: Sequence[Question], name: str) -> None:
    question = asked[-1]
    made = fitted(name, crowd_before(data, TASK, question.cut))
    for arm in Arm:
        one = person_in(made.crowd, question, arm, 7)
        found = [column for column, _ in listed(made, one, 1000)]
        assert not set(found) & set(one.seen.tolist())
        assert len(found) == len(made.crowd.items.ids) - len(set(one.seen.tolist()))


@pytest.mark.parametrize("name", EVERY)
def test_what_happens_at_or_after_the_cut_changes_nothing(data: Dataset, asked: Sequence[Question], name: str) -> None:
    """Every item at or after the cut of a question, of anyone, is put on other films: lists and scores stay."""
    question = asked[len(asked) // 2]

    def other(user: User) -> User:
        moved = [
            one
            if one.at < question.cut
            else item(user.id, n, day=(one.at - START) / timedelta(days=1), film=(n * 5) % 40)
            for n, one in enumerate(user.items)
        ]
        return replace(user, items=tuple(moved))

    changed = dataset([other(user) for user in data.users()])
    assert changed.digest != data.digest
    films = {item.extra["subject"] for user in data.users() for item in user.items}
    assert films == {item.extra["subject"] for user in changed.users() for item in user.items}
    lists = []
    for each in (data, changed):
        made = fitted(name, crowd_before(each, TASK, question.cut))
        own = replace(each.by_id[question.user], items=each.by_id[question.user].before(question.cut).items)
        lists.append(listed(made, person_of(made.crowd, own)))
    assert lists[0] == lists[1]


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_gives_the_same_list(data: Dataset, asked: Sequence[Question], name: str) -> None:
    crowd = crowd_before(data, TASK, asked[-1].cut)
    one = person_in(crowd, asked[-1], Arm.RIGHT, 7)
    assert listed(fitted(name, crowd), one) == listed(fitted(name, crowd), one)
    if name in SEEDED:
        assert listed(fitted(name, crowd, seed=8), one) != listed(fitted(name, crowd), one)


@pytest.mark.parametrize("name", EVERY)
def test_a_wrong_users_list_is_that_users_own_right_one(data: Dataset, asked: Sequence[Question], name: str) -> None:
    question = asked[-1]
    crowd = crowd_before(data, TASK, question.cut)
    given = question.given(Arm.WRONG, 7)
    assert given.owner not in {"", question.user}
    wrong = person_in(crowd, question, Arm.WRONG, 7)
    own = person_of(crowd, replace(data.by_id[given.owner], items=given.user.items))
    made = fitted(name, crowd)
    assert listed(made, wrong) == listed(made, own)
    if name in PERSONAL:
        assert listed(made, wrong) != listed(made, person_in(crowd, question, Arm.RIGHT, 7))


@pytest.mark.parametrize("name", EVERY)
def test_nobody_and_an_empty_crowd_give_a_whole_list(data: Dataset, name: str) -> None:
    nobody = Person("", np.zeros(0, np.int64))
    full, empty = crowd_of(data), crowd_of(data, day=-1)
    assert len(empty.user) == 0
    for crowd in (full, empty):
        assert len(listed(fitted(name, crowd), nobody, 1000)) == len(crowd.items.ids)
    order, _ = fitted(name, full).order([nobody], np.ones((1, len(full.items.ids)), bool))
    if name in {"item-knn", "ease", "als", "fpmc", "content-knn", "llm-likelihood-pmi"}:
        assert order[0].tolist() == full.columns.tolist(), "without an opinion: the most popular first"


@pytest.mark.parametrize("name", EVERY)
def test_what_a_recommender_says_of_itself(name: str, catalog) -> None:  # type: ignore[no-untyped-def]
    info = recommenders[name].info
    assert info.name
    assert info.summary.endswith(".")
    assert info.follows or info.after
    for each in info.follows:
        assert each.how in {"reproduces", "simplifies", "illustrates"}
        assert len(each.differs) > 40
        assert catalog.entry("method", each.entry).key == each.entry


@pytest.mark.parametrize("name", MODEL_ONLY)
def test_the_model_reads_the_given_history_only_and_scores_a_shortlist(
    data: Dataset, asked: Sequence[Question], name: str
) -> None:
    question = asked[-1]
    crowd = crowd_before(data, TASK, question.cut)
    bench = people.bench(data, TASK)
    made = recommenders[name]().fit(crowd, Tools(bench.model, bench.encoder, shortlist=5))
    one = person_in(crowd, question, Arm.RIGHT, 7)
    columns = np.setdiff1d(np.arange(len(crowd.items.ids)), one.seen)
    picks = made.rank(one, columns, 1000)
    assert isinstance(made, LlmLikelihood)
    if name != "llm-rerank":
        assert sum(pick.score is not None for pick in picks) == 5
    title, own = (crowd.items.titles[picks[0].item],), made.prompt(one)
    expected = bench.model.score([ScoreRow(own, title)])[0].totals()[0]
    if name != "llm-likelihood":
        expected -= bench.model.score([ScoreRow(made.prompt(NOBODY), title)])[0].totals()[0]
    assert picks[0].score == pytest.approx(expected, abs=1e-4)
    read = "\n".join(bench.model.prompts)  # type: ignore[attr-defined]
    allowed = {crowd.items.titles[column] for column in one.seen}
    named = {title for title in crowd.items.titles if any(line.strip() == title for line in read.splitlines())}
    assert named
    assert named <= allowed


def test_reranking_keeps_the_set_of_the_first_twenty(data: Dataset, asked: Sequence[Question]) -> None:
    crowd = crowd_before(data, TASK, asked[-1].cut)
    one = person_in(crowd, asked[-1], Arm.RIGHT, 7)
    made, inner = fitted("llm-rerank", crowd), fitted("ease", crowd)
    mine, theirs = ([column for column, _ in listed(each, one, 1000)] for each in (made, inner))
    assert isinstance(made, LlmRerank)
    assert mine != theirs
    assert set(mine[:20]) == set(theirs[:20])
    assert mine[20:] == theirs[20:]
    with pytest.raises(EngineError, match="name another list"):
        recommenders["llm-rerank"]().fit(crowd, replace(tools(), listed="llm-likelihood"))


@pytest.mark.parametrize("name", [*MODEL_ONLY, "content-knn"])
def test_a_missing_model_or_encoder_is_said(data: Dataset, name: str) -> None:
    with pytest.raises(EngineError, match="needs") as raised:
        listed(recommenders[name]().fit(crowd_of(data), Tools()), Person("new", np.array([0, 1], np.int64)))
    assert raised.value.kind is FailureKind.UNABLE
