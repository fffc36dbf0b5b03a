"""Query words: what is understood, what is left as text, what is noted; and nothing that is typed is an error."""

from __future__ import annotations

import random
import time

import pytest

from taxonomy.catalog import Catalog
from taxonomy.query_words import LONGEST, NAMES, Known, parse, without
from taxonomy.question import BrowseQuery, Clause
from taxonomy.vocab import BrowseFacet

KNOWN: Known = {
    BrowseFacet.KIND: {"method": "method", "dataset": "dataset"},
    BrowseFacet.LEVEL: {"user": "User level", "persona": "Persona level"},
    BrowseFacet.TECHNIQUE: {"rag": "Retrieval", "rag.dense": "Dense retrieval", "repr.peft": "PEFT"},
    BrowseFacet.YEAR: {year: year for year in ("2020", "2021", "2023", "2024")},
    BrowseFacet.VENUE: {"ACL": "ACL", "Findings of ACL": "Findings of ACL", "arXiv": "arXiv"},
    BrowseFacet.HAS_CODE: {"yes": "with code", "no": "without code"},
    BrowseFacet.RUNS_HERE: {},
}


def clause(facet: BrowseFacet, *values: str, negated: bool = False) -> Clause:
    return Clause(facet, frozenset(values), negated)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("level:user", clause(BrowseFacet.LEVEL, "user")),
        ("LEVEL:User", clause(BrowseFacet.LEVEL, "user")),
        ('level:"user level"', clause(BrowseFacet.LEVEL, "user")),
        ("-level:user", clause(BrowseFacet.LEVEL, "user", negated=True)),
        ("level:user,persona", clause(BrowseFacet.LEVEL, "user", "persona")),
        ("technique:rag.dense", clause(BrowseFacet.TECHNIQUE, "rag.dense")),
        ("technique:dense", clause(BrowseFacet.TECHNIQUE, "rag.dense")),
        ("technique:rag*", clause(BrowseFacet.TECHNIQUE, "rag", "rag.dense")),
        ("venue:acl", clause(BrowseFacet.VENUE, "ACL")),
        ("venue:“Findings of ACL”,arxiv", clause(BrowseFacet.VENUE, "Findings of ACL", "arXiv")),
        ("kind:methods", clause(BrowseFacet.KIND, "method")),
        ("has:code", clause(BrowseFacet.HAS_CODE, "yes")),
        ("-has:code", clause(BrowseFacet.HAS_CODE, "yes", negated=True)),
        ("code:no", clause(BrowseFacet.HAS_CODE, "no")),
        ("year:2021", clause(BrowseFacet.YEAR, "2021")),
        ("year:>=2021", clause(BrowseFacet.YEAR, "2021", "2023", "2024")),
        ("year:>2021", clause(BrowseFacet.YEAR, "2023", "2024")),
        ("year:<=2021", clause(BrowseFacet.YEAR, "2020", "2021")),
        ("year:<2021", clause(BrowseFacet.YEAR, "2020")),
        ("year:2021..2023", clause(BrowseFacet.YEAR, "2021", "2023")),
        ("year:2021-2023", clause(BrowseFacet.YEAR, "2021", "2023")),
        ("year:2022..", clause(BrowseFacet.YEAR, "2023", "2024")),
        ("year:..2020,2024", clause(BrowseFacet.YEAR, "2020", "2024")),
        ("year:>2030", clause(BrowseFacet.YEAR)),
    ],
)
def test_a_word_is_a_condition(typed: str, expected: Clause) -> None:
    parsed = parse(typed, KNOWN)
    assert parsed.clauses == (expected,)
    assert (parsed.text, parsed.notes, len(parsed.parts)) == ("", (), 1)
    assert parsed.parts[0].negated == expected.negated


def test_words_stand_beside_text_and_phrases() -> None:
    parsed = parse('news level:user "long text" -survey -"toy data" headlines year:2020..2021', KNOWN)
    assert parsed.text == "news headlines"
    assert parsed.phrases == ("long text",)
    assert parsed.avoided == ("survey", "toy data")
    assert [c.facet for c in parsed.clauses] == [BrowseFacet.LEVEL, BrowseFacet.YEAR]
    assert [part.label for part in parsed.parts] == [
        "level: User level",
        '"long text"',
        '"survey"',
        '"toy data"',
        "year: 2020..2021",
    ]


def test_a_part_can_be_taken_out() -> None:
    typed = 'news level:user  "long text" headlines'
    parts = parse(typed, KNOWN).parts
    assert without(typed, parts[0]) == 'news "long text" headlines'
    assert without(typed, parts[1]) == "news level:user headlines"


@pytest.mark.parametrize(
    ("typed", "text", "said"),
    [
        ("levle:user x", "levle user x", "Did you mean level?"),
        ("colour:red", "colour red", "Accepted: kind, level"),
        ("level:nobody x", "x", "accepted: user, persona"),
        ("level:usr", "", "near: user"),
        ("year:soon", "", "a year is 2024"),
        ("year:..", "", "a year is 2024"),
        ("has:fun", "", "has takes one of code"),
        ("runs:here", "", "nothing in the catalog"),
    ],
)
def test_what_cannot_be_used_is_noted_with_what_is_accepted(typed: str, text: str, said: str) -> None:
    parsed = parse(typed, KNOWN)
    assert (parsed.text, parsed.clauses) == (text, ())
    assert len(parsed.notes) == 1
    assert said in parsed.notes[0]


@pytest.mark.parametrize("typed", ["LaMP: when large", "a : b", "12:30", "::", "-", "- -", '""', '-""', "*", "e-mail"])
def test_punctuation_is_text(typed: str) -> None:
    parsed = parse(typed, KNOWN)
    assert (parsed.clauses, parsed.phrases, parsed.avoided, parsed.notes) == ((), (), (), ())


@pytest.mark.parametrize(
    "typed",
    [
        '"' * 5_000,
        "level:" * 5_000,
        "level:" + "user," * 5_000,
        "-" * 5_000 + "level:user",
        'level:"' + "a" * 5_000,
        "year:" + "9" * 5_000,
        "year:>=" + "0" * 300,
        "\0\ud800\u202e level:\0",
        "level:user\u2003year:2020",
        "'; DROP TABLE entry; --",
        "technique:*",
        "venue:((((((((((a+)+)+)+",
        "a" * 1_000_000,
    ],
    ids=lambda typed: repr(typed)[:24],
)
def test_hostile_texts_are_read_quickly(typed: str) -> None:
    start = time.monotonic()
    parsed = parse(typed, KNOWN)
    assert time.monotonic() - start < 0.5
    assert len(parsed.text) <= LONGEST
    assert all(clause.values <= KNOWN[clause.facet].keys() for clause in parsed.clauses)


def test_random_texts_are_never_an_error(catalog: Catalog) -> None:
    drawn = random.Random(4)  # noqa: S311 - reproducible, not secret
    known = {f: {c.value: c.label for c in counts} for f, counts in catalog.browse(BrowseQuery(limit=0)).facets.items()}
    pieces = [
        *NAMES,
        ":",
        ":",
        ":",
        "-",
        '"',
        ",",
        "*",
        " ",
        " ",
        ">=",
        "..",
        "2024",
        "user",
        "rag",
        "yes",
        "é",
        "\0",
        "“",
    ]
    for _ in range(3_000):
        typed = "".join(drawn.choices(pieces, k=drawn.randrange(14)))
        parsed = parse(typed, known)
        for part in parsed.parts:
            assert typed[part.start : part.stop].strip()
            assert len(parse(without(typed, part), known).parts) <= len(parsed.parts)
        asked = BrowseQuery(text=parsed.text, clauses=parsed.clauses, phrases=parsed.phrases, avoided=parsed.avoided)
        assert catalog.browse(asked).total >= 0


def test_the_words_of_the_documentation_find_what_they_say(catalog: Catalog) -> None:
    known = {f: {c.value: c.label for c in counts} for f, counts in catalog.browse(BrowseQuery(limit=0)).facets.items()}
    parsed = parse("level:user year:>=2024 has:code technique:rag.dense -venue:ACL kind:method", known)
    assert parsed.notes == ()
    rows = catalog.browse(BrowseQuery(clauses=parsed.clauses, limit=1000)).rows
    assert rows
    for row in rows:
        assert (row.ref.kind.value, bool(row.code_url)) == ("method", True)
        assert (row.year or 0) >= 2024
        assert row.venue.split(" ")[0] != "ACL"
        assert {"user", "rag.dense"} <= {node.key for node in row.nodes}
