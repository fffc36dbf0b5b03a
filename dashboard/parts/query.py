"""The upper half of the Query page: the editor, worked examples, tables and columns; and why there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from taxonomy.console import LONGEST, Limits, Refusal, pointed

if TYPE_CHECKING:
    from taxonomy.questions import Question
    from taxonomy.structure import TableInfo

EDITOR, EXAMPLE, TABLE, SENT = "q_editor", "q_example", "q_table", "q_sent"
BROWSER_HEIGHT = 320
HEADS = {"failed": "The statement has an error.", "refused": "Not run.", "time": "Stopped at the limit."}
_MONOSPACE = (
    "<style>.st-key-q_editor textarea{font-family:'Source Code Pro',ui-monospace,monospace;font-size:.85rem;"
    "line-height:1.5;tab-size:4}</style>"
)


def editor(sql: str, send: Callable[[], None]) -> None:
    """The statement, with a button that runs it; Ctrl and Enter does the same.

    Args:
        sql: what is run now; what the reader types on top of it stays until it is sent.
        send: called when the reader runs the statement, which is then in the session under EDITOR.
    """
    st.html(_MONOSPACE)
    if st.session_state.get(SENT) != sql:
        st.session_state[EDITOR] = st.session_state[SENT] = sql
    with st.form("q_form", border=False):
        st.text_area(
            "One statement that reads",
            key=EDITOR,
            height=min(420, 64 + 21 * max(6, sql.count("\n") + 1)),
            max_chars=LONGEST,
            placeholder="FROM method LIMIT 10",
        )
        st.form_submit_button("Run", type="primary", icon=":material/play_arrow:", on_click=send)


def examples(questions: Sequence[Question], sql: str, choose: Callable[[], None]) -> None:
    """The worked examples; the one that is shown says what to know about its answer."""
    found = next((question for question in questions if question.sql == sql.strip()), None)
    titles = {question.key: question.title for question in questions}
    st.session_state[EXAMPLE] = found.key if found else None
    st.selectbox(
        f"Worked examples ({len(titles)})",
        list(titles),
        format_func=lambda key: titles[key],
        key=EXAMPLE,
        placeholder="Your own statement",
        on_change=choose,
    )
    if found:
        st.caption(safe.markdown(found.note))


def browser(known: Sequence[TableInfo], rows: Mapping[str, int]) -> None:
    """The tables and columns, with what each holds."""
    with st.expander(f"Tables and columns ({len(known)})", icon=":material/database:"):
        by_name = {table.name: table for table in known}
        first = next((at for at, name in enumerate(by_name) if name == "method"), 0)
        name = st.selectbox("Table or view", list(by_name), index=first, key=TABLE)
        table = by_name[name]
        counted = f"{rows[name]:,} rows. " if name in rows else "A view. "
        with st.container(height=BROWSER_HEIGHT, border=False):
            st.markdown(safe.markdown(counted + table.holds))
            st.html(columns_html(table))
        st.caption("`FROM method LIMIT 5` shows some rows of a table, `SUMMARIZE method` what its columns hold.")


def columns_html(table: TableInfo) -> str:
    """The columns of a table, their types, and what they hold, in lines that wrap."""
    cell = "padding:.2em .8em .2em 0;vertical-align:top;border-bottom:1px solid rgba(136,142,150,.25);text-align:left"
    heads = "".join(f'<th scope="col" style="{cell}">{head}</th>' for head in ("column", "type", "what it holds"))
    rows = "".join(
        f'<tr><th scope="row" style="{cell};font-weight:600"><code>{safe.html(each.name)}</code></th>'
        f'<td style="{cell};font-size:.8em">{safe.html(each.type)}</td>'
        f'<td style="{cell};width:100%">{safe.html(each.meaning)}</td></tr>'
        for each in table.columns
    )
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<table style="border-collapse:collapse;width:100%">{head}<tbody>{rows}</tbody></table>'


def progress(seconds: float, place: int, stop: Callable[[], None]) -> None:
    """How far a statement is, and a button that ends it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        waits = f"Waiting: {place} before it" if place > 1 else "Waiting for a free place"
        st.markdown(f"{waits if place else 'Running'}, {seconds:.1f} s", width="content")
        st.button("Stop", key="q_stop", icon=":material/stop:", on_click=stop)
    st.progress(0.0 if place else min(1.0, seconds / Limits().seconds))


def refusal(sql: str, why: Refusal) -> None:
    """Why there is no answer, with the place in the statement."""
    head = HEADS.get(why.kind, "There is no answer.")
    st.error(f"**{head}** {safe.block(why.message)}", icon=":material/error:")
    if place := pointed(sql, why.position):
        st.code(place, language=None)
