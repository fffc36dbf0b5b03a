"""The server's own start: what the first page needs is imported while the browser is still loading the frame."""

from __future__ import annotations

import importlib
import sys
import threading

FIRST_PAGE = (
    "pandas",
    "plotly.graph_objects",
    "taxonomy.catalog",
    "engines.runs.showcase",
    "dashboard.parts.home_example",
)


def start(script: str, flags: list[str]) -> None:
    """Run Streamlit on a script in this process until it ends; imports go on beside it."""
    from streamlit.web import cli

    threading.Thread(target=_import_all, name="warm", daemon=True).start()
    sys.argv = ["streamlit", "run", script, *flags]
    cli.main()


def _import_all() -> None:
    for name in FIRST_PAGE:
        importlib.import_module(name)
    importlib.import_module("dashboard.page").discover()
