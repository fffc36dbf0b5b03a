"""Any edit of a facts file ends in problems with their places or in a catalog, never in a crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from taxonomy.build import content_digest, make_tables
from taxonomy.checks import problems_of
from taxonomy.load import read_facts

VALUES = ("null", "[]", "{}", "1", "1.5", "true", "2020-01-01", "[[a]]", "{a: b}", "''", "0x1F", ".nan", "1:30")
MARKS = ("[", "{", ":", "- ", "'", '"', "\0", "é", "null", "&a ", "*a", "!!int ", "\t", "#", "|", "🙂")


def edit(lines: list[str], chance: random.Random) -> None:
    place = chance.randrange(len(lines))
    line = lines[place]
    cut = chance.randrange(len(line) + 1)
    choices = (
        "",
        line + "\n" + lines[chance.randrange(len(lines))],
        line[:cut] + chance.choice(MARKS) + line[cut:],
        line.split(":")[0] + ": " + chance.choice(VALUES),
        line[:cut],
        " " * chance.randint(1, 4) + line,
        ",".join(line.split(",")[::-1]),
    )
    lines[place] = chance.choice(choices)


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(8, 24))])
def test_random_edit(seed: int, facts_copy: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - an edit, not a secret
    path = chance.choice(sorted(path for path in facts_copy.rglob("*") if path.is_file()))
    lines = path.read_text(encoding="utf-8").split("\n")
    for _ in range(chance.randint(1, 3)):
        edit(lines, chance)
    path.write_text("\n".join(lines), encoding="utf-8")
    facts = read_facts(facts_copy)
    problems = problems_of(facts)
    assert all(problem.place.file and str(problem) for problem in problems)
    if not problems:
        assert len(content_digest(make_tables(facts))) == 16
