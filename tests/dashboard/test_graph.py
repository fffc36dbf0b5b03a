"""Graph: three views with a list beside each picture; the address says which, and what cannot be drawn is said."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import theme
from dashboard.parts import charts, graph_chart, graph_lists, graph_marks
from dashboard.parts.graph_marks import Mark, Ruler
from dashboard.services import Services
from dashboard.views.graph import around_message, whole_message
from taxonomy.catalog import Catalog
from taxonomy.graph import example_pair
from taxonomy.graph_atlas import Atlas
from taxonomy.graph_facts import Relation
from taxonomy.graph_paths import best_paths
from taxonomy.graph_views import Filter, surroundings, whole
from tests.dashboard.conftest import PageOpener


@pytest.fixture(scope="module")
def atlas(catalog: Catalog) -> Atlas:
    return Atlas(catalog.store)


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption, *page.html, *page.info, *page.subheader])


def links(page: AppTest) -> list[str]:
    return [link.label for link in page.page_link]


def test_without_an_address_the_whole_is_shown(open_page: PageOpener, atlas: Atlas) -> None:
    page = open_page("graph")
    assert not page.exception
    assert not page.error
    (chart,) = page.get("plotly_chart")
    assert whole_message(atlas) in str(chart.proto)
    shown = texts(page)
    assert "Drawn are 100 points" in shown
    assert "Left out as hubs" in shown
    assert "modularity 0." in shown
    names = [frame.proto.id for frame in page.dataframe]
    assert len(names) == 3


@pytest.mark.parametrize("entry", ["method:oppu", "dataset:lamp", "metric:ndcg@k", "node:user", "node:challenge.bias"])
def test_a_click_and_the_box_and_the_list_lead_to_the_same(entry: str, open_page: PageOpener, atlas: Atlas) -> None:
    page = open_page("graph", {"gr_entry": entry})
    assert not page.exception
    assert not page.error
    point = atlas.graph.points[entry]
    assert page.selectbox(key="gr_entry").value == entry
    assert f"{point.ref.name} has {point.neighbours} neighbours" in str(page.get("plotly_chart")[0].proto)
    near = set(atlas.graph.graph.neighbors(entry))
    listed = {other for members in graph_lists.by_relation(atlas.graph, entry).values() for other, _ in members}
    assert listed == near
    assert "**Open its page**" in links(page)
    other = sorted(near)[0]
    page.selectbox(key="gr_entry").set_value(other).run()
    assert page.query_params["gr_entry"] == other
    assert atlas.graph.points[other].ref.name in [each.value.replace("\\", "") for each in page.subheader]


def test_choosing_in_the_whole_puts_it_into_the_middle(open_page: PageOpener) -> None:
    page = open_page("graph", {"gr_view": "whole"})
    page.selectbox(key="gr_entry").set_value("dataset:lamp").run()
    assert "gr_view" not in page.query_params
    assert page.query_params["gr_entry"] == "dataset:lamp"
    assert page.session_state["gr_view"] == "around"


def test_two_ends_open_the_paths_each_with_its_facts(open_page: PageOpener, atlas: Atlas) -> None:
    page = open_page("graph", {"gr_from": "method:oppu", "gr_to": "node:challenge.bias"})
    assert not page.exception
    assert page.session_state["gr_view"] == "paths"
    found = best_paths(atlas.graph, "method:oppu", "node:challenge.bias")
    shown = texts(page)
    for number, path in enumerate(found, start=1):
        assert f"**Path {number}**: {len(path.steps)} steps" in shown
        for step in path.steps:
            assert graph_lists.step_text(step) in shown
    table = graph_lists.steps_table(atlas.graph, found)
    assert len(table) == sum(len(step.facts) for path in found for step in path.steps)
    assert (table["source"] != "").all()


def test_it_says_when_there_is_no_path(open_page: PageOpener) -> None:
    page = open_page("graph", {"gr_from": "node:foundation.criteria", "gr_to": "method:oppu"})
    assert "No path links" in page.info[0].value
    page = open_page("graph", {"gr_from": "method:oppu", "gr_to": "method:oppu"})
    assert "the same entry" in page.info[0].value


@pytest.mark.parametrize(
    ("name", "value"),
    [("gr_entry", "node:level"), ("gr_from", "<b>x</b>"), ("gr_view", "3d"), ("gr_radius", "7"), ("gr_kinds", "paper")],
)
def test_garbage_in_the_address_is_noted(name: str, value: str, open_page: PageOpener) -> None:
    page = open_page("graph", {name: value})
    assert not page.exception
    assert len(page.warning) == 1
    assert name in page.warning[0].value.replace("\\", "")
    assert len(page.get("plotly_chart")) == 1


def test_a_paper_stands_for_what_it_describes(open_page: PageOpener) -> None:
    page = open_page("graph", {"gr_entry": "paper:2402.04401"})
    assert not page.exception
    assert "Papers are no points" in page.info[0].value
    assert page.selectbox(key="gr_entry").value == "method:oppu"


def test_filters_that_leave_nothing_say_so(open_page: PageOpener) -> None:
    page = open_page("graph", {"gr_kinds": "metric"})
    assert "Nothing fits" in page.info[0].value
    page = open_page("graph", {"gr_entry": "method:oppu", "gr_links": "addresses"})
    assert "No fact of the chosen kinds" in texts(page)


def test_a_community_can_be_drawn_alone(open_page: PageOpener, atlas: Atlas) -> None:
    lamp = next(each for each in atlas.shape.communities if each.name == "dataset:lamp")
    page = open_page("graph", {"gr_community": "dataset:lamp"})
    assert f"Drawn are {len(lamp.points)} points" in texts(page)
    page = open_page("graph", {"gr_community": "nothing"})
    assert "Drawn are 100 points" in texts(page)


def test_a_selection_names_the_point(atlas: Atlas) -> None:
    assert charts.picked_name({"selection": {"points": [{"customdata": "method:oppu"}]}}) == "method:oppu"
    assert charts.picked_name({"selection": {"points": [{"customdata": ["method:oppu"]}]}}) == "method:oppu"
    for nothing in (None, {}, {"selection": {"points": []}}, {"selection": {"points": [{}]}}):
        assert charts.picked_name(nothing) is None
    cut = surroundings(atlas.graph, "method:oppu", Filter())
    figure = graph_chart.around(atlas.graph, cut, atlas.around(cut), dict.fromkeys(cut.points, 1.0))
    names = {name for trace in figure.data if trace.customdata is not None for name in trace.customdata}
    assert names == set(cut.points)


def test_shape_and_colour_say_level_and_kind(atlas: Atlas) -> None:
    points = atlas.graph.points
    looks = {
        name: graph_marks.look_of(points[name]) for name in ("method:oppu", "dataset:lamp", "node:user", "metric:mrr")
    }
    assert looks["method:oppu"] == theme.LEVELS["user"]
    assert looks["node:user"].colour == theme.LEVELS["user"].colour
    assert looks["node:user"].symbol == theme.KINDS["node"].symbol
    assert looks["dataset:lamp"] == theme.KINDS["dataset"]
    every = [*theme.LEVELS.values(), *theme.KINDS.values()]
    assert len({look.symbol for look in every}) == len({look.glyph for look in every}) == len(every)


def test_each_link_of_the_middle_tells_its_facts(atlas: Atlas) -> None:
    cut = surroundings(atlas.graph, "method:oppu", Filter())
    figure = graph_chart.around(atlas.graph, cut, atlas.around(cut), dict.fromkeys(cut.points, 1.0))
    hovers = [text for trace in figure.data for text in trace.hovertext or ()]
    for other in atlas.graph.graph.neighbors("method:oppu"):
        assert graph_marks.facts_text(atlas.graph.between("method:oppu", other)) in hovers
    facts = atlas.graph.between("method:oppu", "dataset:lamp")
    assert "Source: " in graph_marks.facts_text(facts)
    assert facts[0].relation is Relation.USES


def test_two_hundred_points_are_drawn_with_names_that_do_not_overlap(atlas: Atlas) -> None:
    cut = whole(atlas.graph, atlas.shape, Filter(most=200, hubs=False))
    drawn = graph_chart.Whole(cut, atlas.apart(cut), dict.fromkeys(cut.points, 0.3), "dataset:lamp")
    figure = graph_chart.whole(atlas.graph, atlas.shape, drawn)
    marks = figure.data[-1]
    assert len(marks.x) == 200
    labelled = [text for text in marks.text if text]
    assert 20 <= len(labelled) <= 90
    assert "<b>LaMP</b>" in labelled


def test_labels_keep_clear_of_each_other(atlas: Atlas) -> None:
    point = atlas.graph.points["method:oppu"]
    ruler = Ruler(letter=1.0, line=2.0, mark=2.0)
    made = [Mark(point, (float(x), 0.0), 0.1, "abcdef") for x in (0, 3, 40)]
    kept = graph_marks.apart_labels(made, ruler)
    assert [mark.label for mark in kept] == ["abcdef", "abcdef", "abcdef"]
    assert [mark.position for mark in kept] == ["top center", "bottom center", "top center"]
    crowd = [Mark(point, (float(x), 0.0), 0.1, "abcdef") for x in (0, 1, 2)]
    assert [bool(mark.label) for mark in graph_marks.apart_labels(crowd, ruler)] == [True, True, False]
    assert graph_marks.apart_labels(made[:1], ruler, [(0.0, 0.0, 50.0, 50.0)])[0].label == ""


def test_messages_say_what_the_pictures_show(atlas: Atlas) -> None:
    cut = surroundings(atlas.graph, "method:oppu", Filter())
    assert around_message(atlas, cut).startswith(f"OPPU has {len(cut.points) - 1} neighbours; the nearest")
    assert f"{len(atlas.graph.points)} points" in whole_message(atlas)


@pytest.mark.usefixtures("catalog")
def test_the_graph_is_made_once() -> None:
    assert Services().atlas is Services().atlas
    assert example_pair(Services().atlas.graph)[0].startswith("method:")
