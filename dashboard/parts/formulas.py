"""Formulas of the catalog: typeset where that is safe, else their text."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from dashboard import safe


def show(text: str, width: Literal["stretch", "content"] = "stretch") -> None:
    """A formula in LaTeX without delimiters; one that cannot be typeset safely is shown as it is written."""
    known = safe.formula(text)
    if known is None:
        st.code(safe.plain(text), language=None, wrap_lines=True)
    else:
        st.latex(known, width=width)
