"""Query words in a box of free text: `level:user year:>=2024 has:code -venue:ACL "exact phrase"`.

    word    = [-] name : value {, value}      one of the values; with -, none of them
    value   = a key or label of the facet, or its beginning and *; with spaces in quotes
    year    = 2024, 2020..2024, 2020.., ..2020, >=2024, >2023, <=2020, <2021
    phrase  = [-] "words one after another"
    text    = [-] word                        with -, entries that do not have it

Words of one name are all required: `technique:rag technique:memory` is both, `technique:rag,memory` either. What is no
query word stays text; what cannot be used is left out, and a note says what is accepted. Nothing is ever an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from taxonomy.folding import fold
from taxonomy.question import Clause
from taxonomy.vocab import BrowseFacet

Known = Mapping[BrowseFacet, Mapping[str, str]]  # the values of every facet and their labels
LONGEST, MOST_PARTS, MOST_LISTED = 400, 40, 8
NAMES: Mapping[str, BrowseFacet] = MappingProxyType(
    {
        **{facet.value: facet for facet in BrowseFacet},
        "type": BrowseFacet.KIND,
        "app": BrowseFacet.APPLICATION,
        "code": BrowseFacet.HAS_CODE,
        "runs": BrowseFacet.RUNS_HERE,
        "uses": BrowseFacet.DATASET,
        "length": BrowseFacet.TEXT_LENGTH,
        "family": BrowseFacet.METRIC_FAMILY,
        "survey": BrowseFacet.IN_SURVEY,
    }
)
HAS: Mapping[str, BrowseFacet] = MappingProxyType(
    {
        "code": BrowseFacet.HAS_CODE,
        "data": BrowseFacet.HAS_DATA,
        "results": BrowseFacet.HAS_RESULTS,
        "numbers": BrowseFacet.HAS_RESULTS,
    }
)
SHOWN_NAMES = (
    *("kind", "level", "technique", "usage", "application", "year", "venue", "has", "runs", "uses", "task"),
    *("length", "data", "family", "direction", "needs", "challenge", "tree", "mark", "survey"),
)
_YES = {"here": "yes", "true": "yes", "1": "yes", "false": "no", "0": "no"}
_ONE = r'(?:"[^"]*"|[^\s",]+)'
_PART = re.compile(
    rf'(?P<minus>-?)(?:(?P<name>[A-Za-z_]+):(?P<values>{_ONE}(?:,{_ONE})*)|"(?P<phrase>[^"]*)"?|(?P<word>\S+))'
)
_VALUE = re.compile(_ONE)
_YEARS = re.compile(r"(?P<sign>>=|<=|>|<|=|)(?P<one>\d{4})|(?P<low>\d{4}|)(?:\.\.|-)(?P<high>\d{4}|)")
_QUOTES = str.maketrans({"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"'})


@dataclass(frozen=True)
class Part:
    """A query word or phrase that was understood: what it says to a reader, and where it stands in the text."""

    label: str
    negated: bool
    start: int
    stop: int


@dataclass(frozen=True)
class Parsed:
    """A text taken apart.

    Attributes:
        text: the free words that are left.
        parts: what was understood as a condition, in the order of the text.
        notes: what could not be used, and what is accepted.
    """

    text: str
    clauses: tuple[Clause, ...] = ()
    phrases: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()


class _UnusableError(ValueError):
    """A query word cannot be used; the text says what is accepted."""


def parse(text: str, known: Known) -> Parsed:
    """Take a text apart; at most its first 400 characters and 40 parts are read."""
    reading = _Reading(known)
    for found in list(_PART.finditer(text[:LONGEST].translate(_QUOTES)))[:MOST_PARTS]:
        reading.take(found)
    return reading.result()


def without(text: str, part: Part) -> str:
    """The text without one of its parts."""
    return " ".join(f"{text[: part.start]} {text[part.stop :]}".split())


def turned(text: str, part: Part) -> str:
    """The text with one of its parts turned into its opposite."""
    own = text[part.start : part.stop]
    return f"{text[: part.start]}{own[1:] if part.negated else f'-{own}'}{text[part.stop :]}"


class _Reading:
    """What has been understood so far."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._text: list[str] = []
        self._clauses: list[Clause] = []
        self._phrases: list[str] = []
        self._avoided: list[str] = []
        self._parts: list[Part] = []
        self._notes: list[str] = []

    def take(self, found: re.Match[str]) -> None:
        """Understand the next part of the text."""
        negated = bool(found["minus"])
        if found["name"]:
            self._word(found, negated=negated)
        elif found["phrase"] is not None:
            self._phrase(found, found["phrase"], negated=negated)
        elif negated and fold(found["word"]):
            self._phrase(found, found["word"], negated=True)
        else:
            self._text.append(found["word"])

    def result(self) -> Parsed:
        """All of it."""
        lists = (self._clauses, self._phrases, self._avoided, self._parts, dict.fromkeys(self._notes))
        return Parsed(" ".join(self._text), *(tuple(each) for each in lists))  # type: ignore[arg-type]

    def _phrase(self, found: re.Match[str], words: str, *, negated: bool) -> None:
        if not fold(words):
            return
        (self._avoided if negated else self._phrases).append(words)
        self._add(f'"{words}"', found, negated=negated)

    def _word(self, found: re.Match[str], *, negated: bool) -> None:
        name = found["name"].lower()
        values = [value.strip('"') for value in _VALUE.findall(found["values"])]
        if name != "has" and name not in NAMES:
            self._text.append(found[0].lstrip("-").replace(":", " "))
            close = difflib.get_close_matches(name, [*SHOWN_NAMES, *NAMES], n=1)
            near = f"Did you mean {close[0]}? " if close else ""
            accepted = f"Accepted: {', '.join(SHOWN_NAMES)}"
            self._notes.append(f"{name}: is no query word; it was read as text. {near}{accepted}.")
            return
        try:
            clause, label = self._clause(name, values, negated=negated)
        except _UnusableError as error:
            self._notes.append(f"{found[0]} was left out: {error}.")
            return
        self._clauses.append(clause)
        self._add(f"{name}: {label}", found, negated=negated)

    def _add(self, label: str, found: re.Match[str], *, negated: bool) -> None:
        self._parts.append(Part(label, negated, found.start(), found.end()))

    def _clause(self, name: str, values: list[str], *, negated: bool) -> tuple[Clause, str]:
        """The condition that a word states, and its values in words.

        Raises:
            _UnusableError: a value is none of the facet's.
        """
        if name == "has":
            if len(values) > 1 or values[0].lower() not in HAS:
                raise _UnusableError(f"has takes one of {', '.join(HAS)}")
            return Clause(HAS[values[0].lower()], frozenset({"yes"}), negated), values[0].lower()
        facet = NAMES[name]
        known = self._known.get(facet, {})
        if facet is BrowseFacet.YEAR:
            years = [year for value in values for year in _years(value, known)]
            return Clause(facet, frozenset(years), negated), ", ".join(values)
        chosen = list(dict.fromkeys(each for value in values for each in _matching(value, known)))
        return Clause(facet, frozenset(chosen), negated), " or ".join(known[value] for value in chosen[:MOST_LISTED])


def _years(value: str, known: Mapping[str, str]) -> Iterator[str]:
    """The known years that a year or a range of years means.

    Raises:
        _UnusableError: it is neither.
    """
    found = _YEARS.fullmatch(value)
    if found is None or (not found["one"] and not found["low"] and not found["high"]):
        raise _UnusableError("a year is 2024, 2020..2024, >=2024, >2023, <=2020 or <2021")
    if found["one"]:
        year, sign = int(found["one"]), found["sign"]
        low = {">=": year, ">": year + 1, "<=": 0, "<": 0}.get(sign, year)
        high = {"<=": year, "<": year - 1, ">=": 9999, ">": 9999}.get(sign, year)
    else:
        low, high = int(found["low"] or 0), int(found["high"] or 9999)
    return (each for each in known if low <= int(each) <= high)


def _is_beginning(wanted: str, names: tuple[str, str]) -> bool:
    return any(name.startswith(wanted) for name in names)


def _is_whole(wanted: str, names: tuple[str, str]) -> bool:
    return wanted in names


def _is_plural(wanted: str, names: tuple[str, str]) -> bool:
    return wanted.removesuffix("s") in names


def _is_last(wanted: str, names: tuple[str, str]) -> bool:
    return names[0].endswith(f" {wanted}")


def _matching(value: str, known: Mapping[str, str]) -> list[str]:
    """The values that a word means: the one of that key or label, those whose last part it is, or all that begin so.

    Raises:
        _UnusableError: there is none.
    """
    wanted, beginning = fold(value.removesuffix("*")), value.endswith("*")
    wanted = _YES.get(wanted, wanted) if "yes" in known else wanted
    keys = {each: (fold(each), fold(label)) for each, label in known.items()}
    for way in (_is_beginning,) if beginning else (_is_whole, _is_plural, _is_last):
        if found := [each for each, names in keys.items() if wanted and way(wanted, names)]:
            return found
    close = difflib.get_close_matches(wanted, [name for names in keys.values() for name in names], n=3, cutoff=0.6)
    near = list(dict.fromkeys(each for name in close for each, names in keys.items() if name in names))
    if not known:
        raise _UnusableError("nothing in the catalog has such a value")
    listed, more = (near, "") if near else (list(known)[:MOST_LISTED], ", ..." * (len(known) > MOST_LISTED))
    raise _UnusableError(f"{'near' if near else 'accepted'}: {', '.join(listed)}{more}")
