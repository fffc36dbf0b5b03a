"""The lens of methods by users as a page, with a model that needs no weights."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from taxonomy.catalog import Catalog
from tests.dashboard.hostile import HOSTILE


def _page() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import EchoServices

    run("playground", EchoServices())


def _page_that_waits() -> None:
    from dashboard.app import run
    from tests.dashboard.playground_data import WaitingServices

    run("playground", WaitingServices())


def _page_without_model() -> None:
    from dashboard.app import run
    from data.errors import MissingPackageError
    from tests.dashboard.playground_data import EchoServices

    class Bare(EchoServices):
        @property
        def model(self) -> object:
            raise MissingPackageError("torch", "a live demo")

    run("playground", Bare())


def opened(query: Mapping[str, str] | None = None, script: Callable[[], None] = _page) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    for name, value in {"pg_lens": "matrix", **(query or {})}.items():
        page.query_params[name] = value
    return page.run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def finished(page: AppTest) -> AppTest:
    end = time.monotonic() + 20
    while "What to notice" not in html(page):
        assert time.monotonic() < end, "the matrix does not end"
        time.sleep(0.1)
        page.run()
    assert not page.exception
    assert not page.error
    return page


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def test_nothing_is_computed_before_the_button_is_pressed() -> None:
    page = opened({"pg_seed": "41"})
    assert not page.exception
    assert "What to notice" not in html(page)
    assert page.multiselect(key="pg_mx_users").value == ["ada", "bob"]
    finished(page.button(key="pg_mx_go").click().run())
    assert len(re.findall(r'popover id="', html(page))) == 6
    again = opened({"pg_seed": "41"})
    assert "What to notice" in html(again), "what this process has computed is found after a reload"


def test_an_address_that_says_run_computes_by_itself() -> None:
    page = finished(opened({"pg_run": "1", "pg_seed": "42", "pg_methods": "none,recent-history"}))
    assert "Recent history" in html(page)
    assert "somebody else" in html(page)


def test_only_where_they_differ_hides_equal_rows_and_says_which() -> None:
    page = finished(opened({"pg_run": "1", "pg_seed": "43", "pg_differ": "1"}))
    shown = html(page)
    assert "one answer, the same for everybody" not in shown
    assert "Recent history</div>" in shown
    assert any("Not shown, because all their cells say the same\\: None" in text.value for text in page.caption)
    page.toggle(key="pg_differ").set_value(False).run()
    assert "one answer, the same for everybody" in html(page)
    assert "pg_differ" not in page.query_params


def test_users_are_chosen_and_kept_in_the_address() -> None:
    page = opened({"pg_mx_users": "bob"})
    assert page.button(key="pg_mx_go").disabled
    assert any("Choose 2 to 4 users" in text.value for text in page.markdown)
    page = opened({"pg_mx_users": "ada,nosuch"})
    assert "nosuch" in page.warning[0].value
    page = finished(opened({"pg_mx_users": "bob,ada", "pg_user": "ada", "pg_run": "1"}))
    assert html(page).index("<b>bob</b>") < html(page).index("<b>ada</b>")


def test_a_change_of_the_request_keeps_the_last_matrix_and_says_so() -> None:
    page = finished(opened({"pg_run": "1", "pg_seed": "44", "pg_user": "ada"}))
    page.selectbox(key="pg_user").set_value("bob").run()
    assert any("This is the last result, for ada" in info.value for info in page.info)
    assert "What to notice" in html(page)


def test_a_matrix_is_stopped_and_not_started_again_by_drawing() -> None:
    asked = {"pg_run": "1", "pg_methods": "none,recent-history"}
    page = opened(asked, _page_that_waits)
    assert page.button(key="pg_mx_go").disabled
    page.button(key="pg_mx_halt").click().run()
    finished(page)
    assert "The matrix was stopped" in html(page)
    page.run()
    for shown in (page, opened(asked, _page_that_waits)):  # drawn again, and after a reload
        assert shown.button(key="pg_mx_halt").disabled
        assert any("Stopped" in info.value for info in shown.info)


def test_without_a_model_the_page_says_what_to_install() -> None:
    page = opened({"pg_run": "1"}, _page_without_model)
    assert not page.exception
    assert "make install" in page.error[0].value


@pytest.mark.parametrize("task", ["movie-rating", "choose", "post-rewrite"])
def test_hostile_texts_are_shown_and_never_obeyed(task: str) -> None:
    page = finished(opened({"pg_task": task, "pg_run": "1", "pg_methods": "none,recent-history,persona-examples"}))
    assert not any(tag in html(page) for tag in ("<img", "<script", "<a href='https://evil", 'javascript:alert(1)"'))
    spoken = [text.value for text in (*page.markdown, *page.caption)]
    assert not any(HOSTILE[0] in text for text in spoken)


def test_texts_mark_what_none_does_not_say() -> None:
    page = finished(opened({"pg_task": "post-rewrite", "pg_run": "1", "pg_methods": "none,recent-history"}))
    assert "<mark" in html(page)
    page.toggle(key="pg_mx_marks").set_value(False).run()
    assert "<mark" not in html(page)
    assert page.query_params["pg_mx_marks"] in ("0", ["0"])


def test_the_cells_are_a_table_and_a_file() -> None:
    page = finished(opened({"pg_run": "1", "pg_seed": "45"}))
    assert len(page.dataframe) == 1
    assert list(page.dataframe[0].value["user"]) == ["everybody", "everybody", "ada", "bob", "ada", "bob"]
    assert page.get("download_button")
