"""Which method runs on which kind of task, as the table that ARCHITECTURE holds; an empty cell says why by a number."""

from __future__ import annotations

from collections.abc import Sequence

from data.records import TaskKind
from engines.methods import methods

KINDS = tuple(TaskKind)


def matrix(names: Sequence[str] | None = None) -> str:
    """Markdown: a row a method, a column a kind of task, and below it the reasons by number."""
    reasons: dict[str, int] = {}
    lines = [f"| method | {' | '.join(KINDS)} |", "|---" * (len(KINDS) + 1) + "|"]
    for name in sorted(methods.names() if names is None else names):
        cells = [_cell(methods[name].info.why_unfit(kind), reasons) for kind in KINDS]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *(f"{number}. {_sentence(why)}" for why, number in reasons.items())]) + "\n"


def _cell(why: str, reasons: dict[str, int]) -> str:
    return f"({reasons.setdefault(why, len(reasons) + 1)})" if why else "runs"


def _sentence(why: str) -> str:
    return why[:1].upper() + why[1:]
