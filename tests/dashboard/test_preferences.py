"""The Preferences page: ten choices, what they change, and that one click forgets them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import preferences_session as session
from dashboard.parts import preferences_shapes as shapes
from data.importers import datasets
from engines.errors import EngineError, FailureKind
from engines.jobs import Job
from engines.preferences.teach import ASKED, Pool, learn, make_pool, questions_of
from tests.dashboard.conftest import PageOpener
from tests.engines.people import WordEncoder


@pytest.fixture(scope="module")
def pool() -> Pool:
    return make_pool(datasets["campus"](), WordEncoder())


@pytest.fixture
def opened(open_page: PageOpener, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(session, "pool", lambda _services: pool)
    return open_page("preferences")


def clicked(page: AppTest, key: str) -> AppTest:
    drawn = page.button(key=key).click().run()
    assert not drawn.exception
    return drawn


def said(page: AppTest) -> str:
    return " ".join(str(each.value) for each in (*page.markdown, *page.caption, *page.info, *page.success))


def test_an_empty_lesson_says_what_to_do(opened: AppTest) -> None:
    assert not opened.exception
    assert "Choose once" in said(opened)
    assert not opened.subheader[0].value.startswith("What the last")
    assert opened.button(key="pf_forget").disabled
    assert opened.button(key="pf_undo").disabled


def test_it_asks_before_the_answers_are_read_and_keeps_what_was_chosen(
    open_page: PageOpener, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: Job[Pool] = Job("waits", lambda _report: pool)
    waiting._told(32, 312, "", None)
    monkeypatch.setattr(session, "job", lambda _services: waiting)
    page = clicked(open_page("preferences"), "pf_choose_1")
    assert "You can choose already" in said(page)
    assert page.session_state[session.CLICKS] == (1,)
    assert any(pool.asked[1].texts[0].split()[0] in each.value for each in page.get("html"))
    waiting.start()
    assert waiting.wait(10)
    page = page.run()
    assert "You can choose already" not in said(page)
    assert page.subheader[0].value == "What the last click moved"


def test_a_pool_that_cannot_be_made_is_said(open_page: PageOpener, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_report: object) -> Pool:
        raise EngineError(FailureKind.MODEL, "the encoder is not there")

    broken: Job[Pool] = Job("broken", fails)
    broken.start()
    broken.wait(10)
    monkeypatch.setattr(session, "job", lambda _services: broken)
    page = open_page("preferences")
    assert "the encoder is not there" in page.error[0].value
    assert "Where this comes from" in [each.value for each in page.subheader]


def test_ten_choices_teach_and_one_click_forgets(opened: AppTest) -> None:
    page = opened
    for number in range(ASKED):
        page = clicked(page, f"pf_choose_{number % 2}")
        assert len(page.session_state[session.CLICKS]) == number + 1
    assert "All ten choices are made" in said(page)
    table = next(each.value for each in page.dataframe if "who" in each.value)
    assert list(table["arm"]) == ["right", "right", "wrong", "right", "nobody"]
    assert all(f"of {ASKED}" in text for text in table["predicted"])
    assert not page.query_params, "choices are never in the address"
    page = clicked(page, "pf_undo")
    assert len(page.session_state[session.CLICKS]) == ASKED - 1
    page = clicked(page, "pf_forget")
    assert session.CLICKS not in page.session_state
    assert "Choose once" in said(page)


def test_a_second_click_on_the_same_choice_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    held: dict[str, object] = {}
    monkeypatch.setattr(session.st, "session_state", held)
    session.choose(0, 1)
    session.choose(0, 0)
    assert held == {session.CLICKS: (1,)}
    session.choose(1, 0)
    assert held == {session.CLICKS: (1, 0)}


def test_what_is_asked_is_known_before_and_progress_is_told(pool: Pool) -> None:
    told: list[tuple[int, int]] = []
    made = make_pool(datasets["campus"](), WordEncoder(), lambda done, steps: told.append((done, steps)))
    known = questions_of(datasets["campus"]())
    assert (known.asked, known.ranked, known.texts) == (made.asked, made.ranked, pool.texts)
    assert told[0] == (0, len(known.texts))
    assert told[-1] == (len(known.texts), len(known.texts))


def test_places_move_by_what_the_last_click_changed(pool: Pool) -> None:
    before, now = (shapes.ranked(learn(pool, clicks)) for clicks in ((0, 1), (0, 1, 0)))
    earlier = {row.text: row.place for row in before}
    assert [row.place for row in now] == list(range(1, 13))
    assert all(row.moved == earlier[row.text] - row.place for row in now)
    assert any(row.moved for row in now)
    by_request: dict[str, list[float]] = {}
    for row in now:
        assert row.low < row.chance < row.high
        by_request.setdefault(row.request, []).append(row.chance)
    assert all(sum(chances) == pytest.approx(1) for chances in by_request.values())
    assert all(row.moved == 0 for row in shapes.ranked(learn(pool, (0,))))


def test_the_verdict_claims_no_more_than_the_interval(pool: Pool) -> None:
    assert "coin" in shapes.verdict(learn(pool, ()))
    few = shapes.verdict(learn(pool, (0, 1, 0)))
    assert "no clear difference from a coin yet" in few
    assert "no opinion yet" in shapes.last_sentence(learn(pool, (1,)))
    assert shapes.last_sentence(learn(pool, ())) == ""
    rows = shapes.sure_rows(learn(pool, (0, 1)))
    assert [row["clicks"] for row in rows] == [0, 1, 2]
