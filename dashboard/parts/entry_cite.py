"""How to cite an entry: BibTeX and a line of text, each with a button that copies it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import safe
from taxonomy import citing
from taxonomy.catalog import Catalog
from taxonomy.model import Citation, Entry
from taxonomy.vocab import Kind, Mark


def citations_of(catalog: Catalog, entry: Entry) -> tuple[Citation, ...]:
    """The papers to cite for an entry: its own, or the survey for a class that is the survey's."""
    if entry.kind is Kind.NODE and entry.mark is not Mark.OURS:
        return catalog.entry(Kind.PAPER, catalog.survey().arxiv_id).citations
    return entry.citations


def reference_of(entry: Entry) -> str:
    """The reference of a metric as its source writes it, empty where there is none."""
    return next((fact.value for fact in entry.facts if fact.label == "Reference"), "")


def draw(entry: Entry, citations: Sequence[Citation]) -> None:
    """BibTeX and text of the papers, or why there are none."""
    if not citations:
        reference = reference_of(entry)
        if reference:
            st.code(safe.plain(reference), language=None, wrap_lines=True)
            st.caption("As its source writes it; the catalog has no record of this paper of its own.")
        else:
            st.caption(_nothing(entry))
        return
    if entry.kind is Kind.NODE:
        st.caption("The class is the survey's: cite the survey.")
    st.code("\n".join(citing.reference(citation) for citation in citations), language=None, wrap_lines=True)
    st.code(citing.bibtex(citations), language="latex", wrap_lines=True)
    for citation in citations:
        if safe.url(citation.url):
            st.markdown(safe.link(citation.title, citation.url))


def _nothing(entry: Entry) -> str:
    if entry.kind is Kind.NODE:
        return "This class was added by this catalog; cite the view with the button below a table."
    return "No paper of it was found in a source, so there is nothing to cite."
