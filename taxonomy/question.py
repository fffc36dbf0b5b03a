"""What may be asked of browsing, and what it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from taxonomy.model import EntryRef, NodeRef
from taxonomy.vocab import BrowseFacet, Kind, Mark, Sort


@dataclass(frozen=True)
class Clause:
    """A condition on a facet: an entry has one of the values, or none of them where it is `negated`."""

    facet: BrowseFacet
    values: frozenset[str]
    negated: bool = False


@dataclass(frozen=True)
class BrowseQuery:
    """A question to the catalog; all its parts are required together.

    Attributes:
        text: words to find; case, accents and punctuation do not matter.
        kinds: empty for all of them.
        facets: an entry has at least one of the values that are given for a facet.
        required: it has all of them.
        excluded: it has none of them.
        clauses: further conditions, such as those that query words state.
        phrases: words that follow one another in the name, the title or the summary.
        avoided: words or phrases that stand in none of the entry's texts.
        limit: rows of a page, at least 0.
    """

    text: str = ""
    kinds: frozenset[Kind] = frozenset()
    facets: Mapping[BrowseFacet, frozenset[str]] = field(default_factory=dict, hash=False)
    required: Mapping[BrowseFacet, frozenset[str]] = field(default_factory=dict, hash=False)
    excluded: Mapping[BrowseFacet, frozenset[str]] = field(default_factory=dict, hash=False)
    clauses: tuple[Clause, ...] = ()
    phrases: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    sort: Sort = Sort.BEST
    descending: bool = False
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True)
class BrowseRow:
    """One found entry; absent parts are empty or None.

    Attributes:
        nodes: its levels, techniques, usage, applications or metric family.
        results: how many published numbers name it.
        links: how many other entries it is directly tied to.
    """

    ref: EntryRef
    title: str
    authors: str
    year: int | None
    venue: str
    summary: str
    mark: Mark | None
    url: str | None
    code_url: str | None
    data_url: str | None
    arxiv_id: str | None
    in_survey: str | None
    results: int
    links: int
    nodes: tuple[NodeRef, ...]


@dataclass(frozen=True)
class FacetCount:
    """A value of a facet with the number of entries that choosing it would show; `mark` where it is a node.

    Of an excluded value, `count` is the number of entries that the exclusion keeps back.

    Attributes:
        depth: 0 for a value at the top of its facet, 1 for a leaf below it.
    """

    value: str
    label: str
    mark: Mark | None
    count: int
    depth: int = 0


@dataclass(frozen=True)
class BrowsePage:
    """A page of found entries, the number of all, and the counts of every facet with the other facets applied."""

    rows: tuple[BrowseRow, ...]
    total: int
    facets: Mapping[BrowseFacet, tuple[FacetCount, ...]]
