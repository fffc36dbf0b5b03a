"""Citations are BibTeX that another program reads, and hold what the catalog knows and nothing else."""

from __future__ import annotations

import datetime as dt
import tomllib

import pybtex.database
import pytest

from data.home import ROOT
from data.version import VERSION
from taxonomy.catalog import Catalog
from taxonomy.citing import View, bibtex, reference
from taxonomy.model import Citation
from tests.taxonomy.test_export import NASTY, latex_cell


def read(text: str) -> list[dict[str, str]]:
    """The entries of a BibTeX file, whose names are kept as they are written."""
    found = pybtex.database.parse_string(text, "bibtex")
    return [
        {"ID": key, **dict(entry.fields), **{role: " and ".join(map(str, who)) for role, who in entry.persons.items()}}
        for key, entry in found.entries.items()
    ]


def plain(value: str) -> str:
    return latex_cell(value.removeprefix("{").removesuffix("}"))


def paper(title: str, authors: str = "Li et al.", **more: object) -> Citation:
    given = {"paper": title, "year": 2024, "venue": "ACL 2024", "arxiv_id": None, "url": None} | more
    return Citation(title=title, authors=authors, **given)  # type: ignore[arg-type]


def all_papers(catalog: Catalog) -> list[Citation]:
    rows = catalog.store._connection.cursor().execute("SELECT key, * EXCLUDE key FROM paper ORDER BY key").fetchall()
    return [Citation(*row) for row in rows]


def test_version_is_the_project_s() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"] == VERSION


def test_every_paper_of_the_catalog_is_read_back(catalog: Catalog) -> None:
    papers = all_papers(catalog)
    entries = read(bibtex(papers))
    assert len(entries) == len(papers) > 300
    assert len({entry["ID"] for entry in entries}) == len(entries)
    for known, entry in zip(papers, entries, strict=True):
        assert plain(entry["title"]) == " ".join(known.title.split())
        assert entry.get("eprint") == known.arxiv_id
        assert entry.get("year") == (str(known.year) if known.year else None)
        assert ("author" in entry) == bool(known.authors)
        assert entry.get("author", "").endswith("and others") == known.authors.endswith("et al.")


@pytest.mark.parametrize("text", [text for text in NASTY if "\n" not in text])
def test_any_title_survives(text: str) -> None:
    (entry,) = read(bibtex([paper(text)]))
    assert plain(entry["title"]) == " ".join(text.split())


def test_authors_and_absent_parts() -> None:
    (entry,) = read(bibtex([paper("T", "Ann Lee, Bo Chen and C. Dé")]))
    assert entry["author"] == "Lee, Ann and Chen, Bo and Dé, C."
    (bare,) = read(bibtex([paper("T", "", year=None, venue="")]))
    assert set(bare) == {"ID", "title"}
    (on_arxiv,) = read(
        bibtex([paper("T", venue="arXiv", arxiv_id="2401.00001", url="https://arxiv.org/abs/2401.00001")])
    )
    assert (on_arxiv["eprint"], on_arxiv["archiveprefix"]) == ("2401.00001", "arXiv")
    assert "howpublished" not in on_arxiv


def test_papers_stand_once_and_keys_differ() -> None:
    same = [paper("The Same Words", paper="a"), paper("The Same Words", paper="b"), paper("The Same Words", paper="a")]
    assert [entry["ID"] for entry in read(bibtex(same))] == ["li2024same", "li2024same-2"]


def test_a_reference_is_a_line() -> None:
    given = paper("On Users.", "Li et al.", venue="", arxiv_id="2401.00001")
    assert reference(given) == "Li et al (2024). On Users. arXiv:2401.00001."


def test_a_view_is_cited_with_version_digest_filters_date_and_address() -> None:
    view = View(
        "Results on LaMP-1 {%}",
        "0123456789abcdef",
        dt.date(2026, 11, 23),
        "http://127.0.0.1:8501/results?rs_dataset=lamp-1&x={}",
        {"rs_dataset": "lamp-1"},
    )
    for said in (VERSION, "0123456789abcdef", "rs_dataset=lamp-1", "2026-11-23", view.address):
        assert said in view.text()
    (entry,) = read(view.bibtex())
    assert plain(entry["title"]) == "Attune: Results on LaMP-1 {%}"
    assert entry["url"] == "http://127.0.0.1:8501/results?rs_dataset=lamp-1&x=%7B%7D"
    assert plain(entry["note"]) == "Filters: rs_dataset=lamp-1. Accessed 2026-11-23"
    assert "0123456789abcdef" in entry["howpublished"]
    assert "filters: none" in View("Home", "0" * 16, dt.date(2026, 1, 2)).text()
