"""The shape of every facts file: which fields an entry has, their type, and their closed vocabularies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from taxonomy.load import Record
from taxonomy.problems import Problem, nearest
from taxonomy.vocab import (
    Direction,
    Facet,
    InSurvey,
    Level,
    Mark,
    Need,
    ResultKind,
    Role,
    Strategy,
    SynonymKind,
    TextLength,
    Usage,
)


class Form(StrEnum):
    """What a field must look like; the value says it to a reader."""

    TEXT = "text, in quotes where YAML would read a number or yes/no"
    KEY = "a key of lower-case letters, digits and . - _ @ +"
    NODE_KEY = "a key of lower-case letters, digits, underscores and dots"
    ARXIV = "an arXiv id in quotes, such as '2411.00027'"
    URL = "an address that begins with http:// or https://"
    YEAR = "a year from 1950 to 2100"
    COUNT = "a whole number from 0 to 10^15"
    FLAG = "true or false"
    NUMBER = "a finite number"
    LIST = "a list of texts without repetition"
    NAMES = "a list of names"
    SECTIONS = "a list of sections"


@dataclass(frozen=True)
class Field:
    """One field: its form, whether it may be absent, and its closed vocabulary, also of the items of a list."""

    form: Form = Form.TEXT
    required: bool = True
    accepted: frozenset[str] | None = None


def _one_of(words: type[StrEnum], *, required: bool = True, form: Form = Form.TEXT) -> Field:
    return Field(form, required, frozenset(word.value for word in words))


_TEXT, _MAY_TEXT = Field(), Field(required=False)
_URL, _MAY_URL = Field(Form.URL), Field(Form.URL, required=False)
_MAY_ARXIV = Field(Form.ARXIV, required=False)
_LIST, _MAY_LIST = Field(Form.LIST), Field(Form.LIST, required=False)
_KEY = Field(Form.KEY)

_PAPER = {
    "key": _KEY,
    "name": _TEXT,
    "title": _TEXT,
    "authors": _MAY_TEXT,
    "year": Field(Form.YEAR, required=False),
    "venue": _MAY_TEXT,
    "arxiv_id": _MAY_ARXIV,
    "url": _MAY_URL,
    "code_url": _MAY_URL,
    "levels": _one_of(Level, form=Form.LIST),
    "usage": _one_of(Usage),
    "summary": _TEXT,
    "in_survey": _one_of(InSurvey),
    "sources": _LIST,
    "caveat": _MAY_TEXT,
}
SHAPES: Mapping[str, Mapping[str, Field]] = MappingProxyType(
    {
        "node": {
            "key": Field(Form.NODE_KEY),
            "facet": _one_of(Facet),
            "parent": _MAY_TEXT,
            "name": _TEXT,
            "definition": _TEXT,
            "formula": _MAY_TEXT,
            "section": _MAY_TEXT,
            "section_mark": _one_of(Mark, required=False),
            "mark": _one_of(Mark),
            "mark_note": _MAY_TEXT,
            "aliases": _MAY_LIST,
            "order": Field(Form.COUNT, required=False),
        },
        "method": {**_PAPER, "techniques": _LIST, "applications": _LIST, "datasets": _MAY_LIST},
        "dataset": {
            **_PAPER,
            "data_url": _MAY_URL,
            "has_user_text": Field(Form.FLAG),
            "text_length": _one_of(TextLength),
            "tasks": _LIST,
            "domain": _TEXT,
            "n_users": Field(Form.COUNT, required=False),
            "n_instances": Field(Form.COUNT, required=False),
            "license": _MAY_TEXT,
            "metrics": _MAY_LIST,
            "access": _MAY_TEXT,
            "access_license": _MAY_TEXT,
        },
        "metric": {
            "key": _KEY,
            "name": _TEXT,
            "family": _TEXT,
            "direction": _one_of(Direction),
            "range": _TEXT,
            "formula": _TEXT,
            "needs": _one_of(Need, form=Form.LIST),
            "reference": _MAY_TEXT,
            "libraries": _MAY_LIST,
            "caveat": _MAY_TEXT,
            "in_survey": _one_of(InSurvey),
            "sources": _LIST,
        },
        "source": {
            "key": _KEY,
            "title": _TEXT,
            "arxiv_id": _MAY_ARXIV,
            "verified_by": _TEXT,
            "note": _MAY_TEXT,
        },
        "result_method": {"key": _KEY, "method": _MAY_TEXT, "label": _TEXT, "kind": _one_of(ResultKind)},
        "result_role": {"source": _KEY, "table": _TEXT, "method": _KEY, "role": _one_of(Role), "reason": _TEXT},
        "alias": {"name": _TEXT, "dataset": _MAY_TEXT, "note": _MAY_TEXT},
        "result": {
            "source": _KEY,
            "dataset": _TEXT,
            "task": _TEXT,
            "split": _TEXT,
            "method": _TEXT,
            "backbone": _MAY_TEXT,
            "metric": _TEXT,
            "value": Field(Form.NUMBER),
            "direction": _one_of(Direction),
            "table": _TEXT,
            "verified_by": _TEXT,
            "notes": _MAY_TEXT,
        },
        "challenge": {
            "key": Field(Form.NODE_KEY),
            "name": _TEXT,
            "definition": _TEXT,
            "section": _MAY_TEXT,
            "mark": _one_of(Mark),
            "methods": _MAY_LIST,
        },
        "tradeoff": {"aspect": _TEXT, "user": _TEXT, "persona": _TEXT, "global": _TEXT},
        "strategy": {"key": Field(Form.NODE_KEY), "strategy": _one_of(Strategy, required=False), "reason": _TEXT},
        "uncertain": {"text": _TEXT},
        "synonym": {"term": _TEXT, "kind": _one_of(SynonymKind), "means": _LIST},
        "asked_as": {"entry": _TEXT, "asked": _LIST},
        "survey": {
            "title": _TEXT,
            "authors": Field(Form.NAMES),
            "arxiv_id": Field(Form.ARXIV),
            "venue": _TEXT,
            "year": Field(Form.YEAR),
            "url": _URL,
            "note": _MAY_TEXT,
            "sections": Field(Form.SECTIONS),
        },
    }
)

_PATTERNS = {
    Form.KEY: re.compile(r"[a-z0-9][a-z0-9._@+-]*"),
    Form.NODE_KEY: re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*"),
    Form.ARXIV: re.compile(r"(0[7-9]|1[0-4])(0[1-9]|1[0-2])\.[0-9]{4}|(1[5-9]|[2-9][0-9])(0[1-9]|1[0-2])\.[0-9]{5}"),
    Form.URL: re.compile(r"https?://[^\s/]+\.[^\s]*"),
}


def shape_problems(table: str, record: Record) -> Iterator[Problem]:
    """What is wrong with one record taken alone: unknown or missing fields, wrong types, words out of vocabulary."""
    yield from fields_problems(SHAPES[table], record)


def fields_problems(shape: Mapping[str, Field], record: Record) -> Iterator[Problem]:
    """What is wrong with a record that should have these fields."""
    for name in record.values:
        if name not in shape:
            known = ", ".join(shape)
            yield Problem(record.place(name), f"the unknown field {name}", known, nearest(name, shape))
    for name, field in shape.items():
        value = record.values.get(name)
        if value is None:
            if field.required:
                yield Problem(record.place(name), f"the field {name} is missing", field.form.value)
        else:
            yield from _value_problems(record, name, field)


def _value_problems(record: Record, name: str, field: Field) -> Iterator[Problem]:
    value = record.values[name]
    if not _fits(field.form, value):
        yield Problem(record.place(name), _describe(value), _wanted(field))
    elif field.form is Form.SECTIONS:
        yield from _section_problems(record, name)
    elif field.accepted is not None:
        for word in value if isinstance(value, list) else [value]:
            if word not in field.accepted:
                yield Problem(record.place(name), repr(word), _wanted(field), nearest(word, field.accepted))


def _section_problems(record: Record, name: str) -> Iterator[Problem]:
    shape = {"section": _TEXT, "subject": _TEXT, "mark": _one_of(Mark), "mark_note": _MAY_TEXT}
    for values in record.values[name]:
        section = Record(record.file, record.lines[name], values, {})
        yield from (_within(name, problem) for problem in fields_problems(shape, section))


def _within(name: str, problem: Problem) -> Problem:
    return replace(problem, place=replace(problem.place, field=f"{name}.{problem.place.field}"))


def _wanted(field: Field) -> str:
    return ", ".join(sorted(field.accepted)) if field.accepted is not None else field.form.value


def _describe(value: Any) -> str:
    words = {bool: "the flag", int: "the number", float: "the number", list: "the list", dict: "the mapping"}
    shown = repr(value) if not isinstance(value, bool) else ("yes/true" if value else "no/false")
    return f"{words.get(type(value), 'the text')} {shown[:80]}"


def _fits(form: Form, value: Any) -> bool:
    if form in {Form.YEAR, Form.COUNT}:
        low, high = (1950, 2100) if form is Form.YEAR else (0, 10**15)
        return type(value) is int and low <= value <= high
    if form is Form.FLAG:
        return isinstance(value, bool)
    if form in {Form.LIST, Form.NAMES}:
        return _is_list_of(str, value) and all(value) and (form is Form.NAMES or len(value) == len(set(value)))
    if form is Form.SECTIONS:
        return _is_list_of(dict, value)
    return isinstance(value, str) and _reads_as(form, value)


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(item, kind) for item in value)


def _reads_as(form: Form, text: str) -> bool:
    if form is Form.NUMBER:
        return is_number(text)
    pattern = _PATTERNS.get(form)
    return text.strip() != "" and (pattern is None or pattern.fullmatch(text) is not None)


def is_number(text: str) -> bool:
    """Whether a cell is a finite number as people write them: digits, at most one point, a sign, an exponent."""
    return re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text) is not None and math.isfinite(float(text))
