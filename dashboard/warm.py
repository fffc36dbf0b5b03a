"""The server's own start: what the first pages need is imported and read before anybody asks for it."""

from __future__ import annotations

import atexit
import gc
import importlib
import logging
import sys
import threading
import time

NAME = "warm"
FIRST_PAGE = (
    "pandas",
    "plotly.graph_objects",
    "taxonomy.catalog",
    "engines.runs.showcase",
    "dashboard.parts.home_example",
)
DATA = ("movielens-100k", "campus")  # what Playground, People and Recommend open with: parsing takes seconds
PAUSE = 3.0  # seconds for the reader who came with the start, whose first page is drawn meanwhile
_STREAMLIT = "streamlit.runtime.scriptrunner_utils.script_run_context"

log = logging.getLogger("attune.dashboard")


def start(script: str, flags: list[str]) -> None:
    """Run Streamlit on a script in this process until it ends; imports and reading go on beside it."""
    from streamlit.web import cli

    threading.Thread(target=_ahead, name=NAME, daemon=True).start()
    sys.argv = ["streamlit", "run", script, *flags]
    cli.main()


def _ahead() -> None:
    for name in FIRST_PAGE:
        importlib.import_module(name)
    importlib.import_module("dashboard.page").discover()
    time.sleep(PAUSE)
    read_data()
    make_map()
    gc.collect()
    atexit.register(gc.unfreeze)  # some libraries count at the end what was never freed
    gc.freeze()  # code and data stay: looking through them again and again would hold up whoever waits for a page


def read_data() -> None:
    """Read the data sets into the cache of all sessions; one that cannot be read is told to whoever asks for it."""
    from dashboard.services import Services

    logging.getLogger(_STREAMLIT).addFilter(_of_a_session)
    for name in DATA:
        try:
            Services().dataset(name).users()
        except Exception:
            log.debug("%s was not read ahead", name, exc_info=True)


def make_map() -> None:
    """Make the map of users that People opens with; if that fails, the page says why when it is opened."""
    from dashboard.parts import people_controls
    from dashboard.services import Services

    try:
        people_controls.map_ahead(Services())
    except Exception:
        log.debug("the map of users was not made ahead", exc_info=True)


def _of_a_session(record: logging.LogRecord) -> bool:
    """Whether Streamlit warns of something else than that nobody looks at what is read ahead."""
    return f"Thread '{NAME}'" not in record.getMessage()
