"""Panels of published numbers: one source an axis, the best on top, the non-personalized row as a dashed line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import badges, charts
from dashboard.parts.charts import Dot
from dashboard.parts.published import ARROW
from dashboard.theme import Origin
from taxonomy.results import Number, Panel
from taxonomy.vocab import ResultKind, Role

if TYPE_CHECKING:
    import pandas as pd

SMALL, LARGE, LONGEST_SETTING = 10, 60, 26
WRONG_USER_SYMBOL, NOBODY_SYMBOL = "diamond-x-open", "line-ns-open"
NO_INTERVALS = (
    "The sources print single numbers or means of a few runs, mostly without intervals, so a small difference may be "
    "chance."
)
ROLE_NOTE = {
    Role.WRONG_USER: "control: wrong user",
    Role.NOT_STATED: "whose data: not stated",
}


def shown(panel: Panel, most: int, opened: str = "") -> list[int]:
    """The positions of the rows that are drawn: the best, and always the opened one, baselines and wrong users."""
    always = {
        position
        for position, number in enumerate(panel.numbers)
        if number.role in {Role.NOBODY, Role.WRONG_USER} or number.id == opened
    }
    kept = set(list(range(len(panel.numbers)))[:most]) | always
    return sorted(kept)


def dots_of(panel: Panel, positions: Sequence[int], opened: str = "") -> list[Dot]:
    """The rows of a dot plot: the variant in the label, the improvement under the number."""
    return [_dot(panel, panel.numbers[position], panel.places[position], opened) for position in positions]


def _dot(panel: Panel, number: Number, place: int, opened: str) -> Dot:
    letters = "".join(theme.LEVELS[level].letter for level in number.levels if level in theme.LEVELS)
    return Dot(
        label=f"{place}. {letters + ' ' if letters else ''}{number.result.method_label}",
        detail=variant(panel, number),
        value=number.result.value,
        shown=number.result.printed,
        emphasized=number.id == opened,
        level=number.levels[0] if len(number.levels) == 1 else None,
        coloured=True,
        below=percent(number.gain_percent),
        symbol={Role.WRONG_USER: WRONG_USER_SYMBOL, Role.NOBODY: NOBODY_SYMBOL}.get(number.role or Role.OWN, ""),
    )


def percent(value: float | None) -> str:
    """An improvement in percent with its sign; empty where there is none."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 99.95 else 1
    sign = "+" if round(value, digits) > 0 else "\u2212" if round(value, digits) < 0 else "±"
    return f"{sign}{abs(value):.{digits}f} %"


def variant(panel: Panel, number: Number) -> str:
    """What tells a row from others of its panel: its role, setting, backbone and table, those that are not common."""
    parts = [ROLE_NOTE[number.role]] if number.role in ROLE_NOTE else []
    if number.result.method_kind is ResultKind.SEE_NOTES and number.role is Role.OWN:
        parts.append("control: own items at random")
    parts += [safe.plain(piece, LONGEST_SETTING) for piece in settings(panel, number)]
    for name in ("backbone", "table"):
        if not panel.common(name) and getattr(number.result, name):
            parts.append(getattr(number.result, name))
    return ", ".join(parts)


def settings(panel: Panel, number: Number) -> list[str]:
    """The pieces of a row's notes that not every row of its panel has."""
    pieces = [set(pieces_of(other.result.notes)) for other in panel.numbers]
    shared = set.intersection(*pieces)
    return [piece for piece in pieces_of(number.result.notes) if piece not in shared]


def common_settings(panel: Panel) -> list[str]:
    """The pieces of the notes that all rows of a panel share."""
    first = panel.numbers[0].result.notes
    return [piece for piece in pieces_of(first) if all(piece in pieces_of(n.result.notes) for n in panel.numbers)]


def pieces_of(notes: str) -> list[str]:
    """Notes are pieces parted by semicolons."""
    return [piece.strip() for piece in notes.split(";") if piece.strip()]


def reference(panel: Panel) -> float | None:
    """The value of the dashed line: the non-personalized row, where all rows of the panel have the same one."""
    values = {number.result.value for number in panel.numbers if number.role is Role.NOBODY}
    alone = panel.common("backbone") and panel.common("table")
    return values.pop() if alone and len(values) == 1 else None


def message(panel: Panel) -> str:
    """What a panel says, in one or two sentences; the chart's text for screen readers."""
    best = panel.numbers[0]
    ties = panel.places.count(1) - 1
    shared = f" (shared by {ties + 1} rows)" if ties else ""
    said = f"Best is {best.result.method_label} with {best.result.printed}{shared}"
    if best.gain_percent is not None and best.baseline is not None:
        word = "better" if best.gain_percent >= 0 else "worse"
        said += f", {abs(best.gain_percent):.1f} % {word} than its non-personalized row ({best.baseline.printed})"
    said += "."
    wrong = [number for number in panel.numbers if number.is_wrong_user and number.gain_percent is not None]
    if wrong:
        said += f" With a wrong user's data: {', '.join(percent(number.gain_percent) for number in wrong)}."
    return said


def notice(panel: Panel) -> str:
    """What a reader should see in a panel: who is best there, and how many are no better than no personalization."""
    compared = [number for number in panel.numbers if number.gain is not None and not number.is_wrong_user]
    low = sum(number.gain is not None and number.gain <= 0 for number in compared)
    said = f"In {panel.first.source_title} ({panel.first.split}): {message(panel)[:1].lower()}{message(panel)[1:]}"
    if not compared:
        return f"{said} No row of it can be compared with a non-personalized one; open a number to read why."
    return (
        f"{said} {low} of the {len(compared)} rows that can be compared are no better than their non-personalized row."
    )


def table_of(panels: Sequence[Panel]) -> pd.DataFrame:
    """The numbers of panels as a table, the best of each panel on top; absent stays empty."""
    import pandas as pd

    rows = [
        _row(panel, number, place)
        for panel in panels
        for number, place in zip(panel.numbers, panel.places, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.loc[:, [any(value not in ("", None) for value in table[column]) for column in table.columns]]


def _row(panel: Panel, number: Number, place: int) -> dict[str, object]:
    result = number.result
    return {
        "place": place,
        "row as printed": safe.plain(result.method_label),
        "value": result.value,
        "metric": f"{safe.plain(result.metric_name)} {ARROW[result.direction][0]}",
        "non-personalized": number.baseline.value if number.baseline else None,
        "improvement, %": None if number.gain_percent is None else round(number.gain_percent, 1),
        "no improvement because": number.absent,
        "whose data": number.role.value if number.role else "",
        "task": safe.plain(result.task),
        "split": safe.plain(result.split),
        "backbone": safe.plain(result.backbone),
        "table": safe.plain(result.table),
        "setting": "; ".join(pieces_of(safe.plain(result.notes))),
        "kind": result.method_kind.value,
        "source": safe.plain(result.source_title),
        "arXiv": result.source_arxiv_id or "",
        "dataset": safe.plain(panel.first.dataset_name),
        "verified by": safe.plain(result.verified_by),
    }


def draw(panel: Panel, *, most: int, opened: str, key: str, below: bool = False) -> None:
    """One panel: where the numbers were printed, the chart, its message, and the table below it.

    Args:
        panel: the numbers of one axis.
        most: how many rows the chart has at most, beside those that it always has.
        opened: the id of the number that is opened.
        key: unique on the page.
        below: whether it stands below what is seen first, so that its chart can wait.
    """
    first = panel.first
    address = f"https://arxiv.org/abs/{first.source_arxiv_id}" if first.source_arxiv_id else None
    where = safe.markdown(f"{first.task}, split: {first.split}")
    st.markdown(f"**{safe.link(first.source_title, address)}**  \n{where}")
    positions = shown(panel, most, opened)
    badges.draw([badges.origin(Origin.PUBLISHED), badges.plain(_counted(len(positions), len(panel.numbers)))])
    shared = [getattr(first, name) for name in ("table", "backbone") if panel.common(name) and getattr(first, name)]
    if facts := [*shared, *common_settings(panel)]:
        st.caption(safe.markdown("; ".join(facts)))
    axis = f"{first.metric_name} {ARROW[first.direction]}"
    dots, said = dots_of(panel, positions, opened), message(panel)
    alt, table = f"{first.metric_name} on {first.dataset_name}. {said}", table_of([panel])

    def figure() -> Any:
        return charts.dot_plot(dots, axis, reference=reference(panel))

    if below:
        charts.show_below(figure, height=charts.height_of(dots), alt=alt, table=table, key=key)
    else:
        charts.show(figure(), alt=alt, table=table, key=key)
    st.caption(safe.markdown(said))


def _counted(drawn: int, all_rows: int) -> str:
    noun = "row" if all_rows == 1 else "rows"
    return f"{all_rows} {noun}" if drawn == all_rows else f"{drawn} of {all_rows} rows drawn"


def legend() -> None:
    """What the marks of the panels mean."""
    with st.popover("How to read these charts", icon=":material/help:", type="tertiary"):
        st.markdown(
            "- **◇ hollow diamond**: a published number, in the colour of its method's level (U user, P persona, "
            "G global); grey without a level or with several.\n"
            "- **⟠ diamond with a cross**: a control that is given a wrong user's data.\n"
            "- **│ grey bar**, and the **dashed line** where all rows share it: the non-personalized row.\n"
            "- **Percent under a number**: relative improvement over the non-personalized row of the same source, "
            "table, task, split and backbone; positive is better, also where lower values are. Empty where there is "
            "none; open the number to read why.\n"
            "- The best row is on top whatever the direction. Equal printed values share a place."
        )
        st.caption(safe.markdown(NO_INTERVALS))
