"""Two answers to choose between, in a Playground column: each with its score by arm, the user's choice marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard import safe, theme
from engines.types import Arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboard.parts.playground_rows import ArmRow, ColumnRow
    from data.records import Example

SIGN: Mapping[Arm, str] = {Arm.RIGHT: "\u25a0", Arm.WRONG: "\u25a8", Arm.NOBODY: "\u25a0"}
SOFT = "opacity:.78;font-size:.8rem;line-height:1.35"
TEXT = "max-height:7.6em;overflow:auto;font-size:.85rem;line-height:1.4;overflow-wrap:anywhere;margin:.2em 0 .3em"


def headline(row: ArmRow, example: Example) -> str:
    """Whether the arm picks the answer that the user chose."""
    picked = pick(row)
    if row.output and row.output.reason:
        return "no choice"
    if not picked:
        return "an even split" if row.output and row.output.candidates else row.status.value
    if not example.target:
        return f"picks the {picked} answer"
    return "picks the chosen answer" if picked == example.target else "picks the other answer"


def pick(row: ArmRow) -> str:
    """The candidate of the higher score; empty for a tie or while there is none."""
    found = row.output.candidates if row.output else {}
    best = [name for name in found if found[name] == max(found.values())]
    return best[0] if len(best) == 1 else ""


def measure(rows: Sequence[ArmRow]) -> str:
    """What the scores are, with the unit."""
    return next((row.output.measure for row in rows if row.output and row.output.measure), "")


def cards(column: ColumnRow, example: Example) -> str:
    """Both answers, the chosen one framed, each with its score by arm; the higher score of an arm is bold."""
    what = f'<div style="{SOFT}">{safe.html(measure(column.arms))}; the higher one is picked</div>'
    return what + "".join(_card(column, example, name) for name in example.candidates)


def _card(column: ColumnRow, example: Example, name: str) -> str:
    chosen = name == example.target
    frame = "border:2px solid currentColor" if chosen else "border:1px solid rgba(136,142,150,.4)"
    note = f"{name} answer{', chosen by the user' if chosen else ''}"
    scores = "".join(_score(row, column, name) for row in column.arms)
    return (
        f'<div style="{frame};border-radius:.3em;padding:.3em .6em;margin:.3em 0">'
        f'<div style="{SOFT};font-weight:{600 if chosen else 400}">{safe.html(note)}</div>'
        f'<div tabindex="0" role="region" aria-label="{safe.html(note)}" style="{TEXT}">'
        f"{safe.html(example.candidates[name])}</div>"
        f'<div style="display:flex;flex-wrap:wrap;gap:.1em .9em;font-size:.8rem">{scores}</div></div>'
    )


def _score(row: ArmRow, column: ColumnRow, name: str) -> str:
    found = row.output.candidates if row.output else {}
    if name not in found:
        return ""
    ink = theme.colour(column.level, Arm.RIGHT.value if row.label == "everyone's" else row.arm.value)
    weight = ";font-weight:700" if pick(row) == name else ""
    plain = row.output.likelihoods.get(name) if row.output else None
    hover = "" if plain is None else f' title="log-likelihood {_number(plain)} nats"'
    return (
        f'<span{hover} style="white-space:nowrap{weight}"><span aria-hidden="true" style="color:{ink}">'
        f"{SIGN[row.arm]}</span> {safe.html(row.label)} {_number(found[name])}</span>"
    )


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")
