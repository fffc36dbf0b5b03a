"""What may be asked of browsing, and what it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from taxonomy.model import EntryRef, NodeRef
from taxonomy.vocab import BrowseFacet, Kind, Mark, Mode, Sort


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
        mode: how the text is searched for; None for entries that have every word as it is written.
        like: kind and key of an entry that others should resemble; it takes the place of the text.
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
    mode: Mode | None = None
    like: tuple[Kind, str] | None = None
    sort: Sort = Sort.BEST
    descending: bool = False
    limit: int = 50
    offset: int = 0

    @property
    def restricts(self) -> bool:
        """Whether any entry might not fit."""
        chosen = (*self.facets.values(), *self.required.values(), *self.excluded.values())
        words = (self.text.strip(), self.clauses, self.phrases, self.avoided, self.like)
        return bool(self.kinds or any(chosen) or any(words))

    @property
    def identity(self) -> str:
        """What it asks, the same for equal questions whatever the order of their sets."""
        chosen = [
            sorted((facet.value, sorted(values)) for facet, values in choice.items())
            for choice in (self.facets, self.required, self.excluded)
        ]
        clauses = [(clause.facet.value, sorted(clause.values), clause.negated) for clause in self.clauses]
        words = (self.text, self.phrases, self.avoided, sorted(self.kinds), self.mode, self.like)
        return repr((words, chosen, clauses, self.sort, self.descending, self.limit, self.offset))

    @property
    def searches(self) -> bool:
        """Whether a search has to rank the entries first; without one, words are looked for as they are written."""
        return self.like is not None or (self.mode is not None and bool(self.text.strip()))


@dataclass(frozen=True)
class BrowseRow:
    """One found entry; absent parts are empty or None.

    Attributes:
        nodes: its levels, techniques, usage, applications or metric family.
        results: how many published numbers name it.
        links: how many other entries it is directly tied to.
        tags: its values of every facet, classes with those above them.
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
    tags: Mapping[BrowseFacet, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(slots=True)  # not frozen: thousands are made for a question, and that takes a third of the time
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
