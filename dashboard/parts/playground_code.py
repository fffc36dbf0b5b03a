"""The source of a method, beside its answer."""

from __future__ import annotations

import inspect
from pathlib import Path

import streamlit as st

from dashboard.parts import later
from data.home import ROOT
from engines.methods import methods


def source_of(method: str) -> tuple[str, str] | None:
    """The file that a registered method is written in, relative to the project, and its text; None if it has none."""
    try:
        module = inspect.getmodule(methods[method])
        if module is None or not module.__file__:
            return None
        text = inspect.getsource(module)
    except (OSError, TypeError):
        return None
    file = Path(module.__file__).resolve()
    return (file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name), text


def draw(method: str, place: int) -> None:
    """A line that opens the file; what is not opened is not sent."""
    later.expander("Show the code", lambda: _show(method), key=f"pg_code_{place}", icon=":material/code:")


def _show(method: str) -> None:
    found = source_of(method)
    if found is None:
        st.caption("The source of this method is not here.")
        return
    path, text = found
    st.caption(f"`{path}`: the whole method; the words around the items are in `engines/prompts.py`.")
    st.code(text, language="python", height=420)
