"""Every format is read back by somebody else's reader, with texts that break careless writers."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexEnvironmentNode, LatexMacroNode, LatexWalker

from taxonomy import export
from taxonomy.export import Table

NASTY = [
    "plain",
    "a, b; c",
    'say "so"',
    "it's ''quoted''",
    "two\nlines",
    "three\n\nlines\nhere",
    "pipe | pipe || \\| end\\",
    "&%$#_{}~^\\",
    r"\textbf{no} $x_1^2$ \\ \end{tabular}",
    "*[a](b) ![c](https://example.org/d.png)",
    "[not an argument]",
    "*star",
    "<script>alert(1)</script> &amp; &lt;",
    "`code` **bold** __bold__ ~~gone~~",
    ":smile: :material/home:",
    "dash -- dash --- dash",
    "日本語 العربية émigré 😀 \u200b",
    "# no heading",
    "1. no list",
    " led and trailed ",
    "a  b   c",
    "?` !` ``",
    "- - -",
    "|---|",
]
FORMULAS = ["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff201"]
SYMBOLS = get_default_latex_context_db()  # of the reader, which lacks some of LaTeX's own
SYMBOLS.add_context_category(
    "symbols",
    prepend=True,
    macros=[
        MacroTextSpec(name, character)
        for name, character in {
            "textbar": "|",
            "textless": "<",
            "textgreater": ">",
            "textasciigrave": "`",
            "textasciicircum": "^",
            "textbraceleft": "{",
            "textbraceright": "}",
        }.items()
    ],
)
TABLE = Table.of(["text", "a|b & c_1", "=f()"], [[text, at - 10, None] for at, text in enumerate(NASTY)])


def csv_rows(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(export.csv(table).decode(), newline=""), strict=True))


def markdown_rows(text: str) -> list[list[str]]:
    """The cells of a table as a reader of GitHub's Markdown sees them."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    assert tokens[0].type == "table_open"
    assert tokens[-1].type == "table_close"
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline":
            rows[-1].append("".join(shown(child) for child in token.children or ()))
    return rows


def shown(token: Token) -> str:
    """Text of a piece; anything but text and a line break would be markup that came through."""
    assert token.type in {"text", "text_special", "html_inline", "softbreak"}, token
    if token.type == "html_inline":
        assert token.content == "<br>"
        return "\n"
    return token.content


def latex_rows(text: str) -> list[list[str]]:
    """The cells of a tabular, read by a strict parser."""
    nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
    (tabular,) = [node for node in nodes if isinstance(node, LatexEnvironmentNode)]
    assert tabular.environmentname == "tabular"
    rows: list[list[str]] = [[""]]
    for node in tabular.nodelist:
        if isinstance(node, LatexMacroNode) and node.macroname in {"toprule", "midrule", "bottomrule"}:
            continue
        if isinstance(node, LatexMacroNode) and node.macroname == "\\":
            assert not (node.nodeargd and any(node.nodeargd.argnlist)), (
                "a cell was read as the argument of a line's end"
            )
            rows.append([""])
        elif node.latex_verbatim() == "&":
            rows[-1].append("")
        else:
            rows[-1][-1] += node.latex_verbatim()
    assert rows.pop() == ["\n"]
    return [[latex_cell(cell.strip("\n").removesuffix(" ").removeprefix(" ")) for cell in row] for row in rows]


def latex_cell(text: str) -> str:
    begin = r"\shortstack[l]{"
    if text.startswith(begin):
        return "\n".join(latex_cell(line) for line in text[len(begin) : -1].split(r"\\"))
    return LatexNodes2Text(SYMBOLS, keep_comments=True, strict_latex_spaces=True).latex_to_text(text)


def test_csv_is_read_back() -> None:
    rows = csv_rows(TABLE)
    assert rows[0] == ["text", "a|b & c_1", "'=f()"]
    guarded = [f"'{text}" if text.startswith(export.FORMULA) else text for text in NASTY]
    assert [row[0] for row in rows[1:]] == guarded
    assert [row[1] for row in rows[1:]] == [str(at - 10) for at in range(len(NASTY))]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    cell = csv_rows(Table.of(["a"], [[text]]))[1][0]
    assert cell == f"'{text}"
    assert not cell.strip().startswith(("=", "+", "-", "@"))


def test_numbers_stay_numbers_and_absent_is_not_empty() -> None:
    values = [-0.25, -1, 1e-7, 0.1, Decimal("-3.10"), math.inf, -math.inf, math.nan, True, None, ""]
    lines = export.csv(Table.of(["x"], [[value] for value in values])).decode().split("\r\n")[1:-1]
    assert lines == ["-0.25", "-1", "1e-07", "0.1", "-3.10", "Infinity", "-Infinity", "NaN", "true", "", '""']


def test_csv_is_what_pandas_and_duckdb_read(tmp_path: Path) -> None:
    table = Table.of(
        ["text", "n"], [[text, at] for at, text in enumerate(NASTY) if not text.startswith(export.FORMULA)]
    )
    path = tmp_path / "table.csv"
    path.write_bytes(export.csv(table))
    assert list(pd.read_csv(path)["text"]) == [row[0] for row in table.rows]
    read = duckdb.connect().execute(f"SELECT text, n FROM read_csv('{path}', header=true)").fetchall()
    assert read == list(table.rows)


def test_json_is_read_back() -> None:
    values: list[Any] = [*NASTY, *FORMULAS, None, 2**70, -0.25, True, ["a", None], {"k": [1]}]
    records = json.loads(export.json_records(Table.of(["v"], [[value] for value in values])))
    assert [record["v"] for record in records] == values
    odd = Table.of(["v"], [[math.nan], [math.inf], [-math.inf], [dt.date(2026, 1, 2)], [Decimal("1.5")], [b"\x00\xff"]])
    found = [record["v"] for record in json.loads(export.json_records(odd))]
    assert found == ["NaN", "Infinity", "-Infinity", "2026-01-02", "1.5", "00ff"]


def parquet_rows(table: Table, folder: Path) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
    path = folder / "table.parquet"
    path.write_bytes(export.parquet(table))
    answer = duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}')")
    return [c[0] for c in answer.description], [str(c[1]) for c in answer.description], answer.fetchall()


def test_parquet_is_read_back(tmp_path: Path) -> None:
    names, types, rows = parquet_rows(TABLE, tmp_path)
    assert (names, types) == (list(TABLE.columns), ["VARCHAR", "BIGINT", "VARCHAR"])
    assert rows == list(TABLE.rows)
    assert parquet_rows(Table.of(["a", 'q"uote'], []), tmp_path)[0] == ["a", 'q"uote']


def test_parquet_keeps_types(tmp_path: Path) -> None:
    day, moment = dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - a time without a zone
    columns: dict[str, list[Any]] = {
        "BIGINT": [-(2**63), None, 5],
        "DOUBLE": [0.5, 3, None],
        "BOOLEAN": [True, False, None],
        "DATE": [day, None, day],
        "TIMESTAMP": [moment, None, moment],
        "VARCHAR": [2**70, None, 1],
        "mixed": ["a", 1, None],
    }
    _, types, rows = parquet_rows(Table.of(columns, zip(*columns.values(), strict=True)), tmp_path)
    assert types == ["VARCHAR" if name == "mixed" else name for name in columns]
    texts = {"VARCHAR": [str(2**70), None, "1"], "mixed": ["a", "1", None]}
    assert list(map(list, zip(*rows, strict=True))) == [texts.get(name, values) for name, values in columns.items()]


def test_a_table_without_columns_is_no_parquet() -> None:
    with pytest.raises(ValueError, match="without columns"):
        export.parquet(Table((), ()))


def test_markdown_is_read_back() -> None:
    rows = markdown_rows(export.markdown(TABLE).decode())
    assert rows[0] == list(TABLE.columns)
    assert [row[0] for row in rows[1:]] == NASTY
    assert [row[1:] for row in rows[1:]] == [[str(at - 10), ""] for at in range(len(NASTY))]
    assert "| ---: |" in export.markdown(TABLE).decode()


def test_latex_is_read_back() -> None:
    rows = latex_rows(export.latex(TABLE).decode())
    assert rows[0] == list(TABLE.columns)
    assert [row[0] for row in rows[1:]] == NASTY
    assert [row[1:] for row in rows[1:]] == [[str(at - 10), ""] for at in range(len(NASTY))]


def test_latex_forms_no_ligature_and_no_argument() -> None:
    text = export.latex_text("a--b ''c''")
    assert "--" not in text
    assert "''" not in text
    assert export.latex_text("[x]").startswith("{[}")
    assert export.latex_text("a\n*b") == r"\shortstack[l]{a\\{*}b}"


@pytest.mark.parametrize("kind", sorted(export.FORMATS))
def test_nothing_unwritable_is_written(kind: str) -> None:
    table = Table.of(["a\x00"], [["b\x00c\ud800d"], ["ok"]])
    written = export.FORMATS[kind].write(table)
    if kind != "parquet":
        assert "\x00" not in written.decode("utf-8")
        assert written.decode("utf-8").count("\ufffd") >= (2 if kind == "latex" else 3)


def test_repeated_and_empty_columns_are_told_apart() -> None:
    assert Table.of(["a", "a", "", "a (2)", "a"], []).columns == ("a", "a (2)", "column 3", "a (2) (2)", "a (3)")


def test_a_frame_gives_its_own_values() -> None:
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.5, None],
            "s": ["a", None],
            "d": pd.to_datetime(["2026-01-02", None]),
            "l": [["a"], None],
        },
        index=[7, 9],
    )
    table = Table.of_frame(frame)
    assert table.rows == ((1, 0.5, "a", dt.datetime(2026, 1, 2), ["a"]), (None,) * 5)  # noqa: DTZ001
    assert [type(value) for value in table.rows[0][:4]] == [int, float, str, dt.datetime]
    assert Table.of_frame(frame.iloc[:0]).rows == ()
