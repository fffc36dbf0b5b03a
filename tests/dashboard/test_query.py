"""The Query page: the address holds the statement, an answer is a table and a chart, an error has its place."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts import query, query_answer, query_chart, share
from dashboard.views import query as view
from engines.jobs import Job, Report
from taxonomy.catalog import Catalog
from taxonomy.console import Answer, Console, Refusal
from taxonomy.questions import Chart, questions
from taxonomy.structure import ColumnInfo, TableInfo, structure
from tests.dashboard.conftest import PageOpener


def settled(page: AppTest) -> AppTest:
    """The page when its statement has ended."""
    for _ in range(40):
        if not [button for button in page.button if button.key == "q_stop"]:
            return page
        page.run()
    pytest.fail("the statement did not end")


def texts(page: AppTest) -> str:
    return "\n".join(
        str(each.value) for each in (*page.markdown, *page.caption, *page.error, *page.info, *page.warning)
    )


def test_it_opens_with_a_computed_example(open_page: PageOpener) -> None:
    page = settled(open_page("query"))
    assert not page.exception
    assert page.text_area(key=query.EDITOR).value == questions()[0].sql
    assert page.selectbox(key=query.EXAMPLE).value == questions()[0].key
    assert "3 columns" in texts(page)
    assert [box.value for box in page.selectbox if box.key in query_answer.CHART_NAMES] == [
        "line",
        "year",
        "methods",
        "level",
    ]
    assert list(page.dataframe[-1].value.columns) == ["year", "level", "methods"]


def test_the_address_is_the_statement(open_page: PageOpener, catalog: Catalog) -> None:
    page = settled(open_page("query", {"q_sql": "SELECT count(*) AS n\nFROM method"}))
    assert page.dataframe[-1].value["n"].tolist() == [catalog.counts()["method"]]
    assert page.selectbox(key=query.EXAMPLE).value is None
    page.text_area(key=query.EDITOR).set_value("SELECT 2 AS two")
    page = settled(page.button[0].click().run())
    assert page.query_params["q_sql"] == "SELECT 2 AS two"
    assert page.dataframe[-1].value["two"].tolist() == [2]


def test_an_example_is_chosen(open_page: PageOpener) -> None:
    page = open_page("query", {"q_sql": "SELECT 1", "q_kind": "none"})
    page = settled(page.selectbox(key=query.EXAMPLE).set_value("evidence").run())
    chosen = next(question for question in questions() if question.key == "evidence")
    assert page.query_params["q_sql"] == page.text_area(key=query.EDITOR).value == chosen.sql
    assert "q_kind" not in page.query_params
    assert chosen.note.split(".")[0] in texts(page)


def test_an_error_points_at_its_place(open_page: PageOpener) -> None:
    page = settled(open_page("query", {"q_sql": "SELECT name,\n  yeer\nFROM method"}))
    assert "yeer" in page.error[0].value
    assert page.code[0].value == "line 2:   yeer\n          ^"


def test_what_is_refused_says_what_is_allowed(open_page: PageOpener) -> None:
    page = settled(open_page("query", {"q_sql": "DROP TABLE method"}))
    assert "SELECT" in page.error[0].value
    assert not page.get("download_button")


def test_markup_in_answers_is_shown_and_not_obeyed(open_page: PageOpener) -> None:
    image = "![x](http://192.0.2.1/x.png)"
    sql = f'SELECT \'{image}\' AS "<b>:red[a]</b>", range AS "{image}" FROM range(3)'
    page = settled(open_page("query", {"q_sql": sql, "q_kind": "bar"}))
    assert not page.exception
    assert "](http://192.0.2.1" not in texts(page).replace("\\]\\(", "")


def test_a_statement_too_long_for_an_address_stays_in_the_session(open_page: PageOpener) -> None:
    page = open_page("query")
    long = "SELECT 7 AS seven -- " + "x" * 9000
    page.text_area(key=query.EDITOR).set_value(long)
    page = settled(page.button[0].click().run())
    assert "q_sql" not in page.query_params
    assert page.session_state[share.HANDED_OVER] == long
    assert "too long for an address" in texts(page)
    assert page.dataframe[-1].value["seven"].tolist() == [7]


def test_a_public_server_runs_nothing(open_page: PageOpener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_PUBLIC", "1")
    page = open_page("query", {"q_sql": "SELECT 1"})
    assert "ATTUNE_PUBLIC=1" in page.info[0].value
    assert not page.text_area
    assert not page.dataframe


def test_a_system_without_limits_runs_nothing(open_page: PageOpener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "unavailable", lambda: "no limits here")
    page = open_page("query")
    assert page.info[0].value == "no limits here"
    assert not page.text_area


def test_a_slow_statement_can_be_stopped(open_page: PageOpener) -> None:
    page = open_page("query", {"q_sql": "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))"})
    assert "Running" in texts(page)
    page.button(key="q_stop").click().run()
    assert "Stopped" in texts(page)
    assert "Stopped" in texts(page.run())


def test_the_browser_tells_what_columns_hold(catalog: Catalog) -> None:
    method = next(table for table in structure(catalog.store) if table.name == "method")
    shown = query.columns_html(method)
    assert shown.count("<tr>") == len(method.columns) + 1
    assert "Of publication; null where not known." in shown
    odd = TableInfo("t", "table", "", (ColumnInfo("<b>a</b>", "<i>", "<script>x</script>"),))
    assert "<script>" not in query.columns_html(odd)


def test_a_refusal_is_an_outcome(catalog: Catalog) -> None:
    job: Job[Any] = Job("x", str)
    found = view.outcome(Console(catalog.path), "DROP TABLE method", "me", Report(job))
    assert isinstance(found, Refusal)
    assert found.kind == "refused"


def answer(columns: dict[str, str], *rows: tuple[Any, ...]) -> Answer:
    return Answer(tuple(columns), tuple(columns.values()), rows)


YEARS = answer(
    {"year": "INTEGER", "level": "VARCHAR", "n": "BIGINT"}, (2023, "user", 1), (2024, "user", 2), (2024, "global", 3)
)


def test_a_sensible_chart_is_suggested() -> None:
    assert query_chart.suggest(YEARS) == Chart("line", "year", "n", "level")
    texts = answer({"a": "VARCHAR", "n": "DOUBLE"}, ("x", 1.0), ("y", 2.0))
    assert query_chart.suggest(texts) == Chart("bar", "a", "n")
    numbers = answer({"a": "DOUBLE", "b": "DECIMAL(4,1)"}, (1.0, 1.5), (2.0, 2.5))
    assert query_chart.suggest(numbers) == Chart("points", "a", "b")
    assert query_chart.suggest(answer({"a": "VARCHAR"}, ("x",), ("y",))).kind == "none"
    assert query_chart.suggest(answer({"n": "BIGINT"}, (1,))).kind == "none"
    dates = answer({"d": "DATE", "n": "BIGINT"}, ("2024-01-01", 1), ("2024-01-02", 2))
    assert query_chart.suggest(dates) == Chart("line", "d", "n")


def test_a_chart_draws_what_is_there() -> None:
    chart = Chart("line", "year", "n", "level")
    found = query_chart.series_of(YEARS, chart)
    assert [(each.name, each.x, each.y) for each in found] == [
        ("user", (2023, 2024), (1.0, 2.0)),
        ("global", (2024,), (3.0,)),
    ]
    assert query_chart.message(YEARS, chart) == "n by year, 3 values; the largest is 3 at 2024, global"
    figure = query_chart.figure(YEARS, chart)
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "diamond"]
    absent = answer({"a": "VARCHAR", "n": "BIGINT"}, ("x", None), (None, 2), ("z", 3))
    (only,) = query_chart.series_of(absent, Chart("bar", "a", "n"))
    assert (only.x, only.y) == (("z",), (3.0,))
    assert not query_chart.usable(Chart("bar", "a", "missing"), absent)
    same = answer({"a": "VARCHAR", "n": "BIGINT"}, ("z", 1), ("z", 2), ("z", 3))
    (only,) = query_chart.series_of(same, Chart("bar", "a", "n"))
    assert only.x == ("z", "z (2)", "z (3)")


def test_many_colours_share_one_name() -> None:
    many = answer({"x": "BIGINT", "c": "VARCHAR", "n": "BIGINT"}, *((at, f"c{at}", at) for at in range(20)))
    found = query_chart.series_of(many, Chart("points", "x", "n", "c"))
    assert len(found) == query_chart.MOST_SERIES
    assert found[-1].name == "others"
    assert sum(len(each.x) for each in found) == 20


def test_labels_are_no_markup() -> None:
    odd = answer({"<b>a</b>": "VARCHAR", "n": "BIGINT"}, ("<a href='javascript:x'>x</a>", 1), ("y", 2))
    figure = query_chart.figure(odd, Chart("bar", "<b>a</b>", "n"))
    assert "<" not in "".join(map(str, figure.data[0].y))


def test_an_answer_is_a_table_that_can_be_shown() -> None:
    odd = answer(
        {"a": "HUGEINT", "b": "BOOLEAN", "c": "INTEGER[]", "d": "VARCHAR", "e": "DOUBLE"},
        (2**100, True, [1, None], "x", float("nan")),
        (None, None, None, None, None),
    )
    frame = query_answer.frame_of(odd)
    assert frame.iloc[0].tolist()[:4] == [str(2**100), True, "[1, null]", "x"]
    repeated = Answer(("a", "a", ""), ("BIGINT",) * 3, ((1, 2, 3),))
    assert list(query_answer.frame_of(repeated).columns) == ["a", "a (2)", "column 3"]
    assert list(query_answer.frame_of(Answer(("a",), ("BIGINT",), ())).columns) == ["a"]
    wide = Answer(tuple(map(str, range(500))), ("BIGINT",) * 500, (tuple(range(500)),))
    assert query_answer.frame_of(wide).shape == (1, query_answer.MOST_COLUMNS)
    assert query_answer.size_of(wide) == "1 row, 500 columns"
