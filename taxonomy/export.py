"""Tables as files: CSV, JSON, Parquet, Markdown and LaTeX, each so that any text survives and none is obeyed.

Absent values stay absent: nothing in CSV, Markdown and LaTeX, null in JSON and Parquet; an empty text is `""` in CSV.
Numbers stay numbers. Text cells that a spreadsheet would read as a formula are guarded in CSV by an apostrophe.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import duckdb

from taxonomy import literals

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[Any, ...]
WIDE = "\uff1d\uff0b\uff0d\uff20"  # the wide forms of = + - @, which spreadsheets read alike
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *WIDE)
BIGGEST, HUGEST = 2**63, 2**127
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?|\n")
_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_MARKDOWN_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\t": "&#9;", "\n": "<br>"}
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}", "\t": r"\ ",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Columns of different names, and rows as long as they are.

    Attributes:
        rows: None is an absent value; other values are texts, numbers, booleans, dates, times, lists and mappings.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
        """A table whose repeated or empty column names are told apart by a number."""
        names: list[str] = []
        for position, column in enumerate(columns, start=1):
            name, number = column or f"column {position}", 1
            while name in names:
                number += 1
                name = f"{column or 'column'} ({number})"
            names.append(name)
        return cls(tuple(names), tuple(tuple(row) for row in rows))

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> Table:
        """The same table without its index; what pandas calls missing is absent."""
        columns = [[_plain(value) for value in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])]
        rows = zip(*columns, strict=True) if columns else ()
        return cls.of([str(column) for column in frame.columns], rows)

    def records(self) -> list[dict[str, Any]]:
        """Each row as column to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Form:
    """A kind of file: what readers call it, the end of its name, its media type."""

    name: str
    suffix: str
    mime: str


@dataclass(frozen=True)
class Format(Form):
    """A form that a table can be written in."""

    write: Callable[[Table], bytes]


def csv(table: Table) -> bytes:
    """RFC 4180 in UTF-8: CRLF between rows, texts in quotes where they must be."""
    lines = [[_csv_text(name) for name in table.columns], *([_csv_cell(v) for v in row] for row in table.rows)]
    return "".join(",".join(line) + "\r\n" for line in lines).encode()


def json_records(table: Table) -> bytes:
    """A list of objects, one a row; numbers that JSON has not are the texts NaN, Infinity and -Infinity."""
    records = [{_writable(k): json_value(v) for k, v in record.items()} for record in table.records()]
    return json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False).encode()


def parquet(table: Table) -> bytes:
    """Parquet with a type for each column: boolean, whole number, number, date, time, or text for anything else.

    Raises:
        ValueError: the table has no column, which Parquet cannot hold.
    """
    if not table.columns:
        raise ValueError("a table without columns cannot be written as Parquet")
    columns = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.columns)
    typed = [_parquet_column(values) for values in columns]
    selected = ", ".join(
        f"unnest($c{at}::{kind}[]) AS {literals.identifier(_writable(name))}"
        for at, (name, (kind, _)) in enumerate(zip(table.columns, typed, strict=True))
    )
    parameters = {f"c{at}": values for at, (_, values) in enumerate(typed)}
    connection = duckdb.connect(":memory:", config={"threads": "1", "autoload_known_extensions": "false"})
    try:
        with tempfile.TemporaryDirectory(prefix="attune-export-") as folder:
            path = Path(folder) / "table.parquet"
            target = literals.literal(str(path))
            connection.execute(f"CREATE TABLE exported AS SELECT {selected}", parameters)
            connection.execute(f"COPY exported TO {target} (FORMAT parquet)")
            return path.read_bytes()
    finally:
        connection.close()


def markdown(table: Table) -> bytes:
    """A table as GitHub's Markdown reads it; numbers stand on the right, line breaks are `<br>`."""
    rule = ["---:" if right else "---" for right in _numeric(table)]
    rows = [[_markdown_text(text(value)) for value in row] for row in table.rows]
    lines = [[_markdown_text(name) for name in table.columns], rule, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).encode()


def latex(table: Table) -> bytes:
    """A booktabs tabular; line breaks inside a cell are a `shortstack`."""
    shape = "".join("r" if right else "l" for right in _numeric(table))
    head = " & ".join(latex_text(name) for name in table.columns)
    body = [" & ".join(latex_text(text(value)) for value in row) + r" \\" for row in table.rows]
    lines = [
        r"% needs \usepackage{booktabs}; for scripts other than Latin use XeLaTeX or LuaLaTeX",
        rf"\begin{{tabular}}{{{shape}}}",
        r"\toprule",
        rf"{head} \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join((*lines, "")).encode()


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "csv": Format("CSV", "csv", "text/csv", csv),
        "json": Format("JSON", "json", "application/json", json_records),
        "parquet": Format("Parquet", "parquet", "application/vnd.apache.parquet", parquet),
        "markdown": Format("Markdown", "md", "text/markdown", markdown),
        "latex": Format("LaTeX", "tex", "application/x-tex", latex),
    }
)
BIBTEX = Form("BibTeX", "bib", "application/x-bibtex")


def text(value: Any) -> str:
    """A value as the text of a cell; nothing for an absent one."""
    if value is None:
        return ""
    if isinstance(value, bool | float):
        return _number_text(value)
    if isinstance(value, bytes | dt.date | dt.time):
        return value.hex() if isinstance(value, bytes) else value.isoformat()
    if isinstance(value, list | tuple | Mapping):
        return json.dumps(json_value(value), ensure_ascii=False)
    return str(value)


def json_value(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, Mapping):
        return {_writable(text(key)): json_value(each) for key, each in value.items()}
    return _writable(text(value))


def latex_text(given: str) -> str:
    """Text of one or several lines inside LaTeX; characters that LaTeX cannot read are replaced."""
    lines = [_latex_line(line) for line in _LINE_END.split(_CONTROL.sub("\ufffd", given))]
    return lines[0] if len(lines) == 1 else r"\shortstack[l]{" + r"\\".join(lines) + "}"


def _latex_line(line: str) -> str:
    escaped = "".join(_LATEX.get(character, character) for character in line)
    escaped = re.sub(r"(?<=[-'])(?=[-'])", "{}", escaped)  # no dashes or quotes of two characters
    escaped = re.sub(r"^ | $|(?<= ) ", r"\\ ", escaped)
    return f"{{{escaped[0]}}}{escaped[1:]}" if escaped[:1] in {"[", "*"} else escaped  # else arguments of a line's end


def _markdown_text(given: str) -> str:
    line = _LINE_END.sub("\n", _CONTROL.sub("\ufffd", given))
    escaped = _MARKDOWN.sub(r"\\\1", "".join(_MARKDOWN_ENTITY.get(character, character) for character in line))
    escaped = re.sub(r":(?=[\w+-]+:)", r"\\:", escaped)
    return re.sub(r"^ +| +$", lambda found: "&#32;" * len(found[0]), escaped)


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal | dt.date | dt.time):
        return text(value)
    return _csv_text(text(value))


def _csv_text(given: str) -> str:
    shown = _writable(given)
    if shown.startswith(FORMULA):
        shown = f"'{shown}"
    quoted = not shown or shown != shown.strip() or any(character in shown for character in ',"\r\n')
    return '"{}"'.format(shown.replace('"', '""')) if quoted else shown


def _writable(given: str) -> str:
    return _UNWRITABLE.sub("\ufffd", given)


def _number_text(value: bool | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if math.isfinite(value) else _not_finite(value)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _numeric(table: Table) -> list[bool]:
    """Whether a column has numbers and nothing else."""
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.columns)
    return [bool(kinds := _kinds(values)) and kinds <= {int, float, Decimal} for values in columns]


def _kinds(values: Sequence[Any]) -> set[type]:
    return {type(value) for value in values if value is not None}


def _parquet_column(values: Sequence[Any]) -> tuple[str, list[Any]]:
    kinds = _kinds(values)
    exact: dict[type, str] = {
        bool: "BOOLEAN",
        float: "DOUBLE",
        dt.date: "DATE",
        dt.datetime: "TIMESTAMP",
    }
    if kinds == {int} and all(-BIGGEST <= value < BIGGEST for value in values if value is not None):
        return "BIGINT", list(values)
    if kinds == {int, float} and all(abs(value) < HUGEST for value in values if type(value) is int):
        return "DOUBLE", [None if value is None else float(value) for value in values]
    if len(kinds) == 1 and (known := exact.get(next(iter(kinds)))):
        zoned = known == "TIMESTAMP" and any(value.tzinfo for value in values if value is not None)
        return ("TIMESTAMPTZ" if zoned else known), list(values)
    return "VARCHAR", [None if value is None else _writable(text(value)) for value in values]


def _plain(value: Any) -> Any:
    """A value of a pandas table as Python's own."""
    if hasattr(value, "tolist") and not isinstance(value, str | bytes):
        value = value.tolist()
    if (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in {"NAType", "NaTType"}
    ):
        return None
    if isinstance(value, dt.datetime):
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value
