"""Closed parts of a page cost their heading alone, and are drawn when they are opened."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import later
from tests.dashboard.conftest import PageOpener


@pytest.mark.parametrize("path", ["results", "taxonomy", "graph"])
def test_the_table_of_a_chart_is_not_drawn_before_it_is_opened(
    path: str, open_page: PageOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def twins() -> list[bool]:
        page = open_page(path)
        assert not page.exception
        return [bool(each.dataframe) for each in page.expander if "as a table" in each.label]

    closed = twins()
    assert closed
    assert not any(closed)
    monkeypatch.setattr(later, "is_open", lambda _box: True)
    assert twins() == [True] * len(closed)


def drawn() -> None:
    import streamlit as st

    from dashboard.parts import later

    later.tabs({"one": lambda: st.write("first"), "two": lambda: st.write("second")}, key="tabs")
    later.expander("closed", lambda: st.write("inside"), key="box")
    later.popover("a button", lambda: st.write("inside"), key="button")


def broken() -> None:
    from dashboard.parts import later

    later.is_open = lambda _box: True
    later.expander("open", lambda: int("x"), key="box")


def test_of_tabs_the_open_one_is_drawn_and_of_what_is_closed_its_heading() -> None:
    page = AppTest.from_function(drawn).run()
    assert [each.value for each in page.markdown] == ["first"]
    assert [each.label for each in page.expander] == ["closed"]


def test_a_fault_inside_is_shown_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "is_open", later.is_open)  # put back afterwards
    page = AppTest.from_function(broken).run()
    assert not page.exception
    assert "This part could not be shown" in page.error[0].value
