"""The taxonomy page: every class can be opened by chart, list and select box, and sizes say what they count."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import theme
from dashboard.parts import taxonomy_chart, taxonomy_class, taxonomy_list
from dashboard.parts.taxonomy_chart import EVERYTHING, LEVEL_MARK, SHAPES, SIZES, Look, Sector
from dashboard.services import Services
from dashboard.views import taxonomy as page
from taxonomy.catalog import Catalog
from taxonomy.tree import STRATEGIES, Measure, Tree, members, read_strategies, read_tree, strategy_tree
from taxonomy.vocab import Facet
from tests.dashboard.conftest import PageOpener


@pytest.fixture(scope="module")
def tree(catalog: Catalog) -> Tree:
    return read_tree(catalog)


@pytest.fixture(scope="module")
def cut(catalog: Catalog, tree: Tree) -> Tree:
    return strategy_tree(catalog, tree)


def size_of(sectors: list[Sector], key: str) -> float:
    """The drawn size of a field: its own value and that of all fields within it, as Plotly adds them."""
    own = sum(each.value for each in sectors if each.id == key)
    return own + sum(size_of(sectors, each.id) for each in sectors if each.parent == key)


def opened(drawn: AppTest) -> str:
    assert not drawn.exception
    return str(drawn.subheader[0].value)


def test_a_leaf_is_as_large_as_its_distinct_entries_and_a_whole_as_the_labels_in_it(tree: Tree) -> None:
    fields = taxonomy_chart.sectors(tree, Look("technique", size="method"), "light")
    for leaf in tree.leaves("technique"):
        assert size_of(fields, leaf.key) == leaf.counts[Measure.METHOD]
    labels = sum(leaf.own[Measure.METHOD] for leaf in tree.leaves("technique"))
    assert size_of(fields, "technique") == labels > tree["technique"].counts[Measure.METHOD]
    assert next(each for each in fields if each.id == "technique").text == f"{tree['technique'].counts[Measure.METHOD]}"


def test_what_is_filed_above_the_leaves_is_drawn(tree: Tree) -> None:
    fields = taxonomy_chart.sectors(tree, Look("data", size="dataset"), "dark")
    assert size_of(fields, "data") == tree["data"].counts[Measure.DATASET]


def test_classes_of_equal_size(tree: Tree) -> None:
    fields = taxonomy_chart.sectors(tree, Look(EVERYTHING), "light")
    assert size_of(fields, EVERYTHING) == sum(each.leaf for each in tree.classes)
    assert {each.id for each in fields} == {EVERYTHING, *(each.key for each in tree.classes)}
    assert taxonomy_chart.undrawn(tree, Look(EVERYTHING)) == []


def test_levels_split_a_leaf_with_their_own_colour_and_letter(tree: Tree) -> None:
    fields = taxonomy_chart.sectors(tree, Look("technique", size="method", colour="level"), "light")
    dense = {each.id.partition(LEVEL_MARK)[2]: each for each in fields if each.parent == "rag.dense"}
    for level, sector in dense.items():
        assert sector.value == tree["rag.dense"].levels[Measure.METHOD, level]
        assert sector.colour == theme.LEVELS[level].colour
        assert theme.LEVELS[level].letter in sector.label
    alike = taxonomy_chart.sectors(tree, Look("technique", colour="level"), "light")
    assert size_of(alike, "rag.dense") == pytest.approx(1)
    results = taxonomy_chart.sectors(tree, Look("evaluation", size="result", colour="level"), "light")
    assert any(each.label == "no level" for each in results)


def test_levels_have_their_colours_in_every_view(tree: Tree) -> None:
    for look in (Look(EVERYTHING), Look("level", size="method", colour="level")):
        colours = {each.id: each.colour for each in taxonomy_chart.sectors(tree, look, "light")}
        assert {key: colours[key] for key in theme.LEVELS} == {k: v.colour for k, v in theme.LEVELS.items()}


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "list"])
@pytest.mark.parametrize("colour", taxonomy_chart.COLOURS)
def test_figures_are_made_of_keys(tree: Tree, cut: Tree, shape: taxonomy_chart.Shape, colour: str) -> None:
    for shown, root in ((tree, EVERYTHING), (tree, "technique"), (cut, STRATEGIES)):
        for size in SIZES:
            (trace,) = taxonomy_chart.figure(shown, Look(root, shape, size, colour), "dark").data
            assert trace.branchvalues == "remainder"
            assert len(set(trace.ids)) == len(trace.ids)
            assert set(trace.parents) - {""} <= set(trace.ids)
            keys = {taxonomy_chart.class_of(key, shown) for key in trace.ids}
            assert keys - {None} == {each.key for each in shown.classes if page.holds(shown, root, each.key)}
    assert taxonomy_chart.class_of("nobody", tree) is None


def test_the_open_class_alone_has_a_heavy_outline(tree: Tree) -> None:
    (trace,) = taxonomy_chart.figure(tree, Look("technique", opened="rag.dense"), "dark").data
    line = trace.marker.line
    heavy = [key for key, width in zip(trace.ids, line.width, strict=True) if width > min(line.width)]
    assert heavy == ["rag.dense"]
    assert {key for key, colour in zip(trace.ids, line.color, strict=True) if colour == theme.ink("dark")[0]} == {
        *heavy
    }


def test_messages_name_the_largest_and_the_empty(tree: Tree) -> None:
    said = taxonomy_chart.message(tree, Look("technique", size="method"))
    largest = max(tree.children("technique"), key=lambda each: each.counts[Measure.METHOD])
    assert f"are {largest.ref.name} ({largest.counts[Measure.METHOD]} of " in said
    empty = taxonomy_chart.undrawn(tree, Look("data", size="dataset"))
    assert f"{sum(each.leaf for each in empty)} classes without parts" in taxonomy_chart.message(
        tree, Look("data", size="dataset")
    )
    assert taxonomy_chart.message(tree, Look("foundation", size="method")) == "No methods are filed in Foundations"
    assert len(taxonomy_chart.table(tree, Look(EVERYTHING))) == len(tree.classes)


def test_the_table_is_what_its_sql_gives(catalog: Catalog, tree: Tree) -> None:
    for root in (EVERYTHING, "technique"):
        asked = catalog.store.query("class_table", root="" if root == EVERYTHING else root)
        assert taxonomy_chart.table(tree, Look(root)).to_dict("records") == asked
    assert {row["technique"]: row["methods"] for row in catalog.store.query("strategy_table")} == {
        leaf.ref.name: leaf.counts[Measure.METHOD] for leaf in tree.leaves("technique")
    }


def test_the_table_of_a_class_holds_all_that_belongs_to_it(catalog: Catalog) -> None:
    table = taxonomy_class.members_table(members(catalog, "rag.dense"))
    assert len(table) == sum(len(group.refs) for group in members(catalog, "rag.dense"))
    assert set(table["kind"]) == {"method", "dataset", "metric"}


def test_the_levels_of_a_class_are_counted(tree: Tree) -> None:
    wanted = [(k, f"{tree['rag.dense'].levels[Measure.METHOD, k]} methods") for k in theme.LEVELS]
    assert taxonomy_class.level_counts(tree["rag.dense"]) == wanted
    assert [said.partition(" ")[2] for _, said in taxonomy_class.level_counts(tree["data"])] == ["datasets"] * 3
    assert taxonomy_class.level_counts(tree["user"]) == taxonomy_class.level_counts(tree["evaluation"]) == []


def test_the_share_of_live_techniques_is_computed(tree: Tree) -> None:
    share = taxonomy_class.live_share(tree, Services().methods())
    assert share.missing == ()
    assert len(share.live) == 12
    assert [leaf.key for leaf in share.added_live] == ["decoding.steering"]
    one = taxonomy_class.live_share(tree, [each for each in Services().methods() if each.id == "rag-bm25"])
    assert [leaf.key for leaf in one.live] == ["rag.sparse"]
    assert len(one.missing) == 11
    assert one.added_live == ()
    assert "12 of the 12 leaves" in share.sentence
    none = taxonomy_class.live_share(tree, [])
    assert not none.live
    assert not none.added_live


def test_live_methods_of_a_class(tree: Tree, cut: Tree) -> None:
    services = Services()
    assert {each.id for each in taxonomy_class.live_in(services, tree, "rag")} == {
        each.id for each in services.methods() if each.info.technique.startswith("rag.")
    }
    assert {each.id for each in taxonomy_class.live_in(services, tree, "persona")} == {
        each.id for each in services.methods() if each.info.level == "persona"
    }
    assert {each.id for each in taxonomy_class.live_in(services, tree, "repr")} == {
        each.id for each in services.methods() if each.info.technique.startswith("repr.")
    }
    assert taxonomy_class.live_in(services, tree, "evaluation.intrinsic") == []
    prompting = {each.id for each in taxonomy_class.live_in(services, cut, "strategy.prompting")}
    assert {"rag-bm25", "persona-prompt"} <= prompting
    assert "none" not in prompting


def test_reasons_of_the_second_cut_are_shown(catalog: Catalog, tree: Tree) -> None:
    said = page.why(read_strategies(catalog), tree)
    assert said.count("\n- ") + 1 == len(tree.leaves("technique"))


def test_the_page_opens_with_the_techniques(open_page: PageOpener, tree: Tree) -> None:
    drawn = open_page("taxonomy")
    assert opened(drawn) == "Techniques"
    assert any("of the 12 leaves" in text.value for text in drawn.markdown)
    assert any(taxonomy_chart.message(tree, Look("technique", size="method"))[:20] in c.value for c in drawn.caption)


def test_every_class_is_reached_from_the_list_and_the_select_box(open_page: PageOpener, tree: Tree, cut: Tree) -> None:
    listed = open_page("taxonomy", {"tx_shape": "list", "tx_part": "all"})
    assert {button.key for button in listed.button} >= {f"tx_row_{each.key}" for each in tree.classes}
    ours = open_page("taxonomy", {"tx_shape": "list", "tx_part": STRATEGIES})
    assert {button.key for button in ours.button} >= {f"tx_row_{each.key}" for each in cut.classes}
    assert len(listed.selectbox(key="tx_box").options) == len(page.node_keys(tree, cut))


def test_classes_of_every_part_can_be_drawn(open_page: PageOpener, tree: Tree, cut: Tree) -> None:
    ends = [key for facet in Facet for key in (facet.value, tree.leaves(facet.value)[-1].key)]
    for key in (*ends, *(each.key for each in cut.classes if not each.leaf)):
        drawn = open_page("taxonomy", {"tx_node": key})
        assert opened(drawn).replace("\\", "") == (tree if key in tree else cut)[key].ref.name


def test_a_button_opens_its_class_and_keeps_the_part(open_page: PageOpener) -> None:
    drawn = open_page("taxonomy", {"tx_shape": "list", "tx_part": "all"})
    drawn.button(key="tx_row_challenge.bias").click().run()
    assert opened(drawn) == "Stereotypes and bias"
    assert (drawn.query_params["tx_node"], drawn.query_params["tx_part"]) == ("challenge.bias", "all")
    drawn.selectbox(key="tx_box").set_value("strategy.alignment").run()
    assert opened(drawn) == "Alignment"
    assert drawn.query_params["tx_part"] == STRATEGIES


def test_another_part_opens_its_root(open_page: PageOpener) -> None:
    drawn = open_page("taxonomy", {"tx_node": "rag.dense"})
    assert drawn.session_state["tx_pills"] == Facet.TECHNIQUE
    drawn.button_group(key="tx_pills").set_value("level").run()
    assert opened(drawn) == "Granularity"
    assert drawn.query_params["tx_part"] == "level"


def test_links_lead_to_all_entries_of_a_class(open_page: PageOpener, tree: Tree) -> None:
    drawn = open_page("taxonomy", {"tx_node": "rag.dense"})
    (link,) = [each for each in drawn.page_link if each.label.startswith("**Browse all")]
    assert f"{tree['rag.dense'].counts[Measure.METHOD]}" in link.label
    assert parse_qs(link.proto.query_string) == {"br_technique": ["rag.dense"], "br_kind": ["method"]}


@pytest.mark.parametrize("name", ["tx_node", "tx_part", "tx_shape", "tx_size", "tx_colour"])
def test_garbage_in_the_address_gives_the_default_with_a_note(open_page: PageOpener, name: str) -> None:
    drawn = open_page("taxonomy", {name: "<img src=x> ](javascript:1)"})
    assert opened(drawn) == "Techniques"
    assert len(drawn.warning) == 1
    assert name.partition("_")[2] in drawn.warning[0].value


def test_rows_of_the_list_say_level_and_mark(tree: Tree) -> None:
    assert taxonomy_list.label(tree["user"]).startswith("● U ")
    assert taxonomy_list.label(tree["rag.dense"]) == "Dense retrieval ≈"
