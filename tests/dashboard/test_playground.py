"""The Playground as a page: set up, run, read, share, stop, and fail in parts; with a model that needs no weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE

CHART = "expected rating by whose data is given"

Opener = Callable[..., AppTest]


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("playground", EchoServices())


def _page_without_model() -> None:
    from dashboard.app import run
    from data.errors import MissingPackageError
    from tests.dashboard.playground_data import EchoServices

    class Bare(EchoServices):
        @property
        def model(self) -> object:
            raise MissingPackageError("torch", "a live demo")

    run("playground", Bare())


def _page_without_encoder() -> None:
    from dashboard.app import run
    from data.errors import MissingPackageError
    from tests.dashboard.playground_data import EchoServices

    class Missing:
        def encode(self, _texts: object) -> object:
            raise MissingPackageError("sentence-transformers", "the sentence encoder")

    class Bare(EchoServices):
        @property
        def encoder(self) -> object:
            return Missing()

    run("playground", Bare())


def _page_that_waits() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import WaitingServices

    run("playground", WaitingServices())


def _page_without_data() -> None:
    from dashboard.app import run
    from data.errors import MissingPackageError
    from tests.dashboard.playground_data import EchoServices

    class Bare(EchoServices):
        def dataset(self, name: str) -> object:
            if name == "tiny":
                raise MissingPackageError("recbole", "MovieLens-100K")
            return super().dataset(name)

    run("playground", Bare())


def opened(query: Mapping[str, str] | None = None, script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in (query or {}).items():
        page.query_params[name] = value
    return page.run()


def finished(page: AppTest) -> AppTest:
    """The page when its run has ended."""
    end = time.monotonic() + 20
    while "What to notice" not in html(page):
        assert time.monotonic() < end, "the run does not end"
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def test_one_click_on_run_suffices() -> None:
    page = opened()
    assert not page.exception
    assert page.button(key="pg_do_stop").disabled
    finished(page.button(key="pg_do_run").click().run())
    assert page.query_params["pg_run"] == ["1"] or page.query_params["pg_run"] == "1"
    shown = html(page)
    for name in ("None", "Global examples", "Recent history", "RAG, dense", "Baselines", "Item mean", "measured here"):
        assert name in shown
    assert "fictional data" in shown
    assert "wrong user" in shown
    assert html(page).count(CHART) == 4
    assert not page.error


def test_a_link_restores_the_state_and_runs_in_a_fresh_browser() -> None:
    query = {
        "pg_task": "choose",
        "pg_user": "bob",
        "pg_methods": "none,rag-bm25",
        "pg_arms": "right,wrong",
        "pg_seed": "3",
        "pg_set": "rag-bm25.k2.plain",
        "pg_run": "1",
    }
    page = finished(opened(query))
    assert page.selectbox(key="pg_user").value == "bob"
    assert page.multiselect(key="pg_methods").value == ["none", "rag-bm25"]
    assert page.number_input(key="pg_k_rag-bm25").value == 2
    assert page.number_input(key="pg_seed").value == 3
    assert not page.warning
    assert "of 3" in html(page)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pg_dataset", "nosuch"),
        ("pg_task", "nosuch"),
        ("pg_user", "nosuch"),
        ("pg_example", "nosuch"),
        ("pg_methods", "none,nosuch"),
        ("pg_arms", "nosuch"),
        ("pg_seed", "nosuch"),
        ("pg_set", "nosuch.k4"),
        ("pg_run", "nosuch"),
    ],
)
def test_a_link_to_what_is_not_here_says_so_by_name(name: str, value: str) -> None:
    page = opened({name: value})
    assert not page.exception
    assert not page.error
    assert len(page.warning) == 1
    assert "nosuch" in page.warning[0].value
    assert page.button(key="pg_do_run")


def test_changing_what_is_asked_keeps_the_results_but_says_that_they_are_old() -> None:
    page = finished(opened({"pg_run": "1", "pg_methods": "none,recent-history"}))
    page.selectbox(key="pg_user").set_value("bob").run()
    assert "pg_run" not in page.query_params
    assert "last run" in page.info[0].value
    assert "What to notice" in html(page)


def test_settings_go_into_the_address() -> None:
    page = opened()
    page.number_input(key="pg_k_recent-history").set_value(3).run()
    assert page.query_params["pg_set"] in ("recent-history.k3", ["recent-history.k3"])
    assert page.number_input(key="pg_k_recent-history").value == 3


def test_the_user_is_swapped_by_one_click() -> None:
    page = opened({"pg_user": "ada"})
    page.button(key="pg_do_swap").click().run()
    assert page.selectbox(key="pg_user").value == "bob"
    page.button(key="pg_do_swap").click().run()
    assert page.selectbox(key="pg_user").value == "ada"


def test_too_few_methods_or_no_arm_cannot_be_run() -> None:
    for query, said in (({"pg_methods": "none"}, "two to six"), ({"pg_arms": ","}, "at least one arm")):
        page = opened({**query, "pg_run": "1"})
        assert page.button(key="pg_do_run").disabled
        assert any(said.replace("two", "2").replace("six", "6") in text.value for text in page.markdown)


def test_a_failing_column_leaves_the_others_and_says_why() -> None:
    page = finished(opened({"pg_methods": "none,rag-dense,recent-history", "pg_run": "1"}, _page_without_encoder))
    shown = html(page)
    assert "not-installed: the sentence encoder needs the package" in shown
    assert "RAG, dense failed, at least in part." in shown
    assert "Recent history moved" in shown or "No method came nearer" in shown
    assert not page.error


def test_a_run_is_stopped_and_started_again() -> None:
    asked = {"pg_methods": "none,recent-history", "pg_run": "1"}
    page = opened(asked, _page_that_waits)
    assert "rows done" in html(page)
    assert page.button(key="pg_do_run").disabled
    page.button(key="pg_do_stop").click().run()
    finished(page)
    assert "The run was stopped" in html(page)
    page.run()
    assert "The run was stopped" in html(page), "drawing the page again does not start it again"
    page = finished(opened(asked, _page_that_waits))
    assert "The run was stopped" in html(page), "nor does a reload"
    page.button(key="pg_do_run").click().run()
    assert "rows done" in html(page)
    page.button(key="pg_do_stop").click().run()


def test_without_a_model_the_page_says_what_to_install_and_stays_usable() -> None:
    page = opened({"pg_run": "1"}, _page_without_model)
    assert not page.exception
    assert "make install" in page.error[0].value
    assert page.selectbox(key="pg_user").value
    assert page.button(key="pg_do_run")


def test_without_the_data_another_dataset_can_be_chosen() -> None:
    page = opened(script=_page_without_data)
    assert "recbole" in page.error[0].value
    page.selectbox(key="pg_dataset").set_value("campus").run()
    assert not page.error
    assert page.selectbox(key="pg_task").value == "post-rewrite"


def test_texts_are_written_compared_and_measured() -> None:
    page = finished(opened({"pg_task": "post-rewrite", "pg_methods": "none,profile-summary", "pg_run": "1"}))
    shown = html(page)
    for words in ("bits/byte", "R-1", "chosen;", "wrong user"):
        assert words in shown


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_hostile_texts_are_shown_and_never_obeyed(task: str) -> None:
    page = finished(opened({"pg_task": task, "pg_methods": "none,recent-history", "pg_run": "1"}))
    assert not any(tag in html(page) for tag in ("<img", "<script", "<a href='https://evil", 'javascript:alert(1)"'))
    spoken = [text.value for text in (*page.markdown, *page.caption)]
    assert not any(f"{HOSTILE[0]}" in text for text in spoken)
