"""Worked examples run and give rows; every table and column says what it holds."""

from __future__ import annotations

import pytest

from taxonomy.build import schema_text
from taxonomy.catalog import Catalog
from taxonomy.console import Console
from taxonomy.manifest import Snapshot
from taxonomy.questions import CHART_KINDS, Question, parsed, questions
from taxonomy.structure import structure


@pytest.fixture(scope="module")
def console(built: Snapshot) -> Console:
    return Console(built.path)


def test_there_are_a_dozen_with_keys_and_titles_of_their_own() -> None:
    found = questions()
    assert len(found) >= 12
    assert len({question.key for question in found}) == len({question.title for question in found}) == len(found)


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.key)
def test_a_question_gives_rows_and_what_its_chart_names(console: Console, question: Question) -> None:
    answer = console.ask(question.sql)
    assert answer.rows
    assert not answer.notes
    assert question.title.endswith("?")
    assert question.note.endswith(".")
    named = {question.chart.x, question.chart.y, question.chart.colour} - {""}
    assert named <= set(answer.columns)
    assert (question.chart.kind == "none") == (not named)


def test_some_answers_are_what_a_reader_can_check(console: Console, catalog: Catalog) -> None:
    answers = {
        question.key: console.ask(question.sql) for question in questions() if question.key in {"growth", "evidence"}
    }
    years = {row[0] for row in answers["growth"].rows}
    assert {2023, 2024, 2025} <= years
    first = answers["evidence"].rows[0]
    dataset = next(row["key"] for row in catalog.store.query("keys", kind="dataset") if row["name"] == first[0])
    assert len(catalog.results_of(dataset)) == first[1]


@pytest.mark.parametrize("text", ["SELECT 1", "-- a\n-- b\n-- c\nSELECT 1", "-- a\n-- b\n-- chart: pie x y\nSELECT 1"])
def test_a_file_without_the_form_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"broken\.sql"):
        parsed("broken", text)


def test_a_file_is_read() -> None:
    question = parsed("07_some_key", "-- Why?\n-- Because.\n-- chart: bar a b\nSELECT 1 AS a,\n2 AS b\n")
    assert (question.key, question.title, question.note) == ("some_key", "Why?", "Because.")
    assert (question.chart.kind, question.chart.x, question.chart.y, question.chart.colour) == ("bar", "a", "b", "")
    assert question.sql == "SELECT 1 AS a,\n2 AS b"
    assert "bar" in CHART_KINDS


def test_every_table_and_column_says_what_it_holds(catalog: Catalog) -> None:
    known = structure(catalog.store)
    assert {table.name for table in known} >= {"method", "result", "entry_node", "link"}
    assert [table.name for table in known if not table.holds.endswith(".")] == []
    silent = [f"{table.name}.{each.name}" for table in known for each in table.columns if not each.meaning]
    assert silent == [], "say in taxonomy/schema_comments.sql what these hold"
    assert set(catalog.manifest.tables) == {table.name for table in known if table.kind == "table"}


def test_comments_are_part_of_the_schema_and_of_what_readers_ask(console: Console) -> None:
    assert "COMMENT ON TABLE method IS" in schema_text()
    rows = console.ask("SELECT comment FROM duckdb_tables() WHERE table_name = 'method'").rows
    assert rows == (("Methods of personalization.",),)
