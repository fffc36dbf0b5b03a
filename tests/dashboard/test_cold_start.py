"""Cold start: measured live by a click, stopped, restored by its address, and no stronger than its intervals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import cold_start_charts as charts
from dashboard.parts import cold_start_shapes as shapes
from data.importers import datasets
from engines.coldstart import ALL, Crossing, Curves, Line, Plan, Spot
from engines.live import Column
from engines.models.echo import EchoModel
from engines.runs.bench import Bench
from engines.runs.stats import Estimate
from engines.types import Config
from taxonomy.catalog import Catalog
from tests.engines.people import WordEncoder

CAMPUS = {
    "cs_dataset": "campus",
    "cs_task": "preference",
    "cs_methods": "persona-prompt,recent-history",
    "cs_users": "mabel,teddy,bashir",
    "cs_lengths": "0,2,all",
    "cs_examples": "2",
}


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("cold-start", EchoServices())


def _page_that_waits() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import WaitingServices

    run("cold-start", WaitingServices())


def opened(query: Mapping[str, str], script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def finished(page: AppTest) -> AppTest:
    for _ in range(100):
        if page.button(key="cs_halt").disabled and page.dataframe:
            return page
        time.sleep(0.1)
        page.run()
    raise AssertionError("the measurement did not end")


def said(page: AppTest) -> str:
    parts = (*page.markdown, *page.caption, *page.info, *page.warning)
    return "\n".join(str(each.value) for each in parts).replace("\\", "")


def test_a_click_measures_and_the_address_restores_it() -> None:
    page = opened(CAMPUS)
    assert not page.exception
    assert "Press Run" in said(page)
    assert "about " in said(page)
    page = finished(page.button(key="cs_go").click().run())
    assert not page.exception
    assert not page.error
    assert "1" in page.query_params["cs_run"]
    rows = page.dataframe[-1].value
    assert list(rows["history"].unique()) == ["0", "2", "all", "\u2013"]
    right = rows[(rows["data of"] == "right user") & (rows["method"] == "Recent history")]
    assert list(right["items given"]) == ["0", "2", "16"]
    assert list(right["n"]) == [6, 6, 6]
    assert right["less nobody"].iloc[0] == "+0.000 [+0.000, +0.000]"
    crossings = next(each.value for each in page.dataframe if "beats" in each.value)
    assert len(crossings) == 6, "two methods against nobody and the wrong user, and each other both ways"
    assert "6 held-out requests of 3 users" in said(page)
    again = finished(opened(CAMPUS | {"cs_run": "1"}))
    assert again.dataframe[-1].value.equals(rows)
    changed = again.number_input(key="cs_examples").set_value(1).run()
    assert "This is what was measured last" in said(changed)
    assert "cs_run" not in changed.query_params


def test_a_stopped_measurement_is_started_again_by_the_button_and_by_no_reload() -> None:
    page = opened(CAMPUS | {"cs_run": "1"}, _page_that_waits)
    assert page.button(key="cs_go").disabled
    page.button(key="cs_halt").click().run()
    for _ in range(100):
        if page.button(key="cs_halt").disabled:
            break
        time.sleep(0.1)
        page.run()
    again = opened(CAMPUS | {"cs_run": "1"}, _page_that_waits)
    for shown in (page, again):
        assert shown.button(key="cs_halt").disabled
        assert "Stopped" in said(shown)
    assert again.button(key="cs_go").click().run().button(key="cs_go").disabled
    again.button(key="cs_halt").click().run()


def test_the_page_says_before_run_how_long_trainings_take() -> None:
    page = opened({**CAMPUS, "cs_methods": "user-dpo,recent-history"})
    assert not page.exception
    said = next(one.value for one in page.markdown if "for" in one.value and "trainings" in one.value)
    found = re.fullmatch(r"about \d+ s once the model is loaded, and about (\d+) (s|min) for (\d+) trainings", said)
    assert found, said
    people, lengths, users = 3, 2, 2
    assert int(found[3]) <= people * lengths * users, "no items, no training; equal ones count once"
    assert int(found[3]) >= people * lengths
    assert int(found[1]) > 1


def test_what_cannot_be_measured_is_said_and_what_cannot_be_used_of_an_address() -> None:
    page = opened(CAMPUS | {"cs_methods": "recent-history", "cs_run": "1"})
    assert "Choose 2 to 4 methods" in said(page)
    assert page.button(key="cs_go").disabled
    page = opened(CAMPUS | {"cs_users": "mabel", "cs_lengths": "0"})
    assert "Choose 2 to 12 users" in said(page)
    garbage = {"cs_users": "<img src=x>", "cs_methods": "rag-blackbox", "cs_lengths": "3", "cs_k": "x", "cs_run": "y"}
    page = opened({"cs_dataset": "campus"} | garbage)
    assert not page.exception
    assert said(page).count("cannot be used here") == 5
    page = opened({"cs_dataset": "campus", "cs_task": "preference"})
    assert "RAG, black box" not in "".join(page.multiselect(key="cs_methods").options), "not for this task"


def test_two_people_with_hostile_texts_are_measured_too() -> None:
    page = finished(opened({"cs_methods": "none,recent-history", "cs_lengths": "0,1", "cs_run": "1"}))
    assert not page.exception
    assert not page.error
    assert "None" in set(page.dataframe[-1].value["method"])
    assert "Without a language model" in said(page)


# The shapes, over made-up curves.
def estimate(mean: float, low: float, high: float) -> Estimate:
    return Estimate(mean, low, high, 3, 6, 0)


def curves(*over: tuple[int, tuple[float, float], tuple[float, float]]) -> Curves:
    """Recent history with gaps over nobody and the wrong user by length, and `none` beside it."""
    data = datasets["campus"]()
    bench = Bench(data, data.task("post-rewrite"), EchoModel(), WordEncoder())
    columns = (Column("recent-history", Config()), Column("none", Config()))
    lengths = tuple(length for length, _, _ in over)
    plan = Plan(bench, columns, ("mabel", "teddy"), lengths)
    spots = tuple(
        Spot(length, estimate(2.0, 1.8, 2.2), estimate(2.4, 2.1, 2.6), estimate(0, *a), estimate(0, *b), length, 90)
        for length, a, b in over
    )
    lines = {0: Line(estimate(2.5, 2.3, 2.7), spots), 1: Line(estimate(2.5, 2.3, 2.7))}
    between = {(0, 1, length): estimate(0, *a) for length, a, _ in over}
    return Curves(plan, lines, between, {}, (6, 3))


GOOD, EVEN = (-0.4, -0.1), (-0.2, 0.1)


def test_the_verdict_names_the_shortest_history_and_says_none_where_none_parts() -> None:
    found = curves((0, EVEN, EVEN), (2, GOOD, EVEN), (8, GOOD, EVEN), (ALL, GOOD, GOOD))
    assert shapes.verdict(found) == (
        "Recent history beats nobody from 2 items on; it beats the wrong user with all items only."
    )
    assert charts.crossing_lines(found, 0) == {1: "beats nobody", 3: "beats wrong user"}
    table = shapes.crossings_table(found).set_index(["right user, by", "beats"])["where"]
    assert table["Recent history", "None"] == "from 2 items on"
    assert table["None", "Recent history"] == "none: no interval parts"
    same = curves((0, EVEN, EVEN), (1, GOOD, GOOD))
    assert shapes.verdict(same) == "Recent history beats nobody and the wrong user from 1 item on."
    none = curves((0, EVEN, EVEN), (2, EVEN, EVEN))
    assert shapes.verdict(none).startswith("No crossover")
    assert charts.crossing_lines(none, 0) == {}
    half = curves((0, EVEN, EVEN), (2, GOOD, EVEN), (4, EVEN, EVEN))
    assert shapes.verdict(half) == (
        "Recent history beats nobody at 2 items, but not with 4 items; it beats the wrong user at no measured length."
    )
    assert "coarse" in shapes.caution(none)


def test_a_crossover_that_is_lost_again_is_said() -> None:
    assert shapes.where(Crossing(1, (4, ALL))) == "at 1 item, but not with 4 or all items"
    assert shapes.where(Crossing(ALL)) == "with all items only"


def test_the_charts_have_right_wrong_and_nobody_and_mark_crossovers() -> None:
    found = curves((0, EVEN, EVEN), (2, GOOD, GOOD))
    figure = charts.panel(found, 0, charts.limits(found))
    dashes = {trace.name: trace.line.dash for trace in figure.data if not trace.name.startswith("right less")}
    assert dashes == {"nobody": "dot", "wrong user": "dash", "right user": "solid"}
    assert [trace.yaxis for trace in figure.data] == [None, None, None, "y2", "y2"]
    gaps = charts.gap_limits(found) or []
    assert gaps[0] < -0.4
    assert gaps[1] > 0.1
    assert [note.text for note in figure.layout.annotations] == ["beats nobody and wrong user"]
    low, high = charts.limits(found) or (0.0, 0.0)
    assert low < 1.8
    assert high > 2.7
    both = charts.together(found, (low, high))
    assert [trace.name for trace in both.data] == ["Recent history", "None"]
    assert len(set(charts.symbols(found).values())) == 2
    assert charts.limits(curves()) == pytest.approx((2.3 - 0.048, 2.7 + 0.048))
