"""The Playground's methods by family, their option sliders, what they cost, and words that wait for agreement."""

from __future__ import annotations

import pytest

from engines.outside_search import VARIABLE
from taxonomy.catalog import Catalog
from tests.dashboard.test_playground import finished, html, opened


@pytest.fixture(autouse=True)
def _catalog(catalog: Catalog) -> None:
    assert catalog.counts()


def methods_of(page: object) -> list[str]:
    return list(page.multiselect(key="pg_methods").value)  # type: ignore[attr-defined]


def test_methods_are_chosen_by_family_and_both_ways_agree() -> None:
    page = opened({"pg_methods": "none,recent-history"})
    assert page.pills(key="pg_family_prompting").value == ["recent-history"]
    page.pills(key="pg_family_decoding").set_value(["context-steering"]).run()
    assert methods_of(page) == ["none", "recent-history", "context-steering"]
    page.pills(key="pg_family_baselines").set_value([]).run()
    assert methods_of(page) == ["recent-history", "context-steering"]
    assert not page.exception


def test_a_strength_is_a_slider_that_stands_in_the_address_and_the_command() -> None:
    query = {"pg_run": "1", "pg_methods": "none,context-steering", "pg_set": "context-steering.strength=2"}
    page = finished(opened(query))
    assert page.slider(key="pg_strength_context-steering").value == 2.0
    ask = next(one.value for one in page.code if " ask " in one.value)
    assert "--set context-steering.strength=2 " in ask
    assert "private item" in html(page)
    page.slider(key="pg_strength_context-steering").set_value(-0.3).run()
    assert page.query_params["pg_set"] in ("context-steering.strength=-0.3", ["context-steering.strength=-0.3"])


def test_a_method_that_is_not_for_the_task_says_why() -> None:
    page = opened({"pg_methods": "none,style-vector"})
    assert any("a star rating has no style" in text.value for text in page.caption)


def test_nothing_leaves_this_machine_before_its_words_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "http://127.0.0.1:9/find")
    query = {"pg_run": "1", "pg_methods": "none,rag-blackbox", "pg_set": "rag-blackbox.history=1"}
    page = opened(query)
    assert page.button(key="pg_do_run").disabled, "a link that asks to run waits as well"
    assert any("Would be sent to 127" in text.value for text in page.markdown)
    assert page.text[0].value
    lens = opened(query | {"pg_lens": "repeats"})
    assert any("side by side only" in one.value for one in lens.info)
    page.checkbox[0].check().run()
    page = finished(page)
    assert "cannot be reached" in html(page), "now it was asked"
