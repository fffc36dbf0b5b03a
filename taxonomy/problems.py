"""What is wrong with a facts folder, each thing with its place, so that all of it can be said at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from data.errors import AttuneError, Place


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        place: file, line and field.
        found: what stands there.
        accepted: what would have been right, empty where `found` says it.
        nearest: the accepted value that looks most like what was found, empty where none does.
    """

    place: Place
    found: str
    accepted: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        parts = [f"{self.place}: {self.found}"]
        if self.accepted:
            parts.append(f"accepted: {self.accepted}")
        if self.nearest:
            parts.append(f"nearest: {self.nearest}")
        return "; ".join(parts)


class FactsError(AttuneError):
    """The facts cannot become a catalog; `problems` holds everything that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        lines = "\n".join(f"  {problem}" for problem in problems[:20])
        more = f"\n  and {len(problems) - 20} more: python -m taxonomy check" if len(problems) > 20 else ""
        super().__init__(f"the facts have {len(problems)} problems:\n{lines}{more}")


def nearest(value: str, accepted: Iterable[str]) -> str:
    """The accepted value that looks most like the given one, or an empty string."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(accepted)}
    close = difflib.get_close_matches(value.casefold(), list(by_folded), n=1, cutoff=0.5)
    return by_folded[close[0]] if close else ""


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems without repetition, by file, line and field."""
    return tuple(sorted(set(problems), key=lambda p: (p.place.file, p.place.line, p.place.field, p.found)))
