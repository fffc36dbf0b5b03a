"""Checks of `result_roles.csv`: every baseline and control is reviewed; an axis has one non-personalized row."""

from __future__ import annotations

from collections.abc import Iterator

from taxonomy.load import SHEETS, Facts, Record
from taxonomy.problems import Problem
from taxonomy.vocab import ResultKind, Role

OF_ROLE = ("source", "table", "method")
OF_AXIS = ("source", "table", "dataset", "task", "split", "backbone", "metric")
REVIEWED = frozenset({ResultKind.BASELINE, ResultKind.WRONG_USER, ResultKind.SEE_NOTES})


def role_problems(facts: Facts) -> Iterator[Problem]:
    """What is missing from the review, reviewed without need, or would make an improvement ambiguous."""
    methods, roles = facts.keyed("result_method"), facts.tables["result_role"]
    if not roles or not methods:
        return
    known = {_identity(role, OF_ROLE): role for role in roles}
    missing: dict[tuple[str, ...], Record] = {}
    baselines: dict[tuple[str, ...], Record] = {}
    used: set[tuple[str, ...]] = set()
    for result in facts.tables["result"]:
        row = _identity(result, OF_ROLE)
        used.add(row)
        method = methods.get(row[2])
        if method and method.text("kind") in REVIEWED and row not in known:
            missing.setdefault(row, result)
        if row in known and known[row].text("role") == Role.NOBODY:
            first = baselines.setdefault(_identity(result, OF_AXIS), result)
            if first is not result:
                found = f"a second non-personalized row of this table and metric, the first at {first.place()}"
                yield Problem(result.place("method"), found, f"one, by the roles in {SHEETS['result_role']}")
    for row, result in missing.items():
        found = f"nobody has said whose data the row {row[2]!r} of {row[1]} is given"
        yield Problem(result.place("method"), found, f"a line in {SHEETS['result_role']}")
    for row, role in known.items():
        if used and row not in used:
            yield Problem(role.place("method"), f"{row[0]}, {row[1]} has no row {row[2]!r}", "only rows in use")


def _identity(record: Record, fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(record.text(field) for field in fields)
