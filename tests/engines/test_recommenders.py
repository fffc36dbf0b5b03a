"""The contract of every recommender: unseen things only, nothing at or after the cut, the same for a seed, and a list
that depends on whose history is given alone; then each one's numbers by hand on a tiny crowd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from data.records import Dataset, User
from engines.errors import EngineError, FailureKind
from engines.recommenders import Recommender, Tools, recommenders
from engines.recommenders.als import Als
from engines.recommenders.ease import Ease
from engines.recommenders.fpmc import Fpmc, successive
from engines.recommenders.item_knn import ItemKnn
from engines.recommenders.llm_rerank import LlmRerank
from engines.topn.crowd import Crowd, Person, crowd_before, person_of
from engines.topn.questions import Question, person_in, questions
from engines.types import Arm
from taxonomy.vocab import Level
from tests.engines import people
from tests.engines.people import RATE, START, item, person

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


# A tiny crowd: films 0 to 3 (columns in the order of their ids), who saw what in which order.
SAW = {"a": [0, 1], "b": [0, 1, 2], "c": [1, 2], "d": [3]}


def tiny() -> Crowd:
    users = [
        person(key, [item(key, n, day=n, film=film) for n, film in enumerate(films)], age="1", gender="w")
        for key, films in SAW.items()
    ]
    return crowd_of(dataset(users))


def one_of(*columns: int) -> Person:
    return Person("new", np.array(columns, np.int64))


def scores(made: Recommender, one: Person) -> list[float]:
    found: list[float] = made.scores([one], np.ones((1, 4), bool))[0].tolist()
    return found


def test_popularity_and_ties_by_id() -> None:
    made = fitted("popularity", tiny())
    assert made.crowd.popularity.tolist() == [2, 3, 2, 1]
    assert listed(made, one_of(3)) == [(1, 3.0), (0, 2.0), (2, 2.0)]


def test_persona_popularity_is_damped_towards_everyone() -> None:
    made = fitted("persona-popularity", tiny())
    share = [2 / 4, 3 / 4, 2 / 4, 1 / 4]
    assert scores(made, replace(one_of(), cell="1, w")) == pytest.approx([(4 * s + 20 * s) / 24 for s in share])
    assert scores(made, one_of()) == pytest.approx(share)


def test_item_knn_by_hand() -> None:
    """cos(0, 1) = 2/sqrt(2 3), cos(0, 2) = 1/2, cos(1, 2) = 2/sqrt(3 2); film 3 has no neighbour."""
    made, near = fitted("item-knn", tiny()), 2 / 6**0.5
    assert scores(made, one_of(0))[1:3] == pytest.approx([near, 0.5])
    assert scores(made, one_of(0, 2))[1] == pytest.approx(2 * near)
    assert np.isnan(scores(made, one_of(0, 2))[3])
    one = ItemKnn(neighbours=1).fit(tiny(), tools())
    assert scores(one, one_of(0, 1))[2] == pytest.approx(near), "only the nearest neighbour counts"


def test_ease_is_the_closed_form() -> None:
    seen = np.zeros((4, 4))
    for row, films in enumerate(SAW.values()):
        seen[row, films] = 1
    inverse = np.linalg.inv(seen.T @ seen + 0.5 * np.eye(4))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    made = Ease(regularization=0.5).fit(tiny(), tools())
    assert made.weights == pytest.approx(weights, abs=1e-6)  # type: ignore[attr-defined]
    assert scores(made, one_of(0, 1)) == pytest.approx(weights[[0, 1]].sum(axis=0), abs=1e-6)


def test_als_lowers_its_objective_at_each_half_step_and_solves_rows_exactly(data: Dataset) -> None:
    """Rows shorter and longer than the factors take different ways to the same normal equations."""
    made = Als(factors=6, epochs=1).fit(crowd_of(data), tools())
    assert isinstance(made, Als)
    seen, fall = made.crowd.matrix, []
    left, right = made.people, made.items
    for _ in range(3):
        left = made.solve(seen, right)
        fall.append(made.objective(left, right))
        right = made.solve(seen.T.tocsr(), left)
        fall.append(made.objective(left, right))
    assert all(after < before * (1 + 1e-6) for before, after in pairwise(fall))
    assert fall[-1] < 0.99 * fall[0]
    dense, base = seen.toarray(), right.T @ right + made.regularization * np.eye(6)
    for row in range(len(dense)):
        near = right[dense[row] > 0]
        exact = np.linalg.solve(base + made.weight * near.T @ near, (1 + made.weight) * near.sum(axis=0))
        assert made.solve(seen, right)[row] == pytest.approx(exact, rel=1e-3, abs=1e-4)
    lengths = np.diff(seen.indptr)
    assert lengths.max() > 8, "some rows are solved in the factors"


def test_fpmc_learns_what_follows_what() -> None:
    """Everyone sees 0, 1, 2, 3 in circles: after each film the next one stands first."""
    users = []
    for number in range(20):
        films = [(number + step) % 8 for step in range(7)]
        users.append(
            person(f"p{number:02}", [item(f"p{number:02}", n, day=n, film=f) for n, f in enumerate(films)], age="1")
        )
    made = Fpmc(factors=16, epochs=200, rate=0.02, batch=64).fit(crowd_of(dataset(users)), tools())
    right = [listed(made, one_of((film - 2) % 8, (film - 1) % 8, film), 1)[0][0] == (film + 1) % 8 for film in range(8)]
    assert sum(right) >= 7
    pairs = successive(np.array([1, 0, 1, 0]), np.array([5, 6, 7, 8]))
    assert [pairs.user.tolist(), pairs.last.tolist(), pairs.next.tolist()] == [[0, 1], [6, 5], [8, 7]]


def test_the_gradient_of_fpmc_is_that_of_its_loss() -> None:
    made = Fpmc(factors=4, epochs=0).fit(tiny(), tools())
    assert isinstance(made, Fpmc)
    steps = successive(made.crowd.user, made.crowd.item)
    made.table = made.table.astype(np.float64)  # type: ignore[assignment]

    def loss() -> float:
        made.rng = np.random.default_rng(3)
        user, own, last, after = made.starts
        from engines.recommenders.fpmc import negatives

        other, t = negatives(made.rng, made.seen, steps.user), made.table
        margin = (t[user + steps.user] * (t[own + steps.next] - t[own + other])).sum(axis=1)
        margin += (t[last + steps.last] * (t[after + steps.next] - t[after + other])).sum(axis=1)
        return float(np.log1p(np.exp(-margin)).mean())

    made.rng = np.random.default_rng(3)
    gradient = made._gradient(steps)
    for place in [(0, 0), (1, 2), (5, 1), (9, 3), (14, 0)]:
        kept = made.table[place]
        made.table[place] = kept + 1e-4
        high = loss()
        made.table[place] = kept - 1e-4
        low = loss()
        made.table[place] = kept
        assert gradient[place] == pytest.approx((high - low) / 2e-4, abs=1e-5)


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
    said = [pick.score for pick in made.rank(one, columns, 1000)]
    assert len({round(score, 4) for score in said[:5] if score is not None}) > 1
    if name != "llm-rerank":
        assert [score is not None for score in said].count(True) == 5
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
        listed(recommenders[name]().fit(crowd_of(data), Tools()), one_of(0, 1))
    assert raised.value.kind is FailureKind.UNABLE
