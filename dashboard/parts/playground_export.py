"""Away from the page: the commands that print the same numbers, and the run as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from data.importer import SESSION
from engines.ask import ask_line, compare_line, question_of
from engines.runs.export import jsonl, records, table

if TYPE_CHECKING:
    from engines.live import LiveRun
    from engines.runs.export import Record


def draw(run: LiveRun) -> None:
    """The buttons, for a row; they work when the run has ended."""
    with st.popover("Measure it on many users", icon=":material/groups:", key="pg_many", type="tertiary"):
        st.caption("The same methods and settings on 100 users, with intervals and a verdict about gaps:")
        _code(compare_line(question_of(run)))
    with st.popover("Copy as command", icon=":material/terminal:", key="pg_command", type="tertiary"):
        if not run.example.target:
            st.caption("What you wrote or rated here is in this session only, so the command may not know it.")
        if run.bench.dataset.info.id.startswith(SESSION):
            st.caption("This data set is in this session only; save it, and the command knows it under the saved name.")
        st.caption("Prints this run: every prompt, output, score and setting, one JSON object a line.")
        _code(ask_line(question_of(run)))
        st.caption("Measures the same methods and settings on many users.")
        _code(compare_line(question_of(run)))
    for kind, write, mime, icon in (
        ("JSONL", jsonl, "application/jsonl", ":material/data_object:"),
        ("CSV", table, "text/csv", ":material/table:"),
    ):
        st.download_button(
            kind,
            partial(written, run, write),
            file_name(run, kind),
            mime,
            key=f"pg_get_{kind.lower()}",
            icon=icon,
            on_click="ignore",
            type="tertiary",
            help=HELP[kind],
        )


HELP = {
    "JSONL": "Download this run: a line for each method and arm with prompt, evidence, output, scores and settings, "
    "and the licence of the data.",
    "CSV": "Download the numbers of this run, with the licence of the data.",
}


def written(run: LiveRun, write: Callable[[Sequence[Record]], str]) -> bytes:
    """The run as the bytes of a file."""
    return write(records(run.bench, run.example, run.view())).encode()


def file_name(run: LiveRun, kind: str) -> str:
    """A name of letters that every file system knows, the same for the same run."""
    return f"attune-{safe.plain(run.bench.task.id)}-{run.id}.{kind.lower()}"


def _code(line: str) -> None:
    st.code(line, language="bash", wrap_lines=True)
