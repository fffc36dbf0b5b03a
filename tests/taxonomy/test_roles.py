"""The review of baseline rows: none is missing, none is left over, and no axis has two non-personalized rows."""

from __future__ import annotations

from pathlib import Path

from taxonomy.checks import problems_of
from taxonomy.load import read_facts


def edited(folder: Path, name: str, old: str, new: str) -> list[str]:
    """The problems after an edit, but for those of the counts."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(p) for p in problems_of(read_facts(folder)) if p.place.file != "manifest.json"]


def test_a_baseline_that_nobody_reviewed_is_found(facts_copy: Path) -> None:
    row = "pplug,Table 1,non-personalized,non-personalized,The row is labelled as having no personalization.\n"
    (said,) = edited(facts_copy, "result_roles.csv", row, "")
    assert said.startswith("results/pplug.csv:2 [method]")
    assert "nobody has said whose data the row 'non-personalized' of Table 1 is given" in said


def test_a_review_of_no_row_is_found(facts_copy: Path) -> None:
    row = "pplug,Table 1,non-personalized,"
    said = edited(facts_copy, "result_roles.csv", row, f"pplug,Table 99,non-personalized,own data,It is not.\n{row}")
    assert len(said) == 1
    assert "pplug, Table 99 has no row 'non-personalized'" in said[0]


def test_two_non_personalized_rows_of_one_axis_are_found(facts_copy: Path) -> None:
    said = edited(
        facts_copy,
        "result_roles.csv",
        "mirror,Table 1,latest-k,own data,",
        "mirror,Table 1,latest-k,non-personalized,",
    )
    assert len(said) == 17, "latest-k has 17 numbers, each beside a non-personalized one"
    assert all(
        "a second non-personalized row of this table and metric, the first at results/mirror.csv" in s for s in said
    )
