"""An answer to a statement as a chart: which one is sensible, what it draws, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard import safe, theme
from taxonomy.console import Answer
from taxonomy.questions import Chart

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
TIMES = ("DATE", "TIMESTAMP")
MOST_MARKS, MOST_SERIES, LONGEST_LABEL, ROW_HEIGHT, FRAME_HEIGHT = 60, 7, 32, 26, 90
YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Series:
    """Marks of one colour."""

    name: str
    x: tuple[Any, ...]
    y: tuple[float, ...]


def numeric(answer: Answer) -> list[str]:
    """The columns that hold numbers."""
    return [name for name, kind in zip(answer.columns, answer.types, strict=True) if kind.startswith(NUMBERS)]


def suggest(answer: Answer) -> Chart:
    """The chart that a reader would choose: a line over years or times, a bar for each text, points of two numbers."""
    ordered = [name for name in answer.columns if _is_ordered(answer, name)]
    values = [name for name in numeric(answer) if name not in ordered]
    texts = [n for n, kind in zip(answer.columns, answer.types, strict=True) if kind == "VARCHAR" and n not in ordered]
    if len(answer.rows) < 2 or not values:
        return Chart("none")
    if ordered:
        colour = next((name for name in texts if 1 < len(set(column(answer, name))) <= MOST_SERIES), "")
        return Chart("line", ordered[0], values[0], colour)
    if texts:
        return Chart("bar", texts[0], values[0])
    return Chart("points", *values[:2]) if len(values) > 1 else Chart("none")


def usable(chart: Chart, answer: Answer) -> bool:
    """Whether an answer has what a chart draws."""
    return chart.kind != "none" and chart.x in answer.columns and chart.y in numeric(answer)


def column(answer: Answer, name: str) -> list[Any]:
    """The values of a column."""
    place = answer.columns.index(name)
    return [row[place] for row in answer.rows]


def series_of(answer: Answer, chart: Chart) -> list[Series]:
    """What is drawn: at most 60 bars, and 7 colours, the rest under one name; absent values are left out."""
    colours = column(answer, chart.colour) if chart.colour in answer.columns else [""] * len(answer.rows)
    names = list(dict.fromkeys(map(_label, colours)))
    kept = set(names if len(names) <= MOST_SERIES else names[: MOST_SERIES - 1])
    found: dict[str, list[tuple[Any, float]]] = {}
    drawn = list(zip(column(answer, chart.x), column(answer, chart.y), map(_label, colours), strict=True))
    for x, y, name in drawn[:MOST_MARKS] if chart.kind == "bar" else drawn:
        if x is not None and isinstance(y, int | float):
            marks = found.setdefault(name if name in kept else "others", [])
            marks.append((_apart(x, marks) if chart.kind == "bar" else x, float(y)))
    return [Series(name, *(tuple(part) for part in zip(*marks, strict=True))) for name, marks in found.items()]


def _apart(x: Any, marks: Sequence[tuple[Any, float]]) -> Any:
    """A name for a bar; one that repeats is numbered, because bars of one name would be drawn as their sum."""
    taken = {known for known, _ in marks}
    return x if x not in taken else next(f"{x} ({n})" for n in range(2, MOST_MARKS + 2) if f"{x} ({n})" not in taken)


def drawn_table(answer: Answer, chart: Chart) -> pd.DataFrame:
    """The columns that the chart draws, as a table."""
    import pandas as pd

    names = [name for name in dict.fromkeys((chart.x, chart.colour, chart.y)) if name in answer.columns]
    return pd.DataFrame({safe.plain(name): column(answer, name) for name in names})


def message(answer: Answer, chart: Chart) -> str:
    """The chart in one sentence: what it shows, and where the largest value is."""
    marks = [(y, x, each.name) for each in series_of(answer, chart) for x, y in zip(each.x, each.y, strict=True)]
    if not marks:
        return f"No row has both {chart.x} and {chart.y}"
    y, x, name = max(marks, key=lambda mark: mark[0])
    where = f"{_label(x)}, {name}" if name else _label(x)
    return f"{chart.y} by {chart.x}, {len(marks)} values; the largest is {y:g} at {where}"


def figure(answer: Answer, chart: Chart) -> Any:
    """The Plotly figure of a chart."""
    import plotly.graph_objects as go

    found = series_of(answer, chart)
    traces = [_trace(chart, each, _colour(each.name, at)) for at, each in enumerate(found)]
    drawn = go.Figure(traces)
    bars = len({x for each in found for x in each.x})
    height = FRAME_HEIGHT + ROW_HEIGHT * max(4, bars) if chart.kind == "bar" else 380
    legend = {"orientation": "h", "y": -0.2, "x": 0, "traceorder": "normal"}
    drawn.update_layout(height=height, barmode="stack", showlegend=len(found) > 1, legend=legend)
    if chart.kind == "bar":
        drawn.update_yaxes(autorange="reversed", type="category")
        drawn.update_xaxes(title=_text(chart.y))
    else:
        drawn.update_xaxes(title=_text(chart.x))
        drawn.update_yaxes(title=_text(chart.y))
    return drawn


def _trace(chart: Chart, series: Series, look: dict[str, Any]) -> Any:
    import plotly.graph_objects as go

    x, name = [_axis(value) for value in series.x], _text(_label(series.name))
    if chart.kind == "bar":
        return go.Bar(x=series.y, y=x, name=name, orientation="h", marker={"color": look["color"]})
    mode = "lines+markers" if chart.kind == "line" else "markers"
    return go.Scatter(x=x, y=series.y, name=name, mode=mode, marker={**look, "size": 9}, line={"color": look["color"]})


def _colour(name: str, place: int) -> dict[str, Any]:
    """A level has its own colour and shape wherever it is drawn."""
    level = theme.LEVELS.get(name.casefold().partition(" ")[0])
    if level:
        return {"color": level.colour, "symbol": level.symbol}
    return {"color": theme.SEQUENCE[place % len(theme.SEQUENCE)], "symbol": "circle"}


def _is_ordered(answer: Answer, name: str) -> bool:
    """Whether a column is a time, or years."""
    kind = answer.types[answer.columns.index(name)]
    if kind.startswith(TIMES):
        return True
    values: Sequence[Any] = [value for value in column(answer, name) if value is not None]
    return "year" in name.casefold() and bool(values) and all(v in YEARS for v in values if isinstance(v, int))


def _axis(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _text(_label(value))


def _label(value: Any) -> str:
    return safe.plain("absent" if value is None else str(value), LONGEST_LABEL)


def _text(text: str) -> str:
    """Plotly reads a few HTML tags in labels; none of them may come from data."""
    return safe.html(safe.plain(text, 80))
