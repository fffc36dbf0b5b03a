"""Entry: facts with sources, published numbers on axes that may be compared, relations, live methods."""

from __future__ import annotations

import random
from dataclasses import replace

import pybtex.database
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import entry as parts
from dashboard.parts import entry_cite, entry_run, entry_way, published, tables
from dashboard.services import LiveMethod, Services
from dashboard.views.entry import emphasized_of, results_of, similar_to
from taxonomy import citing
from taxonomy.catalog import Catalog
from taxonomy.entry_way import way_of
from taxonomy.model import EntryRef, Fact, Link
from taxonomy.question import BrowseQuery
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


def test_an_entry_says_what_it_is_asked_as(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("entry", {"kind": "method", "key": "oppu"})
    (told,) = (each.value for each in page.caption if "Asked as:" in each.value)
    asked = catalog.entry("method", "oppu").asked_as
    written = [parts.asked_as([phrase]).partition("as: ")[2] for phrase in asked]
    assert [phrase in told for phrase in written] == [True] * 3 + [False] * (len(asked) - 3)
    (every,) = (each.value for each in page.markdown if written[-1] in each.value)
    assert all(phrase in every for phrase in written)
    assert not catalog.entry("paper", "2402.04401").asked_as


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
    assert any("row as printed" in frame.value.columns for frame in page.dataframe)
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
    assert {live.id for live in followers} >= {"rag-bm25", "rag-dense"}
    assert all("What differs:" in entry_run.follows_text(live) for live in followers)
    of_class = [live for live in services.engines_following("rag", ["rag"]) if live.id == "rag-bm25"]
    assert len(of_class) == 1
    assert entry_run.run_query(of_class[0]) == {"pg_methods": "none,rag-bm25"}
    (chooses,) = [live for live in services.engines_following("pal") if live.id == "mixture-reward"]
    target = {"pg_dataset": "movielens-100k", "pg_task": "movie-rating"}
    assert entry_run.run_query(chooses, target) == {"pg_methods": "none,mixture-reward", **entry_run.CHOICES}
    assert entry_run.run_query(replace(of_class[0], id="none")) == {"pg_methods": "none"}
    assert isinstance(of_class[0], LiveMethod)
    assert services.engines_following("no-such-entry", ["no.such.node"]) == []


def test_running_it_opens_with_data_and_a_task_that_are_there(catalog: Catalog) -> None:
    known = entry_run.datasets_here(Services())
    pairs = {(data.info.id, task.id) for data in known for task in data.tasks}
    for kind in (Kind.METHOD, Kind.DATASET, Kind.NODE):
        for row in catalog.browse(BrowseQuery(kinds=frozenset({kind}), limit=60)).rows:
            target = entry_run.target_of(catalog.entry(kind, row.ref.key), known)
            assert (target["pg_dataset"], target["pg_task"]) in pairs
    own = entry_run.target_of(catalog.entry("dataset", "movielens-100k"), known)
    assert own == {"pg_dataset": "movielens-100k", "pg_task": "movie-rating"}
    writes = entry_run.target_of(catalog.entry("node", "text_generation"), known)
    assert entry_run.target_of(catalog.entry("method", "oppu"), known)["pg_dataset"] == "campus"
    assert writes["pg_dataset"] in {"campus", "movielens-100k"}
    assert entry_run.target_of(catalog.entry("method", "oppu"), []) == {}


def test_run_it_is_a_link_with_all_of_that(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "dataset", "key": "lamp"})
    (link, *_) = [each for each in page.get("page_link") if "Run it" in str(each.proto)]
    assert "pg_methods=none%2Crag-bm25" in str(link.proto)
    assert "pg_dataset=" in str(link.proto)
    assert "pg_task=" in str(link.proto)


def test_installed_data_and_measured_metrics_lead_to_the_playground(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "dataset", "key": "movielens-100k"})
    assert {"**Rate a film**", "**Choose a film**"} <= {link.label for link in page.page_link}
    page = open_page("entry", {"kind": "metric", "key": "ndcg@k"})
    assert "**Choose a film \\(MovieLens\\-100K\\)**" in {link.label for link in page.page_link}


@pytest.mark.parametrize(("key", "figure"), [("rmse", "1.8673"), ("perplexity", "3.3636"), ("rouge-l", "0.4615")])
def test_a_metric_is_worked_through(key: str, figure: str, open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "metric", "key": key})
    assert not page.exception
    assert "Worked example" in [each.value for each in page.subheader]
    assert f"**Value:** {figure}" in texts(page)
    assert any(figure in each.value for each in page.latex)
    assert "Worked example" not in [
        each.value for each in open_page("entry", {"kind": "metric", "key": "wmd"}).subheader
    ]


def test_similarity_is_worked_through_when_asked(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "metric", "key": "sbert-similarity"})
    assert page.button(key="en_encode_now").label == "Compute it"
    assert "**Value:**" not in texts(page)


def test_published_numbers_stand_at_metrics_papers_and_families(open_page: PageOpener) -> None:
    for kind, key in (("metric", "rouge-1"), ("paper", "2410.20749"), ("dataset", "lamp"), ("dataset", "longlamp")):
        page = open_page("entry", {"kind": kind, "key": key})
        assert "Published numbers" in [each.value for each in page.subheader], key
        assert len(page.get("plotly_chart")) == 1
    assert "Numbers of its parts" in texts(page)


def test_a_dataset_does_not_stand_out_as_the_method_of_its_name(catalog: Catalog) -> None:
    assert emphasized_of(catalog.entry("dataset", "lamp")) == ""
    assert emphasized_of(catalog.entry("method", "lamp")) == "lamp"
    assert emphasized_of(catalog.entry("paper", "2402.04401")) == "oppu"


def test_citations_are_bibtex_that_parses_back(catalog: Catalog) -> None:
    for kind, key in (("method", "oppu"), ("dataset", "lamp"), ("paper", "2304.11406"), ("node", "rag")):
        entry = catalog.entry(kind, key)
        citations = entry_cite.citations_of(catalog, entry)
        parsed = pybtex.database.parse_string(citing.bibtex(citations), "bibtex")
        assert len(parsed.entries) == len(citations) > 0
        assert citations[0].title in citing.reference(citations[0])
    assert entry_cite.citations_of(catalog, catalog.entry("node", "federated")) == ()
    assert entry_cite.reference_of(catalog.entry("metric", "bertscore")).startswith("BERTScore:")


def test_the_way_leads_up_and_on(open_page: PageOpener) -> None:
    page = open_page("entry", {"kind": "node", "key": "rag.dense"})
    labels = [link.label for link in page.page_link]
    assert labels.index("**Techniques**") < labels.index("**Retrieval augmentation**")
    assert "**Previous\\: Sparse retrieval**" in labels
    assert "**Around it in the graph**" in labels


def test_comparing_takes_the_nearest(catalog: Catalog) -> None:
    entry = catalog.entry("method", "oppu")
    near = [EntryRef(Kind.METHOD, key, key) for key in "abcdef"]
    assert entry_way.compare_query(entry, near) == {"cm_kind": "method", "cm_keys": "oppu,a,b,c"}


def test_relations_are_told_with_their_sources(catalog: Catalog) -> None:
    atlas = Services().atlas
    for kind, key in (
        ("method", "oppu"),
        ("dataset", "lamp"),
        ("metric", "mrr"),
        ("node", "rag"),
        ("paper", "2402.04401"),
    ):
        entry = catalog.entry(kind, key)
        table = parts.relations_table(entry, atlas)
        assert len(table) > 0
        assert (table["source"] != "").all()
    assert parts.point_of(catalog.entry("node", "technique"), atlas) == ""
    assert parts.point_of(catalog.entry("method", "oppu"), atlas) == "method:oppu"


def everything(catalog: Catalog) -> list[tuple[Kind, str]]:
    return [(kind, row["key"]) for kind in Kind for row in catalog.store.query("keys", kind=kind.value)]


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_every_entry_has_what_its_page_shows(catalog: Catalog, every: int) -> None:
    """The keys of all kinds, some or all, through the functions that shape the page."""
    services, known = Services(), entry_run.datasets_here(Services())
    for kind, key in everything(catalog)[::every]:
        entry = catalog.entry(kind, key)
        assert entry.name
        tables.number_sources(entry.facts)
        parts.by_relation(entry.links, by_kind=True)
        parts.relations_table(entry, services.atlas)
        groups = results_of(services, entry)
        assert len({group.axis.id for group in groups}) == len(groups)
        citations = entry_cite.citations_of(catalog, entry)
        assert bool(citing.bibtex(citations)) == bool(citations)
        entry_run.target_of(entry, known)
        way_of(catalog.store, kind, key)
        similar_to(services, entry)


SAMPLE = 15


def test_a_sample_of_all_kinds_is_drawn_without_an_error(open_page: PageOpener, catalog: Catalog) -> None:
    draw = random.Random(5)  # noqa: S311 - a seeded choice
    known = everything(catalog)
    chosen = [pair for kind in Kind for pair in draw.sample([each for each in known if each[0] is kind], SAMPLE // 5)]
    for kind, key in chosen:
        page = open_page("entry", {"kind": kind.value, "key": key})
        assert not page.exception, (kind, key)
        assert not page.error, (kind, key, page.error[0].value)
        assert page.title[0].value
