"""Under a table or chart: its numbers as files, its SQL in the Query page, and how to cite what is seen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import navigation, safe
from dashboard.boundary import boundary
from taxonomy import citing, export
from taxonomy.export import BIBTEX, Form, Table
from taxonomy.model import Citation

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.services import Services
    from taxonomy.model import EntryRef

LONGEST_LINK = 6000  # characters of an encoded statement; common proxies refuse addresses of more than 8,192
HANDED_OVER = "q_handed_over"
ICONS = {
    "csv": ":material/table:",
    "json": ":material/data_object:",
    "parquet": ":material/database:",
    "markdown": ":material/markdown:",
    "latex": ":material/function:",
}


def bar(
    services: Services,
    table: pd.DataFrame | Table | Callable[[], Table],
    *,
    name: str,
    sql: str | Callable[[], str] = "",
    entries: Sequence[EntryRef] | Callable[[], Sequence[EntryRef]] = (),
) -> None:
    """One button that opens the downloads, the SQL and the citation; what it opens is made when it is opened.

    Args:
        services: what pages ask.
        table: what is seen, as numbers and texts; it, `sql` and `entries` may be functions that are called when the
            button is opened.
        name: what it is, in a few words; names the files, and is different for each bar of a page.
        sql: the statement that gives it, from `Store.statement`; empty where there is none.
        entries: the catalog entries that it shows, whose papers are offered as BibTeX.
    """
    _bar(services, table, name=name, sql=sql, entries=entries)


def file_name(name: str, suffix: str) -> str:
    """A name of letters that every file system knows."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80].strip("-")
    return f"attune-{words or 'table'}.{suffix}"


def citations_of(services: Services, entries: Sequence[EntryRef]) -> list[Citation]:
    """The papers of entries, each once, in the order of the entries."""
    asked = {"kinds": [ref.kind.value for ref in entries], "keys": [ref.key for ref in entries]}
    return [Citation(**row) for row in services.catalog.store.query("cited_papers", **asked)] if entries else []


def view_of(services: Services, name: str) -> citing.View:
    """What the reader sees now, as it is cited: the address, its filters, the catalog and the day."""
    filters = {safe.plain(key, 60): safe.plain(value, 300) for key, value in st.query_params.items()}
    query = st.query_params.to_dict()
    address = f"{st.context.url or ''}".rstrip("/")
    where = address + navigation.address("", query)[1:] if address else ""
    return citing.View(name, services.catalog.digest, dt.datetime.now(tz=dt.UTC).date(), where, filters)


@st.fragment
def _bar(
    services: Services,
    table: pd.DataFrame | Table | Callable[[], Table],
    *,
    name: str,
    sql: str | Callable[[], str],
    entries: Sequence[EntryRef] | Callable[[], Sequence[EntryRef]],
) -> None:
    key = f"share_{re.sub(r'[^a-z0-9]+', '_', name.lower())}"
    opened = st.popover("Export and cite", icon=":material/ios_share:", type="tertiary", key=key, on_change="rerun")
    if not opened.open:
        return
    with opened, boundary("The exports"):
        known = table() if callable(table) else table
        statement, refs = sql() if callable(sql) else sql, entries() if callable(entries) else entries
        contents(services, known, name=name, sql=statement, entries=refs)


def contents(
    services: Services, table: pd.DataFrame | Table, *, name: str, sql: str, entries: Sequence[EntryRef]
) -> None:
    """What the button opens."""
    known = table if isinstance(table, Table) else Table.of_frame(table)
    st.markdown(f"**This table**, {len(known.rows):,} rows and {len(known.columns)} columns")
    _downloads(known, name)
    papers = citations_of(services, entries)
    if papers:
        st.markdown(f"**The works in it**, {len(papers):,} {'paper' if len(papers) == 1 else 'papers'}")
        _download(BIBTEX, lambda: citing.bibtex(papers).encode(), name, ":material/format_quote:")
    if sql:
        _sql(services, sql, name)
    st.markdown("**Cite this view**")
    view = view_of(services, name)
    st.code(view.text(), language=None, wrap_lines=True)
    st.code(view.bibtex(), language="latex", wrap_lines=True)


def _downloads(table: Table, name: str) -> None:
    with st.container(horizontal=True, gap="small"):
        for kind, form in export.FORMATS.items():
            _download(form, partial(form.write, table), name, ICONS[kind])


def _download(form: Form, write: Callable[[], bytes], name: str, icon: str) -> None:
    """A button that writes the file when it is pressed."""
    key, file = f"share_get_{form.suffix}_{name}", file_name(name, form.suffix)
    st.download_button(form.name, write, file, form.mime, key=key, icon=icon, on_click="ignore", type="tertiary")


def _sql(services: Services, sql: str, name: str) -> None:
    """A link to the Query page; a statement too long for an address is handed over in this browser session."""
    if services.settings.public or not navigation.exists("query"):
        return
    st.markdown("**The statement behind it**")
    query = {"q_sql": sql}
    if len(navigation.address("query", query)) <= LONGEST_LINK:
        navigation.page_link("query", "Open in Query", query=query, icon=":material/terminal:")
        return
    if st.button("Open in Query", key=f"share_sql_{name}", icon=":material/terminal:", type="tertiary"):
        st.session_state[HANDED_OVER] = sql
        navigation.go("query")
