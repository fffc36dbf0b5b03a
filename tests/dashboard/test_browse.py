"""Browse: the address holds words, facets, order, view and selection; an empty result says which filter to drop."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import browse_address, browse_chips, browse_controls, browse_pick, browse_table, filters
from dashboard.services import Services
from dashboard.views.browse import all_rows
from engines.recommenders import recommenders
from taxonomy.catalog import Catalog
from taxonomy.question import BrowseQuery, Clause
from taxonomy.vocab import BrowseFacet, Kind, Mode, Sort
from tests.dashboard.conftest import PageOpener

WORDS = {"br_mode": "all"}  # words as they are written need no encoder


def found(page: AppTest) -> int:
    """The number of entries that the page says fit."""
    (text,) = [each.value for each in page.markdown if " fit" in each.value and each.value.startswith("**")]
    return int(text.removeprefix("**").partition("**")[0].replace(",", ""))


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


@pytest.fixture
def services(catalog: Catalog) -> Services:
    assert catalog.counts()
    return Services()


def test_an_address_is_a_question(services: Services) -> None:
    given = {
        "br_q": 'lamp has:code "long text" -survey',
        "br_level": "user,persona",
        "br_technique": "rag.dense,repr.peft",
        "br_all": "technique",
        "br_not_kind": "paper",
        "br_mode": "bm25",
        "br_sort": "newest",
        "br_page": "3",
    }
    asked = browse_address.read(services, given)
    assert asked.query == BrowseQuery(
        text="lamp",
        facets={BrowseFacet.LEVEL: frozenset({"user", "persona"})},
        required={BrowseFacet.TECHNIQUE: frozenset({"rag.dense", "repr.peft"})},
        excluded={BrowseFacet.KIND: frozenset({"paper"})},
        clauses=(Clause(BrowseFacet.HAS_CODE, frozenset({"yes"})),),
        phrases=("long text",),
        avoided=("survey",),
        mode=Mode.BM25,
        sort=Sort.YEAR,
        descending=True,
        limit=20,
        offset=40,
    )
    assert (asked.query.facets, asked.query.required, asked.query.excluded) == (
        {BrowseFacet.LEVEL: frozenset({"user", "persona"})},
        {BrowseFacet.TECHNIQUE: frozenset({"rag.dense", "repr.peft"})},
        {BrowseFacet.KIND: frozenset({"paper"})},
    )
    chips = browse_chips.chips_of(asked)
    assert [chip.label for chip in chips if chip.negated] == ['"survey"', "kind: paper"]
    assert [chip.label for chip in chips if not chip.negated] == [
        "text: lamp",
        "has: code",
        '"long text"',
        "level: User level",
        "level: Persona level",
        "technique, all of: Dense retrieval",
        "technique, all of: Parameter-efficient fine-tuning",
    ]


def after(given: dict[str, str], changes: browse_chips.Changes) -> dict[str, str]:
    """An address after what a chip does to it."""
    query = dict(given)
    for field, value in changes:
        browse_address.state.write(query, field, value)
    return query


def test_a_chip_comes_off_and_turns_round(services: Services) -> None:
    given = {"br_q": "news level:user -has:code", "br_kind": "method,paper", "br_not_level": "global"}
    by_label = {chip.label: chip for chip in browse_chips.chips_of(browse_address.read(services, given))}
    assert after(given, by_label["text: news"].off)["br_q"] == "level:user -has:code"
    assert after(given, by_label["level: User level"].off)["br_q"] == "news -has:code"
    assert after(given, by_label["level: User level"].round)["br_q"] == "news -level:user -has:code"
    assert after(given, by_label["has: code"].round)["br_q"] == "news level:user has:code"
    assert after(given, by_label["kind: paper"].off)["br_kind"] == "method"
    turned = after(given, by_label["kind: paper"].round)
    assert (turned["br_kind"], turned["br_not_kind"]) == ("method", "paper")
    (barred,) = [chip for label, chip in by_label.items() if chip.negated and label.startswith("level: Global")]
    back = after(given, barred.round)
    assert back["br_level"] == "global"
    assert "br_not_level" not in back


def test_every_filter_can_be_dropped(services: Services, catalog: Catalog) -> None:
    given = {"br_q": 'zzzz level:user "no such phrase" -llm', "br_kind": "metric", "br_not_direction": "lower", **WORDS}
    asked = browse_address.read(services, given)
    drops = {drop.label: drop for drop in browse_chips.drops_of(asked)}
    assert list(drops) == [
        "the text",
        "level: User level",
        '"no such phrase"',
        'not "llm"',
        "the filter kind",
        "the exclusion by direction",
    ]
    for drop in drops.values():
        left = browse_address.read(services, after(given, drop.off)).query
        assert catalog.browse(replace(left, limit=0, offset=0)).total == catalog.browse(drop.query).total
        assert drop.query.identity == replace(left, limit=0, offset=0).identity


def test_pages_are_counted() -> None:
    assert [browse_controls.last_page(total, 20) for total in (0, 1, 20, 21)] == [1, 1, 1, 2]
    assert browse_controls.span_of(2, 21, 20) == "21 to 21 of 21"


def test_everything_is_listed_by_default(open_page: PageOpener, catalog: Catalog) -> None:
    assert found(open_page("browse")) == sum(catalog.counts().values())


def test_typing_goes_into_the_address_and_back_to_the_first_page(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_page": "3", **WORDS})
    page.text_input(key="br_q").set_value("persona kind:method").run()
    assert page.query_params["br_q"] == "persona kind:method"
    assert "br_page" not in page.query_params
    assert found(page) == catalog.browse(BrowseQuery(text="persona", kinds=frozenset({Kind.METHOD}))).total


def test_chips_take_filters_away_and_turn_them_round(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_level": "user,global", "br_kind": "method"})
    before = found(page)
    assert "level\\: Global preference alignment" in labels(page)
    page.button(key="br_turn_0").click().run()
    assert (page.query_params.get("br_kind"), page.query_params["br_not_kind"]) == (None, "method")
    level = {BrowseFacet.LEVEL: frozenset({"user", "global"})}
    assert found(page) == catalog.browse(BrowseQuery(facets=level)).total - before
    page.button(key="br_chip_0").click().run()
    assert "br_not_kind" not in page.query_params
    page.button(key="br_clear").click().run()
    assert not [name for name in page.query_params if name.startswith("br_")]


def test_an_empty_result_says_which_filter_to_drop(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_q": "zzzz", "br_kind": "metric", **WORDS})
    assert found(page) == 0
    assert "Without the text: 68" in labels(page)
    page.button(key="br_drop_0").click().run()
    assert found(page) == 68


def test_garbage_in_the_address_is_noted(open_page: PageOpener) -> None:
    given = {"br_level": "nobody", "br_page": "999", "br_like": "method:nothing", "br_pick": "x", "br_q": "levle:x"}
    page = open_page("browse", {**given, **WORDS})
    said = " ".join(each.value for each in page.warning).replace("\\", "").replace("\u2060", "")
    assert len(page.warning) == 4
    assert all(word in said for word in ("nobody", "no method 'nothing'", "kind:key", "Did you mean level"))
    assert not page.exception


def test_the_last_page_is_shown_for_one_beyond_it(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("browse", {"br_page": "999"})
    assert any("this is the last one" in text.value for text in page.caption)
    assert found(page) == sum(catalog.counts().values())


def test_a_table_has_the_columns_that_are_chosen(open_page: PageOpener) -> None:
    page = open_page("browse", {"br_view": "table", "br_columns": "name,year,code", "br_kind": "method"})
    (frame,) = [each.value for each in page.dataframe]
    assert list(frame.columns) == ["Open", "Name", "Year", "Code"]
    assert len(frame) == 50
    assert parse_qs(urlsplit(frame["Open"][0]).query)["kind"] == ["method"]


def test_a_row_holds_every_column(services: Services) -> None:
    (row,) = services.catalog.browser.rows([("method", "oppu")])
    cells = browse_table.table_of([row]).records()[0]
    assert cells["Name"] == "OPPU"
    assert cells["Runs here"] in {"yes", "no"}
    assert services.catalog.browser.rows([("method", "nothing")]) == []


def test_all_rows_are_exported_whatever_page_is_shown(services: Services, catalog: Catalog) -> None:
    query = BrowseQuery(limit=20, offset=40)
    assert len({row.ref for row in all_rows(services, query)}) == sum(catalog.counts().values())


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([], "Select 2 to 6"),
        ([Kind.METHOD], "Select 2 to 6"),
        ([Kind.METHOD, Kind.PAPER], "Only entries of one kind"),
        ([Kind.METHOD] * 7, "At most 6"),
        ([Kind.METHOD] * 6, ""),
    ],
)
def test_what_hinders_a_comparison_is_said(kinds: list[Kind], said: str) -> None:
    assert browse_pick.hindrance(kinds).startswith(said)
    assert bool(browse_pick.hindrance(kinds)) == bool(said)


def test_like_lists_neighbours_of_every_kind(open_page: PageOpener, services: Services) -> None:
    page = open_page("browse", {"br_like": "method:oppu"})
    assert 0 < found(page) < 200
    assert "like OPPU" in labels(page)
    asked = browse_address.read(services, {"br_like": "method:oppu"})
    assert ("method", "oppu") not in {(row.ref.kind.value, row.ref.key) for row in all_rows(services, asked.query)}


def test_what_runs_here_is_a_facet(services: Services) -> None:
    runs = {BrowseFacet.RUNS_HERE: frozenset({"yes"})}
    rows = services.browse(BrowseQuery(facets=runs, limit=100)).rows
    infos = [*(live.info for live in services.methods()), *(recommenders[name].info for name in recommenders)]
    followed = {follows.entry for info in infos for follows in info.follows}
    assert {row.ref.key for row in rows if row.ref.kind is Kind.METHOD} == followed
    assert any(row.ref.kind is Kind.METRIC for row in rows)
    assert services.statement(BrowseQuery(facets=runs)) == ""


def test_every_facet_has_a_name_and_labels(services: Services) -> None:
    everything = services.browse(BrowseQuery(limit=0))
    assert set(filters.FACET_NAME) == set(BrowseFacet)
    assert [facet.value for facet, counts in everything.facets.items() if not counts] == []
