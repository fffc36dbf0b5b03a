"""Your own request, and being the user: on the page, kept in one session, never in the address, gone by one click."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import playground_apart as apart
from dashboard.parts import playground_own_session as session
from data.importers.movielens import RATING
from engines.live import LiveRuns
from engines.types import Arm
from taxonomy.catalog import Catalog
from tests.dashboard.playground_data import EchoServices
from tests.dashboard.test_playground import finished, html

CAMPUS = {"pg_dataset": "campus", "pg_methods": "none,recent-history,persona-examples", "pg_set": "recent-history.k2"}
WORD = "zanzibarquokka"


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("playground", EchoServices())


def opened(query: Mapping[str, str], script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


@pytest.fixture
def runs() -> Iterator[LiveRuns]:
    """The runs of this process; only those of the test are left in it."""
    found = EchoServices().live_runs
    found._runs.clear()
    yield found
    found._runs.clear()


def texts_of(page: AppTest) -> str:
    return " ".join([one.value for one in (*page.info, *page.caption, *page.markdown, *page.warning, *page.error)])


def keyed(elements: Any, part: str) -> Any:
    return next(one for one in elements if part in str(one.key))


def asked(page: AppTest, text: str) -> AppTest:
    """An own request is written, and used."""
    keyed(page.text_area, "own_text_").set_value(text)
    return keyed(page.button, "own_text_").click().run()


def rated(page: AppTest, stars: Mapping[int, str]) -> AppTest:
    for place, value in stars.items():
        page.radio[place].set_value(value)
    return keyed(page.button, "rate_use").click().run()


def address(page: AppTest) -> str:
    return str(dict(page.query_params))


def test_an_own_request_runs_without_a_truth_and_its_text_is_not_in_the_address(runs: LiveRuns) -> None:
    page = opened(CAMPUS | {"pg_source": "own"})
    assert page.button(key="pg_do_run").disabled
    assert "Write your own request first." in texts_of(page)
    page = asked(page, f"We meet   at\nnoon, {WORD}.")
    assert not page.button(key="pg_do_run").disabled
    page = finished(page.button(key="pg_do_run").click().run())
    assert not page.error
    shown = html(page)
    assert "nearer to the truth" not in shown
    assert "towards the truth" not in shown
    assert f"We meet at noon, {WORD}." in texts_of(page).replace("\\", "")
    assert apart.NO_TRUTH in texts_of(page)
    assert "fewer is likelier" in settled(page)
    assert WORD not in address(page)
    assert "pg_source" in address(page)
    assert len(runs._runs) == 1


def settled(page: AppTest) -> str:
    """The page's HTML when the likelihoods are there."""
    end = time.monotonic() + 20
    while "is likelier with the right user" not in html(page):
        assert time.monotonic() < end, "the likelihoods do not come"
        time.sleep(0.1)
        page.run()
    return html(page)


@pytest.mark.parametrize("text", ["", "   ", "\x00"])
def test_an_empty_request_is_refused_with_one_clear_error(text: str) -> None:
    page = asked(opened(CAMPUS | {"pg_source": "own"}), text)
    assert len(page.error) == 1
    assert "write at least one word" in page.error[0].value
    assert page.button(key="pg_do_run").disabled
    assert not page.run().error


def test_an_own_film_is_one_that_the_user_has_not_rated() -> None:
    page = opened({"pg_task": RATING.id, "pg_source": "own", "pg_user": "ada"})
    select = keyed(page.selectbox, "own_thing_")
    assert all("8" not in str(option) or option for option in select.options)
    page = finished(page.button(key="pg_do_run").click().run())
    assert "says " in html(page)
    assert "probability" in html(page)
    assert not page.error


def test_a_choice_of_ones_own_is_ranked() -> None:
    page = opened({"pg_task": "choose", "pg_source": "own", "pg_user": "ada"})
    page = finished(page.button(key="pg_do_run").click().run())
    assert "first: " in html(page)
    keyed(page.multiselect, "own_choice_").set_value([]).run()
    assert "0 are picked; pick 2 to 20 to be ranked." in texts_of(page)
    assert page.button(key="pg_do_run").disabled


def test_be_the_user_with_ratings() -> None:
    page = opened({"pg_task": RATING.id, "pg_who": "me", "pg_methods": "none,recent-history,persona-prompt"})
    assert page.button(key="pg_do_run").disabled
    page = keyed(page.button, "rate_use").click().run()
    assert [one.value for one in page.error] == ["Nothing is rated; rate at least one."]
    page = rated(page, {0: "5", 1: "1"})
    assert any("You: 2 ratings" in one.label for one in page.expander)
    page = finished(page.button(key="pg_do_run").click().run())
    assert not page.error
    assert "right user: you (no traits declared)" in texts_of(page).replace("\\", "")


def test_be_the_user_with_texts_and_traits(runs: LiveRuns) -> None:
    page = opened(CAMPUS | {"pg_who": "me"})
    keyed(page.text_area, "own_texts_").set_value("x" * 601)
    page = keyed(page.button, "own_texts_").click().run()
    assert "601 characters; at most 600" in page.error[0].value
    keyed(page.text_area, "own_texts_").set_value(f"one {WORD}\n\ntwo")
    keyed(page.selectbox, "trait_campus_tone").set_value("playful")
    page = keyed(page.button, "own_texts_").click().run()
    page = finished(asked(page, "a note").button(key="pg_do_run").click().run())
    assert not page.error
    assert WORD not in address(page)
    run = next(iter(runs._runs.values()))
    right = run.view().arms[1, Arm.RIGHT].outcome
    assert right.owner.startswith("me-")
    assert [used.item.text for used in right.conditioning.evidence.used] == ["two", f"one {WORD}"]
    wrong = run.view().arms[1, Arm.WRONG].outcome
    assert run.bench.dataset.by_id[wrong.owner].persona.traits["tone"] != "playful"


@pytest.mark.parametrize("lens", ["matrix", "levels", "whatif", "privacy", "repeats"])
@pytest.mark.parametrize("query", [{"pg_source": "own"}, {"pg_who": "me"}])
def test_lenses_wait_for_what_is_missing_and_then_draw(lens: str, query: Mapping[str, str]) -> None:
    page = opened(CAMPUS | query | {"pg_lens": lens})
    assert "first." in texts_of(page)
    if "pg_who" in query:
        keyed(page.text_area, "own_texts_").set_value("one\n\ntwo")
        page = keyed(page.button, "own_texts_").click().run()
    page = asked(page, "a note")
    assert not page.exception
    assert not page.error
    held = page.session_state[session.MINE]
    if not held.made.jobs:  # some begin by themselves
        page = next(one for one in page.button if str(one.key).endswith("_go")).click().run()
    assert not page.exception
    assert held.made.jobs
    assert held.made.jobs <= set(EchoServices().jobs._jobs)
    page.button(key="pg_own_delete").click().run()
    assert not held.made.jobs & set(EchoServices().jobs._jobs)


def test_two_sessions_never_share_a_run(runs: LiveRuns) -> None:
    for _ in range(2):
        page = asked(opened(CAMPUS | {"pg_source": "own"}), "the same words")
        finished(page.button(key="pg_do_run").click().run())
    assert len(runs._runs) == 2
    assert len({run.example.id for run in runs._runs.values()}) == 2


@pytest.mark.parametrize("query", [{"pg_source": "own"}, {"pg_who": "me"}, {"pg_task": RATING.id, "pg_who": "me"}])
def test_a_link_of_an_own_run_restores_the_setup_and_says_what_is_not_in_it(
    runs: LiveRuns, query: Mapping[str, str]
) -> None:
    page = opened((CAMPUS if "pg_task" not in query else {}) | query | {"pg_run": "1", "pg_seed": "3"})
    assert "not in the link" in texts_of(page)
    assert page.number_input(key="pg_seed").value == 3
    assert not runs._runs
    assert "not in the link" not in texts_of(page.run())


def test_a_link_of_held_out_data_says_nothing_of_the_kind() -> None:
    assert "not in the link" not in texts_of(finished(opened(CAMPUS | {"pg_run": "1"})))


def test_the_wrong_user_of_an_own_request_can_become_its_user() -> None:
    page = asked(opened(CAMPUS | {"pg_source": "own"}), "the same words")
    first = page.selectbox(key="pg_user").value
    page.button(key="pg_do_swap").click().run()
    assert page.selectbox(key="pg_user").value != first
    assert keyed(page.text_area, "own_text_").value == "the same words"
    assert not page.button(key="pg_do_run").disabled
