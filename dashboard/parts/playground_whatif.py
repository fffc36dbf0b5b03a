"""The counterfactual in words and figures: both answers, what differs, which items came and went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import safe, theme
from dashboard.parts import charts
from dashboard.parts.playground_columns import CELL, LINE, SOFT, TEXT_BOX
from dashboard.parts.playground_diff import Words, word_diff
from dashboard.parts.playground_rows import distance, says_of, thing_of, top_candidates, true_one, yardstick
from data.records import TaskKind
from engines.counterfactual import CHANGED, NOBODY, ORIGINAL, TEXTS, WRONG, Counterfactual, bits_of
from engines.methods import methods
from engines.metrics import metrics_for

if TYPE_CHECKING:
    from dashboard.parts.playground_address import Asked
    from data.records import ProfileItem, Task
    from engines.runs.cells import Outcome

NAMES: Mapping[str, str] = {
    ORIGINAL: "as it is",
    CHANGED: "changed",
    WRONG: "wrong user",
    NOBODY: "nobody",
}
ABSENT = "\u2013"
CHART_HEIGHT, SHORT, LISTED = 230, 60, 6


def item_name(item: ProfileItem, longest: int = SHORT) -> str:
    """An item in a few words: its title, or the beginning of its text."""
    return safe.plain(str(item.extra.get("title") or item.text), longest)


def loss_of(asked: Asked, outcome: Outcome) -> float | None:
    """The distance from the truth on the yardstick of the task; None where there is no truth or no score."""
    if outcome.output is None or outcome.failure or not asked.example.target:
        return None
    scores = {metric.info.id: metric.score(outcome.output, asked.example) for metric in metrics_for(asked.task.kind)}
    return distance(asked.task.kind, outcome.output, scores=scores, example=asked.example)


def sentence(asked: Asked, result: Counterfactual) -> str:
    """What the change did to the answer and to its distance from the truth."""
    first, second = result.outcomes[ORIGINAL], result.outcomes[CHANGED]
    for outcome in (first, second):
        if outcome.failure:
            return f"No comparison: {outcome.failure.message}."
    said = _answers(asked, first, second)
    before, after = loss_of(asked, first), loss_of(asked, second)
    if before is None or after is None:
        reason = "the model gives no likelihoods" if asked.example.target else "there is no true answer"
        return f"{said} No change of score: {reason}."
    return f"{said} {moved(asked.task, after - before)}"


def moved(task: Task, change: float) -> str:
    """A change of the distance from the truth, with sign and unit."""
    ruler = yardstick(task.kind)
    if abs(change) <= ruler.same:
        return "The distance from the truth stays the same."
    signed = f"{change:+.{ruler.digits}f}".replace("-", "\u2212")
    unit = ruler.unit.removesuffix("s") if ruler.digits == 0 and abs(change) == 1 else ruler.unit
    return f"That is {signed} {unit}: {'further from' if change > 0 else 'nearer to'} the truth."


def _answers(asked: Asked, first: Outcome, second: Outcome) -> str:
    kind, example = asked.task.kind, asked.example
    if first.output is None or second.output is None:
        return "Nothing was computed."
    if kind in TEXTS:
        return f"With the changed history {_rewritten(text_of(first), text_of(second))}."
    one, other = (says_of(kind, output, example) for output in (first.output, second.output))
    if kind is TaskKind.RATE:
        truth = f"; the true rating is {example.target}" if example.target else ""
        said = f"stays at {one} stars" if one == other else f"is {other} stars instead of {one}"
        return f"With the changed history the answer {said}{truth}."
    if not one or not other:
        return f"The {thing_of(kind)}s are ranked again."
    where = f"stays at place {one}" if one == other else f"is at place {other} instead of {one}"
    return f"With the changed history the {true_one(kind)} {where}."


def _rewritten(one: str, other: str) -> str:
    """How many words of a text are gone and new."""
    parts = word_diff(one, other)
    gone, new = (sum(len(part.text.split()) for part in parts if part.change == way) for way in ("gone", "new"))
    return f"{gone} words of the text are gone and {new} are new" if gone or new else "the written text stays the same"


def text_of(outcome: Outcome) -> str:
    """The written text, empty where there is none."""
    made = outcome.output.generation if outcome.output else None
    return made.text.strip() if made else ""


def exchanged(result: Counterfactual, removed: frozenset[str], edited: frozenset[str]) -> list[str]:
    """Which items left and entered the prompt, in sentences."""
    left, entered = result.left(), result.entered()
    used = {one.item.id for one in result.used(ORIGINAL)}
    said = []
    if left:
        said.append(f"Out of the prompt: {_listed(left)}.")
    if entered:
        said.append(f"In their place, next in the method's order: {_listed(entered)}.")
    elif left:
        said.append("Nothing took their place.")
    if unused := removed - used:
        noun = "1 removed item was" if len(unused) == 1 else f"{len(unused)} removed items were"
        said.append(f"{noun} not in the prompt before.")
    if changed := edited & used:
        noun = "1 item of the prompt is" if len(changed) == 1 else f"{len(changed)} items of the prompt are"
        said.append(f"{noun} edited.")
    if not left and not entered and not changed:
        said.append("The prompt holds the same items as before.")
    return said


def _listed(items: Sequence[ProfileItem]) -> str:
    names = [item_name(item) for item in items[:LISTED]]
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return "; ".join(names) + more


def draw(asked: Asked, method: str, result: Counterfactual, said: Sequence[str]) -> None:
    """The whole result: sentence, answers, table, exchanged items."""
    st.html(
        f'<div role="status" style="font-size:1.05rem;font-weight:600;line-height:1.5">'
        f"{safe.html(sentence(asked, result))}</div>"
        + "".join(f'<div style="{SOFT};margin-top:.2em">{safe.html(each)}</div>' for each in said)
    )
    kind = asked.task.kind
    both = [result.outcomes[name] for name in (ORIGINAL, CHANGED)]
    if all(outcome.output for outcome in both):
        if kind is TaskKind.RATE:
            _distributions(asked, method, result)
        elif kind.ranks:
            _rankings(asked, both)
        else:
            _texts(both)
    st.html(table(asked, result))


def _distributions(asked: Asked, method: str, result: Counterfactual) -> None:
    import pandas as pd

    level = methods[method].info.level
    figure = rating_chart(asked, level.value if level else None, result)
    found = {name: result.outcomes[name].output for name in NAMES}
    rows = [
        {"history": NAMES[name]} | {label: f"{output.labels.get(label, 0.0):.3f}" for label in asked.task.labels}
        for name, output in found.items()
        if output
    ]
    charts.show(figure, alt=sentence(asked, result), table=pd.DataFrame(rows), key="pg_wi_chart")


def rating_chart(asked: Asked, level: str | None, result: Counterfactual) -> Any:
    """Both distributions over the stars: filled as it is, hollow with dots when changed; the truth in a grey band."""
    import plotly.graph_objects as go

    labels, truth = list(asked.task.labels), asked.example.target
    figure = go.Figure()
    for name in (ORIGINAL, CHANGED):
        output = result.outcomes[name].output
        values = [output.labels.get(label, 0.0) if output else 0.0 for label in labels]
        marker = theme.bar_style(level)
        if name == CHANGED:
            pattern = {"shape": ".", "fgcolor": marker["color"], "bgcolor": "rgba(0,0,0,0)", "size": 6, "solidity": 0.4}
            marker |= {"pattern": pattern}
        hover = [f"{NAMES[name]}: {value:.0%} for {label}" for label, value in zip(labels, values, strict=True)]
        figure.add_bar(x=labels, y=values, name=NAMES[name], marker=marker, hovertext=hover, hoverinfo="text")
    shown = [f"<b>{label}<br>true</b>" if label == truth else label for label in labels]
    if truth in labels:
        at = labels.index(truth)
        figure.add_vrect(x0=at - 0.5, x1=at + 0.5, fillcolor=theme.GREY, opacity=0.16, line_width=0, layer="below")
    figure.update_xaxes(type="category", tickvals=labels, ticktext=shown, range=[-0.5, len(labels) - 0.5])
    figure.update_yaxes(range=[0, 1], tickvals=[0, 0.5, 1], tickformat=".0%")
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(height=CHART_HEIGHT, legend=legend, bargap=0.3, bargroupgap=0.08, dragmode=False)
    return figure


def _rankings(asked: Asked, both: Sequence[Outcome]) -> None:
    for column, outcome, name in zip(st.columns(2), both, (ORIGINAL, CHANGED), strict=True):
        with column:
            st.markdown(f"**History {NAMES[name]}**")
            rows = top_candidates(outcome.output, asked.example) if outcome.output and asked.example.target else []
            st.html("".join(_place(*row) for row in rows) or f'<div style="{SOFT}">Nobody knows the true one.</div>')


def _place(place: str, title: str, true: bool) -> str:
    weight = "font-weight:600" if true else ""
    mark = " (true)" if true else ""
    return (
        f'<div style="{LINE};{weight};display:flex;gap:.6em;font-size:.9rem;padding:.15em 0">'
        f'<span style="min-width:1.8em;text-align:right">{place}</span><span>{safe.html(title)}{mark}</span></div>'
    )


def _texts(both: Sequence[Outcome]) -> None:
    for column, outcome, name in zip(st.columns(2), both, (ORIGINAL, CHANGED), strict=True):
        with column:
            text = safe.html(text_of(outcome)) or '<span style="opacity:.6">an empty text</span>'
            st.html(
                f'<div style="{SOFT};font-weight:600">History {NAMES[name]}</div>'
                f'<div tabindex="0" role="region" aria-label="text, {NAMES[name]}" style="{TEXT_BOX}">{text}</div>'
            )
    parts = word_diff(*(text_of(outcome) for outcome in both))
    same = all(part.change == "same" for part in parts)
    shown = "The texts are the same." if same else " ".join(map(_words, parts))
    st.html(
        f'<div style="{SOFT};font-weight:600">Word by word: struck out is gone, bold is new</div>'
        f'<div tabindex="0" role="region" aria-label="word diff" style="{TEXT_BOX};height:auto">{shown}</div>'
    )


def _words(part: Words) -> str:
    text = safe.html(part.text)
    if part.change == "same":
        return text
    tag, style = ("del", "opacity:.7") if part.change == "gone" else ("ins", "font-weight:700")
    return f'<{tag} style="{style}">{text}</{tag}>'


def table(asked: Asked, result: Counterfactual) -> str:
    """Every number by whose history was given: answer, distance from the truth, bits, items, tokens."""
    kind, ruler = asked.task.kind, yardstick(asked.task.kind)
    says = {TaskKind.RATE: ["says"], TaskKind.RANK: ["place"], TaskKind.CHOOSE: ["place"]}.get(kind, [])
    loss = [] if kind.ranks else [f"{ruler.unit} from the truth" if kind is TaskKind.RATE else ruler.unit]
    bits = [] if kind in TEXTS else ["bits of the truth"]
    heads = ["history", *says, *loss, *bits, "items used", "prompt tokens"]
    lines = []
    for name, label in NAMES.items():
        outcome = result.outcomes[name]
        output, distance_from = outcome.output, loss_of(asked, outcome)
        cells = [says_of(kind, output, asked.example) or ABSENT] if output and says else [ABSENT] * len(says)
        cells += [ABSENT if distance_from is None else f"{distance_from:.2f}"] * len(loss)
        cost = bits_of(kind, output, asked.example.target)
        cells += [ABSENT if cost is None else f"{cost:.2f}"] * len(bits)
        cells += [str(len(result.used(name))), f"{outcome.prompt_tokens:,}" if outcome.prompt_tokens else ABSENT]
        lines.append(_line(label, cells, outcome.failure.message if outcome.failure else ""))
    first, *others = heads
    head = f'<th scope="col" style="{LINE};text-align:left">{first}</th>' + "".join(
        f'<th scope="col" style="{CELL};white-space:normal;font-weight:500">{safe.html(each)}</th>' for each in others
    )
    return (
        '<div style="overflow-x:auto"><table style="border-collapse:collapse;width:100%;max-width:52rem;'
        f'font-size:.85rem"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _line(label: str, cells: Sequence[str], failure: str) -> str:
    first = f'<tr><th scope="row" style="{LINE};text-align:left;font-weight:400;white-space:nowrap">{label}</th>'
    if failure:
        return f'{first}<td colspan="{len(cells)}" style="{LINE};text-align:left">{safe.html(failure)}</td></tr>'
    return first + "".join(f'<td style="{CELL}">{safe.html(cell)}</td>' for cell in cells) + "</tr>"
