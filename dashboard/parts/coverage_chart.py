"""Coverage as pictures: the table of counts as a heat map, and growth as a row of bars for each class."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dashboard import safe, theme
from dashboard.parts.filters import FACET_NAME
from dashboard.theme import Base
from taxonomy.coverage import AXES, AxisValue, Cell, Grid, Neighbour
from taxonomy.tree import STRATEGIES
from taxonomy.vocab import BrowseFacet, Kind

if TYPE_CHECKING:
    import pandas as pd

CELL_MARK = "~~"  # parts row and column in the name of a cell; no value holds it
MOST_VALUES = 30
NARROW = 5  # columns that a telephone has room for
PLURAL: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.METHOD: "methods",
        Kind.DATASET: "datasets",
        Kind.METRIC: "metrics",
        Kind.NODE: "classes",
        Kind.PAPER: "papers",
    }
)
_HUE: Mapping[Base, str] = MappingProxyType({"light": "#4A4E9C", "dark": "#AEB2F2"})
_PALEST = 0.16  # of the hue for one entry: far enough from an empty cell, which has none
_ROW, _FRAME, _BARS, _LINE, _SIDE = 34, 90, 44, 24, 26  # pixels, but _LINE: characters


def axis_name(axis: str) -> str:
    """An axis in words."""
    return "Strategy (ours)" if axis == STRATEGIES else FACET_NAME[BrowseFacet(axis)]


AXIS_NAME: Mapping[str, str] = MappingProxyType({axis: axis_name(axis) for axis in AXES})


def kinds_text(grid: Grid) -> str:
    """What is counted, in words."""
    return " and ".join(PLURAL[kind] for kind in Kind if kind in grid.question.kinds)


def message(grid: Grid) -> str:
    """The message of the heat map: how many cells have entries, which is the fullest, which are empty."""
    question = grid.question
    name = f"{AXIS_NAME[question.rows]} by {AXIS_NAME[question.columns].lower()}"
    if grid.fullest is None:
        return f"{name}: no cell has {kinds_text(grid)}"
    fullest = f"the fullest is {grid.labels[grid.fullest]} with {grid.count(grid.fullest):,}"
    first = ", ".join(grid.labels[cell] for cell in grid.empty[:3])
    more = f" and {len(grid.empty) - 3} more" if len(grid.empty) > 3 else ""
    empty = f"empty: {first}{more}" if grid.empty else "none is empty"
    return f"{name}: {grid.filled:,} of {len(grid.cells):,} cells have {kinds_text(grid)}; {fullest}; {empty}"


def table(grid: Grid) -> pd.DataFrame:
    """The counts as a table with the distinct totals of rows and columns."""
    import pandas as pd

    head = AXIS_NAME[grid.question.rows].lower()
    rows: list[dict[str, Any]] = [
        {
            head: row.label,
            **{column.label: grid.count((row.value, column.value)) for column in grid.columns},
            "any of them": grid.row_totals.get(row.value, 0),
        }
        for row in grid.rows
    ]
    totals = {column.label: grid.column_totals.get(column.value, 0) for column in grid.columns}
    return pd.DataFrame([*rows, {head: "any of them", **totals, "any of them": grid.total}])


def empty_table(grid: Grid, near: Mapping[Cell, tuple[Neighbour, ...]]) -> pd.DataFrame:
    """The empty cells with what would be expected there and the nearest cell that has entries."""
    import pandas as pd

    rows = []
    for cell in grid.empty:
        nearest = near[cell][0] if near.get(cell) else None
        rows.append(
            {
                "empty cell": grid.labels[cell],
                "expected": round(grid.expected(cell), 2),
                "nearest cell": grid.labels[nearest.cell] if nearest else "",
                "its entries": nearest.count if nearest else 0,
            }
        )
    return pd.DataFrame(rows, columns=["empty cell", "expected", "nearest cell", "its entries"])


def heat_map(grid: Grid, base: Base) -> Any:
    """Cells with entries are filled, the darker the more; cells without have an outline and no colour."""
    import plotly.graph_objects as go

    largest = max(grid.counts.values(), default=1)
    shares = [[_share(grid.count((row.value, column.value)), largest) for column in grid.columns] for row in grid.rows]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.GROUND[base]], [1, _HUE[base]]],
            showscale=False,
            xgap=3,
            ygap=3,
            hoverinfo="skip",
        )
    )
    figure.add_trace(_marks(grid, largest, base))
    empty = [place for place, cell in enumerate(grid.cells) if not grid.count(cell)]
    outlines = [_outline(*divmod(place, len(grid.columns))) for place in empty]
    size = 13 if len(grid.columns) <= 12 else 11
    tall = max((len(column.label) for column in grid.columns), default=0) if len(grid.columns) > NARROW else 0
    figure.update_xaxes(
        range=[-0.5, len(grid.columns) - 0.5],
        tickvals=list(range(len(grid.columns))),
        ticktext=[_tick(column, grid.column_totals, _LINE) for column in grid.columns],
        side="top",
        tickangle=0 if tall <= 5 else -90,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        tickfont={"size": size},
    )
    figure.update_yaxes(
        tickfont={"size": 12},
        tickvals=list(range(len(grid.rows))),
        ticktext=[_tick(row, grid.row_totals, _LINE) for row in grid.rows],
        range=[len(grid.rows) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    tall_labels = 5 * min(tall, _LINE)
    figure.update_layout(height=_FRAME + _ROW * len(grid.rows) + tall_labels, showlegend=False, shapes=outlines)
    return figure


def growth(grid: Grid, base: Base) -> Any:
    """One row of bars for each class, all rows on one scale; a year without an entry has no bar."""
    import plotly.graph_objects as go

    largest = max(grid.counts.values(), default=1)
    years = [column.value for column in grid.columns]
    places = [(row, year) for row in range(len(grid.rows)) for year in years]
    counts = [grid.count((grid.rows[row].value, year)) for row, year in places]
    shown = [place for place, count in enumerate(counts) if count]
    figure = go.Figure(
        go.Bar(
            x=[int(places[place][1]) for place in shown],
            y=[0.78 * counts[place] / largest for place in shown],
            base=[-places[place][0] for place in shown],
            width=0.82,
            marker={"color": _HUE[base]},
            hovertext=[_hover(grid, (grid.rows[places[p][0]].value, places[p][1])) for p in shown],
            hoverinfo="text",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[int(places[place][1]) for place in shown],
            y=[-places[place][0] + 0.78 * counts[place] / largest for place in shown],
            text=[f"{counts[place]:,}" for place in shown],
            mode="text",
            textposition="top center",
            textfont={"size": 10},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )
    figure.update_yaxes(
        tickvals=[-row for row in range(len(grid.rows))],
        ticktext=[_tick(row, grid.row_totals, _LINE) for row in grid.rows],
        range=[-len(grid.rows) + 0.7, 1.1],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(showgrid=False, dtick=1 if len(years) <= 12 else 2, tickangle=0, fixedrange=True)
    figure.update_layout(height=growth_height(grid), showlegend=False, bargap=0.1)
    return figure


def growth_height(grid: Grid) -> int:
    """The height of the growth chart in pixels."""
    return _FRAME + _BARS * len(grid.rows)


def growth_message(grid: Grid) -> str:
    """The message of the growth chart: the fullest year and class, and the total by year."""
    if grid.fullest is None:
        return f"No {kinds_text(grid)} with a year"
    years = sorted(grid.column_totals.items(), key=lambda each: -each[1])
    row, year = grid.fullest
    label = next(each.label for each in grid.rows if each.value == row)
    return (
        f"{kinds_text(grid).capitalize()} by year: most in {years[0][0]} ({years[0][1]:,} of {grid.total:,}); "
        f"the largest single group is {label} in {year} with {grid.count(grid.fullest):,}"
    )


def cell_name(cell: Cell) -> str:
    """A cell as the name of a mark."""
    return CELL_MARK.join(cell)


def cell_of(name: str, grid: Grid) -> Cell | None:
    """The cell of a mark; None where the table has no such cell."""
    row, _, column = name.partition(CELL_MARK)
    return (row, column) if (row, column) in grid.labels else None


def _share(count: int, largest: int) -> float | None:
    """How much of the hue a cell has: none where it is empty, else from the palest up by the root of its count."""
    if not count:
        return None
    return _PALEST + (1 - _PALEST) * (math.sqrt(count) - 1) / ((math.sqrt(largest) - 1) or 1)


def _marks(grid: Grid, largest: int, base: Base) -> Any:
    """The numbers, on marks without a colour that can be pointed at and clicked."""
    import plotly.graph_objects as go

    inks = []
    for cell in grid.cells:
        share = _share(grid.count(cell), largest)
        fill = theme.GROUND[base] if share is None else theme.mixed(theme.GROUND[base], _HUE[base], share)
        inks.append(theme.GREY if share is None else theme.ink_on(fill))
    return go.Scatter(
        x=[place % len(grid.columns) for place in range(len(grid.cells))],
        y=[place // len(grid.columns) for place in range(len(grid.cells))],
        mode="markers+text",
        text=[f"{grid.count(cell):,}" for cell in grid.cells],
        textfont={"color": inks, "size": 12 if len(grid.columns) <= 20 else 10},
        marker={"symbol": "square", "size": _SIDE, "color": "rgba(0,0,0,0)"},
        unselected={"marker": {"opacity": 0}, "textfont": {"color": None}},
        customdata=[cell_name(cell) for cell in grid.cells],
        hovertext=[_hover(grid, cell) for cell in grid.cells],
        hoverinfo="text",
    )


def _outline(row: int, column: int) -> dict[str, Any]:
    half = 0.44
    return {
        "type": "rect",
        "x0": column - half,
        "x1": column + half,
        "y0": row - half,
        "y1": row + half,
        "line": {"color": theme.GREY, "width": 1, "dash": "dot"},
        "layer": "below",
    }


def _hover(grid: Grid, cell: Cell) -> str:
    count = grid.count(cell)
    said = f"{count:,} {kinds_text(grid)}" if count else "no row in this catalog"
    return f"<b>{_text(grid.labels[cell])}</b><br>{_text(said)}"


def _tick(value: AxisValue, totals: Mapping[str, int], line: int) -> str:
    """A row or column: its name on at most two lines, a level by its shape and letter, and its distinct entries."""
    number = f"<b>{totals.get(value.value, 0):,}</b>"
    look = theme.LEVELS.get(value.value)
    if look is not None:
        return f'<span style="color:{look.colour}">{look.glyph}</span> {look.letter} {look.label}<br>{number}'
    lines = textwrap.wrap(safe.plain(value.label), line, max_lines=2, placeholder="…") or [""]
    return f"{'<br>'.join(safe.html(each) for each in lines)} {number}"


def _text(text: str) -> str:
    """Plotly reads a few HTML tags in labels; none of them may come from data."""
    return safe.html(safe.plain(text))
