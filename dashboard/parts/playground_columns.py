"""One column of the Playground: head, answer, table of arms, gaps. Every text in the HTML is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import badges, distribution
from dashboard.parts import playground_apart as apart
from dashboard.parts import playground_choice as choice
from dashboard.parts.distribution import Bars
from dashboard.parts.playground_rows import ArmRow, BaselineRow, ColumnRow, Yardstick, top_candidates, yardstick
from data.records import TaskKind
from engines.live import Status
from engines.metrics import metrics
from engines.types import Arm, MethodInfo

if TYPE_CHECKING:
    from dashboard.parts.playground_notice import Verdict
    from data.records import Example, Task

LINE = "border-bottom:1px solid rgba(136,142,150,.3)"
CELL = f"padding:.15em .2em;text-align:right;white-space:nowrap;{LINE}"
ELLIPSIS = "\u2026"
SOFT = "opacity:.78;font-size:.8rem;line-height:1.35"
TEXT_BOX = (
    "height:8.4em;overflow:auto;font-size:.85rem;line-height:1.4;white-space:pre-wrap;overflow-wrap:anywhere;"
    "border:1px solid rgba(136,142,150,.35);border-radius:.3em;padding:.3em .5em;margin-bottom:.4em"
)
VERDICT = "min-height:7em;line-height:1.5"
SENTENCE = "font-size:1.2rem;font-weight:600;line-height:1.4"
ARM_SIGN: Mapping[Arm, str] = {Arm.RIGHT: "\u25a0", Arm.WRONG: "\u25a8", Arm.NOBODY: "\u25a0"}


def follows_line(info: MethodInfo, names: Mapping[str, str]) -> str:
    """What a method follows, how, and what differs, in one paragraph."""
    lines = [f"{each.how.capitalize()} {names.get(each.entry, each.entry)}. {each.differs}" for each in info.follows]
    return " ".join(lines) or "A baseline: it follows no entry of the catalog."


def status(said: str, more: str, share: float | None = None) -> str:
    """Progress while a run computes, in a place of the verdict's height."""
    bar = (
        f'<div role="progressbar" aria-valuenow="{share:.0%}" style="height:.5em;border-radius:.25em;margin-top:.5em;'
        f'background:linear-gradient(to right,#0072B2 {share:.0%},rgba(136,142,150,.25) 0)"></div>'
        if share is not None
        else ""
    )
    return (
        f'<div role="status" style="{VERDICT}"><div style="{SENTENCE}">{safe.html(said)}</div>'
        f'<div style="opacity:.85">{safe.html(more)}</div>{bar}</div>'
    )


def verdict(said: Verdict, caution: str) -> str:
    """The one sentence large, then the details and the caution."""
    return (
        f'<div role="status" style="{VERDICT}"><div style="{SOFT}">What to notice</div>'
        f'<div style="{SENTENCE}">{safe.html(said.sentence)}</div>'
        f'<div style="margin-top:.25em">{safe.html(said.details)} <span style="opacity:.78">{safe.html(caution)}</span>'
        "</div></div>"
    )


def head(column: ColumnRow, names: Mapping[str, str]) -> None:
    """Name, level, and what the method follows, cut to lines of a fixed height; the whole is in `Why`."""
    said = follows_line(column.info, names)
    clamp = "display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:4;overflow:hidden;height:5.4em"
    title = "display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis"
    st.html(
        f'<strong role="heading" aria-level="3" style="{title}">{safe.html(column.info.name)}</strong>'
        f'<div style="margin:.15em 0 .3em">{badges.level(column.level or "")}</div>'
        f'<div style="{SOFT};{clamp}" title="{safe.html(said)}">{safe.html(said)}</div>'
    )


def headline(column: ColumnRow, task: Task, example: Example) -> str:
    """The answer of the main arm beside the truth."""
    row = column.main
    if not example.target and row.output and row.status not in {Status.SCORING, Status.WRITING}:
        return apart.headline(row, task, example)
    if row.loss is None:
        return _without_loss(row)
    if task.kind is TaskKind.RATE:
        return f"says {row.says}, true {example.target}"
    if task.kind.ranks:
        places = f"true film: place {row.says} of {len(example.candidates)}"
        return choice.headline(row, example) if task.kind is TaskKind.CHOOSE else places
    return yardstick(task.kind).say(row.loss)


def _without_loss(row: ArmRow) -> str:
    """Where it stands; of a text whose likelihood is not known, as of one of several drafts, how near it is."""
    if row.text and row.status is Status.DONE:
        return f"similarity {row.values.get('embedding-similarity') or 'unknown'} to the true text"
    return f"{row.status.value}{'' if row.status in {Status.FAILED, Status.STOPPED} else ELLIPSIS}"


def answer(column: ColumnRow, task: Task, example: Example, *, scale: float = 1.0) -> None:
    """The headline, and below it the distribution, the ranking or the texts; `scale` is that of a chart."""
    said = safe.html(headline(column, task, example))
    st.html(f'<div style="font-size:1.05rem;font-weight:600;min-height:1.5em">{said}</div>')
    if task.kind is TaskKind.RATE:
        shown = [
            Bars(row.label, row.output.labels if row.output else {}, column.level, arm_style(row))
            for row in column.arms
        ]
        message = chart_message(column, example)
        st.html(distribution.draw(task.labels, shown, true=example.target, message=message, scale=scale))
    elif task.kind is TaskKind.CHOOSE:
        st.html(choice.cards(column, example))
    elif task.kind.ranks:
        st.html(ranking(column.main, example))
    else:
        st.html("".join(text_block(row, arm_label(column, row)) for row in column.arms))


def arm_style(row: ArmRow) -> str:
    """How an arm is filled: what a method gives to everybody is its own, neither the right user's nor nobody's."""
    return Arm.RIGHT.value if row.label == "everyone's" else row.arm.value


def arm_label(column: ColumnRow, row: ArmRow) -> str:
    """An arm with the sign that its bars are filled like."""
    ink = theme.colour(column.level, arm_style(row))
    return f'<span aria-hidden="true" style="color:{ink}">{ARM_SIGN[row.arm]}</span> {safe.html(row.label)}'


def chart_message(column: ColumnRow, example: Example) -> str:
    """The message of a distribution in a sentence."""
    said = [f"{row.label} {row.says}" for row in column.arms if row.says]
    heard = ", ".join(said) or "nothing yet"
    true = f"; true {example.target}" if example.target else ""
    return safe.plain(f"{column.info.name}: expected rating by whose data is given: {heard}{true}.")


def ranking(row: ArmRow, example: Example) -> str:
    """The head of the ranking with the true film marked; of a fixed height."""
    lines = [_candidate(*found) for found in (top_candidates(row.output, example) if row.output else [])]
    return f'<div style="min-height:15.5em;font-size:.85rem" role="list">{"".join(lines)}</div>'


def _candidate(place: str, title: str, true: bool) -> str:
    mark = "border:2px solid currentColor;font-weight:600" if true else "border:2px solid transparent"
    note = ' <span style="font-weight:400">(true)</span>' if true else ""
    return (
        f'<div role="listitem" style="{mark};border-radius:.3em;padding:.1em .4em;display:flex;gap:.6em">'
        f'<span style="min-width:1.6em;text-align:right">{place}</span><span>{safe.html(title)}{note}</span></div>'
    )


def text_block(row: ArmRow, label: str) -> str:
    """A generated text as it grows, in a box of a fixed height that scrolls."""
    text = safe.html(row.text.strip()) or f'<span style="opacity:.6">{row.status.value}</span>'
    name = safe.html(f"text, {row.label}")
    return (
        f'<div style="{SOFT};font-weight:600">{label}</div>'
        f'<div tabindex="0" role="region" aria-label="{name}" style="{TEXT_BOX}">{text}</div>'
    )


def arms_table(column: ColumnRow, task: Task) -> None:
    """Numbers by arm, gaps in words, cost, notes and failures."""
    ruler = yardstick(task.kind)
    said = {TaskKind.RATE: ["says"], TaskKind.RANK: ["place"], TaskKind.CHOOSE: ["place"]}.get(task.kind, [])
    heads = "".join(map(_head, said)) + "".join(_metric_head(*shown) for shown in ruler.shown.items())
    body = "".join(_arm_line(row, ruler, label=arm_label(column, row), says=bool(said)) for row in column.arms)
    gaps = "".join(f"<div>{safe.html(gap)}</div>" for gap in column.gaps)
    st.html(
        f'<div style="min-height:7.4em"><table style="border-collapse:collapse;width:100%;font-size:.8rem">'
        f'<thead><tr><th style="{LINE}"></th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
        f'<div style="font-size:.85rem;font-weight:600;line-height:1.4;min-height:2.8em">{gaps}</div>'
        f'<div style="{SOFT};min-height:2.7em">{safe.html(column.cost)}</div>{_troubles(column.arms)}'
    )


def _head(name: str, meaning: str = "") -> str:
    hover = f' title="{safe.html(meaning)}"' if meaning else ""
    style = f"{CELL};white-space:normal;font-weight:500"  # wraps where four columns leave little room
    return f'<th scope="col" style="{style}"{hover}>{safe.html(name)}</th>'


def _metric_head(metric: str, heading: str) -> str:
    """The heading of a metric with its direction; its full name on hover."""
    info = metrics[metric].info
    way, arrow = ("higher", "\u2191") if info.higher_is_better else ("lower", "\u2193")
    unit = f", in {info.unit}" if info.unit else ""
    return _head(f"{heading} {arrow}", f"{info.name}{unit}; {way} is better")


def _arm_line(row: ArmRow, ruler: Yardstick, *, label: str, says: bool) -> str:
    first = f'<tr><th scope="row" style="{LINE};text-align:left;font-weight:400;white-space:nowrap">{label}</th>'
    values = [row.says] if says else []
    values += [row.values.get(metric, "") for metric in ruler.shown]
    if row.loss is None and not (row.output and row.status is Status.DONE):
        return f'{first}<td colspan="{len(values)}" style="{CELL}">{row.status.value}</td></tr>'
    return first + "".join(f'<td style="{CELL}">{safe.html(value)}</td>' for value in values) + "</tr>"


def _troubles(arms: Sequence[ArmRow]) -> str:
    """Notes of the draw, and failures with kind and message."""
    notes = dict.fromkeys(row.outcome.note for row in arms if row.outcome and row.outcome.note)
    failed = [f"{row.label}: {row.failure}" for row in arms if row.failure]
    parts = [f'<div style="{SOFT}">{safe.html(note)}</div>' for note in notes]
    parts += [
        '<div role="alert" style="font-size:.8rem;border-left:4px solid #D55E00;padding:.2em .5em;margin:.3em 0;'
        f'overflow-wrap:anywhere"><b>failed</b> {safe.html(text)}</div>'
        for text in failed
    ]
    return "".join(parts)


def baselines(rows: Sequence[BaselineRow], task: Task) -> None:
    """The predictions without a language model: names, numbers, no level."""
    ruler, rate = yardstick(task.kind), task.kind is TaskKind.RATE
    lines = "".join(_baseline_line(row, ruler, rate=rate) for row in rows)
    heads = "".join(map(_head, ("says", "error \u2193") if rate else ("place \u2193",)))
    st.html(
        '<strong role="heading" aria-level="3" style="display:block;margin-bottom:.4em">Baselines</strong>'
        f'<div style="{SOFT};min-height:5.4em">No language model and no level; the nearest to the truth first.</div>'
        f'<table style="border-collapse:collapse;width:100%;font-size:.8rem"><thead><tr><th style="{LINE}"></th>{heads}'
        f"</tr></thead><tbody>{lines}</tbody></table>"
    )


def _baseline_line(row: BaselineRow, ruler: Yardstick, *, rate: bool) -> str:
    error = "\u2013" if row.loss is None else f"{row.loss:.{ruler.digits}f}"
    cells = [row.says, error] if rate else [row.says]
    return (
        f'<tr><th scope="row" title="{safe.html(row.summary)}" style="{LINE};text-align:left;font-weight:400">'
        f"{safe.html(row.name)}</th>"
        + "".join(f'<td style="{CELL}">{safe.html(cell)}</td>' for cell in cells)
        + "</tr>"
    )
