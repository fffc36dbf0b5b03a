"""Browse: the address holds text, facets, order and page; an empty result says which filter to drop."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.parts import filters
from dashboard.views.browse import filter_name, last_page, span_of
from taxonomy.catalog import Catalog
from taxonomy.question import BrowseQuery
from taxonomy.vocab import BrowseFacet, Sort
from tests.dashboard.conftest import PageOpener


def found(page: AppTest) -> int:
    """The number of entries that the page says fit."""
    (text,) = [each.value for each in page.markdown if " fit" in each.value and each.value.startswith("**")]
    return int(text.removeprefix("**").partition("**")[0].replace(",", ""))


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_an_address_is_a_question(catalog: Catalog) -> None:
    everything = catalog.browse(BrowseQuery(limit=0))
    fields = filters.facet_fields(everything)
    given = {"br_q": "lamp", "br_level": "user,persona", "br_sort": "newest", "br_page": "3"}
    seen = state.read(given, filters.TEXT, filters.SORT, filters.PAGE_NUMBER, *fields.values())
    query = filters.query_of(seen, fields)
    assert (query.text, query.sort, query.descending, query.offset) == ("lamp", Sort.YEAR, True, 2 * filters.PAGE_SIZE)
    assert query.facets == {BrowseFacet.LEVEL: frozenset({"user", "persona"})}
    chips = filters.chips_of(seen, everything, fields)
    assert [chip.label for chip in chips] == ["text: lamp", "level: User level", "level: Persona level"]
    assert [chip.rest for chip in chips] == ["", ("persona",), ("user",)]
    assert [name for name, _ in filters.relaxed(query)] == ["br_q", "br_level"]
    assert filter_name("br_has_code") == "the filter code"


def test_pages_are_counted() -> None:
    assert [last_page(total) for total in (0, 1, 20, 21)] == [1, 1, 1, 2]
    assert span_of(2, 21) == "21 to 21 of 21"


def test_search_finds_an_entry_and_links_to_it(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_q": "oppu"})
    assert found(page) == catalog.browse(BrowseQuery(text="oppu")).total
    assert "**OPPU**" in [link.label for link in page.page_link]


def test_typing_goes_into_the_address_and_back_to_the_first_page(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_page": "3"})
    page.text_input(key="br_q").set_value("persona").run()
    assert page.query_params["br_q"] == "persona"
    assert "br_page" not in page.query_params
    assert found(page) == catalog.browse(BrowseQuery(text="persona")).total


def test_chips_take_filters_away(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_level": "user,global", "br_kind": "method"})
    before = found(page)
    assert "level\\: Global preference alignment" in labels(page)
    page.button(key="br_chip_0").click().run()
    assert "br_kind" not in page.query_params
    assert found(page) > before
    page.button(key="br_clear").click().run()
    assert not [name for name in page.query_params if name.startswith("br_")]


def test_an_empty_result_says_which_filter_to_drop(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_q": "zzzz", "br_kind": "metric"})
    assert found(page) == 0
    assert "Without the text: 68" in labels(page)
    page.button(key="br_drop_br_q").click().run()
    assert found(page) == 68


def test_garbage_in_the_address_is_noted(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_level": "nobody", "br_page": "999"})
    assert len(page.warning) == 1
    assert "br" in page.warning[0].value
    assert found(page) > 500
    assert any("this is the last one" in text.value for text in page.caption)
