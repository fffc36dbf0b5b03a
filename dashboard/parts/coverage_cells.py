"""The cells of a coverage table: one opened with its entries, and the empty ones with what is nearest to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import later, piece
from dashboard.parts.coverage_chart import PLURAL
from dashboard.parts.markup import Tag, tag
from taxonomy.coverage import Cell, CellEntry, Grid, Neighbour
from taxonomy.tree import STRATEGIES, Assignment, strategy_key
from taxonomy.vocab import Kind

if TYPE_CHECKING:
    import pandas as pd

SHOWN, SHOWN_EMPTY, SHOWN_NEAR = 10, 8, 2
NO_ROW = "no row in this catalog"

Near = Mapping[Cell, tuple[Neighbour, ...]]
Entries = Mapping[Cell, tuple[CellEntry, ...]]


def opened(grid: Grid, cell: Cell, entries: Sequence[CellEntry], browse: Mapping[str, str] | None) -> None:
    """A cell with its entries, and the same in Browse where Browse can ask for it."""
    st.subheader(f"{safe.markdown(grid.labels[cell])}: {counted(grid, cell)}", anchor=False)
    piece.draw([_entry(entry) for entry in entries[:SHOWN]], key="cv_first")
    if len(entries) > SHOWN:
        later.expander(f"The other {len(entries) - SHOWN:,}", lambda: _rest(entries[SHOWN:]), key="cv_others")
    if entries and browse is not None:
        page_link("browse", "Open in Browse", query=browse, icon=":material/search:")


def counted(grid: Grid, cell: Cell) -> str:
    """What a cell holds, in words."""
    count = grid.count(cell)
    kinds = [kind for kind in Kind if kind in grid.question.kinds]
    words = " and ".join(kind.value if count == 1 and kind is not Kind.NODE else PLURAL[kind] for kind in kinds)
    return f"{count:,} {words}" if count else NO_ROW


def expected_text(grid: Grid, cell: Cell) -> str:
    """How many entries a cell would have if rows and columns were unrelated; empty where that is next to none."""
    expected = grid.expected(cell)
    return f"{expected:.1f} expected if rows and columns were unrelated." if expected >= 0.05 else ""


def near_line(grid: Grid, cell: Cell, near: Sequence[Neighbour]) -> str:
    """An empty cell with the cells nearest to it, as Markdown."""
    said = ", ".join(f"{safe.markdown(grid.labels[each.cell])} ({each.count:,})" for each in near)
    parts = (f"{NO_ROW}.", expected_text(grid, cell), f"Nearest: {said or 'no cell of this table has an entry'}.")
    return " ".join(part for part in parts if part)


def empty(grid: Grid, near: Near, entries: Entries) -> None:
    """The empty cells, those first where most would be expected, each with the entries nearest to it."""
    piece.draw([_empty(grid, cell, near[cell], entries) for cell in grid.empty[:SHOWN_EMPTY]], key="cv_empty")
    rest = grid.empty[SHOWN_EMPTY:]
    if rest:
        lines = "\n".join(f"- **{safe.markdown(grid.labels[c])}**: {near_line(grid, c, near[c])}" for c in rest)
        label = f"The other {len(rest):,} empty cells"
        later.expander(label, lambda: _said(lines), key="cv_other_empty")


def nearest_entries(grid: Grid, near: Sequence[Neighbour], entries: Entries) -> None:
    """The nearest cells, each with links to its first entries."""
    piece.draw(_nearest(grid, near, entries), key="cv_nearest")


def _nearest(grid: Grid, near: Sequence[Neighbour], entries: Entries) -> list[Tag]:
    if not near:
        return [tag("span", "No cell of this table has an entry.", class_="quiet")]
    return [
        tag(
            "div",
            tag("span", f"{safe.plain(grid.labels[each.cell])} ({each.count:,})", class_="quiet"),
            *(piece.entry_link(entry.ref) for entry in entries.get(each.cell, ())[:SHOWN_NEAR]),
            class_="row",
        )
        for each in near
    ]


def entries_table(entries: Sequence[CellEntry]) -> pd.DataFrame:
    """The entries of a cell as a table."""
    import pandas as pd

    rows = [
        {
            "kind": entry.ref.kind.value,
            "key": entry.ref.key,
            "name": entry.ref.name,
            "year": entry.year,
            "published_numbers": entry.results,
            "summary": entry.summary,
        }
        for entry in entries
    ]
    return pd.DataFrame(rows).astype({"year": "Int64"})


def browse_query(
    grid: Grid, cell: Cell, filters: Mapping[str, str], strategies: Sequence[Assignment]
) -> dict[str, str] | None:
    """The address of Browse that shows a cell; None where Browse has no such filter.

    Args:
        grid: the table.
        cell: a cell of it.
        filters: what the address already says about Browse.
        strategies: which technique leaf is which strategy: Browse knows only the leaves.
    """
    question = grid.question
    chosen = {"br_kind": ",".join(sorted(kind.value for kind in question.kinds))}
    for axis, value in zip((question.rows, question.columns), cell, strict=True):
        name, values = f"br_{axis}", value
        if axis == STRATEGIES:
            name = "br_technique"
            values = ",".join(each.node for each in strategies if strategy_key(each.strategy) == value)
        if name in chosen and name != "br_kind":
            if question.rows != question.columns or (axis == STRATEGIES and cell[0] != cell[1]):
                return None
            if cell[0] != cell[1]:  # both of them, and not either
                values, chosen["br_all"] = ",".join(cell), axis
        chosen[name] = values
    clash = any(name in filters and filters[name] != values for name, values in chosen.items() if name != "br_kind")
    return None if clash else {**filters, **chosen}


def _empty(grid: Grid, cell: Cell, near: Sequence[Neighbour], entries: Entries) -> Tag:
    said = f"{NO_ROW.capitalize()}. {expected_text(grid, cell)} Nearest to it:"
    head = tag("div", tag("b", safe.plain(grid.labels[cell]))), tag("div", said, class_="quiet")
    return tag("div", *head, *_nearest(grid, near, entries), class_="card")


def _said(text: str) -> None:
    st.markdown(text)


def _rest(entries: Sequence[CellEntry]) -> None:
    piece.draw([_entry(entry) for entry in entries], key="cv_rest")


def _entry(entry: CellEntry) -> Tag:
    numbers = f"{entry.results:,} published numbers" if entry.results else ""
    said = ", ".join(part for part in (str(entry.year or ""), numbers) if part)
    head = tag("div", piece.entry_link(entry.ref), tag("span", said, class_="quiet"), class_="row")
    return tag("div", head, tag("div", safe.plain(entry.summary, 160), class_="quiet"))
