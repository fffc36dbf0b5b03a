"""Worked examples for the Query page: real questions about the field, each a file in `taxonomy/questions`.

A file begins with three comments: the question, what to know about the answer, and the chart that shows it (its kind
and its columns: x, y, and what colours it; or none). The statement follows.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).with_name("questions")
ChartKind = Literal["bar", "line", "points", "none"]
CHART_KINDS: tuple[ChartKind, ...] = ("bar", "line", "points", "none")


@dataclass(frozen=True)
class Chart:
    """How an answer is drawn; columns are named, and `colour` is empty for one colour."""

    kind: ChartKind
    x: str = ""
    y: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Question:
    """A worked example.

    Attributes:
        key: the file without its number and ending.
        note: what to know before reading the answer.
        sql: the statement alone.
    """

    key: str
    title: str
    note: str
    chart: Chart
    sql: str


@functools.cache
def questions() -> tuple[Question, ...]:
    """All worked examples, in the order of their numbers.

    Raises:
        ValueError: a file does not have the form.
    """
    return tuple(parsed(path.stem, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.sql")))


def parsed(stem: str, text: str) -> Question:
    """A question from the text of its file.

    Raises:
        ValueError: the text does not have the form.
    """
    lines = text.split("\n", 3)
    if len(lines) < 4 or not all(line.startswith("-- ") for line in lines[:3]):
        raise ValueError(f"{stem}.sql must begin with three comments: the question, a note, the chart")
    title, note, chart = (line.removeprefix("-- ").strip() for line in lines[:3])
    kind, *columns = chart.removeprefix("chart:").split()
    if not chart.startswith("chart:") or kind not in CHART_KINDS or len(columns) > 3:
        raise ValueError(f"{stem}.sql: the third comment must be: -- chart: {'|'.join(CHART_KINDS)} x y colour")
    key = stem.partition("_")[2] or stem
    return Question(key, title, note, Chart(kind, *columns), lines[3].strip())
