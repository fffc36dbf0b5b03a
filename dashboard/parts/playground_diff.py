"""What a column says otherwise than `none`: words taken out and put in, or one sentence for a number."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dashboard.parts.playground_rows import TOP, ArmRow, ColumnRow, true_one
from data.records import TaskKind
from engines.types import Arm, Reach

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
LEFT_OUT = "\u2026"
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
    what = f"puts the {true_one(kind)}"
    moved = f"{what} at the same place" if not change else f"{what} {_steps(change)}"
    return f"{row.label.capitalize()}: {moved} ({plain.says} to {row.says})."


@dataclass(frozen=True)
class Narrowed:
    """The columns that answer otherwise than no personalization, and how much was hidden for saying the same."""

    columns: tuple[ColumnRow, ...]
    hidden: tuple[str, ...] = ()
    sentences: int = 0

    def say(self) -> str:
        """What was hidden, in a sentence."""
        names = f" ({', '.join(self.hidden)})" if self.hidden else ""
        count = len(self.hidden)
        parts = [f"{count} {'column' if count == 1 else 'columns'}{names}"]
        if self.sentences:
            parts.append(f"{self.sentences} {'sentence' if self.sentences == 1 else 'sentences'}")
        if not self.hidden and not self.sentences:
            return "Nothing is hidden: every column answers otherwise than no personalization."
        return f"Hidden, because they say the same as no personalization: {' and '.join(parts)}."


def narrowed(kind: TaskKind, columns: Sequence[ColumnRow]) -> Narrowed:
    """Only what differs from no personalization: the column of `none`, else each column's own arm without data."""
    none = next((one for one in columns if one.info.uses is Reach.NOTHING), None)
    kept, hidden, sentences = [], [], 0
    for one in columns:
        plain = none.main if none else one.arm(Arm.NOBODY)
        if one is none or plain is None or plain is one.main:
            kept.append(one)
        elif same_answer(kind, plain, one.main):
            hidden.append(one.info.name)
        else:
            arms, count = _narrowed_texts(one.arms, plain)
            kept.append(replace(one, arms=arms))
            sentences += count
    return Narrowed(tuple(kept), tuple(hidden), sentences)


def _narrowed_texts(arms: Sequence[ArmRow], plain: ArmRow) -> tuple[tuple[ArmRow, ...], int]:
    found, hidden = [], 0
    for row in arms:
        text, count = new_sentences(plain.text, row.text)
        found.append(replace(row, text=text))
        hidden += count
    return tuple(found), hidden


def same_answer(kind: TaskKind, plain: ArmRow, row: ArmRow) -> bool:
    """Whether two arms answer the same as it is shown: the rating, the first places, or the words."""
    if plain.output is None or row.output is None:
        return False
    if kind is TaskKind.RATE:
        return bool(plain.says) and plain.says == row.says
    if kind.ranks:
        return _first(plain) == _first(row) and plain.says == row.says
    return bool(plain.text.split()) and plain.text.split() == row.text.split()


def _first(row: ArmRow) -> list[str]:
    scores = row.output.candidates if row.output else {}
    return sorted(scores, key=lambda name: -scores[name])[:TOP]


def new_sentences(before: str, after: str) -> tuple[str, int]:
    """A text without the sentences that the other has, a mark in the place of each run of them; and their number."""
    known = {" ".join(one.split()) for one in SENTENCE_END.split(before) if one.strip()}
    found: list[str] = []
    hidden = 0
    for one in filter(str.strip, SENTENCE_END.split(after)):
        if " ".join(one.split()) not in known:
            found.append(one.strip())
            continue
        hidden += 1
        if found[-1:] != [LEFT_OUT]:
            found.append(LEFT_OUT)
    return (" ".join(found), hidden) if hidden else (after, 0)


def _way(change: float) -> str:
    return "more" if change > 0 else "less"


def _steps(change: float) -> str:
    return f"{abs(change):g} {'place' if abs(change) == 1 else 'places'} {'lower' if change > 0 else 'higher'}"
