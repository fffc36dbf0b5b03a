"""What the dashboard's tests share: pages drawn by AppTest, by path and query of the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import later
from taxonomy.catalog import Catalog

PageOpener = Callable[..., AppTest]


def _script(path: str) -> None:
    from dashboard.app import run

    run(first=path)


@pytest.fixture
def open_page(catalog: Catalog) -> PageOpener:
    """Draws the page of a path with a query and returns what came of it."""
    assert catalog.counts()

    def opened(path: str, query: Mapping[str, str] | None = None) -> AppTest:
        page = AppTest.from_function(_script, args=(path,), default_timeout=90)
        for name, value in (query or {}).items():
            page.query_params[name] = value
        return page.run()

    return opened


@pytest.fixture(autouse=True)
def everything_open(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that are drawn when a reader opens them are drawn, but in tests of just that."""
    if request.module.__name__.rpartition(".")[2] != "test_later":
        monkeypatch.setattr(later, "is_open", lambda _box: True)
        monkeypatch.setattr(later, "is_seen", lambda _key: True)
