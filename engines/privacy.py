"""Personal data in prompts, found by transparent rules: what kind, where, and whose.

The rules are regular expressions and lists taken from the data (names of its people, declared traits, fields of an
item). They miss things and sometimes take an ordinary word for personal data: each kind says what it cannot see. They
show what a prompt gives away; they are no anonymization.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from data.records import Dataset, Task, User
from engines.prompts import broken_up

EVERYTHING = "everything"
INCOMPLETE = "Rules miss things. A prompt without marks may still tell who somebody is."


@dataclass(frozen=True)
class Kind:
    """A kind of personal data.

    Attributes:
        rule: what the detector takes for it, in one sentence.
        limits: what it misses or takes wrongly.
        patterns: the regular expressions; empty where the spans come from the data's own fields and lists.
    """

    key: str
    name: str
    rule: str
    limits: str
    patterns: tuple[re.Pattern[str], ...] = ()

    @property
    def placeholder(self) -> str:
        """What stands in the place of a redacted span."""
        return f"[{self.key}]"


_MONTH = "January|February|March|April|June|July|August|September|October|November|December"
_DAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_CAPITAL = r"[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+){0,3}"

# In the order of precedence: where two rules find the same letters, the first kind keeps them.
KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("rating", "Ratings", "The stars of an item in the profile.", "Opinions in running text are not seen."),
        Kind("title", "Titles", "The title of an item in the profile.", "Titles inside running text are not seen."),
        Kind(
            "email",
            "Email addresses",
            "Letters around an @ with a domain behind it.",
            "Spelt-out forms (name at host) are missed.",
            (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),),
        ),
        Kind(
            "address",
            "Web and street addresses",
            "Addresses with http or www, handles with @, and a number before the name of a street.",
            "Postcodes and streets without a number are missed.",
            (
                re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]]{1,200}", re.IGNORECASE),
                re.compile(r"(?<!\w)@\w{2,40}"),
                re.compile(
                    r"\b\d{1,5}[a-z]? (?:[A-Z][\w'-]{1,30} ){1,3}(?:Street|Road|Avenue|Lane|Square|Drive|Way)\b"
                ),
            ),
        ),
        Kind(
            "date",
            "Dates and times",
            "Full dates, days of the week, months with a day or year, and clock times.",
            "Words such as yesterday or last spring, other times in words, and years alone are missed.",
            (
                re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"),
                re.compile(rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:{_MONTH}|May)(?: \d{{1,2}}\b)(?:,? \d{{4}}\b)?"),
                re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTH}|May)\b(?: \d{{4}}\b)?|\b(?:{_MONTH})\b"),
                re.compile(rf"\b(?:{_DAY})s?\b", re.IGNORECASE),
                re.compile(r"\b\d{1,2}:\d{2}(?: ?[ap]\.?m\b)?|\b\d{1,2} ?[ap]m\b", re.IGNORECASE),
                re.compile(r"\b\w{1,7} o['\u2019]clock\b", re.IGNORECASE),
            ),
        ),
        Kind(
            "phone",
            "Phone numbers",
            "Eight to fifteen digits, alone or in groups.",
            "Other long numbers look the same; short numbers are missed.",
            (re.compile(r"(?<![\w.])\+?\d(?:[ ()/-]{0,2}\d){7,14}(?!\w)"),),
        ),
        Kind(
            "number",
            "Numbers that identify",
            "Numbers behind # or behind words such as id or user, five or more digits, and account numbers.",
            "Short numbers without such a word are missed; a large quantity is taken for one.",
            (
                re.compile(r"#\d{1,12}\b|\b\d{5,20}\b"),
                re.compile(
                    r"\b(?:id|user|customer|member|account|card|room)(?: no\.?| number)?[ :#]{1,3}\d{1,20}\b", re.I
                ),
                re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}\b"),
            ),
        ),
        Kind(
            "age",
            "Ages",
            "A number with aged or years old, and the declared age of the person.",
            "Ages in words and what only hints at an age are missed.",
            (re.compile(r"\bage[d ]{1,2}(?:of )?\d{1,3}\b|\b\d{1,3}[- ]years?[- ]old\b", re.IGNORECASE),),
        ),
        Kind(
            "name",
            "Names of people",
            "Names of the people in the data, as a whole or in part, and capitalized words behind Mr, Ms or Dr.",
            "Names of others, nicknames and names in lower case are missed; a film may share a name.",
            (re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor)\.? {_CAPITAL}"),),
        ),
        Kind(
            "place",
            "Places",
            "Capitalized words behind in, at, from, near or to, or before words such as Street, Park or College.",
            "Places in lower case or elsewhere in a sentence are missed; other capitalized words are taken for one.",
            (
                re.compile(rf"\b(?:in|at|from|near|to) (?:the )?(?P<span>{_CAPITAL})"),
                re.compile(
                    r"\b(?:[A-Z][^\W\d_]{1,30} ){1,3}(?:Street|Road|Park|College|University|Hall|Library|Station)\b"
                ),
            ),
        ),
        Kind(
            "trait",
            "Occupations and other traits",
            "The declared traits of the person whose text it is, word for word.",
            "Traits in other words are missed; a common word may be one by chance.",
        ),
    )
}
_ORDER = {key: place for place, key in enumerate(KINDS)}
_PLACEHOLDER = re.compile("|".join(re.escape(kind.placeholder) for kind in KINDS.values()))
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_FIELDS = {"rating": "rating", "title": "title"}
_TRAITS = {"age": "age", "name": "name", "city": "place", "country": "place", "place": "place", "hometown": "place"}


@dataclass(frozen=True, order=True)
class Span:
    """Letters of a text, from `start` up to `end`, with the kind of personal data that they are."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Detector:
    """The rules with what they take from the data.

    Attributes:
        names: words of the names of all people in the data, each capitalized.
        traits: the declared traits of the person whose text is read.
    """

    names: frozenset[str]
    traits: Mapping[str, str]

    def of(self, person: User | None) -> Detector:
        """The same rules for a text of another person."""
        return Detector(self.names, person.persona.traits if person else {})

    def spans(self, text: str) -> list[Span]:
        """The spans in a text, in order and apart from each other."""
        free = [found.span() for found in _PLACEHOLDER.finditer(text)]
        kept: list[Span] = []
        for span in sorted(self._found(text), key=lambda one: (_ORDER[one.kind], one.start, -one.end)):
            if all(span.end <= start or end <= span.start for start, end in free):
                kept.append(span)
                free.append((span.start, span.end))
        return sorted(kept)

    def _found(self, text: str) -> Iterator[Span]:
        for kind in KINDS.values():
            for pattern in kind.patterns:
                group = "span" if "span" in pattern.groupindex else 0
                yield from (Span(*found.span(group), kind.key) for found in pattern.finditer(text))
        yield from self._named(text)
        for name, value in self.traits.items():
            if len(value) > 1:
                words = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
                yield from (Span(*found.span(), kind_of_trait(name)) for found in words.finditer(text))

    def _named(self, text: str) -> Iterator[Span]:
        """Words of names; neighbours with one space between them are one name."""
        start = end = -2
        for word in (found for found in _WORD.finditer(text) if self._is_name(found[0])):
            if word.start() != end + 1 or text[end : word.start()] != " ":
                if start >= 0:
                    yield Span(start, end, "name")
                start = word.start()
            end = word.end() - (2 if word[0].endswith(("'s", "\u2019s")) else 0)
        if start >= 0:
            yield Span(start, end, "name")

    def _is_name(self, word: str) -> bool:
        return word in self.names or (word[-2:] in {"'s", "\u2019s"} and word[:-2] in self.names)


def kind_of_trait(name: str) -> str:
    """The kind of a declared trait."""
    return _TRAITS.get(name.lower(), "trait")


def detector(dataset: Dataset, person: User | None = None) -> Detector:
    """The rules for the texts of a person of a dataset."""
    words = (word for user in dataset.users() for word in _WORD.findall(user.name))
    names = frozenset(word for word in words if len(word) > 2 and word[0].isupper())
    return Detector(names, person.persona.traits if person else {})


def fields_of(task: Task) -> frozenset[str]:
    """The fields of an item that a task writes into prompts or that are compared for retrieval."""
    templates = (task.item_template, task.query_template, task.answer_template, task.input_template)
    return frozenset(name for template in templates for _, name, _, _ in Formatter().parse(template) if name)


def field_spans(found: Detector, name: str, value: str) -> list[Span]:
    """The spans in one field of an item: stars and titles as a whole, other fields by the rules."""
    kind = _FIELDS.get(name)
    if kind is None:
        return found.spans(value)
    return [Span(0, len(value), kind)] if value and not _PLACEHOLDER.fullmatch(value) else []


def redact(text: str, spans: Iterable[Span], kinds: frozenset[str]) -> str:
    """A text with the spans of some kinds replaced by placeholders; all other letters stay as they are."""
    made, at = [], 0
    for span in spans:
        if span.kind in kinds:
            made += [text[at : span.start], KINDS[span.kind].placeholder]
            at = span.end
    return "".join([*made, text[at:]])


def template_spans(found: Detector, template: str, values: Mapping[str, object]) -> tuple[str, list[Span]]:
    """A filled template with the spans of its fields; the fixed words of the template hold nothing personal."""
    text, spans = "", []
    for fixed, name, _, _ in Formatter().parse(template):
        text += fixed
        if name:
            value = broken_up(str(values.get(name, "")))
            spans += [Span(len(text) + s.start, len(text) + s.end, s.kind) for s in field_spans(found, name, value)]
            text += value
    return text, spans


def counts(spans: Sequence[Span]) -> dict[str, int]:
    """How many spans each kind has, in the kinds' order; kinds without any are left out."""
    found = {key: sum(span.kind == key for span in spans) for key in KINDS}
    return {key: count for key, count in found.items() if count}
