"""Found entries as a table: which columns there are, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import safe, state
from dashboard.navigation import address
from dashboard.parts import cards
from taxonomy.export import Table
from taxonomy.question import BrowseRow
from taxonomy.vocab import BrowseFacet, Facet

Cell = Callable[[BrowseRow], Any]
ROW_HEIGHT, MOST_SHOWN = 35, 20


def _names(facet: Facet) -> Cell:
    return lambda row: "; ".join(node.name for node in row.nodes if node.facet is facet)


def _tags(facet: BrowseFacet) -> Cell:
    return lambda row: "; ".join(row.tags.get(facet, ()))


COLUMNS: Mapping[str, tuple[str, Cell]] = MappingProxyType(
    {
        "kind": ("Kind", lambda row: row.ref.kind.value),
        "name": ("Name", lambda row: row.ref.name),
        "year": ("Year", lambda row: row.year),
        "venue": ("Venue", lambda row: row.venue),
        "level": ("Level", _names(Facet.LEVEL)),
        "technique": ("Technique", _names(Facet.TECHNIQUE)),
        "usage": ("Judged by", _names(Facet.USAGE)),
        "application": ("Application", _names(Facet.APPLICATION)),
        "family": ("Metric family", _names(Facet.EVALUATION)),
        "results": ("Published numbers", lambda row: row.results),
        "links": ("Relations", lambda row: row.links),
        "authors": ("Authors", lambda row: row.authors),
        "title": ("Title", lambda row: row.title),
        "summary": ("Summary", lambda row: row.summary),
        "dataset": ("Uses the data", _tags(BrowseFacet.DATASET)),
        "task": ("Task", _tags(BrowseFacet.TASK)),
        "text_length": ("Text length", _tags(BrowseFacet.TEXT_LENGTH)),
        "direction": ("Direction", _tags(BrowseFacet.DIRECTION)),
        "needs": ("Needs", _tags(BrowseFacet.NEEDS)),
        "runs_here": ("Runs here", _tags(BrowseFacet.RUNS_HERE)),
        "mark": ("Mark", lambda row: row.mark.label if row.mark else ""),
        "in_survey": ("In the survey (a guess)", lambda row: row.in_survey or ""),
        "arxiv": ("arXiv", lambda row: row.arxiv_id or ""),
        "url": ("Page", lambda row: row.url or ""),
        "code": ("Code", lambda row: row.code_url or ""),
        "data": ("Data", lambda row: row.data_url or ""),
        "key": ("Key", lambda row: row.ref.key),
    }
)
SHOWN = ("kind", "name", "year", "venue", "level", "technique", "family", "results", "links")
LINKS = ("url", "code", "data")
CHOSEN = state.choices("br_columns", SHOWN, accepted=COLUMNS)


def table_of(rows: Iterable[BrowseRow], columns: Iterable[str] = COLUMNS) -> Table:
    """Entries as rows; absent texts are empty, absent numbers absent."""
    cells = [COLUMNS[name] for name in columns]
    return Table.of([label for label, _ in cells], ([cell(row) for _, cell in cells] for row in rows))


def frame_of(rows: Sequence[BrowseRow], columns: Sequence[str]) -> pd.DataFrame:
    """What is shown: the chosen columns after a link to each entry's page; numbers stay numbers."""
    table = table_of(rows, columns)
    frame = pd.DataFrame(list(table.rows), columns=list(table.columns))
    frame.insert(0, "Open", [address("entry", cards.entry_query(row.ref)) for row in rows])
    for label in {COLUMNS[name][0] for name in columns} & {"Year", "Published numbers", "Relations"}:
        frame[label] = frame[label].astype("Int64")
    for name in set(LINKS) & set(columns):
        frame[COLUMNS[name][0]] = [safe.url(each) for each in frame[COLUMNS[name][0]]]
    return frame


def draw(rows: Sequence[BrowseRow], columns: tuple[str, ...]) -> None:
    """The chosen columns, which the reader can sort and search; Open leads to the entry."""
    shown = columns or SHOWN
    links = {COLUMNS[name][0]: st.column_config.LinkColumn(display_text="open") for name in LINKS if name in shown}
    st.dataframe(
        frame_of(rows, shown),
        hide_index=True,
        height=ROW_HEIGHT * (min(len(rows), MOST_SHOWN) + 1) + 3,
        column_config={"Open": st.column_config.LinkColumn("", display_text="open", width="small"), **links},
        alt=f"{len(rows)} entries with {len(shown)} columns.",
        key="br_table",
    )
