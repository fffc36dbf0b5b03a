"""Home's computed example: prepared before the first visitor, and told in one honest sentence."""

from __future__ import annotations

from collections.abc import Callable

from engines.runs.showcase import Figure, Showcase, ensure_showcase

NAMES = {
    ("none", "nobody"): "Nobody's data",
    ("global-examples", "nobody"): "The same examples for all",
    ("recent-history", "nobody"): "Recent history, emptied",
    ("recent-history", "wrong"): "A wrong user's history",
    ("recent-history", "right"): "This user's history",
    ("item-mean", "nobody"): "No model: film's mean rating",
    ("user-mean", "right"): "No model: user's mean rating",
}
SHOWN = tuple(key for key in NAMES if key != ("recent-history", "nobody"))


def prepare(report: Callable[[str], None]) -> None:
    """Compute the example unless a current one is stored.

    Raises:
        AttuneError: the model or the data is not installed.
    """
    made = ensure_showcase(report)
    report(f"Home's example is of {made.date}")


def figure(made: Showcase, method: str, arm: str, kind: str = "score") -> Figure | None:
    """One figure of the example, None where it is absent."""
    found = (f for f in made.figures if (f.kind, f.method, f.arm) == (kind, method, arm))
    return next(found, None)


def notice(made: Showcase) -> str:
    """What the figures say about right against wrong user, ties as ties, and which plain baseline wins."""
    gap = figure(made, "recent-history", "right-wrong", "gap")
    right = figure(made, "recent-history", "right")
    if gap is None or right is None:
        return "The example has no figures for both the right and a wrong user."
    if gap.tie:
        first = (
            "On these users the right user's history is no clear gain over a wrong user's: the interval of the gap "
            f"({gap.low:+.2f} to {gap.high:+.2f} stars) holds 0."
        )
    else:
        word = "closer" if gap.mean < 0 else "further off"
        first = (
            f"With this user's own history the model is {abs(gap.mean):.2f} stars {word} than with a wrong user's "
            f"(95 % interval {gap.low:+.2f} to {gap.high:+.2f})."
        )
    return f"{first} {_beaten(made, right)}".strip()


def _beaten(made: Showcase, right: Figure) -> str:
    names = {"item-mean": "the film's mean rating", "user-mean": "the user's mean rating"}
    better = [
        f"{names[method]} ({found.mean:.2f})"
        for method, arm in (("item-mean", "nobody"), ("user-mean", "right"))
        if (found := figure(made, method, arm)) and found.mean < right.mean
    ]
    return f"Without any language model, {' and '.join(better)} does better still." if better else ""
