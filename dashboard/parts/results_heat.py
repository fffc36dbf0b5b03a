"""Improvements across datasets: a heat map of published rows by dataset and metric, and the numbers behind a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from dashboard import safe, theme
from dashboard.parts.published import ARROW
from dashboard.parts.results_panels import percent
from taxonomy.results import Cell
from taxonomy.vocab import ResultKind, Role

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.theme import Base

MAIN, EVERY = "main", "all"
SATURATION = 50.0
ROW, COLUMN, LABELS, HEAD = 26, 52, 190, 110
LONGEST_ROW, LONGEST_HOVER = 30, 60
_BARE = {"showgrid": False, "zeroline": False, "showline": False}


@dataclass(frozen=True)
class Matrix:
    """A heat map: a row is a published row, a column a pair of dataset and metric; a pair without a cell is missing."""

    rows: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]

    def largest(self, rows: int, columns: int) -> Matrix:
        """At most so many rows, from the top, and of the columns those with most cells in these rows."""
        kept = set(self.rows[:rows])
        counts = Counter((cell.dataset, cell.metric) for cell in self.cells if row_of(cell) in kept)
        best = set(sorted(self.columns, key=lambda column: -counts[column])[:columns])
        cells = (cell for cell in self.cells if row_of(cell) in kept and (cell.dataset, cell.metric) in best)
        return Matrix(self.rows[:rows], tuple(column for column in self.columns if column in best), tuple(cells))

    def at(self, row: str, column: tuple[str, str]) -> Cell | None:
        """The cell of a row and a column, if there is one."""
        return next((c for c in self.cells if row_of(c) == row and (c.dataset, c.metric) == column), None)


def row_of(cell: Cell) -> str:
    """What makes a row of the heat map."""
    return cell.method


def metrics_of(cells: Iterable[Cell]) -> dict[str, str]:
    """The metrics with improvements, those of most cells first, with their names."""
    counts = Counter((cell.metric, cell.metric_name) for cell in cells)
    return {metric: name for (metric, name), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}


def sources_of(cells: Iterable[Cell]) -> dict[str, str]:
    """The sources with improvements by title, their keys first."""
    return dict(sorted({pair for cell in cells for pair in cell.sources}, key=lambda pair: pair[1].casefold()))


def matrix(cells: Sequence[Cell], shown: str = MAIN, *, others: bool = False) -> Matrix:
    """The heat map of some cells: methods that stand in most columns first, controls and other baselines last.

    Args:
        cells: all improvements.
        shown: `MAIN` for one metric a dataset, the one of most cells; `EVERY` for all; or a metric.
        others: also rows that are no method: controls with a wrong user's data, and baselines.
    """
    kept = [cell for cell in cells if others or is_method(cell)]
    columns = _columns(kept, shown)
    kept = [cell for cell in kept if (cell.dataset, cell.metric) in columns]
    by_row: dict[str, list[Cell]] = {}
    for cell in kept:
        by_row.setdefault(row_of(cell), []).append(cell)
    rows = sorted(
        by_row,
        key=lambda row: (
            not is_method(by_row[row][0]),
            -len(by_row[row]),
            -median(cell.middle for cell in by_row[row]),
            row,
        ),
    )
    return Matrix(tuple(rows), tuple(columns), tuple(kept))


def is_method(cell: Cell) -> bool:
    """Whether a row stands for a method or a variant of one, and not for a baseline or a control."""
    return cell.method_kind in {ResultKind.METHOD, ResultKind.VARIANT}


def _columns(cells: Sequence[Cell], shown: str) -> list[tuple[str, str]]:
    counts = Counter((cell.dataset, cell.metric) for cell in cells)
    common = Counter(cell.metric for cell in cells)  # of equally many cells, the metric that other datasets have too
    ordered = sorted(counts, key=lambda pair: (pair[0], -counts[pair], -common[pair[1]], pair[1]))
    if shown == EVERY:
        return ordered
    if shown != MAIN:
        return [pair for pair in ordered if pair[1] == shown]
    first = {dataset: (dataset, metric) for dataset, metric in reversed(ordered)}
    return [first[dataset] for dataset in sorted(first)]


def row_label(cell: Cell) -> str:
    """A published row with the letters of its levels; controls and baselines say what they are."""
    letters = "".join(theme.LEVELS[level].letter for level in cell.levels if level in theme.LEVELS)
    if cell.role is Role.WRONG_USER:
        return f"\u2715 wrong user: {cell.method_label}"
    if not is_method(cell):
        return f"│ {cell.method_label}"
    return f"{letters} {cell.method_label}" if letters else cell.method_label


def cell_text(cell: Cell) -> str:
    """A cell in words: row, dataset, metric, improvement and how many comparisons."""
    return (
        f"{cell.method_label} on {cell.dataset_name}, {cell.metric_name} {ARROW[cell.direction][0]}: "
        f"{percent(cell.middle)}{_spread(cell)}"
    )


def _spread(cell: Cell) -> str:
    if cell.comparisons == 1:
        return " (n 1)"
    return f" (median of n {cell.comparisons}, from {percent(cell.low)} to {percent(cell.high)})"


def short(cell: Cell) -> str:
    """What stands in a cell: the percentage, with a star where comparisons disagree in sign."""
    sign = "+" if round(cell.middle) > 0 else "\u2212" if round(cell.middle) < 0 else "±"
    return f"{sign}{abs(cell.middle):.0f}{'*' if cell.disagrees else ''}"


def figure(shown: Matrix, base: Base) -> Any:
    """The heat map; a missing pair is an empty place, no colour of the scale."""
    import plotly.graph_objects as go

    place = {(row_of(cell), (cell.dataset, cell.metric)): cell for cell in shown.cells}
    labels = {row_of(cell): _text(safe.plain(row_label(cell), LONGEST_ROW)) for cell in shown.cells}
    arrows = {(cell.dataset, cell.metric): ARROW[cell.direction][0] for cell in shown.cells}
    grid = [[place.get((row, column)) for column in shown.columns] for row in shown.rows]
    made = go.Figure(
        go.Heatmap(
            z=[[cell.middle if cell else None for cell in line] for line in grid],
            text=[[short(cell) if cell else "" for cell in line] for line in grid],
            texttemplate="%{text}",
            zmin=-SATURATION,
            zmax=SATURATION,
            colorscale=theme.diverging(base),
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            hoverongaps=False,
            colorbar={
                "title": {"text": "%"},
                "thickness": 10,
                "lenmode": "pixels",
                "len": 260,
                "y": 1,
                "yanchor": "top",
                "tickvals": [-50, -25, 0, 25, 50],
            },
        )
    )
    made.add_trace(_clickable(grid))
    heads = [f"{_text(dataset)}<br>{_text(metric)} {arrows[dataset, metric]}" for dataset, metric in shown.columns]
    made.update_xaxes(tickvals=list(range(len(heads))), ticktext=heads, side="top", tickangle=-60, **_BARE)
    made.update_yaxes(
        tickvals=list(range(len(shown.rows))),
        ticktext=[labels[row] for row in shown.rows],
        range=[len(shown.rows) - 0.5, -0.5],
        **_BARE,
    )
    width, height = LABELS + COLUMN * len(shown.columns) + 60, HEAD + ROW * len(shown.rows)
    made.update_layout(width=width, height=height, font={"size": 11})
    return made


def _clickable(grid: Sequence[Sequence[Cell | None]]) -> Any:
    """Marks that are not seen over the cells: a heat map itself cannot be clicked."""
    import plotly.graph_objects as go

    points = [(x, y, cell) for y, line in enumerate(grid) for x, cell in enumerate(line) if cell]
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=[x for x, _, _ in points],
        y=[y for _, y, _ in points],
        mode="markers",
        marker={"symbol": "square", "size": ROW - 4, "opacity": 0, "color": theme.GREY},
        unselected=unseen,
        selected=unseen,
        customdata=[cell.id for _, _, cell in points],
        hovertext=[_hover(cell) for _, _, cell in points],
        hoverinfo="text",
        showlegend=False,
    )


def _hover(cell: Cell) -> str:
    """The cell in short lines, so that a mark near the edge can be read."""
    lines = [
        row_label(cell),
        cell.dataset_name,
        f"{cell.metric_name} {ARROW[cell.direction]}",
        f"{percent(cell.middle)}{_spread(cell)}",
        *(title for _, title in cell.sources),
    ]
    return "<br>".join(_text(safe.plain(line, LONGEST_HOVER)) for line in lines)


def _text(text: str) -> str:
    return safe.html(text)


def table_of(shown: Matrix) -> pd.DataFrame:
    """The cells as a table, the most improved first."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "row as printed": safe.plain(cell.method_label),
                "dataset": safe.plain(cell.dataset_name),
                "metric": f"{safe.plain(cell.metric_name)} {ARROW[cell.direction][0]}",
                "improvement, % (median)": round(cell.middle, 1),
                "lowest": round(cell.low, 1),
                "highest": round(cell.high, 1),
                "n": cell.comparisons,
                "whose data": cell.role.value if cell.role else "",
                "kind": cell.method_kind.value,
                "sources": safe.plain("; ".join(title for _, title in cell.sources)),
            }
            for cell in sorted(shown.cells, key=lambda cell: -cell.middle)
        ]
    )


def message(shown: Matrix) -> str:
    """What the heat map says, in words."""
    places = len(shown.rows) * len(shown.columns)
    said = (
        f"{len(shown.rows)} published rows by {len(shown.columns)} pairs of dataset and metric. {len(shown.cells)} of "
        f"{places} places have an improvement that can be computed: {_split(shown.cells)} than the non-personalized "
        "row."
    )
    wrong = [cell for cell in shown.cells if cell.role is Role.WRONG_USER]
    return f"{said} With a wrong user's data: {_split(wrong)}." if wrong else said


def _split(cells: Sequence[Cell]) -> str:
    better, worse = sum(cell.middle > 0 for cell in cells), sum(cell.middle < 0 for cell in cells)
    return f"{better} better, {worse} worse"
