"""What a finished prompt holds of people: its text cut into segments, each with the kind of personal data and whose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.records import Dataset, Example, ProfileItem, Task
from engines.privacy import (
    EVERYTHING,
    KINDS,
    Detector,
    Span,
    detector,
    template_spans,
)
from engines.prompts import broken_up
from engines.runs.cells import Bench, Outcome
from engines.types import Conditioning, Message, Part

ASKED = frozenset({"title", "genres", "rating"})


@dataclass(frozen=True)
class Segment:
    """A run of prompt text.

    Attributes:
        kind: the kind of personal data, empty for other text.
        owner: id of the person whose data it was written from, empty for the frame of the prompt and the request.
        asked: whether it is part of the request.
    """

    text: str
    kind: str = ""
    owner: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Line:
    """One message of the prompt as segments; together they are exactly its text."""

    role: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Row:
    """How much of a prompt is of a kind.

    Attributes:
        tokens: how many fewer tokens the prompt has without these spans.
        own, others, request: how many spans are of the person asked for, of other people, and in the request.
    """

    kind: str
    spans: int
    tokens: int
    share: float
    own: int
    others: int
    request: int


def read_prompt(bench: Bench, outcome: Outcome) -> tuple[Line, ...]:
    """The prompt of a conditioned outcome with its spans of personal data."""
    made = outcome.conditioning
    if made is None:
        return ()
    reader = _Reader(bench.dataset, bench.task, outcome.cell.example, made, detector(bench.dataset))
    return tuple(Line(message.role, tuple(reader.segments(message))) for message in made.messages)


@dataclass(frozen=True)
class _Reader:
    """Cuts the parts of a prompt."""

    dataset: Dataset
    task: Task
    example: Example
    made: Conditioning
    rules: Detector

    def segments(self, message: Message) -> Iterator[Segment]:
        """The segments of a message; instructions and fence marks hold nothing personal."""
        asked = message is self.made.messages[-1]
        for part in message.parts:
            spans = self._spans(part) if part.owner else self._request(part) if asked else []
            yield from _cut(part, spans, asked=asked and not part.owner)

    def _spans(self, part: Part) -> list[Span]:
        rules = self.rules.of(self.dataset.by_id.get(part.owner))
        if item := self._item(part):
            for template in (self.task.item_template, self.task.answer_lines):
                text, spans = template_spans(rules, template, item.extra)
                if text + "\n" == part.text:
                    return spans
        return rules.spans(part.text)

    def _item(self, part: Part) -> ProfileItem | None:
        return next((one.item for one in self.made.evidence.used if part.item and one.item.id == part.item), None)

    def _request(self, part: Part) -> list[Span]:
        """The spans of the request's own words; what is asked about, such as a film, is no data of a person."""
        rules = self.rules.of(self.dataset.by_id.get(self.example.user))
        template = self.task.input_template
        if part.text != broken_up(template.format_map(self.example.fields)):
            return rules.spans(part.text)
        asked = {name: _blank(value) if name in ASKED else value for name, value in self.example.fields.items()}
        text, spans = template_spans(rules, template, asked)
        return [span for span in spans if span.kind not in ASKED] if len(text) == len(part.text) else []


def _blank(text: str) -> str:
    """Text of the same length in which no rule finds anything."""
    return " " * len(text)


def _cut(part: Part, spans: Sequence[Span], *, asked: bool) -> Iterator[Segment]:
    at = 0
    for span in spans:
        if span.start > at:
            yield Segment(part.text[at : span.start], "", part.owner, asked)
        yield Segment(part.text[span.start : span.end], span.kind, part.owner, asked)
        at = span.end
    if at < len(part.text):
        yield Segment(part.text[at:], "", part.owner, asked)


def exposed(bench: Bench, outcome: Outcome) -> list[Row]:
    """Everything of people, then each kind that is there: spans, tokens, share of the prompt, and whose data it is."""
    made = outcome.conditioning
    if made is None:
        return []
    lines, whole = read_prompt(bench, outcome), bench.model.count(made.messages)
    person = outcome.cell.example.user
    found = []
    for kind in (EVERYTHING, *KINDS):
        hit = [one for line in lines for one in line.segments if _is(one, kind)]
        if not hit:
            continue
        tokens = whole - bench.model.count(_left(lines, kind))
        own = sum(one.owner == person for one in hit)
        request = sum(one.asked for one in hit)
        spans = _items(made) if kind == EVERYTHING else len(hit)
        if kind == EVERYTHING:
            own = _items(made, person)
        found.append(Row(kind, spans, tokens, tokens / max(1, whole), own, spans - own - request, request))
    return found


def _items(made: Conditioning, owner: str = "") -> int:
    """The parts of the prompt that were written from a person's data."""
    return sum(
        bool(part.owner) and (not owner or part.owner == owner) for message in made.messages for part in message.parts
    )


def _is(segment: Segment, kind: str) -> bool:
    return bool(segment.owner) if kind == EVERYTHING else segment.kind == kind


def _left(lines: Sequence[Line], kind: str) -> tuple[Message, ...]:
    """The messages without the segments of a kind."""
    return tuple(
        Message(line.role, tuple(Part(one.text) for one in line.segments if not _is(one, kind))) for line in lines
    )
