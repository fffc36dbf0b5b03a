"""Home: counts of the catalog, a search that leads to Browse, three next clicks, and no model code."""

from __future__ import annotations

import json
import re

from streamlit.testing.v1 import AppTest

from dashboard.parts import home
from dashboard.views.home import catalog_pages
from engines.methods import methods
from taxonomy.catalog import Catalog
from taxonomy.vocab import Mark
from tests.dashboard.conftest import PageOpener
from tests.dashboard.test_browse_cards import cards, said


def test_counts_and_next_clicks(open_page: PageOpener) -> None:
    page = open_page("home")
    assert not page.exception
    assert not page.error
    assert [metric.value for metric in page.metric] == ["305", "102", "68", "1,841"]
    links = [link.label for link in page.page_link]
    assert {"**See all methods**", "**Walk the taxonomy**", "**Read one method**", "**See the results**"} <= set(links)


def test_search_leads_to_browse(open_page: PageOpener) -> None:
    page = open_page("home")
    page.text_input[0].set_value("oppu")
    page.form_submit_button[0].click().run()
    assert not page.exception
    assert addresses(page) == ["/browse?br_q=oppu"]
    assert any("OPPU" in said(card) for card in cards(open_page("browse", {"br_q": "oppu", "br_mode": "bm25"})))


def test_nothing_is_left_for_an_empty_search(open_page: PageOpener) -> None:
    page = open_page("home")
    page.form_submit_button[0].click().run()
    assert addresses(page) == []


def addresses(page: AppTest) -> list[str]:
    """Where the browser is told to go."""
    return [found for element in page.get("bidi_component") for found in json.loads(element.proto.json)]


def test_every_level_is_explained(open_page: PageOpener) -> None:
    shown = "\n".join(each.value for each in open_page("home").html)
    for level in ("user", "persona", "global"):
        assert re.search(rf"</b><span[^>]*>{level}</span>", shown)


def test_every_page_of_the_catalog_is_offered_with_what_it_holds(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("home")
    links = [link.label for link in page.page_link]
    captions = [each.value for each in page.caption]
    for each in catalog_pages():
        assert f"**{each.title}**" in links
        assert each.question in captions
        assert home.page_holds(each.path, catalog.manifest.tables)
    assert home.page_holds("browse", catalog.manifest.tables).startswith("475 entries, 87 classes")


def test_the_share_of_techniques_that_run_is_counted(open_page: PageOpener, catalog: Catalog) -> None:
    tree = catalog.tree("technique")
    parents = {row.parent for row in tree}
    families = {row.node.key for row in tree if row.depth == 1 and row.node.mark is not Mark.OURS}
    leaves = {row.node.key for row in tree if row.node.key not in parents and row.parent in families}
    assert leaves <= {methods[name].info.technique for name in methods}, "every technique leaf of the survey runs"
    (line,) = [each.value for each in open_page("home").caption if "methods run here" in each.value]
    assert line.startswith(f"{len(list(methods))} methods")
    assert "for 12 of the 12 technique leaves" in line
    assert len(leaves) == 12
