"""The Playground around a run: verdict, commands and downloads, expected time, what differs, presenting, repeats."""

from __future__ import annotations

import time

import pytest

from taxonomy.catalog import Catalog
from tests.dashboard.test_playground import CHART, finished, html, opened


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def _page_that_is_full() -> None:
    from dashboard.app import run
    from engines.errors import EngineError, FailureKind
    from engines.models.echo import EchoModel
    from tests.dashboard.playground_data import EchoServices

    class Full(EchoModel):
        def __init__(self) -> None:
            super().__init__()
            self.digest = "full"  # its runs are its own

        def score(self, _rows: object, **_named: object) -> object:
            raise EngineError(FailureKind.BUSY, "256 requests are waiting for the model; try again in a minute")

    class Busy(EchoServices):
        @property
        def model(self) -> object:
            return self.shared("test full", Full)

    run("playground", Busy())


def test_the_verdict_comes_first_and_the_commands_stand_below_it() -> None:
    page = finished(opened({"pg_run": "1", "pg_methods": "none,recent-history", "pg_set": "recent-history.k3"}))
    assert any(mark in text.value for mark in ("Personal gain", "No gain", "Worse") for text in page.markdown)
    lines = [one.value for one in page.code]
    ask = next(line for line in lines if " ask " in line)
    assert ask.endswith("--seed 7 --set recent-history.k3 --jsonl")
    assert "--dataset tiny --task movie-rating --user ada --example movie-rating/ada" in ask
    assert sum(" compare " in line and "--set recent-history.k3" in line for line in lines) == 2
    assert len(page.get("download_button")) == 2


def test_the_expected_time_stands_beside_run() -> None:
    assert any(text.value.startswith("about ") for text in opened().caption)
    assert not any(text.value.startswith("about ") for text in opened({"pg_methods": "none"}).caption)


def test_a_full_queue_says_what_to_do_in_one_sentence() -> None:
    page = finished(opened({"pg_run": "1", "pg_methods": "none,recent-history"}, _page_that_is_full))
    assert [one.value for one in page.warning] == [
        "The model is busy with too many requests: wait about a minute and press Run again."
    ]
    assert "busy: 256 requests" in html(page)


def test_only_where_they_differ_hides_what_says_the_same() -> None:
    query = {"pg_run": "1", "pg_methods": "none,recent-history,rag-bm25", "pg_set": "recent-history.k0"}
    page = finished(opened(query))
    assert html(page).count(CHART) == 3
    page.toggle(key="pg_differ").set_value(True).run()
    assert page.query_params["pg_differ"] in ("1", ["1"])
    assert html(page).count(CHART) == 2
    assert any("1 column (Recent history)" in text.value.replace("\\", "") for text in page.caption)


def test_the_presenter_sees_the_request_the_verdict_and_the_columns() -> None:
    page = finished(opened({"pg_run": "1", "pg_present": "1", "pg_methods": "none,recent-history"}))
    assert page.button(key="pg_present_left").disabled
    assert page.button(key="pg_present_right").disabled
    assert any("example 1 of 1, seed 7" in text.value for text in page.markdown)
    assert "font-size:clamp" in html(page)
    page.button(key="pg_present_leave").click().run()
    assert "pg_present" not in page.query_params
    assert "font-size:clamp" not in html(page)
    page.button(key="pg_do_present").click().run()
    assert page.query_params["pg_present"] in ("1", ["1"])


def test_repeats_are_a_lens() -> None:
    page = opened({"pg_lens": "repeats", "pg_methods": "none,recent-history", "pg_rp_seeds": "3"})
    page.button(key="pg_rp_go").click().run()
    finished(page)
    end = time.monotonic() + 20
    while not page.button(key="pg_rp_halt").disabled:
        assert time.monotonic() < end
        time.sleep(0.1)
        page.run()
    assert "right beats wrong" in html(page)
    assert len(page.get("plotly_chart")) == 1
    assert not page.exception
