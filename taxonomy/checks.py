"""All checks of a facts folder in one report; nothing stops at the first problem."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from data.errors import Place
from taxonomy.folding import title_key
from taxonomy.links import link_problems
from taxonomy.load import LISTS, MANIFEST, SHEETS, Facts, Record
from taxonomy.problems import Problem, in_order, nearest
from taxonomy.roles import OF_ROLE
from taxonomy.shapes import SHAPES, is_number, shape_problems

_IDENTITY = {
    "synonym": "term",
    "asked_as": "entry",
    "alias": "name",
    "tradeoff": "aspect",
    "uncertain": "text",
    "survey": "title",
}
_RESULT_IDENTITY = (
    "source",
    "table",
    "dataset",
    "task",
    "split",
    "method",
    "backbone",
    "metric",
    "verified_by",
    "notes",
)
_IDENTITIES = {"result": _RESULT_IDENTITY, "result_role": OF_ROLE}


def problems_of(facts: Facts) -> tuple[Problem, ...]:
    """Everything that is wrong with a facts folder, by file and line."""

    def found() -> Iterator[Problem]:
        yield from facts.problems
        for table in SHAPES:
            for record in facts.tables[table]:
                yield from shape_problems(table, record)
        yield from _repeated(facts)
        yield from link_problems(facts)
        yield from _papers(facts)
        yield from _counts(facts)

    return in_order(found())


def _repeated(facts: Facts) -> Iterator[Problem]:
    for table in SHAPES:
        fields = _IDENTITIES.get(table) or (_IDENTITY.get(table, "key"),)
        first: dict[tuple[str, ...], Record] = {}
        for record in facts.tables[table]:
            identity = tuple(record.text(field) for field in fields)
            if not any(identity):
                continue
            earlier = first.setdefault(identity, record)
            if earlier is not record:
                what = (
                    f"the same {table.replace('_', ' ')}"
                    if table in _IDENTITIES
                    else f"the {fields[0]} {identity[0][:60]!r}"
                )
                yield Problem(record.place(fields[0]), f"{what} stands twice, first at {earlier.place()}", "once")


def _papers(facts: Facts) -> Iterator[Problem]:
    """One arXiv id has one title, and one title one id; entries may share a paper."""
    by_id: dict[str, Record] = {}
    by_title: dict[str, Record] = {}
    for table in ("method", "dataset", "source", "survey"):
        for record in facts.tables[table]:
            arxiv_id, title = record.text("arxiv_id"), record.text("title")
            if not arxiv_id or not title:
                continue
            same_id = by_id.setdefault(arxiv_id, record)
            if title_key(same_id.text("title")) != title_key(title):
                found = f"arXiv {arxiv_id} has another title, {same_id.text('title')!r}, at {same_id.place()}"
                yield Problem(record.place("arxiv_id"), found, "one title for each id")
            same_title = by_title.setdefault(title_key(title), record)
            if same_title.text("arxiv_id") != arxiv_id:
                found = f"the same title has arXiv {same_title.text('arxiv_id')} at {same_title.place()}"
                yield Problem(record.place("arxiv_id"), found, "one id for each title")


def manifest_of(facts: Facts) -> dict[str, Any]:
    """The counts that `manifest.json` is compared with, in its form."""
    results = facts.tables["result"]
    numbers = [float(r.text("value")) for r in results if is_number(r.text("value"))]
    files = {name.partition(".")[0]: table for table, name in {**LISTS, **SHEETS}.items()} | {"results": "result"}
    return {
        "counts": {name: len(facts.tables[table]) for name, table in files.items()},
        "distinct_arxiv_ids": {
            f"{table}s": len({r.text("arxiv_id") for r in facts.tables[table]} - {""})
            for table in ("method", "dataset", "source")
        },
        "results_per_source": dict(Counter(r.text("source") for r in results)),
        "rows_per_result_method": dict(Counter(r.text("method") for r in results)),
        "results_value_sum": round(sum(sorted(numbers)), 6),
    }


def _counts(facts: Facts) -> Iterator[Problem]:
    if not facts.manifest:
        return
    found = manifest_of(facts)
    lines = _manifest_lines(facts)
    for section, value in found.items():
        if section.startswith("r") and not facts.tables["result"]:
            continue  # `counts` says that all results are gone
        written = facts.manifest.get(section)
        if isinstance(value, Mapping):
            yield from _section(section, value, written, lines)
        elif not isinstance(written, int | float) or abs(written - value) > 2e-6:
            yield Problem(_place(section, lines), f"{section} is {written}, the files give {value}", str(value))
    for section in facts.manifest.keys() - found.keys():
        yield Problem(
            _place(section, lines), f"the unknown section {section}", ", ".join(found), nearest(section, found)
        )


def _section(section: str, found: Mapping[str, int], written: Any, lines: Mapping[str, int]) -> Iterator[Problem]:
    if not isinstance(written, dict):
        yield Problem(_place(section, lines), f"the section {section} is missing", "an object of counts")
        return
    for name in sorted(found.keys() | written.keys()):
        if written.get(name) != found.get(name):
            said = f"{name}: {written.get(name, 'no count')}, the files give {found.get(name, 'no such thing')}"
            yield Problem(_place(f"{section}.{name}", lines), said, str(found.get(name, "no such line")))


def _place(field: str, lines: Mapping[str, int]) -> Place:
    return Place(MANIFEST, lines.get(field, lines.get(field.partition(".")[0], 0)), field)


def _manifest_lines(facts: Facts) -> dict[str, int]:
    """The line of every section and of every name in it, for a manifest that is written one name a line."""
    lines: dict[str, int] = {}
    section = ""
    for number, line in enumerate((facts.folder / MANIFEST).read_text(encoding="utf-8").splitlines(), start=1):
        name = _json_name(line)
        if name in facts.manifest and line.startswith(('  "', ' "', '\t"')) and not line.startswith("    "):
            section = name
            lines[name] = number
        elif name:
            lines.setdefault(f"{section}.{name}", number)
    return lines


def _json_name(line: str) -> str:
    head, colon, _ = line.strip().partition('":')
    return str(json.loads(f'{head}"')) if colon and head.startswith('"') else ""
