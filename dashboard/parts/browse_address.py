"""What the address asks of Browse: the fields, the question that they make, and notes on what could not be used.

Any page may read it: `asked = browse_address.read(services)` gives the question that Browse would answer under the same
address, so that "the same filters" are the same entries everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import streamlit as st

from dashboard import safe, state
from dashboard.services import Services
from dashboard.state import Field, Values
from taxonomy.model import EntryRef, UnknownEntryError
from taxonomy.query_words import Parsed, parse
from taxonomy.question import BrowsePage, BrowseQuery
from taxonomy.vocab import BrowseFacet, Kind, Mode, Sort

Choice = Mapping[BrowseFacet, Field[tuple[str, ...]]]
SORTS: Mapping[str, tuple[str, Sort, bool]] = MappingProxyType(
    {
        "best": ("best on top", Sort.BEST, False),
        "name": ("name", Sort.NAME, False),
        "newest": ("newest first", Sort.YEAR, True),
        "oldest": ("oldest first", Sort.YEAR, False),
        "results": ("most published numbers", Sort.RESULTS, True),
        "links": ("most relations", Sort.LINKS, True),
    }
)
MODES: Mapping[str, tuple[str, Mode | None]] = MappingProxyType(
    {
        "hybrid": ("words and meaning", Mode.HYBRID),
        "bm25": ("words and synonyms", Mode.BM25),
        "semantic": ("meaning", Mode.SEMANTIC),
        "all": ("every word, as written", None),
    }
)
VIEWS: Mapping[str, str] = MappingProxyType({"cards": "Cards", "table": "Table"})
SEVERAL = frozenset(  # an entry may have several values of these, so that all of some can be asked for
    {
        *(BrowseFacet.LEVEL, BrowseFacet.TECHNIQUE, BrowseFacet.USAGE, BrowseFacet.APPLICATION, BrowseFacet.DATASET),
        *(BrowseFacet.TASK, BrowseFacet.DATA, BrowseFacet.METRIC_FAMILY, BrowseFacet.NEEDS, BrowseFacet.CHALLENGE),
    }
)
SIZE: Mapping[str, int] = MappingProxyType({"cards": 20, "table": 50})
TEXT = state.text("br_q", longest=400)
MODE = state.choice("br_mode", "hybrid", accepted=MODES)
SORT = state.choice("br_sort", "best", accepted=SORTS)
VIEW = state.choice("br_view", "cards", accepted=VIEWS)
PAGE_NUMBER = state.integer("br_page", 1, low=1, high=20_000)
EVERY = state.choices("br_all", accepted=(facet.value for facet in BrowseFacet if facet in SEVERAL))


def _like(given: str) -> str:
    kind, _, key = safe.plain(given).partition(":")
    if kind not in {each.value for each in Kind} or not key:
        raise ValueError("a kind and a key, such as method:oppu")
    return f"{kind}:{key}"


LIKE: Field[str] = Field("br_like", "", _like, str)


@dataclass(frozen=True)
class Asked:
    """The question of an address.

    Attributes:
        everything: the catalog without any condition, for the values of all facets.
        chosen: the field of each facet for values that an entry should have, `barred` for those that it must not.
        parsed: the text taken apart.
        like: the entry that others should resemble; None where none is asked for.
        notes: what of the address could not be used.
    """

    everything: BrowsePage
    chosen: Choice
    barred: Choice
    seen: Values
    parsed: Parsed
    like: EntryRef | None
    query: BrowseQuery
    notes: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field[tuple[str, ...]] | Field[str], ...]:
        """Every field that restricts the entries."""
        return (TEXT, LIKE, EVERY, *self.chosen.values(), *self.barred.values())


def read(services: Services, given: Mapping[str, str] | None = None) -> Asked:
    """The question of the reader's address, or of another one."""
    everything = services.browse(BrowseQuery(limit=0))
    chosen, barred = facet_fields(everything, ""), facet_fields(everything, "not_")
    own = (TEXT, MODE, SORT, VIEW, PAGE_NUMBER, EVERY, LIKE)
    seen = state.read(st.query_params if given is None else given, *own, *chosen.values(), *barred.values())
    parsed = parse(seen[TEXT], labels_of(everything))
    like, notes = _entry(services, seen[LIKE])
    asked = Asked(everything, chosen, barred, seen, parsed, like, BrowseQuery(), (*seen.notes, *parsed.notes, *notes))
    return replace(asked, query=query_of(asked))


def facet_fields(everything: BrowsePage, part: str) -> dict[BrowseFacet, Field[tuple[str, ...]]]:
    """A field of the address for each facet, whose accepted values are those of the whole catalog."""
    return {
        facet: state.choices(f"br_{part}{facet.value}", accepted=(count.value for count in counts))
        for facet, counts in everything.facets.items()
    }


def labels_of(everything: BrowsePage) -> dict[BrowseFacet, dict[str, str]]:
    """The label of every value of every facet."""
    return {facet: {c.value: c.label for c in counts} for facet, counts in everything.facets.items()}


def query_of(asked: Asked) -> BrowseQuery:
    """The question that the fields make together."""
    seen, parsed = asked.seen, asked.parsed
    _, sort, descending = SORTS[seen[SORT]]
    every = {BrowseFacet(name) for name in seen[EVERY]}
    chosen = {facet: frozenset(seen[field]) for facet, field in asked.chosen.items() if seen[field]}
    size = SIZE[seen[VIEW]]
    return BrowseQuery(
        text=parsed.text,
        facets={facet: values for facet, values in chosen.items() if facet not in every},
        required={facet: values for facet, values in chosen.items() if facet in every},
        excluded={facet: frozenset(seen[field]) for facet, field in asked.barred.items() if seen[field]},
        clauses=parsed.clauses,
        phrases=parsed.phrases,
        avoided=parsed.avoided,
        mode=MODES[seen[MODE]][1],
        like=(asked.like.kind, asked.like.key) if asked.like else None,
        sort=sort,
        descending=descending,
        limit=size,
        offset=(seen[PAGE_NUMBER] - 1) * size,
    )


def change(*pairs: tuple[Field[object], object]) -> None:
    """Put several values into the reader's address and go back to the first page; fit for a callback."""
    for field, value in pairs:
        state.write(st.query_params, field, value)
    state.write(st.query_params, PAGE_NUMBER, PAGE_NUMBER.default)


def _entry(services: Services, like: str) -> tuple[EntryRef | None, tuple[str, ...]]:
    """The entry that others should resemble, or a note that there is none."""
    if not like:
        return None, ()
    kind, _, key = like.partition(":")
    try:
        return services.catalog.entry(kind, key).ref, ()
    except UnknownEntryError as error:
        return None, (f"There is nothing to resemble: {error}. All entries are shown instead.",)
