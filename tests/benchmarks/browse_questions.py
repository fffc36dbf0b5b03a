"""What readers ask of Browse: texts, facets alone and combined, exclusions, orders, first and deep pages."""

from __future__ import annotations

import random
from collections.abc import Iterator

from taxonomy.browse import Browser
from taxonomy.question import BrowseQuery, Clause
from taxonomy.vocab import BrowseFacet, Kind, Sort

WORDS = (
    "retrieval",
    "personalized",
    "memory",
    "user",
    "adapter",
    "news",
    "lamp",
    "recommendation",
    "reward",
    "persona",
)
TEXTS = (
    *WORDS,
    *("language model", "user profile", "news headline", "preference learning", "long term memory", "dialogue persona"),
    *("p", "re", "llm", "graph retrieval personalized", "zzzz", "oppu"),
)
PHRASES = ("large language models", "user history", "personalized text generation")
COMBINED = (BrowseFacet.LEVEL, BrowseFacet.TECHNIQUE, BrowseFacet.APPLICATION, BrowseFacet.YEAR, BrowseFacet.VENUE)


def questions(browser: Browser, seed: int = 3) -> list[BrowseQuery]:
    """About a hundred questions, the same ones for the same values of the facets and the same seed."""
    drawn = random.Random(seed)  # noqa: S311 - reproducible, not secret
    values: dict[BrowseFacet, list[str]] = {}
    for value in browser.index.values:
        values.setdefault(value.facet, []).append(value.value)
    return [*_plain(values), *_combined(values, drawn), *_worded(values, drawn), *_paged()]


def _plain(values: dict[BrowseFacet, list[str]]) -> Iterator[BrowseQuery]:
    yield BrowseQuery(limit=20)
    yield from (BrowseQuery(kinds=frozenset({kind}), limit=20) for kind in Kind)
    yield from (BrowseQuery(facets={facet: frozenset(own[:1])}, limit=20) for facet, own in values.items())
    yield from (BrowseQuery(excluded={facet: frozenset(own[:2])}, limit=20) for facet, own in values.items())


def _combined(values: dict[BrowseFacet, list[str]], drawn: random.Random) -> Iterator[BrowseQuery]:
    def some(facet: BrowseFacet, most: int) -> frozenset[str]:
        return frozenset(drawn.sample(values[facet], drawn.randrange(1, 1 + min(most, len(values[facet])))))

    for _ in range(20):
        chosen = drawn.sample(COMBINED, drawn.randrange(2, 6))
        barred = drawn.sample(COMBINED, drawn.randrange(0, 3))
        yield BrowseQuery(
            facets={facet: some(facet, 6) for facet in chosen},
            excluded={facet: some(facet, 2) for facet in barred},
            sort=drawn.choice(list(Sort)),
            descending=drawn.random() < 0.5,
            limit=20,
        )
    for _ in range(5):
        yield BrowseQuery(required={BrowseFacet.TECHNIQUE: some(BrowseFacet.TECHNIQUE, 2)}, limit=20)
        recent = frozenset(year for year in values[BrowseFacet.YEAR] if int(year) >= drawn.randrange(2018, 2025))
        clauses = (Clause(BrowseFacet.YEAR, recent), Clause(BrowseFacet.HAS_CODE, frozenset({"yes"})))
        yield BrowseQuery(clauses=clauses, facets={BrowseFacet.LEVEL: some(BrowseFacet.LEVEL, 2)}, limit=20)


def _worded(values: dict[BrowseFacet, list[str]], drawn: random.Random) -> Iterator[BrowseQuery]:
    yield from (BrowseQuery(text=text, limit=20) for text in TEXTS)
    yield from (BrowseQuery(phrases=(phrase,), limit=20) for phrase in PHRASES)
    for text in TEXTS[:16]:
        facet = drawn.choice(COMBINED)
        choice = {facet: frozenset(drawn.sample(values[facet], min(4, len(values[facet]))))}
        yield BrowseQuery(text=text, facets=choice, excluded={BrowseFacet.KIND: frozenset({"node"})}, limit=20)


def _paged() -> Iterator[BrowseQuery]:
    for sort in Sort:
        yield BrowseQuery(sort=sort, limit=20, offset=60)
        yield BrowseQuery(sort=sort, descending=True, limit=20, offset=700)
    yield BrowseQuery(text="user", sort=Sort.YEAR, descending=True, limit=20, offset=200)
    yield BrowseQuery(text="language", limit=100, offset=100)
