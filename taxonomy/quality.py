"""The data-quality report: what the catalog lacks, doubts or may have wrong, each number with the things behind it.

A check is a file of `taxonomy/queries` called `quality_<id>.sql`; every row of its answer is one finding, with a name,
a sentence and the entries that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from taxonomy.catalog import Catalog
from taxonomy.model import EntryRef
from taxonomy.vocab import Kind


class Concern(StrEnum):
    """What a check is about."""

    MISSING = "Missing links"
    SOURCES = "Sources"
    ORPHANS = "Orphans"
    SUSPECTED = "Suspected"


@dataclass(frozen=True)
class Check:
    """One question to the catalog about itself.

    Attributes:
        query: the name of its file, without the ending.
        meaning: what a finding means for a reader, in one sentence.
        among: what could have been found, a name of `quality_totals`.
    """

    query: str
    concern: Concern
    title: str
    meaning: str
    among: str

    @property
    def id(self) -> str:
        """Its name in addresses."""
        return self.query.removeprefix("quality_")


@dataclass(frozen=True)
class Finding:
    """One thing that a check found, in words, with the entries that it is about."""

    name: str
    detail: str
    entries: tuple[EntryRef, ...]


@dataclass(frozen=True)
class Answer:
    """What a check found, among how many."""

    check: Check
    findings: tuple[Finding, ...]
    total: int


@dataclass(frozen=True)
class ResultSource:
    """A source of published numbers: a paper, a leaderboard or a repository.

    Attributes:
        verified_by: where the values were read.
        numbers: how many values stand in the catalog.
    """

    key: str
    title: str
    arxiv_id: str | None
    verified_by: str
    note: str
    numbers: int
    datasets: int


_MISSING = {
    "quality_named_data": (
        "Data sets named but not in the catalog",
        "A method uses them, but the name is no entry, or it does not say which release is meant.",
        "names of data",
    ),
    "quality_named_metrics": (
        "Metrics named but not in the catalog",
        "A data set or a published number would be measured by something that has no entry.",
        "names of metrics",
    ),
    "quality_rows_without_entry": (
        "Published rows whose method is no entry",
        "Baselines, recommenders and team entries; their numbers stand beside those of entries, without a page.",
        "published rows",
    ),
    "quality_no_address": (
        "Without an address",
        "Neither a page nor an arXiv identifier was found.",
        "works and papers",
    ),
    "quality_no_arxiv": ("Without an arXiv identifier", "Some works have none; others were not found there.", "works"),
    "quality_no_code": (
        "Without public code",
        "No source named a repository. That is not the same as there being none.",
        "works",
    ),
    "quality_no_licence": (
        "Data sets without a stated licence",
        "Where no licence is stated, the data should not be redistributed.",
        "data sets",
    ),
    "quality_no_reference": (
        "Incomplete references",
        "The year, the authors or the venue were not found in a source.",
        "works",
    ),
}
_SOURCES = {
    "quality_single_source": (
        "Entries that rest on one source",
        "Nothing else was read that would confirm what the entry says.",
        "works and metrics",
    ),
    "quality_second_hand": (
        "Tables quoted second-hand",
        "The numbers were read in a text that quotes the paper, not in the paper.",
        "published tables",
    ),
    "quality_recalled_nodes": (
        "Recalled classes",
        "The survey's as remembered; check them against the survey before you quote them.",
        "classes",
    ),
    "quality_recalled_sections": (
        "Recalled section numbers",
        "The number was not checked against the survey's full text; the class itself may be confirmed.",
        "section numbers",
    ),
    "quality_caveats": (
        "Entries with a caveat",
        "The entry says itself what was not found or is in doubt.",
        "works and metrics",
    ),
}
_ORPHANS = {
    "quality_orphans": ("Without any link or class", "Nothing leads to them but the search.", "entries but classes"),
    "quality_methods_without_data": (
        "Methods without known data",
        "No data set is named, and no published number is here.",
        "methods",
    ),
    "quality_unused_data": (
        "Data sets without use",
        "No method here names them, and no published number is here.",
        "data sets",
    ),
    "quality_unreported_metrics": ("Metrics that nobody reports", "No published number here uses them.", "metrics"),
    "quality_empty_classes": (
        "Classes without entries",
        "Leaves of the taxonomy that hold nothing in this catalog.",
        "leaves",
    ),
}
_SUSPECTED = {
    "quality_alike": (
        "Possible duplicates",
        "Alike in name or title; editions of one data set are found as well.",
        "works and metrics",
    ),
    "quality_years": (
        "Years before the first posting",
        "The year and the arXiv identifier contradict each other.",
        "dated papers",
    ),
    "quality_out_of_range": (
        "Numbers outside the metric's range",
        "Mostly percents of a metric from 0 to 1; they stand as printed.",
        "published tables",
    ),
    "quality_contradictions": (
        "Numbers that contradict each other",
        "The same data set, task, split, row, backbone and metric, with different values and no note that says why.",
        "published numbers",
    ),
}
_BY_CONCERN: Mapping[Concern, Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        Concern.MISSING: _MISSING,
        Concern.SOURCES: _SOURCES,
        Concern.ORPHANS: _ORPHANS,
        Concern.SUSPECTED: _SUSPECTED,
    }
)
CHECKS: tuple[Check, ...] = tuple(
    Check(name, concern, *words) for concern, checks in _BY_CONCERN.items() for name, words in checks.items()
)


def report(catalog: Catalog) -> tuple[Answer, ...]:
    """What every check finds in a catalog, in the order of `CHECKS`."""
    totals = {row["name"]: int(row["total"]) for row in catalog.store.query("quality_totals")}
    return tuple(
        Answer(check, tuple(map(_finding, catalog.store.query(check.query))), totals[check.among]) for check in CHECKS
    )


def result_sources(catalog: Catalog) -> tuple[ResultSource, ...]:
    """The sources of published numbers, those with most numbers first."""
    return tuple(ResultSource(**row) for row in catalog.store.query("result_sources"))


def _finding(row: Mapping[str, Any]) -> Finding:
    entries = sorted({EntryRef(Kind(ref["kind"]), ref["key"], ref["name"]) for ref in row["entries"]}, key=_place)
    return Finding(row["name"], row["detail"], tuple(entries))


def _place(ref: EntryRef) -> tuple[str, str]:
    return ref.name.casefold(), ref.key
