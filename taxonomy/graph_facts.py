"""The facts behind the edges of the graph: each in words, with where it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from taxonomy.entry_facts import COMMON, JUDGEMENT, SURVEY_SOURCE
from taxonomy.resolve import ARXIV_URL

Row = Mapping[str, Any]


class Relation(StrEnum):
    """The kinds of fact that link two points, read from the first end of the fact."""

    USES = "uses the data"
    PUBLISHED_ON = "has published numbers on"
    PUBLISHED_IN = "has published numbers in"
    MEASURED = "is measured by"
    PAPER = "shares its paper with"
    ADDRESSES = "addresses"
    BELONGS = "belongs to"
    PART = "is a part of"

    @property
    def backwards(self) -> str:
        """The relation read from its second end."""
        return _BACKWARDS[self]


_BACKWARDS = {
    Relation.USES: "is used by",
    Relation.PUBLISHED_ON: "has published numbers of",
    Relation.PUBLISHED_IN: "has published numbers on",
    Relation.MEASURED: "measures",
    Relation.PAPER: "shares its paper with",
    Relation.ADDRESSES: "is addressed by",
    Relation.BELONGS: "holds",
    Relation.PART: "has the part",
}


@dataclass(frozen=True)
class GraphFact:
    """One fact of the catalog that links two points.

    Attributes:
        first: the point that the fact is about, as `kind:key`.
        second: the point at its other end.
        words: the fact as a sentence.
        source: where it was read, and how sure it is.
        url: of the source, where it has an address.
    """

    first: str
    second: str
    relation: Relation
    words: str
    source: str
    url: str | None = None

    def other(self, point: str) -> str:
        """The end that is not `point`."""
        return self.second if point == self.first else self.first

    def seen_from(self, point: str) -> str:
        """The relation as it reads from one of its ends."""
        return self.relation.value if point == self.first else self.relation.backwards


def graph_fact(row: Row, names: Mapping[str, str]) -> GraphFact:
    """The fact of a row of `graph_links`; `names` tells what each point is called."""
    first, second = f"{row['kind']}:{row['key']}", f"{row['target_kind']}:{row['target']}"
    relation = Relation(row["relation"])
    words, source = _MAKERS[relation](row, names[first], names[second])
    arxiv = row["arxiv_id"]
    return GraphFact(first, second, relation, words, source, ARXIV_URL + arxiv if arxiv else None)


def _uses(row: Row, one: str, two: str) -> tuple[str, str]:
    named = "" if row["detail"] == two else f", named there as {row['detail']}"
    note = f" {row['note']}" if row["note"] else ""
    return f"{one} uses the data {two}{named}.{note}", _judged(row)


def _published_on(row: Row, one: str, two: str) -> tuple[str, str]:
    number, _, where = row["note"].partition(" in ")
    return f"{one} has {_numbers(number)} on {two}: {row['detail']} ({where}).", row["read_in"]


def _published_in(row: Row, one: str, two: str) -> tuple[str, str]:
    number, _, where = row["note"].partition(" in ")
    printed = "" if row["detail"] == two else f", as {row['detail']}"
    return f"{one} has {_numbers(number)} in {two}{printed} ({where}).", row["read_in"]


def _measured(row: Row, one: str, two: str) -> tuple[str, str]:
    return f"{one} is measured by {two}.", COMMON + row["read_in"]


def _belongs(row: Row, one: str, two: str) -> tuple[str, str]:
    return f"{one} belongs to the class {two} ({row['detail']}).", _judged(row)


def _paper(row: Row, one: str, two: str) -> tuple[str, str]:
    return f"{one} and {two} come from one paper: {row['detail']}.", row["read_in"]


def _addresses(row: Row, one: str, two: str) -> tuple[str, str]:
    return f"{one} addresses the open problem {two}.", _judged(row)


def _part(row: Row, one: str, two: str) -> tuple[str, str]:
    return f"{one} is a part of {two} in the taxonomy.", SURVEY_SOURCE[row["mark"]]


def _judged(row: Row) -> str:
    read_in = f"; the entry was read in: {row['read_in']}" if row["read_in"] else ""
    return JUDGEMENT + read_in


def _numbers(number: str) -> str:
    return f"{number} published number" + ("" if number == "1" else "s")


_MAKERS: Mapping[Relation, Callable[[Row, str, str], tuple[str, str]]] = {
    Relation.USES: _uses,
    Relation.PUBLISHED_ON: _published_on,
    Relation.PUBLISHED_IN: _published_in,
    Relation.MEASURED: _measured,
    Relation.PAPER: _paper,
    Relation.ADDRESSES: _addresses,
    Relation.BELONGS: _belongs,
    Relation.PART: _part,
}
