"""Personal data of a prompt on the page: marked text, a table of kinds, and what a redaction cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import safe
from dashboard.parts.playground_columns import CELL, LINE, SOFT
from dashboard.parts.playground_rows import ARM_NAME
from dashboard.parts.playground_why import BOX
from data.records import TaskKind
from engines.metrics import metrics
from engines.privacy import EVERYTHING, INCOMPLETE, KINDS
from engines.privacy_cost import BITS, MoreCost, Pair, measures, values_of

if TYPE_CHECKING:
    from data.records import Task
    from engines.exposure import Line, Row, Segment
    from engines.runs.cells import Bench
    from engines.runs.stats import Estimate
    from engines.types import Arm

ABSENT = "\u2013"
NO_TRUTH = "There is no true answer to this request, so quality cannot be measured; the answers stand side by side."
NO_SCORE = "This model gives no likelihoods, so quality cannot be measured."
# Colour and line together tell a kind; no two kinds share a line, so that neither stands alone.
LINES: Mapping[str, tuple[str, str]] = {
    "rating": ("#0072B2", "border-bottom:3px double"),
    "title": ("#009E73", "border-bottom:2px solid"),
    "email": ("#CC79A7", "border:1px dashed"),
    "address": ("#56B4E9", "border:1px dotted"),
    "date": ("#E69F00", "border-bottom:2px dashed"),
    "phone": ("#888E96", "border:1px solid"),
    "number": ("#888E96", "border-bottom:4px solid"),
    "age": ("#CC79A7", "border-bottom:3px dotted"),
    "name": ("#D55E00", "text-decoration:underline wavy 2px"),
    "place": ("#56B4E9", "border-top:1px solid;border-bottom:1px solid"),
    "trait": ("#E69F00", "border:3px double"),
}
OWN_TINT, OTHER_TINT = "rgba(0,114,178,.13)", "rgba(230,159,0,.17)"


def mark_style(kind: str) -> str:
    """How the spans of a kind are marked: a line of its own in a colour."""
    colour, line = LINES[kind]
    side = f"{line} {colour}" if ";" not in line else ";".join(f"{each} {colour}" for each in line.split(";"))
    return f"{side};border-radius:.15em;padding:0 .1em"


def kind_name(key: str) -> str:
    """A kind as readers see it."""
    return "Everything of people" if key == EVERYTHING else KINDS[key].name


def prompt(lines: Sequence[Line], person: str) -> str:
    """The prompt with every span marked by its kind; the ground tells whose data a passage is."""
    return "".join(
        f'<div style="{SOFT};margin-top:.5em;font-weight:600">{safe.html(line.role)}</div>'
        f'<div tabindex="0" role="region" aria-label="{safe.html(line.role)} message" style="{BOX}">'
        + "".join(_segment(one, person) for one in line.segments)
        + "</div>"
        for line in lines
    )


def _segment(one: Segment, person: str) -> str:
    text = safe.html(one.text)
    if not one.owner and not one.kind:
        return text
    whose = _whose(one, person)
    tint = f"background:{OWN_TINT if one.owner == person else OTHER_TINT}" if one.owner else ""
    if not one.kind:
        return f'<span style="{tint}" title="{safe.html(whose)}">{text}</span>'
    title = safe.html(f"{KINDS[one.kind].name}, {whose}")
    return f'<mark style="color:inherit;background:none;{tint};{mark_style(one.kind)}" title="{title}">{text}</mark>'


def _whose(one: Segment, person: str) -> str:
    if one.asked:
        return "in the request"
    return "this person's own" if one.owner == person else f"of user {one.owner}"


def legend(rows: Sequence[Row]) -> str:
    """Every kind that is there with its count, marked as in the prompt, and the two grounds."""
    kinds = "".join(
        f'<span style="margin-right:1em;white-space:nowrap"><mark style="color:inherit;background:none;'
        f'{mark_style(row.kind)}">{KINDS[row.kind].name}</mark> {row.spans}</span>'
        for row in rows
        if row.kind != EVERYTHING
    )
    grounds = (
        f'<span style="background:{OWN_TINT};padding:0 .3em">this person\u2019s own</span> '
        f'<span style="background:{OTHER_TINT};padding:0 .3em">somebody else\u2019s</span>'
    )
    return f'<div style="font-size:.85rem;line-height:2.1">{kinds}{grounds}</div>'


def table(rows: Sequence[Row]) -> str:
    """Kinds with spans, tokens, share of the prompt, and whose data it is."""
    heads = ("spans", "tokens", "share", "own", "others'", "request")
    head = "".join(f'<th scope="col" style="{CELL};font-weight:500">{each}</th>' for each in heads)
    lines = "".join(_row(row) for row in rows)
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%;font-size:.82rem"><thead><tr>'
        f'<th scope="col" style="{LINE};text-align:left">kind</th>{head}</tr></thead><tbody>{lines}</tbody>'
        "</table></div>"
    )


def _row(row: Row) -> str:
    meaning = "Every passage that was written from people's data." if row.kind == EVERYTHING else KINDS[row.kind].rule
    style = "" if row.kind == EVERYTHING else mark_style(row.kind)
    cells = [f"{row.spans}", f"{row.tokens:,}", f"{row.share:.0%}", f"{row.own}", f"{row.others}", f"{row.request}"]
    return (
        f'<tr><th scope="row" style="{LINE};text-align:left;font-weight:400;padding:.35em .3em .35em 0" '
        f'title="{safe.html(meaning)}"><span style="{style}">{kind_name(row.kind)}</span></th>'
        + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells)
        + "</tr>"
    )


def rules() -> None:
    """What each rule finds and misses."""
    with st.expander("What each rule finds, and what it misses", icon=":material/rule:"):
        lines = "".join(
            f'<tr><th scope="row" style="{LINE};text-align:left;vertical-align:top;padding:.3em .6em .3em 0">'
            f'{kind.name}</th><td style="{LINE};padding:.3em 0">{kind.rule} {kind.limits}</td></tr>'
            for kind in KINDS.values()
        )
        st.html(f'<table style="border-collapse:collapse;font-size:.85rem"><tbody>{lines}</tbody></table>')
        st.caption(INCOMPLETE)


def heading(task: Task, measure: str) -> str:
    """A measure with its unit and direction."""
    if measure == BITS:
        return "bits of the truth \u2193"
    info = metrics[measure].info
    arrow = "\u2191" if info.higher_is_better else "\u2193"
    unit = f", {info.unit}" if info.unit and task.kind is TaskKind.RATE else ""
    return f"{info.name}{unit} {arrow}"


def worse(measure: str, change: float) -> bool:
    """Whether a change of a measure is one for the worse."""
    return change < 0 if measure != BITS and metrics[measure].info.higher_is_better else change > 0


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{value:+.3f}".replace("-", "\u2212")


def verdict(bench: Bench, done: Mapping[Arm, Pair]) -> str:
    """What the redaction cost on the shown example, in one sentence an arm."""
    measure = bench.task.main_metric
    said = []
    for arm, pair in done.items():
        before, after = (values_of(bench, one)[measure] for one in (pair.before, pair.after))
        if before is None or after is None:
            continue
        change = after - before
        word = "no change" if not round(change, 3) else f"{signed(change)}, {_word(measure, change)}"
        said.append(f"{ARM_NAME[arm]} {word}")
    return f"{heading(bench.task, measure)}, after the redaction: {'; '.join(said)}." if said else ""


def _word(measure: str, change: float) -> str:
    return "worse" if worse(measure, change) else "better"


def one_example(bench: Bench, done: Mapping[Arm, Pair], *, truth: bool, scores: bool) -> None:
    """Quality before and after in each arm, or why there is none."""
    st.html(f'<div role="status" style="font-weight:600">{safe.html(verdict(bench, done))}</div>')
    if not scores:
        st.info(NO_SCORE, icon=":material/info:")
    elif not truth:
        st.info(NO_TRUTH, icon=":material/info:")
    st.html(_grid(["whose data", "measure", "before", "after", "change"], _example_rows(bench, done)))


def _example_rows(bench: Bench, done: Mapping[Arm, Pair]) -> list[list[str]]:
    found = []
    for arm, pair in done.items():
        failure = pair.before.failure or pair.after.failure
        if failure:
            found.append([ARM_NAME[arm], failure.message, ABSENT, ABSENT, ABSENT])
            continue
        before, after = values_of(bench, pair.before), values_of(bench, pair.after)
        for measure in measures(bench.task):
            one, other = before[measure], after[measure]
            cells = [ABSENT if value is None else f"{value:.3f}" for value in (one, other)]
            change = ABSENT if one is None or other is None else signed(other - one)
            found.append([ARM_NAME[arm], heading(bench.task, measure), *cells, change])
        ratings = [one.output.rating if one.output else None for one in (pair.before, pair.after)]
        if bench.task.kind is TaskKind.RATE and None not in ratings:
            low, high = (value or 0.0 for value in ratings)
            found.append([ARM_NAME[arm], "says, stars", f"{low:.3f}", f"{high:.3f}", signed(high - low)])
        tokens = [pair.before.prompt_tokens, pair.after.prompt_tokens]
        found.append([ARM_NAME[arm], "prompt tokens", *(f"{each:,}" for each in tokens), f"{tokens[1] - tokens[0]:+,}"])
    return found


def more_examples(bench: Bench, made: MoreCost) -> None:
    """The paired difference over held-out examples with its interval."""
    if not made.rows:
        st.info("No held-out example with a true answer was measured.", icon=":material/info:")
        return
    main = [row for row in made.rows if row.measure == bench.task.main_metric]
    said = "; ".join(f"{ARM_NAME[row.arm]} {cost_in_words(row.measure, row.difference)}" for row in main)
    said = f"{heading(bench.task, bench.task.main_metric)}, after the redaction of {made.examples} examples: {said}."
    st.html(f'<div role="status" style="font-weight:600">{safe.html(said)}</div>')
    rows = [
        [
            ARM_NAME[row.arm],
            heading(bench.task, row.measure),
            shown(row.before),
            shown(row.after),
            f"{interval(row.difference)}{' (tie)' if row.difference.tie else ''}",
            str(row.difference.n),
        ]
        for row in made.rows
    ]
    st.html(_grid(["whose data", "measure", "before", "after", "paired change [95 %]", "n"], rows))
    failed = f" {made.failed} could not be computed." if made.failed else ""
    st.caption(
        f"{made.examples} held-out examples of {made.users} users; differences are paired by example, intervals "
        f"resample users, and an interval that holds 0 is a tie.{failed}"
    )


def cost_in_words(measure: str, difference: Estimate) -> str:
    """A paired difference as a reader would say it."""
    if difference.mean is None:
        return "has no score"
    if difference.tie:
        return f"{signed(difference.mean)}, a tie"
    return f"{signed(difference.mean)}, {_word(measure, difference.mean)}"


def shown(one: Estimate) -> str:
    """A mean, or a dash where nothing was scored."""
    return ABSENT if one.mean is None else f"{one.mean:.3f}"


def interval(one: Estimate) -> str:
    """A difference with its interval."""
    if one.mean is None or one.low is None or one.high is None:
        return ABSENT
    return f"{signed(one.mean)} [{signed(one.low)}, {signed(one.high)}]"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first two columns are words and the others numbers."""
    left = f"{LINE};text-align:left;padding:.2em .6em .2em 0"
    head = "".join(
        f'<th scope="col" style="{left if place < 2 else CELL};font-weight:500">{safe.html(each)}</th>'
        for place, each in enumerate(heads)
    )
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{left if place < 2 else CELL}">{safe.html(cell)}</td>' for place, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%;max-width:56rem;'
        f'font-size:.85rem"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
