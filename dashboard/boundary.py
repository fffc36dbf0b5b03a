"""Isolates an error of a part of a page: the reader sees what happened and what to do, the log gets the details."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import safe
from data.errors import AttuneError

_log = logging.getLogger("attune.dashboard")


@contextmanager
def boundary(part: str) -> Iterator[None]:
    """Show an error inside the block in its place; what follows the block goes on. Also works as a decorator.

    An `AttuneError` was written for the reader and is shown as it is. Of any other error the reader sees only that it
    happened and a reference, under which the log has the trace.

    Args:
        part: what fails, as the subject of a sentence: "This column", "The table of results".
    """
    try:
        yield
    except AttuneError as error:
        reference = log_error(part, error)
        st.error(f"{safe.block(str(error))}\n\n:small[{_reference(reference)}]", icon=":material/error:")
    except Exception as error:
        reference = log_error(part, error)
        st.error(
            f"{safe.markdown(part)} could not be shown because of an error in this program. Reload the page; "
            f"if it stays, look up the reference in the server's log.\n\n:small[{_reference(reference)}]",
            icon=":material/error:",
        )


def log_error(part: str, error: BaseException) -> str:
    """Write an error with its trace to the log; the answer is the reference under which it stands there."""
    reference = secrets.token_hex(4)
    _log.error("reference %s: %s failed", reference, part, exc_info=error)
    return reference


def _reference(reference: str) -> str:
    return f"Reference {reference}"
