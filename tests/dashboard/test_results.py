"""Results: one source an axis, the variant in the label, improvements or why there are none, and a heat map."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import charts, results_across, results_controls, results_heat, results_number, results_panels
from dashboard.parts.results_heat import EVERY
from dashboard.views.results import counted, sources_of
from taxonomy import results
from taxonomy.catalog import Catalog
from taxonomy.narrowing import Slice, datasets
from taxonomy.results import Cell, Panel
from taxonomy.vocab import Role
from tests.dashboard.conftest import PageOpener


def shown(page: AppTest) -> str:
    return "\n".join(each.value for each in (*page.markdown, *page.caption))


def panel(catalog: Catalog, chosen: Slice) -> Panel:
    (only,) = results.panels(results.numbers(catalog, chosen))
    return only


@pytest.fixture(scope="module")
def cells(catalog: Catalog) -> tuple[Cell, ...]:
    return results.improvement_cells(catalog)


def test_the_page_opens_with_the_dataset_of_most_sources(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("results")
    assert not page.exception
    assert not page.error
    asked = results_controls.read(catalog, {})
    assert page.selectbox(key="rs_dataset").value == asked.chosen.dataset
    assert max(choice.sources for choice in datasets(catalog)) == asked.options["dataset"][0].sources
    panels = results.panels(results.numbers(catalog, asked.chosen))
    assert len(page.get("plotly_chart")) == len(panels) > 1
    assert counted(panels) in shown(page).replace("\\", "")


def test_choosing_narrows_and_later_choices_go_back(open_page: PageOpener) -> None:
    page = open_page("results", {"rs_dataset": "lamp-4", "rs_metric": "rouge-l", "rs_source": "pplug"})
    page.selectbox(key="rs_split").select("time-based/test").run()
    assert page.query_params["rs_split"] == "time-based/test"
    assert "rs_metric" not in page.query_params
    page.selectbox(key="rs_source").select("mof").run()
    assert "rs_split" not in page.query_params
    assert page.query_params["rs_source"] == "mof"
    assert not page.warning


@pytest.mark.parametrize(
    "query",
    [
        {"rs_dataset": "nothing", "rs_metric": "<img src=x>"},
        {"rs_dataset": "lamp-4", "rs_source": "bars", "rs_task": "0", "rs_split": "\x00", "rs_backbone": "gpt-9"},
        {"rs_view": "sideways", "rs_row": "zzz"},
        {"rs_view": "across", "rs_cell": "a~b~c", "rs_columns": "nothing", "rs_from": "nobody", "rs_others": "maybe"},
    ],
)
def test_garbage_in_the_address_gives_the_default_with_a_note(query: dict[str, str], open_page: PageOpener) -> None:
    page = open_page("results", query)
    assert not page.exception
    assert not page.error
    given = len(query) - ("rs_view" in query and query["rs_view"] == "across") - (query.get("rs_dataset") == "lamp-4")
    assert len([note for note in page.warning if "cannot be used here" in note.value]) == given


def test_a_metric_of_the_catalog_is_found_with_its_k(open_page: PageOpener) -> None:
    page = open_page("results", {"rs_dataset": "movielens-1m", "rs_metric": "ndcg@k"})
    assert not page.warning
    assert page.selectbox(key="rs_metric").value == "ndcg@10"


def test_an_opened_number_tells_its_source_and_arithmetic(open_page: PageOpener, catalog: Catalog) -> None:
    chosen = Slice("lamp-1", source="pplug", split="time-based/dev", metric="accuracy")
    number = next(n for n in results.numbers(catalog, chosen) if n.result.printed == "0.68")
    query = {"rs_dataset": "lamp-1", "rs_source": "pplug", "rs_metric": "accuracy", "rs_row": number.id}
    page = open_page("results", query)
    text = shown(page).replace("\\", "")
    assert "0.68 \u2212 0.498 = +0.182, +36.5 % of 0.498" in text
    assert "https://arxiv.org/abs/2409.11901" in text
    links = {(link.page, link.label) for link in page.get("page_link")} if page.get("page_link") else set()
    assert any("Persona" in label for _, label in links)


def test_an_improvement_in_words_in_both_directions(catalog: Catalog) -> None:
    rows = {n.result.method: n for n in results.numbers(catalog, Slice("lamp-3", source="ropg", metric="mae"))}
    nobody, best = rows["non-personalized"], rows["rspg-post"]
    said = results_number.improvement_text(best)
    assert f"{nobody.result.printed} \u2212 {best.result.printed} = +" in said
    assert results_number.improvement_text(nobody).startswith("No improvement: This is the non-personalized row")


def test_a_panel_keeps_its_baselines_and_wrong_users(catalog: Catalog) -> None:
    chosen = Slice("lamp-6", source="lamp", split="user-based", metric="rouge-1", backbone="FlanT5-base (fine-tuned)")
    whole = panel(catalog, chosen)
    positions = results_panels.shown(whole, 1)
    kept = [whole.numbers[position] for position in positions]
    assert {n.role for n in kept if n.role} >= {Role.NOBODY, Role.WRONG_USER}
    assert positions[0] == 0
    assert positions == sorted(positions)
    symbols = {dot.label.partition(". ")[2]: dot.symbol for dot in results_panels.dots_of(whole, positions)}
    assert symbols["RAG, random item of any user"] == results_panels.WRONG_USER_SYMBOL
    assert symbols["No personalization"] == results_panels.NOBODY_SYMBOL
    assert results_panels.reference(whole) == next(n.result.value for n in kept if n.role is Role.NOBODY)
    assert "With a wrong user's data: +" in results_panels.message(whole)


def test_the_variant_is_in_the_label(catalog: Catalog) -> None:
    whole = panel(catalog, Slice("lamp-1", source="pplug", split="time-based/dev", metric="accuracy"))
    dots = results_panels.dots_of(whole, range(len(whole.numbers)))
    assert len({(dot.label, dot.detail) for dot in dots}) == len(dots), "rows of one name can be told apart"
    assert any("history encoder: BGE" in dot.detail and "Llama-2-7B" in dot.detail for dot in dots)
    assert results_panels.reference(whole) is None, "several tables have no one line"


def test_the_numbers_as_a_table_leave_absent_empty(catalog: Catalog) -> None:
    whole = panel(catalog, Slice("lamp-1", source="pplug", split="time-based/dev", metric="accuracy"))
    table = results_panels.table_of([whole])
    assert list(table["place"]) == sorted(table["place"])
    missing = table[table["improvement, %"].isna()]
    assert len(missing)
    assert all(missing["no improvement because"])
    assert not any(table.loc[table["improvement, %"].notna(), "no improvement because"])


def test_percentages_have_a_sign_and_absent_is_empty() -> None:
    assert [results_panels.percent(value) for value in (None, 0.0, -0.01, 3.14, -12.0, 333.27)] == [
        "",
        "±0.0 %",
        "±0.0 %",
        "+3.1 %",
        "\u221212.0 %",
        "+333 %",
    ]


def test_missing_pairs_are_no_numbers(cells: tuple[Cell, ...]) -> None:
    matrix = results_heat.matrix(cells, others=True)
    figure = results_heat.figure(matrix, "light")
    heat, points = figure.data
    values = [value for line in heat.z for value in line]
    assert sum(value is not None for value in values) == len(matrix.cells) == len(points.x)
    assert None in values
    assert heat.zmin == -heat.zmax
    places = {(row, column) for row in matrix.rows for column in matrix.columns}
    assert {(cell.method, (cell.dataset, cell.metric)) for cell in matrix.cells} < places
    assert len({dataset for dataset, _ in matrix.columns}) == len(matrix.columns), "one metric a dataset"


def test_lower_is_better_metrics_are_signed_so_that_better_is_up(cells: tuple[Cell, ...], catalog: Catalog) -> None:
    cell = next(c for c in cells if c.method == "rspg-post" and c.dataset == "lamp-3" and c.metric == "mae")
    behind = results.numbers(catalog, Slice(ids=cell.ids))
    assert cell.middle > 0
    assert all(n.baseline and n.result.value < n.baseline.value for n in behind)


def test_rows_and_columns_follow_the_choice(cells: tuple[Cell, ...]) -> None:
    methods = results_heat.matrix(cells)
    assert all(results_heat.is_method(cell) for cell in methods.cells)
    every = results_heat.matrix(cells, EVERY, others=True)
    assert len(every.cells) == len(cells)
    assert "✕ wrong user" in " ".join(map(results_heat.row_label, every.cells))
    few = every.largest(3, 2)
    assert few.rows == every.rows[:3]
    assert len(few.columns) == 2
    assert {results_heat.row_of(cell) for cell in few.cells} <= set(few.rows)
    assert f"Drawn are 3 of {len(every.rows):,} rows and 2 of" in results_across.left_out(few, every)
    assert results_across.left_out(every.largest(10_000, 10_000), every) == ""
    one = results_heat.matrix(cells, "rouge-l")
    assert {metric for _, metric in one.columns} == {"rouge-l"}
    order = [results_heat.is_method(next(c for c in every.cells if c.method == row)) for row in every.rows]
    assert order == sorted(order, reverse=True), "controls and baselines stand below the methods"


def test_the_heat_map_opens_a_cell_by_select_box_and_by_click(open_page: PageOpener, cells: tuple[Cell, ...]) -> None:
    page = open_page("results", {"rs_view": "across"})
    assert not page.exception
    assert not page.error
    box = page.selectbox(key="rs_cell")
    other = next(cell for cell in results_heat.matrix(cells, others=True).cells if cell.id != box.value)
    box.select(other.id).run()
    assert page.query_params["rs_cell"] == other.id
    assert results_heat.cell_text(other) in shown(page).replace("\\", "")
    event = {"selection": {"points": [{"customdata": other.id}]}}
    assert charts.picked_name(event) == other.id


def test_a_cell_leads_to_the_axes_of_its_numbers(cells: tuple[Cell, ...], catalog: Catalog) -> None:
    cell = max(cells, key=lambda each: each.comparisons)
    panels = results.panels(results.numbers(catalog, Slice(ids=cell.ids)))
    for each in panels:
        address = results_across.address_of(each, each.numbers[0].id)
        narrowing = results_controls.read(catalog, address)
        assert not narrowing.notes
        there = results.panels(results.numbers(catalog, narrowing.chosen))
        assert [one.key for one in there] == [each.key]
        assert address["rs_row"] in {n.id for n in there[0].numbers}


def test_what_to_notice_is_counted(catalog: Catalog) -> None:
    whole = panel(catalog, Slice("lamp-3", source="ropg", metric="mae"))
    nobody = next(n for n in whole.numbers if n.role is Role.NOBODY).result.value
    others = [n.result.value for n in whole.numbers if n.role is not Role.NOBODY]
    low = sum(value >= nobody for value in others)
    assert f"{low} of the {len(others)} rows that can be compared are no better" in results_panels.notice(whole)
    alone = panel(catalog, Slice("mind", metric="auc"))
    assert "No row of it can be compared" in results_panels.notice(alone)


def test_what_is_seen_can_be_exported_and_compared(open_page: PageOpener, catalog: Catalog) -> None:
    page = open_page("results", {"rs_dataset": "lamp-4"})
    assert len(page.get("popover")) == 2, "how to read, and the exports"
    assert [link.label for link in page.get("page_link") if "Compare 4 of these methods" in link.label]
    panels = results.panels(results.numbers(catalog, results_controls.read(catalog, {"rs_dataset": "lamp-4"}).chosen))
    refs = sources_of(panels)
    assert {ref.key for ref in refs} == {n.source_paper for one in panels for n in one.numbers}
    assert all(catalog.entry(ref.kind, ref.key).citations for ref in refs)
    assert len(open_page("results", {"rs_view": "across"}).get("popover")) == 2, "of the map, and of the numbers behind"
