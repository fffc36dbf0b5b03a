"""The data-quality report: each check with its number, which opens the things that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, state
from dashboard.parts import cards, share
from dashboard.services import Services
from dashboard.state import Values
from taxonomy import quality
from taxonomy.quality import CHECKS, Answer, Finding

if TYPE_CHECKING:
    import pandas as pd

OPENED = state.choice("ab_check", "", accepted=("", *(check.id for check in CHECKS)))
PAGE_NUMBER = state.integer("ab_page", 1, low=1, high=10_000)
PAGE_SIZE = 20
MOST_ENTRIES = 24


def answers(services: Services) -> tuple[Answer, ...]:
    """What the checks find in the catalog; asked once a process."""
    catalog = services.catalog
    return services.shared(f"data quality of {catalog.digest}", lambda: quality.report(catalog))


def draw(services: Services, found: Sequence[Answer], seen: Values) -> None:
    """All checks by what they are about; the one that the address names is open."""
    st.markdown(safe.markdown(summary(found)))
    for concern, members in groupby(found, key=lambda answer: answer.check.concern):
        st.subheader(concern.value, anchor=False)
        for answer in members:
            _check(services, answer, seen)
    share.bar(services, table(found), name="Data-quality report")


def summary(found: Sequence[Answer]) -> str:
    """How many checks there are and how many found nothing, in a sentence."""
    clear = sum(not answer.findings for answer in found)
    return (
        f"{len(found)} questions that the catalog asks itself, each a query over its own tables; {clear} find nothing. "
        "A number opens what it counts. A finding is not always a fault: some works have no code, some data no licence."
    )


def share_of(answer: Answer) -> str:
    """How many of how many, and the share."""
    number = len(answer.findings)
    percent = 100 * number / answer.total if answer.total else 0.0
    part = "" if not number else " (under 1 %)" if percent < 1 else f" ({percent:.0f} %)"
    return f"{number:,} of {answer.total:,}{part}"


def table(found: Sequence[Answer]) -> pd.DataFrame:
    """The report as a table, one row a check."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "concern": answer.check.concern.value,
                "check": answer.check.title,
                "found": len(answer.findings),
                "of": answer.total,
                "counted": answer.check.among,
                "meaning": answer.check.meaning,
            }
            for answer in found
        ]
    )


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """What a check found as a table, one row a finding."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": finding.name,
                "what": finding.detail,
                "entries": "; ".join(f"{ref.kind.value}:{ref.key}" for ref in finding.entries),
            }
            for finding in findings
        ],
        columns=["name", "what", "entries"],
    )


def last_page(findings: Sequence[Finding]) -> int:
    """The number of the last page of a list, at least 1."""
    return max(1, -(-len(findings) // PAGE_SIZE))


def _check(services: Services, answer: Answer, seen: Values) -> None:
    check, is_open = answer.check, seen[OPENED] == answer.check.id
    with st.container(border=is_open, gap="xsmall"):
        number, words = st.columns([1, 4], vertical_alignment="center")
        number.button(
            share_of(answer),
            key=f"ab_open_{check.id}",
            icon=":material/expand_less:" if is_open else ":material/expand_more:",
            help="Close the list" if is_open else "Open the list",
            disabled=not answer.findings,
            width="stretch",
            on_click=state.put,
            args=(OPENED, "" if is_open else check.id, PAGE_NUMBER),
        )
        words.markdown(f"**{check.title}.** :small[{safe.markdown(check.meaning)}]")
        if is_open:
            _findings(services, answer, min(seen[PAGE_NUMBER], last_page(answer.findings)))


def _findings(services: Services, answer: Answer, page: int) -> None:
    first = (page - 1) * PAGE_SIZE
    for finding in answer.findings[first : first + PAGE_SIZE]:
        _finding(finding)
    _pages(answer.findings, page)
    sql = services.catalog.store.statement(answer.check.query)
    share.bar(services, findings_table(answer.findings), name=f"Data quality: {answer.check.title}", sql=sql)


def _finding(finding: Finding) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if [ref.name for ref in finding.entries] != [finding.name]:
            st.markdown(f"**{safe.markdown(finding.name)}**", width="content")
        for ref in finding.entries[:MOST_ENTRIES]:
            cards.entry_link(ref)
        more = len(finding.entries) - MOST_ENTRIES
        said = f"and {more} more. {finding.detail}" if more > 0 else finding.detail
        st.caption(safe.markdown(said), width="content")


def _pages(findings: Sequence[Finding], page: int) -> None:
    last = last_page(findings)
    if last == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _step("Previous", page - 1, disabled=page <= 1)
        st.markdown(f"Page {page} of {last}", width="content")
        _step("Next", page + 1, disabled=page >= last)


def _step(label: str, page: int, *, disabled: bool) -> None:
    st.button(label, key=f"ab_{label.lower()}", disabled=disabled, on_click=state.put, args=(PAGE_NUMBER, page))
