"""The matrix as a table that scrolls sideways in its own box; each cell opens to its evidence. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import badges, charts
from dashboard.parts import playground_why as why
from dashboard.parts.playground_cells import tokens, used_count
from dashboard.parts.playground_columns import LINE, SOFT, follows_line
from dashboard.parts.playground_diff import word_diff
from dashboard.parts.playground_matrix import MatrixRow, Person
from dashboard.parts.playground_rows import ArmRow, top_candidates, true_one, yardstick
from data.records import TaskKind
from engines.live import Status
from engines.matrix import TEXT

if TYPE_CHECKING:
    from data.records import Task
    from engines.matrix import Plan

FIRST, EACH = 8.6, 11.5  # rem; the first column leaves more than half of a telephone to the cells
TOP = 3
OTHER, DASH = "\u25cb", "\u2013"
NEW = "text-decoration:underline solid 2px #D55E00;text-underline-offset:.2em;background:rgba(213,94,0,.13)"
BUTTON = (
    "font:inherit;font-size:.8rem;color:inherit;background:transparent;border:1px solid rgba(136,142,150,.6);"
    "border-radius:.3em;padding:.1em .6em;margin-top:.4em;cursor:pointer"
)
PANEL = (
    "color:inherit;width:min(44rem,94vw);max-height:86vh;overflow:auto;padding:1rem 1.2rem;text-align:left;"
    "border:1px solid rgba(136,142,150,.6);border-radius:.5em;box-shadow:0 .5em 2em rgba(0,0,0,.35);font-weight:400;"
    "overflow-wrap:normal"
)


def paper() -> str:
    """The colour of the page, for what lies above other text."""
    return str(st.get_option(f"theme.{charts.base()}.backgroundColor") or "Canvas")


@dataclass(frozen=True)
class View:
    """How a matrix is looked at.

    Attributes:
        people: the heads of the columns.
        plain: the answer without personalization, if it was asked for.
        marks: whether words are marked that the plain text does not have.
        opens: whether the evidence is there to be opened; it is left out while cells still change.
    """

    plan: Plan
    people: Sequence[Person]
    plain: ArmRow | None
    marks: bool
    opens: bool


def table(rows: Sequence[MatrixRow], view: View) -> str:
    """The whole matrix, its rows in the order given."""
    page, width = paper(), FIRST + EACH * len(view.people)
    heads = "".join(_person(person, view.plan) for person in view.people)
    corner = _sticky(page, "method", "col", "vertical-align:bottom;font-size:.8rem;font-weight:500")
    body = "".join(_row(row, view) for row in rows)
    return (
        '<div style="overflow-x:auto;max-width:100%" tabindex="0" role="region" aria-label="Methods by users">'
        f'<table style="border-collapse:separate;border-spacing:0;table-layout:fixed;width:100%;min-width:{width}rem">'
        f'<colgroup><col style="width:{FIRST}rem">{"<col>" * len(view.people)}</colgroup>'
        f"<thead><tr>{corner}{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _sticky(page: str, content: str, scope: str, style: str) -> str:
    return (
        f'<th scope="{scope}" style="position:sticky;left:0;z-index:1;background:{page};text-align:left;'
        f'padding:.5em .6em .5em 0;{LINE};{style}">{content}</th>'
    )


def _person(person: Person, plan: Plan) -> str:
    """The head of a column: who, what is given of them, and the truth where it is theirs."""
    look = theme.LEVELS["user"]
    sign = f'<span aria-hidden="true" style="color:{look.colour}">{look.glyph if person.own else OTHER}</span>'
    whose = "asks this request" if person.own else "somebody else's data"
    if person.own and plan.bench.task.kind is TaskKind.RATE and plan.example.target:
        whose = f"asks this request; true rating {plan.example.target}"
    return (
        f'<th scope="col" style="text-align:left;vertical-align:top;padding:.5em .6em;font-weight:400;{LINE}">'
        f"<div>{sign} <b>{safe.html(person.name)}</b></div>"
        f'<div style="font-size:.8rem">{safe.html(whose)}</div>'
        f'<div style="{SOFT}">{safe.html(person.traits)}; {safe.html(person.given)}</div></th>'
    )


def _row(row: MatrixRow, view: View) -> str:
    name = (
        f'<div style="font-weight:600;overflow-wrap:anywhere" title="{safe.html(follows_line(row.info, {}))}">'
        f"{safe.html(row.info.name)}</div><div>{badges.level(row.level or '')}</div>"
        f'<div style="{SOFT};font-weight:400">{safe.html(row.differ)}</div>'
    )
    first = _sticky(paper(), name, "row", "vertical-align:top")
    span = f' colspan="{len(view.people)}"' if row.shared else ""
    # One answer for everybody stays in sight while the box is scrolled, and is no wider than a telephone leaves.
    kept = f"position:sticky;left:{FIRST + 0.6}rem;max-width:min(100%,calc(100vw - {FIRST + 3.4}rem));width:fit-content"
    kept = kept if row.shared else ""
    cells = "".join(
        f'<td{span} style="vertical-align:top;padding:.5em .6em;{LINE};overflow-wrap:anywhere">'
        f'<div style="{kept}">{_cell(row, cell, view)}{_panel(row, place, view) if view.opens else ""}</div></td>'
        for place, cell in enumerate(row.cells)
    )
    return f"<tr>{first}{cells}</tr>"


def _cell(row: MatrixRow, cell: ArmRow, view: View) -> str:
    """The answer, and beside the truth's owner how far it is from it."""
    whole = f'<div style="{SOFT}">one answer, the same for everybody</div>' if row.shared else ""
    if cell.failure and not cell.text:
        return whole + _failed(cell)
    task, example = view.plan.bench.task, view.plan.example
    if task.kind in TEXT:
        return whole + _text(cell, view) + _off(row, cell, view.plan) + (_failed(cell) if cell.failure else "")
    if cell.output is None:
        return f'{whole}<div style="opacity:.75">{cell.status.value}\u2026</div>'
    if task.kind is TaskKind.RATE:
        own = example.target if cell.loss is not None and not row.shared else ""
        return whole + rating(cell, task, level=row.level, truth=own) + _off(row, cell, view.plan)
    return whole + _ranking(cell, view.plan)


def _failed(cell: ArmRow) -> str:
    return (
        '<div role="alert" style="font-size:.8rem;border-left:4px solid #D55E00;padding:.2em .5em">'
        f"<b>{cell.status.value}</b> {safe.html(cell.failure)}</div>"
    )


def _off(row: MatrixRow, cell: ArmRow, plan: Plan) -> str:
    """The distance from the truth, which is told of its owner alone."""
    if cell.loss is None or plan.bench.task.kind.ranks:
        return ""
    said, name = yardstick(plan.bench.task.kind).say(cell.loss), plan.bench.dataset.by_id[plan.example.user].name
    if plan.bench.task.kind in TEXT:
        told = f"{said} of the true text by {name}, lower is better"
    else:
        told = f"{said} off" + (f" the truth of {name}" if row.shared else "")
    return f'<div style="font-size:.8rem">{safe.html(told)}</div>'


def rating(cell: ArmRow, task: Task, *, level: str | None, truth: str = "") -> str:
    """The expected rating with the distribution as small bars; the true label is framed where it is theirs."""
    labels = cell.output.labels if cell.output else {}
    if not labels:
        return written_rating(cell)
    bars = "".join(_bar(label, labels.get(label, 0.0), level, true=label == truth) for label in task.labels)
    told = ", ".join(f"{labels.get(label, 0.0):.0%} for {label}" for label in task.labels)
    return (
        f'<div style="font-size:1.15rem;font-weight:600">{safe.html(cell.says or DASH)} '
        '<span style="font-size:.8rem;font-weight:400">stars expected</span></div>'
        f'<div role="img" aria-label="{safe.html(told)}" title="{safe.html(told)}" '
        f'style="display:flex;gap:.25em;align-items:flex-end;max-width:9rem;margin:.2em 0 .35em">{bars}</div>'
    )


def written_rating(cell: ArmRow) -> str:
    """The rating that a model without likelihoods wrote, or why there is none."""
    why = cell.output.reason if cell.output else ""
    said = f"{safe.html(cell.says)} stars, as written" if cell.says else f"no rating: {safe.html(why)}"
    return f'<div style="font-weight:600">{said}</div><div style="{SOFT}">{safe.html(cell.text.strip())}</div>'


def _bar(label: str, share: float, level: str | None, *, true: bool) -> str:
    frame = "outline:2px solid currentColor;outline-offset:1px;border-radius:2px" if true else ""
    return (
        f'<div style="flex:1;text-align:center;font-size:.7rem;{frame}"><div style="height:2.4em;display:flex;'
        f'align-items:flex-end"><div style="width:100%;height:{max(share, 0.02):.0%};background:{theme.colour(level)}">'
        f"</div></div>{safe.html(label)}</div>"
    )


def _ranking(cell: ArmRow, plan: Plan) -> str:
    """The place of the film or answer that the one who asks truly took, and the head of the ranking."""
    example = plan.example
    if cell.output and cell.output.reason:
        return f'<div style="font-weight:600">no ranking: {safe.html(cell.output.reason)}</div>'
    tops = top_candidates(cell.output, example) if cell.output else []
    lines = "".join(
        f'<div style="{"font-weight:600" if true else ""}">{safe.html(f"{place}. {title}")}</div>'
        for place, title, true in [*tops[:TOP], *(top for top in tops[TOP:] if top[2])]
    )
    what = true_one(plan.bench.task.kind)
    whose = what if cell.loss is not None else f"{what} of {plan.bench.dataset.by_id[example.user].name}"
    said = f"{whose}: place {cell.says} of {len(example.candidates)}" if cell.says else "First places"
    return (
        f'<div style="font-weight:600">{safe.html(said)}</div>'
        f'<div style="font-size:.8rem;line-height:1.35">{lines}</div>'
    )


def _text(cell: ArmRow, view: View) -> str:
    """The text in a box that scrolls; words that the plain text does not have are marked."""
    text, plain = cell.text.strip(), view.plain.text if view.plain else ""
    inside = safe.html(text) or f'<span style="opacity:.7">{cell.status.value}\u2026</span>'
    if view.marks and plain and text and cell.status is Status.DONE:
        inside = marked_words(plain, text)
    return (
        f'<div tabindex="0" role="region" aria-label="{safe.html(f"text for {cell.label}")}" style="max-height:11em;'
        f'overflow:auto;font-size:.85rem;line-height:1.45;white-space:pre-wrap">{inside}</div>'
    )


def marked_words(before: str, after: str) -> str:
    """The second text with the words marked that the first does not have at their place."""
    kept = [words for words in word_diff(before, after) if words.change != "gone"]
    return " ".join(
        f'<mark style="color:inherit;{NEW}">{safe.html(words.text)}</mark>'
        if words.change == "new"
        else safe.html(words.text)
        for words in kept
    )


def _panel(row: MatrixRow, place: int, view: View) -> str:
    """A button and what it opens: the evidence of one cell."""
    cell, plan = row.cells[place], view.plan
    if cell.outcome is None or cell.outcome.conditioning is None:
        return ""
    name, label = f"pg-mx-{row.place}-{place}", f"{row.info.name}, {cell.label}"
    person = plan.example.user if row.shared else view.people[place].id
    plain = None if cell is view.plain else view.plain
    shown = f"Why ({used} items)" if (used := used_count(cell)) else "Why"
    return (
        f'<button type="button" popovertarget="{name}" style="{BUTTON}" aria-haspopup="dialog" '
        f'aria-label="{safe.html(f"{shown}: {label}")}">{shown}</button>'
        f'<div popover id="{name}" role="dialog" aria-label="{safe.html(f"Evidence: {label}")}" '
        f'style="{PANEL};background:{paper()}"><div style="display:flex;justify-content:space-between;gap:1em">'
        f"<b>{safe.html(label)}</b>"
        f'<button type="button" popovertarget="{name}" popovertargetaction="hide" style="{BUTTON};margin:0">Close'
        f"</button></div>{evidence(cell, plan.bench.task, person=person, plain=plain)}</div>"
    )


def evidence(cell: ArmRow, task: Task, *, person: str, plain: ArmRow | None = None) -> str:
    """Items used, what was left out, what it says otherwise than no personalization, and the final prompt."""
    made = cell.outcome.conditioning if cell.outcome else None
    if made is None or cell.outcome is None:
        return ""
    dropped = "; ".join(f"{one.what}: {one.tokens} tokens, {one.why}" for one in made.dropped)
    notes = (*made.evidence.notes, cell.outcome.note, f"Left out: {dropped}." if dropped else "Nothing was left out.")
    lines = "".join(f'<div style="{SOFT};margin-top:.3em">{safe.html(note)}</div>' for note in notes if note)
    parts = [_title("Items used"), why.used_table(made.evidence.used, task), lines]
    if made.evidence.texts:
        parts += [_title(why.tried(task, made.evidence.texts)), why.summaries(made.evidence.texts)]
    if plain is not None:
        parts += [_title("Against no personalization"), why.difference(task.kind, plain, cell)]
    cost = f"{tokens(cell):,} tokens, {cell.outcome.seconds:.2f} s" if tokens(cell) else ""
    return "".join([*parts, _title("The final prompt", cost), why.prompt(made, person)])


def _title(text: str, more: str = "") -> str:
    soft = f'<span style="{SOFT}">{safe.html(more)}</span>'
    return f'<div style="margin:.8em 0 .2em"><b>{safe.html(text)}</b> {soft}</div>'
