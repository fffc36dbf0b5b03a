"""Sets, counts and order of browsing against a recount in plain Python, over random questions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from taxonomy.catalog import Catalog
from taxonomy.folding import fold
from taxonomy.question import BrowseQuery, Clause
from taxonomy.vocab import BrowseFacet, Kind, Sort

QUESTIONS = 300
CHANCES = (("facets", 0.7), ("facets", 0.5), ("required", 0.35), ("excluded", 0.5), ("excluded", 0.3))
Choice = Mapping[BrowseFacet, frozenset[str]]


@dataclass(frozen=True)
class Plain:
    """An entry as the recount sees it."""

    ref: tuple[str, str]
    texts: tuple[str, str, str]
    values: frozenset[tuple[str, str]]
    year: int | None
    results: int
    links: int


@pytest.fixture(scope="module")
def plain(catalog: Catalog) -> list[Plain]:
    """Every entry, read by the simplest questions that there are."""
    connection = catalog.store._connection.cursor()
    values: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for kind, key, facet, value in connection.execute("SELECT kind, key, facet, value FROM entry_facet").fetchall():
        values.setdefault((kind, key), set()).add((facet, value))
    found = connection.execute(
        "SELECT kind, key, name_folded, title_folded, rest_folded, year, results, links FROM entry"
    ).fetchall()
    return [
        Plain((kind, key), (name, title, rest), frozenset(values[kind, key]), *numbers)
        for kind, key, name, title, rest, *numbers in found
    ]


def worth(entry: Plain, text: str) -> int | None:
    """What an entry is worth to a text; None where one of the words is nowhere."""
    total = 0
    for word in fold(text).split():
        name, title, rest = (each.split() for each in entry.texts)
        best = max(
            40 * (word in name),
            30 * any(each.startswith(word) for each in name),
            20 * (len(word) >= 3 and any(word in each for each in name)),
            10 * any(each.startswith(word) for each in title),
            1 * any(each.startswith(word) for each in rest),
        )
        if not best:
            return None
        total += best
    return total


def says(entry: Plain, phrase: str) -> bool:
    return any(f" {fold(phrase)} " in f"{text} " for text in entry.texts)


def has(entry: Plain, facet: BrowseFacet, value: str) -> bool:
    return (facet.value, value) in entry.values


def fits(entry: Plain, query: BrowseQuery) -> bool:
    return fits_words(entry, query) and fits_choice(entry, query)


def fits_words(entry: Plain, query: BrowseQuery) -> bool:
    return (
        (not query.kinds or entry.ref[0] in query.kinds)
        and all(any(has(entry, c.facet, v) for v in c.values) is not c.negated for c in query.clauses)
        and worth(entry, query.text) is not None
        and all(says(entry, phrase) for phrase in query.phrases)
        and not any(says(entry, phrase) for phrase in query.avoided)
    )


def fits_choice(entry: Plain, query: BrowseQuery) -> bool:
    return (
        all(any(has(entry, f, v) for v in values) for f, values in query.facets.items() if values)
        and all(has(entry, f, v) for f, values in query.required.items() for v in values)
        and not any(has(entry, f, v) for f, values in query.excluded.items() for v in values)
    )


def without(choice: Choice, facet: BrowseFacet, value: str = "") -> dict[BrowseFacet, frozenset[str]]:
    """A choice without a facet, or without one value of it."""
    kept = frozenset(choice.get(facet, frozenset()) - {value}) if value else frozenset()
    return {**choice, facet: kept}


def recount(entries: list[Plain], query: BrowseQuery, facet: BrowseFacet, value: str) -> int:
    """The count that a value should have, among entries that fit all but the choice of values."""
    base = replace(query, facets=without(query.facets, facet))
    if value in query.excluded.get(facet, ()):
        base = replace(base, excluded=without(query.excluded, facet, value))
    return sum(has(entry, facet, value) and fits_choice(entry, base) for entry in entries)


def order(entries: list[Plain], query: BrowseQuery) -> list[tuple[str, str]]:
    def by_name(entry: Plain) -> tuple[str, str, str]:
        return entry.texts[0], *entry.ref

    listed = sorted(entries, key=by_name)
    sign = -1 if query.descending else 1
    if query.sort is Sort.NAME:
        listed = listed[::sign]
    elif query.sort is Sort.YEAR:
        listed.sort(key=lambda e: (e.year is None, sign * (e.year or 0)))
    elif query.sort in {Sort.RESULTS, Sort.LINKS}:
        listed.sort(key=lambda e: sign * (e.results if query.sort is Sort.RESULTS else e.links))
    elif asked := fold(query.text) or fold(" ".join(query.phrases)):
        listed.sort(key=lambda e: -(worth(e, asked) or 0))
    else:
        listed.sort(key=lambda e: (-e.results, -e.links))
    return [entry.ref for entry in listed]


def questions(catalog: Catalog, plain: list[Plain], seed: int = 11) -> Iterator[BrowseQuery]:
    """Random questions, most of which something fits: their parts are drawn from one entry."""
    drawn = random.Random(seed)  # noqa: S311 - reproducible, not secret
    everything = {f: [c.value for c in counts] for f, counts in catalog.browse(BrowseQuery(limit=0)).facets.items()}
    known = [facet for facet, values in everything.items() if values]
    while True:
        about = drawn.choice(plain)
        own = [(BrowseFacet(facet), value) for facet, value in sorted(about.values)]
        parts: dict[str, dict[BrowseFacet, frozenset[str]]] = {"facets": {}, "required": {}, "excluded": {}}
        for part, chance in (
            ("facets", 0.7),
            ("facets", 0.5),
            ("required", 0.35),
            ("excluded", 0.5),
            ("excluded", 0.3),
        ):
            if drawn.random() < chance:
                facet, value = drawn.choice(own)
                if part == "excluded":
                    facet = drawn.choice(known)
                    value = drawn.choice(everything[facet])
                others = drawn.sample(everything[facet], min(len(everything[facet]), drawn.randrange(3)))
                extra = others if part == "facets" else others[: drawn.random() < 0.3]
                parts[part][facet] = frozenset({value, *extra})
        words = [word for text in about.texts for word in text.split()]
        text = " ".join(drawn.choice(words)[: drawn.choice((2, 4, 9))] for _ in range(drawn.choice((0, 0, 1, 2))))
        place = drawn.randrange(len(words))
        phrase = " ".join(about.texts[1].split()[:2]) or words[place]
        yield BrowseQuery(
            text=text,
            kinds=frozenset(drawn.sample(list(Kind), 3)) if drawn.random() < 0.2 else frozenset(),
            clauses=tuple(
                Clause(facet, frozenset({value}), negated=drawn.random() < 0.4)
                for facet, value in drawn.sample(own, drawn.choice((0, 0, 1)))
            ),
            phrases=(phrase,) if drawn.random() < 0.15 else (),
            avoided=(drawn.choice(words),) if drawn.random() < 0.15 else (),
            sort=drawn.choice(list(Sort)),
            descending=drawn.random() < 0.5,
            limit=drawn.choice((0, 5, 20)),
            offset=drawn.choice((0, 0, 7, 40)),
            **parts,
        )


def test_a_recount_gives_the_same_sets_counts_and_order(catalog: Catalog, plain: list[Plain]) -> None:
    drawn = random.Random(5)  # noqa: S311 - reproducible, not secret
    seen = {"empty": 0, "some": 0, "counts": 0}
    for _, query in zip(range(QUESTIONS), questions(catalog, plain), strict=False):
        page = catalog.browse(query)
        open_to = [entry for entry in plain if fits_words(entry, query)]
        expected = order([entry for entry in open_to if fits_choice(entry, query)], query)
        shown = expected[query.offset : query.offset + query.limit]
        assert [(row.ref.kind.value, row.ref.key) for row in page.rows] == shown, query
        assert page.total == len(expected) == catalog.browser.total(query), query
        assert [(kind.value, key) for kind, key in catalog.browser.matching(query)] == expected, query
        seen["some" if expected else "empty"] += 1
        values = [(facet, count) for facet, counts in page.facets.items() for count in counts]
        chosen = {
            (facet, value)
            for choice in (query.facets, query.required, query.excluded)
            for facet, values in choice.items()
            for value in values
        }
        asked = [each for each in values if (each[0], each[1].value) in chosen] + drawn.sample(values, 12)
        for facet, count in asked:
            assert count.count == recount(open_to, query, facet, count.value), (query, facet, count)
        seen["counts"] += len(asked)
    assert seen["empty"] > QUESTIONS / 20
    assert seen["some"] > QUESTIONS / 2
    assert seen["counts"] > 12 * QUESTIONS


def test_every_count_of_every_facet(catalog: Catalog, plain: list[Plain]) -> None:
    query = next(q for q in questions(catalog, plain, seed=3) if q.facets and q.excluded and q.text)
    open_to = [entry for entry in plain if fits_words(entry, query)]
    for facet, counts in catalog.browse(query).facets.items():
        assert {c.value: c.count for c in counts} == {c.value: recount(open_to, query, facet, c.value) for c in counts}


def test_a_cross_counts_pairs(catalog: Catalog, plain: list[Plain]) -> None:
    query = BrowseQuery(kinds=frozenset({Kind.METHOD}), excluded={BrowseFacet.YEAR: frozenset({"2024"})})
    table = catalog.browser.crossed(query, BrowseFacet.TECHNIQUE, BrowseFacet.LEVEL)
    fitting = [entry for entry in plain if fits(entry, query)]
    assert table == {
        (row, column): sum({("technique", row), ("level", column)} <= entry.values for entry in fitting)
        for row, column in table
    }
    assert sum(table.values()) > 305


def test_the_statement_gives_the_same_entries_in_the_same_order(catalog: Catalog, plain: list[Plain]) -> None:
    cursor = catalog.store._connection.cursor()
    worded = 0
    for _, query in zip(range(60), questions(catalog, plain, seed=23), strict=False):
        rows = cursor.execute(catalog.browser.statement(query)).fetchall()
        assert [(row[0], row[1]) for row in rows] == [(k.value, key) for k, key in catalog.browser.matching(query)], (
            query
        )
        worded += bool(query.text)
    assert 10 < worded < 50
