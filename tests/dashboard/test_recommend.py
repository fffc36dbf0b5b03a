"""Recommend: lists of a real person, changes by widgets and address, slow recommenders as jobs, hostile values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import recommend_figures as figures
from dashboard.parts import recommend_lists as lists
from dashboard.parts.recommend_controls import Asked, opened
from data.importers import datasets
from engines.jobs import Job, Report
from engines.recommenders import Tools
from engines.topn.beside import Answer, Changes, Fits, answer
from engines.topn.questions import Question, questions
from engines.types import Arm
from tests.dashboard.conftest import PageOpener
from tests.engines import people
from tests.engines.people import RATE


def html(page: AppTest) -> str:
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def shown(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.markdown, *page.caption, *page.info, *page.warning)).replace(
        "\\", ""
    )


def test_the_first_screen_has_three_lists_of_a_real_person(open_page: PageOpener) -> None:
    page = open_page("recommend")
    assert not page.exception
    assert not page.error
    tables = re.findall(r"<table.*?</table>", html(page), flags=re.DOTALL)
    lists_of = [table for table in tables if "<tbody>" in table and table.count("<tr>") == 11]
    assert len(lists_of) == 3
    first = page.selectbox(key="rc_user").value
    assert f"right user, #{first}<" in lists_of[1]
    assert re.search(r"wrong user, #\d+<", lists_of[1])
    assert f"wrong user, #{first}<" not in lists_of[1]
    assert "the same for everybody" in lists_of[0]
    assert "What to notice" in shown(page)


def test_removed_and_added_films_change_the_lists_and_stand_in_the_address(open_page: PageOpener) -> None:
    asked = {"rc_names": "item-knn,ease", "rc_arms": "right", "rc_user": "609"}
    page = open_page("recommend", asked)
    before = html(page)
    newest = [subject_of(asked["rc_user"], label) for label in page.multiselect(key="rc_out").options[:3]]
    new = subject_of("", page.multiselect(key="rc_in").options[0])
    changed = open_page("recommend", asked | {"rc_out": ",".join(newest), "rc_in": new})
    assert not changed.exception
    assert "3 removed and 1 added by you" in shown(changed)
    assert "Left the ten by your changes" in shown(changed)
    assert html(changed) != before
    assert len(changed.multiselect(key="rc_out").value) == 3
    changed.multiselect(key="rc_out").set_value([]).run()
    assert "rc_out" not in changed.query_params
    assert "0 removed and 1 added by you" in shown(changed)


def subject_of(user: str, label: str) -> str:
    """The id of a film of MovieLens by its title, from a person's history if one is given."""
    data = datasets["movielens-100k"]()
    some = [data.by_id[user]] if user else data.users()
    items = (item for one in some for item in one.items)
    return next(item.extra["subject"] for item in items if item.extra["title"] == label)


@pytest.mark.parametrize(
    "query",
    [
        {"rc_user": "nobody", "rc_out": "<img src=x onerror=alert(1)>", "rc_names": "ease,nonsense"},
        {"rc_dataset": "campus", "rc_short": "9", "rc_in": "film-1," * 30, "rc_seed": "-1", "rc_arms": "left"},
    ],
)
def test_what_cannot_be_used_of_an_address_is_said(open_page: PageOpener, query: dict[str, str]) -> None:
    page = open_page("recommend", query)
    assert not page.exception
    assert "cannot be used here" in shown(page)
    assert "<img" not in html(page)


def test_one_recommender_is_not_enough_and_slow_ones_wait_for_a_click(open_page: PageOpener) -> None:
    page = open_page("recommend", {"rc_names": "ease"})
    assert "Choose 2 to 4 recommenders" in shown(page)
    page = open_page("recommend", {"rc_names": "ease,llm-likelihood", "rc_short": "50"})
    assert not page.exception
    assert "scores 50 candidates in each arm" in shown(page)
    assert [button.key for button in page.button if button.key == "rc_llm_likelihood_go"]
    assert page.multiselect(key="rc_names").value == ["ease", "llm-likelihood"]


def test_every_recommender_that_follows_an_entry_is_offered_there(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "method", "key": "chat-rec"})
    assert not page.exception
    assert "LLM re-ranking" in shown(page)
    assert "Simplifies this entry" in shown(page)


# The shapes, over made-up people.
NOTHING = Changes()


@pytest.fixture(scope="module")
def question() -> Question:
    return questions(people.dataset(people.crowd(people=16, items=12)), RATE)[-1]


@pytest.fixture
def ask(question: Question) -> Callable[..., Answer]:
    fits = Fits()
    bench = people.bench(question.dataset, RATE)
    tools = Tools(bench.model, bench.encoder, shortlist=6)
    return lambda name, changes=NOTHING: answer(fits, name, question, tools=tools, changes=changes)


def asked_of(question: Question, *names: str, changes: Changes = NOTHING) -> Asked:
    crowd, history = opened(question)
    return Asked(question, crowd, history, names, 7, 6, "ease", changes)


def test_removing_a_film_is_as_if_the_person_had_never_seen_it(question: Question, ask: Callable[..., Answer]) -> None:
    asked = asked_of(question, "ease")
    assert question.user not in {asked.crowd.people[row] for row in set(asked.crowd.user.tolist())}
    gone, new = asked.history[0], next(one for one in asked.crowd.items.ids if one not in asked.history)
    changed = ask("ease", Changes((gone,), (new,)))
    assert changed.before
    assert changed.before.said == ask("ease").main.said
    places, listed = asked.crowd.items.places, {pick.item for pick in changed.main.picks}
    assert places[new] not in listed
    kept = [item for item in question.dataset.by_id[question.user].items if item.extra["subject"] != gone]
    others = [
        user if user.id != question.user else replace(user, items=tuple(kept)) for user in question.dataset.users()
    ]
    never = next(one for one in questions(people.dataset(others), RATE) if one.user == question.user)
    assert never.cut == question.cut
    plain = answer(Fits(), "ease", never, tools=Tools(), changes=Changes())
    assert plain.main.picks == ask("ease", Changes((gone,))).main.picks
    assert ask("ease", Changes((gone,))).lists[Arm.WRONG] == ask("ease").lists[Arm.WRONG], "the wrong arm stays"


def test_marks_and_names_of_hostile_titles(question: Question, ask: Callable[..., Answer]) -> None:
    asked, found = asked_of(question, "ease"), ask("ease")
    hostile = ["<img src=x onerror=alert(1)>"] * len(asked.crowd.items.ids)
    object.__setattr__(asked.crowd.items, "titles", tuple(hostile))
    drawn = lists.table_html(asked, found, found.lists) + lists.landed_html(asked, found)
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_figures_and_places_are_those_of_the_lists(question: Question, ask: Callable[..., Answer]) -> None:
    asked = asked_of(question, "popularity", "ease")
    answers = [ask("popularity"), ask("ease")]
    places = figures.places_frame(asked, answers)
    assert len(places) == (1 + 3) * len(question.held_out)
    assert set(places["place"]) <= set(range(1, len(asked.crowd.items.ids) + 1))
    both = figures.overlap_frame(answers)
    assert both.iloc[0]["of 10"] == len(set(answers[0].main.said.top) & set(answers[1].main.said.top))
    assert "of 2" not in figures.notice(asked, answers)
    assert "1 of 1 personal" in figures.notice(asked, answers) or "0 of 1 personal" in figures.notice(asked, answers)
    assert len(figures.lists_frame(asked, answers)) == sum(len(s.picks) for a in answers for s in a.lists.values())
    drawn = {trace.name: set(trace.marker.symbol) for trace in figures.chart(asked, answers).data}
    assert set(drawn) == {"right user", "wrong user", "nobody", "the same for everybody"}
    assert all(len(symbols) == 1 for symbols in drawn.values()), "the legend shows the mark that is drawn"


def test_a_stopped_job_leaves_no_list(question: Question) -> None:
    def work(report: Report[Answer]) -> Answer:
        return answer(Fits(), "fpmc", question, tools=Tools(stop=report.stop))

    job = Job("stopped", work)
    job.stop()
    job.start()
    assert job.wait(20)
    assert job.view().stopped
    assert job.view().result is None
    assert job.view().failure is None
