"""The cards of Browse: one element that holds a link, marks of what was found, badges and a box for each entry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import browse_pick
from dashboard.parts.browse_cards import card, imprint, marked, rank_badges
from dashboard.parts.markup import plain_data, tag
from dashboard.services import Services
from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.question import BrowseQuery
from taxonomy.search import Hit
from taxonomy.vocab import Kind, Mode
from tests.dashboard.conftest import PageOpener
from tests.dashboard.test_browse import WORDS, found


def cards(page: AppTest) -> list[Any]:
    """What the one element of all cards is built of."""
    return [card for element in page.get("bidi_component") for card in json.loads(element.proto.json)]


def said(node: Any) -> str:
    """What of a card can be read."""
    return node if isinstance(node, str) else "".join(said(child) for child in node[2])


def tags(node: Any, name: str) -> list[Any]:
    """The elements of a name in a card."""
    if isinstance(node, str):
        return []
    return [*([node] if node[0] == name else []), *(each for child in node[2] for each in tags(child, name))]


@pytest.fixture
def services(catalog: Catalog) -> Services:
    assert catalog.counts()
    return Services()


def test_matched_words_are_marked() -> None:
    assert marked("a news story", [(2, 6)]) == ("a ", tag("mark", "news"), " story")
    assert marked("*a* [b](c) news", [(11, 15)]) == ("*a* [b](c) ", tag("mark", "news"))
    assert marked("two  spaces", [(5, 11)]) == ("two spaces",)
    assert marked("long text here", [(0, 4), (10, 14)], 10) == (tag("mark", "long"), " text…")


def test_places_in_rankings_are_badges() -> None:
    hit = Hit(EntryRef(Kind.METHOD, "a", "A"), "A", 1.0, 3, None)
    words, meaning = rank_badges(hit, Mode.HYBRID)
    assert (said(plain_data(words)), said(plain_data(meaning))) == ("words #3", "meaning -")
    assert rank_badges(hit, Mode.BM25) == [words]
    assert rank_badges(None, None) == []


def test_search_finds_an_entry_and_links_to_it(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_q": "oppu", **WORDS})
    assert found(page) == catalog.browse(BrowseQuery(text="oppu")).total
    links = [link for card in cards(page) for link in tags(card, "a") if "OPPU" in said(link)]
    assert links[0][1]["href"] == "/entry?kind=method&key=oppu"


def test_words_with_synonyms_are_ranked_and_marked(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_q": "headline kind:dataset", "br_mode": "bm25"})
    assert 0 < found(page) < 102
    assert any(tags(card, "mark") for card in cards(page))


def test_a_card_says_what_its_entry_was_asked_as(open_page: PageOpener, catalog: Catalog) -> None:
    asked = catalog.entry(Kind.METRIC, "toxicity").asked_as[0]
    page = open_page("browse", {"br_q": f"{asked} kind:metric", "br_mode": "bm25"})
    told = [line for card in cards(page) for line in tags(card, "p") if "asked as:" in said(line)]
    assert any(tags(line, "mark") for line in told)
    assert not any("asked as:" in said(card) for card in cards(open_page("browse", {"br_q": asked, **WORDS})))


def test_a_selection_stays_and_is_compared(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_pick": "method:oppu", "br_q": "lamp", **WORDS})
    assert not any("Compare these" in link.label for link in page.page_link)
    boxes = [box[1] for card in cards(page) for box in tags(card, "input")]
    assert all(("checked" in box) == (box["value"] == "method:oppu") for box in boxes)
    other = next(box["value"] for box in boxes if box["value"].startswith("method:") and "checked" not in box)
    page.query_params["br_pick"] = f"method:oppu,{other}"
    page.run()
    assert other in [box[1]["value"] for card in cards(page) for box in tags(card, "input") if "checked" in box[1]]
    assert any("Compare these 2" in link.label for link in page.page_link)


def test_a_box_puts_an_entry_into_the_selection_and_takes_it_out() -> None:
    page = AppTest.from_function(toggle_twice).run()
    assert page.query_params["br_pick"] == "method:oppu"
    assert not page.exception


def toggle_twice() -> None:
    from dashboard.parts import browse_pick

    for item in ("method:oppu", "method:pplug", "method:pplug", "not an entry"):
        browse_pick.toggle(item)


def test_a_full_selection_takes_no_more(services: Services) -> None:
    (row,) = services.catalog.browser.rows([("method", "oppu")])
    full = tuple(f"method:m{number}" for number in range(browse_pick.MOST_PICKED))
    assert "disabled" in dict(browse_pick.checkbox(row.ref, full).attributes)
    assert "disabled" not in dict(browse_pick.checkbox(row.ref, ("method:oppu", *full[1:])).attributes)


def test_a_card_says_who_when_where_and_its_title_once(services: Services) -> None:
    (row,) = services.catalog.browser.rows([("method", "oppu")])
    line = "".join(said(plain_data(part)) for part in imprint(row))
    assert str(row.year) in line
    assert "OPPU" not in line
    links = tags(plain_data(card(row, ())), "a")
    assert [link[1]["href"] for link in links] == ["/entry?kind=method&key=oppu", "/browse?br_like=method%3Aoppu"]
