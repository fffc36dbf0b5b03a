"""What a column says otherwise than `none`: words taken out and put in, or one sentence for a number."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from dashboard.parts.playground_rows import ArmRow
from data.records import TaskKind

Change = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Words:
    """A run of words that both texts have, or only the first (gone), or only the second (new)."""

    change: Change
    text: str


def word_diff(before: str, after: str) -> list[Words]:
    """The words of two texts, aligned; runs of the same kind are joined by one space."""
    first, second = before.split(), after.split()
    found: list[Words] = []
    for tag, a0, a1, b0, b1 in difflib.SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Words("same", " ".join(first[a0:a1])))
            continue
        if a1 > a0:
            found.append(Words("gone", " ".join(first[a0:a1])))
        if b1 > b0:
            found.append(Words("new", " ".join(second[b0:b1])))
    return found


def number_diff(kind: TaskKind, plain: ArmRow, row: ArmRow) -> str:
    """How a rating or a place differs from that of `none`, in one sentence; empty while one of them is missing."""
    if not plain.says or not row.says:
        return ""
    change = float(row.says) - float(plain.says)
    if kind is TaskKind.RATE:
        moved = "says the same" if not round(change, 1) else f"says {abs(change):.1f} stars {_way(change)}"
        return f"{row.label.capitalize()}: {moved} ({plain.says} to {row.says})."
    moved = "puts the true film at the same place" if not change else f"puts the true film {_steps(change)}"
    return f"{row.label.capitalize()}: {moved} ({plain.says} to {row.says})."


def _way(change: float) -> str:
    return "more" if change > 0 else "less"


def _steps(change: float) -> str:
    return f"{abs(change):g} {'place' if abs(change) == 1 else 'places'} {'lower' if change > 0 else 'higher'}"
