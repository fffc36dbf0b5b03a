"""Tables: interactive ones for numbers, and the list of facts with a source for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboard import safe
from taxonomy.model import Fact
from taxonomy.survey import Tradeoff

if TYPE_CHECKING:
    import pandas as pd

MOST_HEIGHT = 420
NARROW = 84
_WIDE = "width:100%;max-width:0;overflow:hidden;overflow-wrap:anywhere"  # takes what is left, never more
_CELL = "padding:.25em .9em .25em 0;vertical-align:top;border-bottom:1px solid rgba(136,142,150,.25)"


def frame(table: pd.DataFrame, *, alt: str, key: str, narrow: Sequence[str] = ()) -> None:
    """A table that the reader can sort, search and download; narrow columns leave their width to the others."""
    height: int | Literal["content"] = MOST_HEIGHT if len(table) > 10 else "content"
    widths = dict.fromkeys(narrow, st.column_config.Column(width=NARROW))
    st.dataframe(table, alt=safe.plain(alt), key=key, hide_index=True, height=height, column_config=widths)


def facts(rows: Sequence[Fact]) -> None:
    """Facts with the number of their source, and the numbered sources below."""
    sources = number_sources(rows)
    lines = "".join(_fact_row(fact, sources[fact.source]) for fact in rows)
    st.html(f'<table style="border-collapse:collapse;width:100%"><tbody>{lines}</tbody></table>')
    if not sources:
        return
    with st.expander("Sources of these facts", icon=":material/menu_book:", expanded=False):
        st.markdown("\n".join(f"{number}. {safe.markdown(source)}" for source, number in sources.items()))


def tradeoffs(rows: Sequence[Tradeoff]) -> pd.DataFrame:
    """How the three levels differ, one aspect a row."""
    import pandas as pd

    return pd.DataFrame(
        [{"aspect": row.aspect, "user": row.user, "persona": row.persona, "global": row.global_} for row in rows]
    )


def number_sources(rows: Sequence[Fact]) -> dict[str, int]:
    """Every source once, numbered in the order of its first fact."""
    return {source: number for number, source in enumerate(dict.fromkeys(fact.source for fact in rows), start=1)}


def _fact_row(fact: Fact, number: int) -> str:
    source = safe.html(f"Source {number}: {fact.source}")
    mark = f'<sup title="{source}" aria-label="{source}" role="note">{number}</sup>'
    return (
        f'<tr><th scope="row" style="{_CELL};text-align:left;font-weight:600;white-space:nowrap">'
        f"{safe.html(fact.label)}</th>"
        f'<td style="{_CELL};{_WIDE}">{_value(fact)}&nbsp;{mark}</td></tr>'
    )


def _value(fact: Fact) -> str:
    target = safe.url(fact.url)
    shown = safe.html(fact.value)
    if target is None:
        return shown
    return f'<a style="color:inherit" href="{safe.html(target)}" target="_blank" rel="noopener noreferrer">{shown}</a>'
