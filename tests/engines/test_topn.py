"""Lists scored by hand, and a comparison over made-up people: whose cut, which candidates, which arms."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from data.records import Dataset, Split
from engines.__main__ import app
from engines.recommenders import Recommender, Tools
from engines.topn import evaluate, figures
from engines.topn.crowd import Crowd, crowd_before
from engines.topn.evaluate import Plan, coverage, drawn, overlaps, rows, run
from engines.topn.figures import FIGURES, List
from engines.topn.questions import NoListsError, questions, rating_task
from engines.types import Arm
from tests.engines import people
from tests.engines.people import RATE, REWRITE


def made(*places: int) -> List:
    named = {str(place): place for place in places}
    return List("x", "right", "u", tuple(range(10)), places, named, (0.5,) * 5 + (0.25,) * 5)


def test_figures_by_hand() -> None:
    one, two = made(1, 3, 40), made(25)
    gain = 1 + 1 / math.log2(4)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert FIGURES["ndcg@10"].of(one) == pytest.approx(gain / best)
    assert FIGURES["ndcg@10"].of(two) == 0.0
    assert FIGURES["recall@10"].of(one) == pytest.approx(2 / 3)
    assert FIGURES["mrr"].of(one) == 1.0
    assert FIGURES["mrr"].of(two) == pytest.approx(1 / 25)
    assert FIGURES["novelty@10"].of(one) == pytest.approx(1.5)
    assert FIGURES["popularity@10"].of(one) == pytest.approx(0.375)
    assert FIGURES["ndcg@10"].of(made(*range(1, 13))) == 1.0
    assert figures.overlap((1, 2, 3, 4), (3, 4, 5, 6)) == 0.5


def test_the_catalog_knows_the_figures(catalog) -> None:  # type: ignore[no-untyped-def]
    for figure in FIGURES.values():
        assert not figure.entry or catalog.entry("metric", figure.entry).key == figure.entry


@pytest.fixture(scope="module")
def data() -> Dataset:
    return people.dataset(people.crowd(people=16, items=12))


@pytest.mark.parametrize("split", list(Split))
def test_a_question_is_what_lies_before_the_cut(data: Dataset, split: Split) -> None:
    found = questions(data, RATE, split)
    assert found
    for one in found:
        liked = {e.subject for e in data.examples(RATE, split) if e.user == one.user and float(e.target) >= 4}
        assert set(one.liked) == liked != set()
        for arm in Arm:
            items = one.given(arm, 7).user.items
            assert all(i.at < one.cut and i.extra["subject"] not in one.held_out for i in items)
        assert all(i.user == one.user for i in one.given(Arm.RIGHT, 7).user.items)


def test_fits_see_nothing_at_or_after_anybodys_cut(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each crowd ends at the earliest cut of its group, and every person is asked for once in an arm."""
    crowds: list[Crowd] = []
    kept = evaluate._lists

    def watched(fitted: Recommender, asked, *, names):  # type: ignore[no-untyped-def]
        assert all(fitted.crowd.cut <= question.cut for question, _, _ in asked)
        crowds.append(fitted.crowd)
        return kept(fitted, asked, names=names)

    monkeypatch.setattr(evaluate, "_lists", watched)
    lists = run(data, RATE, Plan(("popularity", "ease"), groups=3))
    assert len({crowd.cut for crowd in crowds}) == 3
    asked = questions(data, RATE)
    per = lists.by()
    assert [one.user for one in per["popularity", "nobody"]] == [one.user for one in asked]
    assert ("popularity", "right") not in per
    assert {arm for name, arm in per if name == "ease"} == {"right", "wrong", "nobody"}
    for question in asked:
        one = next(each for each in per["ease", "right"] if each.user == question.user)
        crowd = crowd_before(data, RATE, question.cut)
        seen = {i.extra["subject"] for i in question.given(Arm.RIGHT, 7).user.items}
        assert not {crowd.items.ids[column] for column in one.top} & seen
        assert len(one.places) == len(question.liked)


def test_rows_hold_scores_and_gaps_and_people_are_drawn_by_the_seed(data: Dataset) -> None:
    plan = Plan(("popularity", "item-knn"), users=6, groups=2)
    found = rows(lists := run(data, RATE, plan))
    assert {row.estimate.users for row in found if row.kind == "score" and row.arm != "wrong"} == {6}
    assert {(row.recommender, row.arm) for row in found if row.kind == "gap"} == {
        ("item-knn", "right-wrong"),
        ("item-knn", "right-nobody"),
    }
    one = next(row for row in found if row.figure == "ndcg@10" and row.arm == "right" and row.kind == "score")
    values = [FIGURES["ndcg@10"].of(each) for each in lists.by()["item-knn", "right"]]
    assert one.estimate.mean == pytest.approx(sum(values) / 6)
    assert set(overlaps(lists)) == {("popularity", "item-knn"), ("item-knn", "item-knn (wrong user)")}
    assert 0 < coverage(lists)["item-knn"] <= 1
    assert [q.user for q in drawn(data, RATE, plan)] == [q.user for q in drawn(data, RATE, plan)]


def test_a_stopped_run_keeps_the_groups_that_are_done(data: Dataset) -> None:
    done: list[int] = []
    tools = Tools(stop=lambda: len(done) > 1)
    lists = run(data, RATE, Plan(("popularity",), groups=4), tools=tools, progress=lambda at, _all: done.append(at))
    assert 0 < len(lists.made) < len(questions(data, RATE))


def test_a_dataset_without_ratings_is_said() -> None:
    with pytest.raises(NoListsError, match="no ratings"):
        rating_task(people.dataset(people.crowd(4), (REWRITE,)))
    assert rating_task(people.dataset(people.crowd(4))).id == "rate"


def test_the_command_prints_lists_of_real_people() -> None:
    """Two people of MovieLens are enough to see that figures, arms and seconds come out."""
    asked = ["recommend", "--recommenders", "popularity,item-knn", "--users", "2", "--groups", "1", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    scores = {(r["recommender"], r["arm"], r["figure"]) for r in found["rows"] if r["kind"] == "score"}
    assert {("popularity", "nobody", "ndcg@10"), ("item-knn", "wrong", "novelty@10")} <= scores
    assert all(
        0 <= r["mean"] <= 1
        for r in found["rows"]
        if r["figure"] in {"ndcg@10", "recall@10", "mrr"} and r["kind"] == "score"
    )
    assert set(found["fit_seconds"]) == {"popularity", "item-knn"}
