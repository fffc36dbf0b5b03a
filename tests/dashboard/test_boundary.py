"""An error in a part of a page stays there: the reader sees what to do, the log the details."""

from __future__ import annotations

import logging
import re

import pytest
from streamlit.testing.v1 import AppTest


def _script(kind: str) -> None:
    import streamlit as st

    from dashboard.boundary import boundary
    from data.errors import AttuneError

    with boundary("The left column"):
        raise AttuneError("the file *x* is missing; run: make run") if kind == "ours" else ValueError("secret detail")
    with boundary("The right column"):
        st.stop() if kind == "stop" else st.markdown("the rest")
    st.markdown("never after a stop")


def shown(kind: str) -> AppTest:
    return AppTest.from_function(_script, args=(kind,)).run()


def test_the_details_are_only_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        page = shown("foreign")
    assert not page.exception
    assert [text.value for text in page.markdown] == ["the rest", "never after a stop"]
    (error,) = page.error
    assert error.value.startswith("The left column could not be shown")
    assert "secret" not in error.value
    reference = re.search(r"Reference ([0-9a-f]{8})", error.value)
    assert reference
    (record,) = [each for each in caplog.records if reference[1] in each.getMessage()]
    assert record.exc_info
    assert "secret detail" in str(record.exc_info[1])


def test_an_error_for_the_reader_is_shown_as_it_is() -> None:
    (error,) = shown("ours").error
    assert r"the file \*x\* is missing; run\: make run" in error.value


def test_a_stop_is_no_error() -> None:
    page = shown("stop")
    assert len(page.error) == 1
    assert not page.markdown
