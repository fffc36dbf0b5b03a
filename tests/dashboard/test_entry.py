"""Entry: facts with sources, published numbers on axes that may be compared, relations, live methods."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import entry as parts
from dashboard.parts import published, tables
from dashboard.services import LiveMethod, Services
from dashboard.views.entry import results_of
from taxonomy.catalog import Catalog
from taxonomy.model import Fact, Link
from taxonomy.vocab import Direction, Kind
from tests.dashboard.conftest import PageOpener


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption, *page.html])


@pytest.mark.parametrize(
    ("kind", "key"),
    [("method", "oppu"), ("dataset", "lamp-1"), ("metric", "ndcg@k"), ("node", "federated"), ("paper", "2402.04401")],
)
def test_every_kind_is_drawn(kind: str, key: str, open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("entry", {"kind": kind, "key": key})
    assert not page.exception
    assert not page.error
    assert page.title[0].value
    shown = texts(page)
    for fact in catalog.entry(kind, key).facts:
        assert fact.label in shown


def test_a_class_of_ours_is_never_called_the_surveys(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "node", "key": "federated"})
    assert "+</span><span>ours</span>" in texts(page) or ">ours</span>" in page.html[0].value


@pytest.mark.parametrize(("kind", "key"), [("method", "opu"), ("nonsense", "oppu"), ("method", "<b>$x$")])
def test_an_unknown_key_leads_on(kind: str, key: str, open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": kind, "key": key})
    assert not page.exception
    assert "has no" in page.warning[0].value
    assert ("**oppu**" in [link.label for link in page.page_link]) == (key == "opu")


def test_numbers_share_an_axis_only_when_they_may_be_compared(catalog: Catalog) -> None:
    for dataset in ("lamp-1", "movielens-1m", "lamp-3"):
        for group in published.groups_of(catalog.results_of(dataset)):
            assert len({published.axis_of(row) for row in group.rows}) == 1
            assert len({row.direction for row in group.rows}) == 1
            values = [row.value for row in group.rows]
            assert values == sorted(values, reverse=group.rows[0].direction is Direction.HIGHER)
            table = published.table_of(group)
            assert len(table) == len(group.rows)


def test_an_entry_is_shown_among_the_rows_of_its_source(catalog: Catalog) -> None:
    services = Services()
    groups = results_of(services, catalog.entry("method", "oppu"))
    assert groups
    for group in groups:
        dots = published.dots_of(group, "oppu", "user")
        assert any(dot.emphasized for dot in dots)
        assert "the rows of this entry are at place" in published.message_of(group, "oppu")
    assert any(not dot.emphasized for dot in published.dots_of(groups[0], "oppu", "user"))


def test_the_chart_has_a_text_and_a_table(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "method", "key": "oppu"})
    (chart,) = page.get("plotly_chart")
    assert "best is" in str(chart.proto)
    assert len(page.dataframe) == 1
    axes = page.selectbox(key="en_axis")
    axes.set_value(axes.options and page.session_state["en_axis"]).run()
    assert not page.exception


def test_sources_are_numbered_once() -> None:
    rows = [Fact("Year", "2024", "a"), Fact("Venue", "ACL", "b"), Fact("Title", "T", "a")]
    assert tables.number_sources(rows) == {"a": 1, "b": 2}


def test_things_that_are_only_named_come_last() -> None:
    named, known = Link("uses", Kind.DATASET, None, "A"), Link("uses", Kind.DATASET, "z", "Z")
    links = [named, known, Link("is", Kind.PAPER, "p", "P")]
    grouped = parts.by_relation(links)
    assert [link.name for link in grouped["uses"]] == ["Z", "A"]


def test_live_methods_say_how_they_differ() -> None:
    services = Services()
    followers = services.engines_following("lamp")
    assert {live.id for live in followers} == {"rag-bm25", "rag-dense"}
    assert all("What differs:" in parts.follows_text(live) for live in followers)
    of_class = services.engines_following("rag", ["rag"])
    assert {live.id for live in of_class} == {"rag-bm25", "rag-dense"}
    assert parts.run_query(of_class[0]) == {"pg_methods": "none,rag-bm25"}
    assert parts.run_query(replace(of_class[0], id="none")) == {"pg_methods": "none"}
    assert isinstance(of_class[0], LiveMethod)
    assert services.engines_following("no-such-entry", ["no.such.node"]) == []
