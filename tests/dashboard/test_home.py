"""Home: counts of the catalog, a search that leads to Browse, three next clicks, and no model code."""

from __future__ import annotations

import re

from tests.dashboard.conftest import PageOpener


def test_counts_and_next_clicks(open_page: PageOpener) -> None:
    page = open_page("home")
    assert not page.exception
    assert not page.error
    assert [metric.value for metric in page.metric] == ["305", "102", "68", "1,841"]
    links = [link.label for link in page.page_link]
    assert {"**See all methods**", "**Search the catalog**", "**Read one method**"} <= set(links)


def test_search_leads_to_browse(open_page: PageOpener) -> None:
    page = open_page("home")
    page.text_input[0].set_value("oppu")
    page.form_submit_button[0].click().run()
    assert not page.exception
    assert page.query_params["br_q"] == "oppu"
    assert "**OPPU**" in [link.label for link in page.page_link]


def test_every_level_is_explained(open_page: PageOpener) -> None:
    shown = "\n".join(each.value for each in open_page("home").html)
    for level in ("user", "persona", "global"):
        assert re.search(rf"</b><span[^>]*>{level}</span>", shown)
