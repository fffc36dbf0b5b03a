"""Only one module caches, every cache is bounded, and what visitors should be told is told on every page."""

from __future__ import annotations

import ast

from streamlit.testing.v1 import AppTest

from dashboard.services import Services
from data.home import ROOT
from taxonomy.catalog import Catalog
from taxonomy.question import BrowseQuery


def test_only_services_caches_and_every_cache_is_bounded() -> None:
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"cache_data", "cache_resource"}:
                assert path.name == "services.py", f"{path.name}:{node.lineno} caches"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and "cache_" in node.func.attr:
                assert "max_entries" in {keyword.arg for keyword in node.keywords}, f"{path.name}:{node.lineno}"


def test_questions_with_other_filters_have_other_answers(catalog: Catalog) -> None:
    assert catalog.counts()
    services = Services()
    text, none = services.browse(BrowseQuery(text="oppu")), services.browse(BrowseQuery())
    assert text.total < none.total
    assert services.browse(BrowseQuery(text="oppu")) is text


def test_shared_things_are_made_once() -> None:
    services, made = Services(), []
    for _ in range(2):
        assert services.shared("a test", lambda: made.append(1) or len(made)) == 1
    assert made == [1]


def _repaired() -> None:
    from dashboard.app import run
    from dashboard.services import Services

    class Repaired(Services):
        def notices(self) -> tuple[str, ...]:
            return ("The stored catalog was damaged. It was built again.",)

    run("browse", Repaired())


def _unreadable() -> None:
    from dashboard.app import run
    from dashboard.services import Services
    from taxonomy.model import CatalogError

    class Unreadable(Services):
        @property
        def catalog(self):
            raise CatalogError("the catalog cannot be written; name another folder in ATTUNE_HOME")

    run("browse", Unreadable())


def test_a_repaired_catalog_is_announced() -> None:
    page = AppTest.from_function(_repaired, default_timeout=30).run()
    assert "was built again" in page.info[0].value.replace("\\", "")
    assert not page.exception


def test_a_catalog_that_cannot_be_opened_says_what_to_do() -> None:
    page = AppTest.from_function(_unreadable, default_timeout=30).run()
    assert "ATTUNE" in page.error[0].value
    assert not page.exception
