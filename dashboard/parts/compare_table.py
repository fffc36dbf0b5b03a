"""Entries side by side: attributes with what differs first and marked, and published numbers with the better one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import charts
from dashboard.parts import formulas as typeset
from dashboard.parts.published import ARROW
from dashboard.parts.results_panels import percent
from taxonomy import compare
from taxonomy.compare import LIVE, Attribute, Comparison, Duel, Value
from taxonomy.model import Entry, EntryRef
from taxonomy.results import Number

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES, MOST_VARIANTS, LONGEST_VALUE = 12, 4, 420
_LINE = "rgba(136,142,150,.3)"
_STYLE = (
    "<style>"
    ".cm{{width:100%;border-collapse:collapse;table-layout:fixed;font-size:.92rem}}"
    ".cm th,.cm td{{text-align:left;vertical-align:top;padding:.35em .8em .35em 0;border-bottom:1px solid {line};"
    "overflow-wrap:anywhere}}"
    ".cm th.l{{width:11rem;font-weight:600}} .cm .g th{{padding-top:1.1em;font-size:.8rem;opacity:.75}}"
    ".cm .s{{opacity:.7}} .cm a{{color:inherit}}"
    ".cm .h th{{position:sticky;top:0;z-index:1;background:{ground};box-shadow:inset 0 -1px {line}}}"
    "@media (max-width:640px){{.cm tr{{display:grid;grid-template-columns:repeat({n},minmax(8.5rem,1fr))}}"
    ".cm th.l{{grid-column:1/-1;width:auto;border-bottom:0;padding-bottom:0}} .cm .h th.l{{display:none}}"
    ".cm .h{{position:sticky;top:0;z-index:1;background:{ground}}} .cmw{{overflow:auto;max-height:80dvh}}}}"
    "</style>"
)


def visible(comparison: Sequence[Attribute], *, only_different: bool) -> list[Attribute]:
    """The rows that are shown, those that differ first within their group."""
    groups = list(dict.fromkeys(row.group for row in comparison))
    kept = [row for row in comparison if row.differs or not only_different]
    return sorted(kept, key=lambda row: (groups.index(row.group), not row.differs))


def attributes(rows: Sequence[Attribute], refs: Sequence[EntryRef]) -> None:
    """The table of attributes."""
    lines = [_head(refs)]
    for position, row in enumerate(rows):
        if not position or rows[position - 1].group != row.group:
            lines.append(_group(row.group, len(refs) + 1))
        lines.append(_row(row))
    _table(lines, len(refs))


def formulas(entries: Sequence[Entry]) -> None:
    """The formulas of the entries as papers print them, which a table of text cannot show."""
    st.markdown("**Formula**")
    for entry in entries:
        st.caption(safe.markdown(entry.name if entry.formula else f"{entry.name}: no formula is known."))
        if entry.formula:
            typeset.show(entry.formula, width="content")


def _group(name: str, width: int) -> str:
    return f'<tr class="g"><th class="l" scope="colgroup" colspan="{width}">{safe.html(name)}</th></tr>'


def _table(lines: Sequence[str], columns: int) -> None:
    style = _STYLE.format(line=_LINE, n=columns, ground=theme.GROUND[charts.base()])
    st.html(f'{style}<div class="cmw"><table class="cm"><tbody>{"".join(lines)}</tbody></table></div>')


def _head(refs: Sequence[EntryRef]) -> str:
    cells = "".join(f'<th scope="col">{safe.html(safe.plain(ref.name, 80))}</th>' for ref in refs)
    return f'<tr class="h"><th class="l"></th>{cells}</tr>'


def _row(row: Attribute) -> str:
    sign, said = ("\u2260", "differs") if row.differs else ("=", "the same")
    mark = f'<span role="img" aria-label="{said}" title="{said}">{sign}</span>'
    cells = "".join(f"<td>{_cell(values, row.nothing)}</td>" for values in row.values)
    return f'<tr><th class="l" scope="row">{mark} {safe.html(row.label)}</th>{cells}</tr>'


def _cell(values: Sequence[Value], nothing: str) -> str:
    """The values of one entry; those that every entry has are paler and come last."""
    if not values:
        return f'<span class="s">{safe.html(nothing)}</span>'
    shown = "; ".join(_value(value) for value in values[:MOST_VALUES])
    rest = len(values) - MOST_VALUES
    if rest <= 0:
        return shown
    return f'<b>{len(values)}</b>: {shown}; <span class="s">and {rest} more</span>'


def _value(value: Value) -> str:
    text = safe.html(safe.plain(value.text, LONGEST_VALUE))
    target = safe.url(value.url)
    inner = f'<a href="{safe.html(target)}" target="_blank" rel="noopener noreferrer">{text}</a>' if target else text
    source = safe.html(f"Source: {safe.plain(value.source)}")
    return f'<span class="{"s" if value.shared else "d"}" title="{source}">{inner}</span>'


def duels(found: Sequence[Duel], entries: Sequence[Entry]) -> None:
    """The table of numbers that may be compared: the best of a row in bold, with a triangle."""
    lines = [_head([entry.ref for entry in entries])]
    own = compare.own_papers(entries)
    for duel in found:
        paper = duel.first.source_paper
        cells = "".join(
            f"<td>{_numbers(cell, best=place in duel.best, own=paper in own[place])}</td>"
            for place, cell in enumerate(duel.numbers)
        )
        lines.append(f'<tr><th class="l" scope="row">{_axis(duel)}</th>{cells}</tr>')
    _table(lines, len(entries))


def axis_text(duel: Duel) -> tuple[str, str]:
    """What all numbers of a row share: dataset and metric, and where they were printed."""
    r = duel.first.result
    task = "" if r.task.casefold() in r.dataset_name.casefold() else f", {r.task}"
    where = [r.source_title, r.table, r.split, r.backbone]
    return f"{r.dataset_name}{task}: {r.metric_name} {ARROW[r.direction][0]}", ", ".join(part for part in where if part)


def _axis(duel: Duel) -> str:
    what, where = axis_text(duel)
    small = f'<span class="s" style="font-weight:400;font-size:.8rem">{safe.html(safe.plain(where))}</span>'
    return f"{safe.html(safe.plain(what))}<br>{small}"


def _numbers(cell: Sequence[Number], *, best: bool, own: bool) -> str:
    if not cell:
        return '<span class="s">no number</span>'
    lines = []
    for place, number in enumerate(cell[:MOST_VARIANTS]):
        printed = safe.html(number.result.printed)
        value = f"<b>\u25b2 {printed}</b>" if best and not place else printed
        aside = ", ".join(part for part in (number.result.method_label, percent(number.gain_percent)) if part)
        lines.append(f'{value} <span class="s">{safe.html(safe.plain(aside))}</span>')
    if cell[MOST_VARIANTS:]:
        lines.append(f'<span class="s">and {len(cell) - MOST_VARIANTS} more</span>')
    if own:
        lines.append('<span class="s" style="font-size:.8rem">printed in its own paper</span>')
    return "<br>".join(lines)


def attributes_frame(rows: Sequence[Attribute], refs: Sequence[EntryRef]) -> pd.DataFrame:
    """The attributes as a table to export: one column an entry."""
    import pandas as pd

    names = unique_names(refs)
    return pd.DataFrame(
        [
            {
                "group": row.group,
                "attribute": row.label,
                "differs": "yes" if row.differs else "no",
                **{
                    name: "; ".join(safe.plain(value.text) for value in cell)
                    for name, cell in zip(names, row.values, strict=True)
                },
            }
            for row in rows
        ]
    )


def duels_frame(found: Sequence[Duel], refs: Sequence[EntryRef]) -> pd.DataFrame:
    """The numbers as a table to export: the best of each entry, and who is best."""
    import pandas as pd

    names = unique_names(refs)
    rows = []
    for duel in found:
        r = duel.first.result
        best = {n: cell[0].result.value if cell else None for n, cell in zip(names, duel.numbers, strict=True)}
        rows.append(
            {
                "dataset": safe.plain(r.dataset_name),
                "task": safe.plain(r.task),
                "metric": f"{safe.plain(r.metric_name)} {ARROW[r.direction][0]}",
                **best,
                "best": ", ".join(names[place] for place in sorted(duel.best)),
                "source": safe.plain(r.source_title),
                "table": safe.plain(r.table),
                "split": safe.plain(r.split),
                "backbone": safe.plain(r.backbone),
            }
        )
    return pd.DataFrame(rows)


def unique_names(refs: Sequence[EntryRef]) -> list[str]:
    """The names of entries as column heads; equal ones get their key."""
    names = [safe.plain(ref.name) for ref in refs]
    return [name if names.count(name) == 1 else f"{name} ({ref.key})" for name, ref in zip(names, refs, strict=True)]


def notice(comparison: Comparison, won: Sequence[tuple[int, int]]) -> str:
    """What to notice, in one or two sentences."""
    differing = [row.label.lower() for row in comparison.attributes if row.differs and row.group != LIVE]
    said = f"They differ in {len(differing)} of {len(comparison.attributes)} attributes"
    everyone = [each.ref.name for each in comparison.shared if len(each.among) == len(comparison.entries)]
    if everyone:
        some = ", ".join(everyone[:3]) + (f" and {len(everyone) - 3} more" if everyone[3:] else "")
        said += f" and all have {some} in common"
    if not comparison.duels:
        return f"{said}."
    top = max(range(len(won)), key=lambda place: (won[place][0], -place))
    entry, (wins, of) = comparison.entries[top], won[top]
    own = compare.own_papers(comparison.entries)[top]
    home = sum(duel.first.source_paper in own for duel in comparison.duels if duel.best == {top})
    whose = f" ({home} of these in its own paper)" if home else ""
    return (
        f"{said}. {len(comparison.duels)} published numbers may be compared: {entry.name} is best alone in {wins} of "
        f"the {of} where it stands{whose}."
    )
