"""Compare: entries in the address, moved, removed and added; rows that differ; numbers with the better one marked."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import compare_controls, compare_table
from dashboard.views import compare as page_of_compare
from taxonomy import compare
from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.search import Searcher
from taxonomy.vocab import Kind, Mode
from tests.dashboard.conftest import PageOpener
from tests.dashboard.hostile import HOSTILE


def html(page: AppTest) -> str:
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def shown(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.markdown, *page.caption, *page.info)).replace("\\", "")


def chips(page: AppTest) -> list[str]:
    return [button.key for button in page.button if (button.key or "").startswith("cm_remove_")]


def test_without_entries_an_example_is_computed_and_said_to_be_one(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("compare")
    assert not page.exception
    assert not page.error
    keys = compare.example(catalog, Kind.METHOD)
    assert len(chips(page)) == len(keys)
    assert "An example that the catalog computes" in shown(page)
    assert "published numbers may be compared" in shown(page)
    assert "\u25b2" in html(page)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_compared(kind: Kind, open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_kind": kind.value})
    assert not page.exception
    assert not page.error
    assert "\u2260" in html(page)


def test_entries_are_moved_removed_and_added(open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_keys": "oppu,pplug,lamp"})
    assert "An example" not in shown(page)
    page.button(key="cm_left_2").click().run()
    assert page.query_params["cm_keys"] == "oppu,lamp,pplug"
    page.button(key="cm_remove_0").click().run()
    assert page.query_params["cm_keys"] == "lamp,pplug"
    page.text_input(key="cm_find").set_value("ropg").run()
    page.selectbox(key="cm_add").select("ropg").run()
    assert page.query_params["cm_keys"] == "lamp,pplug,ropg"
    assert not page.text_input(key="cm_find").value
    assert len(chips(page)) == 3


def test_what_to_add_is_searched_for_as_in_browse(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("compare", {"cm_keys": "oppu,pplug"})
    page.text_input(key="cm_find").set_value("low-rank adaptaton per user").run()  # no name, and a word misspelt
    offered = page.selectbox(key="cm_add").options
    found = Searcher(catalog).search("low-rank adaptaton per user", mode=Mode.BM25, kinds=frozenset({Kind.METHOD}))
    assert "adaptation instead of adaptaton" in found.note
    assert len(set(offered) & {hit.ref.name for hit in found.hits}) >= 5
    assert "OPPU" not in offered


def test_choosing_another_kind_drops_the_entries(open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_keys": "oppu,pplug"})
    page.button_group(key="cm_kind").set_value("metric").run()
    assert page.query_params["cm_kind"] == "metric"
    assert "cm_keys" not in page.query_params
    assert not page.warning


@pytest.mark.parametrize(
    "query",
    [
        {"cm_kind": "nothing", "cm_keys": "oppu,pplug"},
        {"cm_keys": "oppu,<img src=x onerror=alert(1)>"},
        {"cm_keys": "," * 300 + "\u202e"},
        {"cm_keys": "oppu,pplug", "cm_differ": "perhaps"},
        {"cm_keys": "x" * 3000},
    ],
)
def test_garbage_in_the_address_is_noted_and_never_an_error(query: dict[str, str], open_page: PageOpener) -> None:
    page = open_page("compare", query)
    assert not page.exception
    assert not page.error
    assert chips(page)
    assert bool(page.warning) == (not query["cm_keys"].startswith(",,"))


def test_one_entry_asks_for_another(open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_keys": "oppu"})
    assert "add another" in shown(page)
    assert page.button(key="cm_remove_0").disabled


def test_only_rows_that_differ_are_shown_by_default(open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_keys": "oppu,pplug"})
    assert page.toggle(key="cm_differ").value
    assert 'aria-label="the same"' not in html(page)
    page.toggle(key="cm_differ").set_value(False).run()
    assert page.query_params["cm_differ"] == "0"
    assert 'aria-label="the same"' in html(page)


def test_rows_that_differ_come_first_in_their_group(catalog: Catalog) -> None:
    found = compare.compare(catalog, Kind.METHOD, ("oppu", "pplug"))
    rows = compare_table.visible(found.attributes, only_different=False)
    assert len(rows) == len(found.attributes)
    for group in {row.group for row in rows}:
        marks = [row.differs for row in rows if row.group == group]
        assert marks == sorted(marks, reverse=True)
    assert all(row.differs for row in compare_table.visible(found.attributes, only_different=True))


def test_tables_to_export_hold_all_rows_and_one_column_an_entry(catalog: Catalog) -> None:
    found = compare.compare(catalog, Kind.METHOD, ("pplug", "lamp"))
    table = compare_table.attributes_frame(found.attributes, found.refs)
    assert list(table.columns) == ["group", "attribute", "differs", "PPlug", "LaMP (RAG)"]
    assert len(table) == len(found.attributes)
    numbers = compare_table.duels_frame(found.duels, found.refs)
    assert len(numbers) == len(found.duels)
    assert set(numbers["best"]) <= {"PPlug", "LaMP (RAG)", "PPlug, LaMP (RAG)"}
    same = [EntryRef(Kind.METHOD, "a", "One"), EntryRef(Kind.METHOD, "b", "One")]
    assert compare_table.unique_names(same) == ["One (a)", "One (b)"]


def test_texts_of_entries_are_shown_and_never_obeyed() -> None:
    for text in HOSTILE:
        value = compare.Value(text, text, text)
        made = compare_table._cell([value], text) + compare_table._cell([], text)
        assert "<script" not in made
        assert "<img" not in made
        assert "javascript:" not in made.partition('href="')[2].partition('"')[0]


def test_orders() -> None:
    keys = ("a", "b", "c")
    assert compare_controls.moved_left(keys, 1) == ("b", "a", "c")
    assert compare_controls.moved_left(keys, 0) == compare_controls.moved_left(keys, 3) == keys
    assert compare_controls.without(keys, 1) == ("a", "c")


def test_live_methods_say_how_they_follow(open_page: PageOpener) -> None:
    page = open_page("compare", {"cm_keys": "lamp,vip5", "cm_differ": "0"})
    assert page_of_compare.LIVE in html(page)
    assert "simplifies" in html(page)
    assert "nothing here follows it" in html(page)


def test_both_tables_can_be_exported(open_page: PageOpener) -> None:
    assert len(open_page("compare", {"cm_keys": "lamp,pplug"}).get("popover")) == 2
    assert len(open_page("compare", {"cm_kind": "metric", "cm_keys": "mae,rmse"}).get("popover")) == 1


def test_formulas_are_set_and_not_printed_as_source(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("compare", {"cm_kind": "metric", "cm_keys": "mae,rmse"})
    assert len(page.latex) == 2
    assert catalog.entry(Kind.METRIC, "mae").formula not in html(page)


def test_parts_and_members_of_a_node_are_told_by_kind(catalog: Catalog) -> None:
    found = compare.compare(catalog, Kind.NODE, ("rag", "prompt"))
    labels = {row.label for row in found.attributes}
    assert {"Parts", "Holds: methods", "Holds: datasets"} & labels >= {"Parts"}
    parts = next(row for row in found.attributes if row.label == "Parts")
    assert [{value.text for value in cell} for cell in parts.values] == [
        {node.name for node in catalog.node(key).children} for key in ("rag", "prompt")
    ]
